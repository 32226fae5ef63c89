"""`joldau webhook`: where posting systems want to be told."""

import time
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Yes
from services.cli.session import Call
from services.notifier.notification import State

app = typer.Typer(help="Register where posting systems are told of changes.", no_args_is_help=True)

System = Annotated[str, typer.Argument(metavar="SYSTEM", help="Owner of the posting key.", show_default=False)]

COLUMNS: Final = (
    "system",
    "url",
    "description",
    "changed_at",
    "disabled_at",
    "disabled_because",
    "warned_at",
    "previous_until",
)
_LOOK_SECONDS: Final = 0.3


@app.command("set")
def set_(
    call: Call,
    system: System,
    url: Annotated[str, typer.Argument(metavar="URL", help="https:// address of its receiver.", show_default=False)],
    description: Annotated[str, typer.Option(help="For operators.")] = "",
    owner: Annotated[str | None, typer.Option("--owner", metavar="EMAIL", help="Who is told when it fails.")] = None,
    owner_language: Annotated[str, typer.Option(help="kk or ru.")] = "ru",
) -> None:
    """Register a system's receiver, or change and enable it. A new one's secret is shown this once."""
    form = {"url": url, "description": description, "owner_email": owner, "owner_language": owner_language}
    call.obj.output.record(call.obj.notifier.call("PUT", _path(system), json=form).json())


@app.command("list")
def listed(call: Call) -> None:
    """All receivers, without their secrets."""
    call.obj.output.rows(call.obj.notifier.get("/v1/endpoints")["items"], COLUMNS)


@app.command()
def rotate(
    call: Call,
    system: System,
    overlap: Annotated[int, typer.Option(metavar="HOURS", min=0, help="How long the old secret signs too.")] = 24,
) -> None:
    """Make a new secret, shown this once. Use --overlap 0 when the old one has leaked."""
    call.obj.output.record(call.obj.notifier.post(f"{_path(system)}/rotate", {"overlap_hours": overlap}))


@app.command("test")
def tried(
    call: Call,
    system: System,
    within: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="How long to wait for its answer.")] = 30,
) -> None:
    """Send a webhook that tells of nothing, signed as all are, and show how the receiver took it.

    Not taken at the first attempt: exit code 1; it is tried again as any other.
    """
    sent = call.obj.notifier.post(f"{_path(system)}/test")
    found = _after_attempt(call, sent["id"], within)
    call.obj.output.record(found)
    if found["state"] != State.DELIVERED:
        raise Failed(
            Exit.FAILURE, f"It is not delivered; `joldau notification show {sent['id']}` tells what comes of it."
        )


@app.command()
def recover(
    call: Call,
    system: System,
    since: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d"],
            help="Such as 2026-11-26T09:00+0500; a day begins in Almaty.",
        ),
    ],
) -> None:
    """Send a system what it has not got since then, at most a thousand webhooks at once."""
    moment = since if since.tzinfo else since.replace(tzinfo=ZoneInfo("Asia/Almaty"))
    call.obj.output.record(call.obj.notifier.post(f"{_path(system)}/recover", {"since": moment.isoformat()}))


@app.command()
def remove(call: Call, system: System, yes: Yes = False) -> None:
    """Forget a receiver and its secrets; what waits for it is not sent."""
    call.obj.confirm(f"Forget the receiver of {system}?", yes=yes)
    call.obj.notifier.call("DELETE", _path(system))
    call.obj.output.note("Removed.")


def _after_attempt(call: Call, notification_id: str, within: float) -> dict[str, Any]:
    """The notification after its first attempt, or as it is when the time is over."""
    until = time.monotonic() + within
    while True:
        found: dict[str, Any] = call.obj.notifier.get(f"/v1/notifications/{notification_id}")
        if found["state"] not in {State.QUEUED, State.SENDING} or time.monotonic() >= until:
            return found
        time.sleep(_LOOK_SECONDS)


def _path(system: str) -> str:
    return f"/v1/endpoints/{quote(system, safe='')}"
