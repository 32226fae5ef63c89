"""`joldau agency`: the bodies that the directory knows, and how a person changes what it says of one."""

from typing import Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Reason
from services.cli.session import Call, Session

app = typer.Typer(
    help="See the agencies of the directory; add, amend and close them. Each edit is a new version of the rules, "
    "in force at once and on record.",
    no_args_is_help=True,
)

Code = Annotated[str, typer.Argument(metavar="CODE", help="Code of the agency.", show_default=False)]
From = Annotated[str, typer.Option("--on", metavar="DATE", help="From which day, such as 2027-01-01.")]

COLUMNS: Final = ("code", "level", "territories", "categories", "transport", "valid_from", "valid_to", "superior")

EXAMPLE: Final = """\
code: archive
name: {kk: Мұрағат басқармасы, ru: Управление архивов, en: Archives Department}
level: oblast            # central, oblast, district, settlement
territories: [almaty-region]
categories: []           # what it answers for
superior: akimat         # who considers complaints about it
known_as: {kk: [мұрағат басқарма*], ru: [управлени* архив*]}
contacts: {address: "г. Конаев, ул. Примерная, 1", phone: "+7 700 000 00 00"}
transport: by-hand       # amqp: it reads a queue of its own; http: it fetches; email: a link
# webhook: true          # of http: tell it that something lies ready
# needs: [{purpose: complaint, fields: [applicant.name, complained_of, attachments]}]   # no more; else everything
valid_from: 2027-01-01
source: постановление акимата № 7
"""


@app.command("list")
def listed(
    call: Call,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="As it stands on this day; today, if none.")] = None,
) -> None:
    """Agencies in force."""
    call.obj.output.rows(call.obj.router.get("/v1/agencies", on=on)["items"], COLUMNS)


@app.command()
def show(call: Call, code: Code) -> None:
    """An agency with all its records: past, in force and to come."""
    call.obj.output.record(call.obj.router.get(f"/v1/agencies/{code}"))


@app.command()
def add(
    call: Call,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Its record as YAML or JSON; - for stdin.")] = "",
    reason: Annotated[str, typer.Option("--reason", "--because", help="The act, which stays on record.")] = "",
    example: Annotated[bool, typer.Option("--example", help="Print a record to begin from.")] = False,
) -> None:
    """Add an agency. `joldau topology apply` then makes its queue; until that, what is for it waits."""
    if example:
        call.obj.output.out.write(EXAMPLE)
        return
    if not file or not reason:
        raise Failed(Exit.USAGE, "Name a file with the agency's record, and a --reason; --example prints a record.")
    record = _yaml(call.obj.read(file), file)
    told(call.obj, call.obj.router.post("/v1/agencies", {"agency": _plain(record), "reason": reason}))


@app.command()
def amend(
    call: Call,
    code: Code,
    on: From,
    reason: Reason,
    changes: Annotated[
        list[str],
        typer.Option("--set", metavar="NAME=VALUE", help="Such as superior=akimat or categories='[land]'; once each."),
    ],
) -> None:
    """Change an agency from a day on. Until then it stands as it was; VALUE is YAML, and null takes a fact away."""
    body: dict[str, Any] = {"on": on, "reason": reason}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise Failed(Exit.USAGE, f"{change} is not NAME=VALUE.")
        body[name] = _yaml(value, change)
    told(call.obj, call.obj.router.call("PATCH", f"/v1/agencies/{code}", json=_plain(body)).json())


@app.command()
def close(
    call: Call,
    code: Code,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The first day without it.")],
    reason: Reason,
    successor: Annotated[str | None, typer.Option(metavar="CODE", help="Who takes its place.")] = None,
) -> None:
    """Close an agency. On the day its open referrals go to its successor; without one, to the operators' list."""
    body = {"on": on, "successor": successor, "reason": reason}
    told(call.obj, call.obj.router.post(f"/v1/agencies/{code}/closure", body))


def told(session: Session, edited: dict[str, Any]) -> None:
    """Print what came of an edit; say aloud what nobody answers for any more."""
    for left in edited["answered_by_nobody"]:
        where = ", ".join(left["territories"])
        session.output.note(f"Nobody answers for {left['category']} any more in {where}: amend who takes it over.")
    session.output.record(edited)


def _yaml(text: str, source: str) -> Any:
    import yaml  # noqa: PLC0415 - heavy: `joldau --help` does without

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Failed(Exit.USAGE, f"{source} is not YAML: {error}.") from error


def _plain(value: Any) -> Any:
    """What JSON can hold: YAML reads days as days."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value if isinstance(value, str | int | float | list | None) else str(value)
