"""`joldau calendar`: which days are working days, and which act says otherwise than the published holidays."""

from typing import Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Reason
from services.cli.session import Call, Session

app = typer.Typer(
    help="See the working calendar; enter days that an act has moved. The router and intake count by it.",
    no_args_is_help=True,
)

Day = Annotated[str, typer.Argument(metavar="DATE", help="Such as 2027-01-04.", show_default=False)]
Preview = Annotated[bool, typer.Option("--preview", help="Only say which days due would differ.")]

COLUMNS: Final = ("day", "weekday", "working", "source")
MOVED: Final = ("registration_number", "agency", "state", "due_on", "would_be", "id")
_KINDS: Final = ("working", "off")
_YEAR_DIGITS: Final = 4


@app.command()
def show(
    call: Call,
    when: Annotated[str, typer.Argument(metavar="YEAR|DATE", help="Such as 2027 or 2027-01-04.", show_default=False)],
) -> None:
    """Days of a year that are not as the day of the week says; or one day. A source is the act that says so."""
    if when.isdigit() and len(when) == _YEAR_DIGITS:
        call.obj.output.rows(call.obj.router.get("/v1/calendar", year=when)["items"], COLUMNS)
    else:
        call.obj.output.record(call.obj.router.get(f"/v1/calendar/{when}"))


@app.command("set")
def set_day(
    call: Call,
    day: Day,
    kind: Annotated[str, typer.Argument(metavar="working|off", help="What the day is.", show_default=False)],
    source: Annotated[str, typer.Option(metavar="ACT", help="The act that says so; it stays on record.")],
    preview: Preview = False,
) -> None:
    """Say what a day is. Days due that are stored stay; those that would differ are listed."""
    if kind not in _KINDS:
        raise Failed(Exit.USAGE, f"A day is {' or '.join(_KINDS)}, not {kind}.")
    body = {"kind": kind, "source": source, "preview": preview}
    _told(call.obj, call.obj.router.call("PUT", f"/v1/calendar/{day}", json=body).json())


@app.command()
def unset(call: Call, day: Day, reason: Reason, preview: Preview = False) -> None:
    """Let a day be again what the published holidays say."""
    body = {"reason": reason, "preview": preview}
    _told(call.obj, call.obj.router.post(f"/v1/calendar/{day}/removal", body))


def _told(session: Session, done: dict[str, Any]) -> None:
    due = done.pop("due_dates")
    if session.output.as_json:
        session.output.record({**done, "due_dates": due})
        return
    session.output.record(done)
    session.output.note(f"{due['differing']} open days due would be others by this calendar; none has been moved.")
    session.output.rows(due["items"], MOVED)
