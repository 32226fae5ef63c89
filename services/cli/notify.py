"""`joldau notify`: try notices out."""

from typing import Annotated, Final

import typer

from services.cli.session import Call

app = typer.Typer(help="Try notices out, with invented variables.", no_args_is_help=True)

RECIPIENTS: Final = (
    "delivered@simulator.example, sent@…, temporary@…, permanent@… and unknown@… force an outcome; "
    "so do +70000000001 to +70000000005, in this order."
)


@app.callback(epilog=RECIPIENTS)
def _noun() -> None:
    """Try notices out, with invented variables."""


@app.command("test", epilog=RECIPIENTS)
def tried(
    call: Call,
    to: Annotated[str, typer.Option("--to", metavar="RECIPIENT", help="E-mail address or telephone number.")],
    notice: Annotated[str, typer.Option(help="Such as referred.")] = "referred",
    language: Annotated[str, typer.Option(help="kk or ru.")] = "kk",
    sensitive: Annotated[bool, typer.Option("--sensitive", help="With the neutral text.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Really send it; with an operator's key.")] = False,
) -> None:
    """Queue a notice. Nothing leaves without --live."""
    channel = "email" if "@" in to else "sms"
    body = {"channel": channel, "recipient": to, "notice": notice, "language": language}
    call.obj.output.record(call.obj.notifier.post("/v1/test", {**body, "sensitive": sensitive, "live": live}))
