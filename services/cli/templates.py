"""`joldau template`: what notices say."""

from typing import Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Because
from services.cli.session import Call

app = typer.Typer(help="Read, preview and edit what notices say.", no_args_is_help=True)

COLUMNS: Final = ("name", "edited")

Template = Annotated[str, typer.Argument(metavar="TEMPLATE", help="Such as kk/referred.", show_default=False)]
Source = Annotated[str, typer.Argument(metavar="FILE", help="Its new text; - for stdin.", show_default=False)]


@app.command("list")
def listed(call: Call) -> None:
    """All templates, and which of them are not as shipped."""
    call.obj.output.rows(call.obj.notifier.get("/v1/templates")["items"], COLUMNS)


@app.command()
def show(call: Call, template: Template) -> None:
    """A template as it stands, with its history."""
    call.obj.output.record(call.obj.notifier.get(f"/v1/templates/{template}"))


@app.command()
def preview(
    call: Call,
    template: Template,
    source: Annotated[str | None, typer.Argument(metavar="FILE", help="A new text; - for stdin.")] = None,
    sensitive: Annotated[bool, typer.Option("--sensitive", help="As for a sensitive appeal.")] = False,
) -> None:
    """A notice with invented variables; or why a new text is unusable."""
    draft = {"source": call.obj.read(source) if source else None, "sensitive": sensitive}
    shown: dict[str, Any] = call.obj.notifier.post(f"/v1/templates/{template}/preview", draft)
    if not shown["usable"]:
        raise Failed(Exit.FAILURE, f"Unusable: {shown['because']}")
    call.obj.output.record(shown)


@app.command()
def edit(call: Call, template: Template, source: Source, because: Because) -> None:
    """Put a new text in force. Refused when a notice would lose a word or gain a hole."""
    body = {"source": call.obj.read(source), "because": because}
    call.obj.output.record(call.obj.notifier.call("PUT", f"/v1/templates/{template}", json=body).json())


@app.command()
def revert(
    call: Call,
    template: Template,
    because: Because,
    version: Annotated[int, typer.Option(min=0, help="Which edit; 0 is the text as shipped.")] = 0,
) -> None:
    """Go back to an earlier text."""
    body = {"version": version, "because": because}
    call.obj.output.record(call.obj.notifier.call("PUT", f"/v1/templates/{template}", json=body).json())
