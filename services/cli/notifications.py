"""`joldau notification`: what applicants and posting systems were told."""

from typing import Annotated, Final
from uuid import UUID

import typer

from services.cli.options import Limit
from services.cli.session import Call

app = typer.Typer(help="See what was told to whom, and send it again.", no_args_is_help=True)

Notification = Annotated[UUID, typer.Argument(metavar="NOTIFICATION", help="Its id.", show_default=False)]

COLUMNS: Final = (
    "channel",
    "notice",
    "state",
    "reason",
    "recipient",
    "attempts_begun",
    "changed_at",
    "appeal_id",
    "id",
)


@app.command("list")
def listed(
    call: Call,
    state: Annotated[str | None, typer.Option(help="Such as delivered or temporary_failure.")] = None,
    channel: Annotated[str | None, typer.Option(help="email or webhook.")] = None,
    appeal: Annotated[str | None, typer.Option(help="Id of an appeal.")] = None,
    limit: Limit = 50,
) -> None:
    """Notifications, newest first; recipients are masked."""
    items = call.obj.notifier.pages("/v1/notifications", limit=limit, state=state, channel=channel, appeal_id=appeal)
    call.obj.output.rows(items, COLUMNS)


@app.command()
def show(call: Call, notification: Notification) -> None:
    """A notification with every attempt."""
    call.obj.output.record(call.obj.notifier.get(f"/v1/notifications/{notification}"))


@app.command()
def resend(call: Call, notification: Notification) -> None:
    """Send a notification again."""
    call.obj.output.record(call.obj.notifier.post(f"/v1/notifications/{notification}/resend"))
