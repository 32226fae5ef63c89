"""`joldau rules`: by what the router decides, and how a person changes it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Limit, Reason
from services.cli.session import Call, Session

app = typer.Typer(
    help="See the rules that decide, check and try others, and put them in force. A rule set is a lexicon, "
    "a directory of agencies and a calendar, under one version.",
    no_args_is_help=True,
)

Version = Annotated[str, typer.Argument(metavar="VERSION", help="Version of a rule set.", show_default=False)]
Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="A lexicon, a directory, or both.", show_default=False)
]

IN_FORCE: Final = "in-force"
COLUMNS: Final = ("version", "in_force", "created_at", "created_by", "note")
ACTS: Final = ("number", "version", "at", "by", "reason")
_SECTION_OF: Final = {"topics:": "lexicon", "agencies:": "directory"}


@app.command("list")
def listed(call: Call, limit: Limit = 50) -> None:
    """Rule sets, newest first."""
    call.obj.output.rows(call.obj.router.pages("/v1/rules", limit=limit), COLUMNS)


@app.command()
def show(
    call: Call,
    version: Annotated[str, typer.Argument(metavar="[VERSION]", help="That in force, if not given.")] = IN_FORCE,
    lexicon: Annotated[bool, typer.Option("--lexicon", help="Print its lexicon.")] = False,
    directory: Annotated[bool, typer.Option("--directory", help="Print its directory of agencies.")] = False,
) -> None:
    """A rule set: what it is made of. --lexicon and --directory print a document, to be edited and proposed."""
    if lexicon and directory:
        raise Failed(Exit.USAGE, "Print one document at a time: --lexicon or --directory.")
    if lexicon or directory:
        document = "lexicon" if lexicon else "directory"
        call.obj.output.out.write(text_of(call.obj, version, document))
    else:
        call.obj.output.record(call.obj.router.get(f"/v1/rules/{version}"))


@app.command()
def propose(
    call: Call,
    files: Files,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What is new in it.")] = "-",
) -> None:
    """Keep a rule set of these files; a document that is not given stays that in force. It decides nothing yet."""
    kept = call.obj.router.post("/v1/rules", {**documents(call.obj, files), "note": note})
    if not kept["is_new"]:
        call.obj.output.note("It was there before.")
    call.obj.output.record(kept)


@app.command()
def activate(call: Call, version: Version, reason: Reason) -> None:
    """Put a rule set in force. Who did it and why stays on record; going back is activating the one before."""
    call.obj.output.record(call.obj.router.post(f"/v1/rules/{version}/activation", {"reason": reason}))


@app.command()
def history(call: Call, limit: Limit = 50) -> None:
    """Which rule set came into force when, by whom and why; newest first."""
    call.obj.output.rows(call.obj.router.pages("/v1/rules/activations", limit=limit), ACTS)


def text_of(session: Session, version: str, document: str) -> str:
    """A document of a rule set that the router keeps."""
    return session.router.call("GET", f"/v1/rules/{version}/{document}").text


def documents(session: Session, files: Sequence[Path]) -> dict[str, Any]:
    """The files' texts by what they are, told by a section that only a lexicon, or only a directory, has."""
    found: dict[str, Any] = {}
    for file in files:
        text = session.read(str(file))
        lines = [line.rstrip() for line in text.splitlines()]
        kinds = [kind for section, kind in _SECTION_OF.items() if section in lines]
        if len(kinds) != 1:
            raise Failed(Exit.USAGE, f"{file} is neither a lexicon (topics:) nor a directory (agencies:).")
        if kinds[0] in found:
            raise Failed(Exit.USAGE, f"{file} is a second {kinds[0]}: give one of each.")
        found[kinds[0]] = text
    return found
