"""`joldau suppression`: recipients that are not written to."""

from typing import Annotated, Final
from uuid import UUID

import typer

from services.cli.options import Limit
from services.cli.session import Call

app = typer.Typer(help="Recipients that are not written to.", no_args_is_help=True)

COLUMNS: Final = ("channel", "masked", "reason", "created_at", "created_by", "id")

Reason = Annotated[str | None, typer.Option(help="opted_out or dead.")]


@app.command("list")
def listed(
    call: Call,
    channel: Annotated[str | None, typer.Option(help="email or sms.")] = None,
    reason: Reason = None,
    limit: Limit = 50,
) -> None:
    """The list, newest first; recipients are masked."""
    items = call.obj.notifier.pages("/v1/suppressions", limit=limit, channel=channel, reason=reason)
    call.obj.output.rows(items, COLUMNS)


@app.command()
def add(
    call: Call,
    source: Annotated[str, typer.Argument(metavar="FILE", help="The recipient, in a file; - for stdin.")],
    reason: Annotated[str, typer.Option(help="opted_out: the law's notices still go; dead: none.")] = "opted_out",
) -> None:
    """Write to a recipient no more."""
    recipient = call.obj.read(source).strip()
    channel = "email" if "@" in recipient else "sms"
    body = {"channel": channel, "recipient": recipient, "reason": reason}
    call.obj.notifier.call("POST", "/v1/suppressions", json=body)
    call.obj.output.note("Added.")


@app.command()
def remove(
    call: Call, suppression: Annotated[UUID, typer.Argument(metavar="SUPPRESSION", help="Its id.", show_default=False)]
) -> None:
    """Write to a recipient again."""
    call.obj.notifier.call("DELETE", f"/v1/suppressions/{suppression}")
    call.obj.output.note("Removed.")
