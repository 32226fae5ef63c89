"""`joldau provider`: who carries notices, and how well."""

from typing import Annotated, Final
from urllib.parse import quote

import typer

from services.cli.session import Call

app = typer.Typer(help="See how providers do, and use one again that rests.", no_args_is_help=True)

COLUMNS: Final = (
    "channel",
    "name",
    "kind",
    "weight",
    "slots",
    "per_second",
    "failures",
    "failing_since",
    "resting_until",
)


@app.command("list")
def listed(call: Call) -> None:
    """All providers, and the posting systems that have failed lately."""
    call.obj.output.rows(call.obj.notifier.get("/v1/providers")["items"], COLUMNS)


@app.command()
def resume(
    call: Call,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="email, sms or webhook.", show_default=False)],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.", show_default=False)],
) -> None:
    """Forget that a provider has failed: it is used again at once."""
    call.obj.notifier.call("POST", f"/v1/providers/{quote(channel, safe='')}/{quote(name, safe='')}/resume")
    call.obj.output.note("Resumed.")
