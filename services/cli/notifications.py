"""`joldau notification`: what applicants and posting systems were told."""

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from services.cli.options import Because, Limit
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
    channel: Annotated[str | None, typer.Option(help="email, sms, letter or webhook.")] = None,
    appeal: Annotated[str | None, typer.Option(help="Id of an appeal.")] = None,
    reason: Annotated[str | None, typer.Option(help="Such as unconfirmed: an SMS that nobody has proved.")] = None,
    awaited: Annotated[
        str | None,
        typer.Option(help="What waits for a person: letter, unposted, unknown, unconfirmed or failed."),
    ] = None,
    limit: Limit = 50,
) -> None:
    """Notifications, newest first; recipients are masked."""
    query = {"state": state, "channel": channel, "appeal_id": appeal, "reason": reason, "awaited": awaited}
    items = call.obj.notifier.pages("/v1/notifications", limit=limit, **query)
    call.obj.output.rows(items, COLUMNS)


@app.command()
def desk(call: Call) -> None:
    """How many notifications wait for a person, by channel and by why. `list --awaited` shows them."""
    call.obj.output.rows(call.obj.notifier.get("/v1/desk")["items"], ("awaited", "channel", "notifications"))


@app.command()
def show(call: Call, notification: Notification) -> None:
    """A notification with every attempt, and what people have found out."""
    call.obj.output.record(call.obj.notifier.get(f"/v1/notifications/{notification}"))


@app.command()
def resend(call: Call, notification: Notification) -> None:
    """Send a notification again."""
    call.obj.output.record(call.obj.notifier.post(f"/v1/notifications/{notification}/resend"))


@app.command()
def letter(
    call: Call,
    notification: Notification,
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to be printed.")],
) -> None:
    """Write a letter to a file, to be printed. `list --channel letter --state queued` shows what waits."""
    answer = call.obj.notifier.call("GET", f"/v1/notifications/{notification}/letter")
    output.write_text(answer.text, encoding="utf-8")
    call.obj.output.note(f"Written to {output}. When it is posted: joldau notification posted {notification} NUMBER")


@app.command()
def posted(
    call: Call,
    notification: Notification,
    reference: Annotated[str, typer.Argument(metavar="NUMBER", help="The post's number.", show_default=False)],
) -> None:
    """Say that a letter was posted."""
    body = {"reference": reference}
    call.obj.output.record(call.obj.notifier.post(f"/v1/notifications/{notification}/posted", body))


@app.command()
def delivered(call: Call, notification: Notification, because: Because) -> None:
    """Say that a notification has arrived: the post's notice of delivery, a telephone call."""
    _found(call, notification, "delivered", because)


@app.command()
def failed(call: Call, notification: Notification, because: Because) -> None:
    """Say that a notification has not arrived; the next channel is tried."""
    _found(call, notification, "failed", because)


@app.command()
def closed(call: Call, notification: Notification, because: Because) -> None:
    """Say that one which failed on every channel is seen to. `list --awaited failed` shows what waits for that."""
    _found(call, notification, "closed", because)


def _found(call: Call, notification: UUID, outcome: str, because: str) -> None:
    body = {"outcome": outcome, "because": because}
    call.obj.output.record(call.obj.notifier.post(f"/v1/notifications/{notification}/finding", body))
