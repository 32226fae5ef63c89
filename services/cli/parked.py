"""`joldau parked`: messages that were set aside, with the reason."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from services.cli.client import Service
from services.cli.failure import Exit, Failed
from services.cli.options import Because, Limit, Of
from services.cli.session import Call, Session

app = typer.Typer(help="See messages that were set aside; put them back or give them up.", no_args_is_help=True)

Parked = Annotated[UUID, typer.Argument(metavar="PARKED", help="Id of the parked message.", show_default=False)]

COLUMNS: Final = ("service", "queue", "type", "reason", "detail", "times", "parked_at", "id")


@app.command("list")
def listed(
    call: Call,
    service: Annotated[Service | None, typer.Option(help="Only of this service.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only of this queue.")] = None,
    state: Annotated[str, typer.Option(help="parked, redriven or discarded.")] = "parked",
    limit: Limit = 50,
) -> None:
    """Parked messages of every service, newest first."""
    services = [service] if service else list(Service)
    call.obj.output.rows(_of(call.obj, services, limit, queue=queue, state=state), COLUMNS)


@app.command()
def show(call: Call, parked: Parked, service: Of) -> None:
    """A parked message; personal data in its body is masked."""
    call.obj.output.record(call.obj.service(service).get(f"/v1/parked/{parked}"))


@app.command()
def redrive(
    call: Call,
    parked: Parked,
    service: Of,
    body: Annotated[
        str | None, typer.Option(metavar="FILE", help="Its body, repaired; - for stdin. As it is, without this.")
    ] = None,
) -> None:
    """Put a parked message back into its queue."""
    repaired = None if body is None else {"body": call.obj.read(body)}
    call.obj.output.record(call.obj.service(service).post(f"/v1/parked/{parked}/redrive", repaired))


@app.command()
def repair(
    call: Call,
    parked: Parked,
    service: Of,
    fields: Annotated[
        list[str], typer.Option("--set", metavar="POINTER=VALUE", help="Such as /data/kind=accepted; repeatable.")
    ],
) -> None:
    """Set fields of a parked message without seeing the rest of it, and put it back. Who did it stays on record."""
    body = {"set": dict(map(_field, fields))}
    call.obj.output.record(call.obj.service(service).post(f"/v1/parked/{parked}/redrive", body))


@app.command()
def discard(call: Call, parked: Parked, service: Of, because: Because) -> None:
    """Give a parked message up. It stays on record."""
    call.obj.output.record(call.obj.service(service).post(f"/v1/parked/{parked}/discard", {"because": because}))


def _field(given: str) -> tuple[str, Any]:
    """A field's pointer and value: JSON where it is, else a text."""
    pointer, equals, value = given.partition("=")
    if not equals:
        raise Failed(Exit.USAGE, f"--set {given}: write POINTER=VALUE, such as /data/kind=accepted.")
    try:
        return pointer, json.loads(value)
    except ValueError:
        return pointer, value


def _of(session: Session, services: list[Service], limit: int, **query: Any) -> Iterator[dict[str, Any]]:
    for service in services:
        for item in session.service(service).pages("/v1/parked", limit=limit, **query):
            yield {"service": service.value, **item}
