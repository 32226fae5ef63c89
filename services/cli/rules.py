"""`joldau rules`: by what the router decides, and how a person changes it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Limit, Reason
from services.cli.rule_files import IN_FORCE, base_set, documents, problems, text_of, tried
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

COLUMNS: Final = ("version", "in_force", "created_at", "created_by", "note")
PROBLEMS: Final = ("severity", "where", "what")
CHANGES: Final = ("id", "from", "to", "outcome")
ACTS: Final = ("number", "version", "at", "by", "reason")
_TRIAL_SECONDS: Final = 600


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
def check(
    call: Call,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help="A lexicon, a directory, or both; else in force.")
    ] = None,
) -> None:
    """What is wrong in rules, by file and line: what cannot be read, what has no effect, what nobody answers for.

    Exit code 1: something is.
    """
    found = list(problems(call.obj, files or []))
    call.obj.output.rows(found, PROBLEMS)
    if found:
        errors = sum(problem["severity"] == "error" for problem in found)
        raise Failed(Exit.FAILURE, f"{errors} errors, {len(found) - errors} warnings.")


@app.command("try")
def try_rules(
    call: Call,
    new: Annotated[
        list[str], typer.Argument(metavar="NEW...", help="Files, or a version that was proposed.", show_default=False)
    ],
    on: Annotated[
        str, typer.Option("--on", metavar="ARCHIVE", help="db: the router's own past; or a file of JSON lines.")
    ],
    since: Annotated[str | None, typer.Option(metavar="DATE", help="db: received then or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="db: received then or before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50_000, help="db: how many at most, the newest.")] = 10_000,
    as_of: Annotated[str | None, typer.Option(metavar="DATE", help="db: as if it were this day.")] = None,
    against: Annotated[
        str, typer.Option(metavar="VERSION", help="File: beside these rules; shipped means the program's own.")
    ] = IN_FORCE,
) -> None:
    """What other rules would have decided of past appeals, and who was right. It writes nothing.

    Without --since it is the last 30 days. A line of a file has a text, and if they are known: id, language, kind,
    territory, complained_of, received_at, and outcome, the agency that finally accepted it, or retained.
    """
    session = call.obj
    if on == "db":
        asked = {"since": since, "until": until, "limit": limit, "as_of": as_of}
        steps = _tried_by_router(session, {**_named(session, new), **asked})
    else:
        before = base_set(session, against)
        named = _named(session, new)
        after = base_set(session, named["version"]) if "version" in named else replace(before, **named)
        steps = tried(session, on, before, after)
    _tell(session, steps)


@app.command()
def propose(
    call: Call,
    files: Files,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What is new in it.")] = "-",
) -> None:
    """Keep a rule set of these files; a document that is not given stays that in force. It decides nothing yet."""
    kept = call.obj.router.post("/v1/rules", {**_texts(call.obj, files), "note": note})
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


def _texts(session: Session, files: list[Path]) -> dict[str, Any]:
    return {kind: text for kind, (_, text) in documents(session, files).items()}


def _named(session: Session, new: list[str]) -> dict[str, Any]:
    """What is to be tried: the documents in these files, or a version."""
    files = [Path(one) for one in new]
    if len(new) == 1 and not files[0].exists():
        return {"version": new[0]}
    return _texts(session, files)


def _tried_by_router(session: Session, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for line in session.router.stream("/v1/rules/trial", asked, timeout=_TRIAL_SECONDS):
        yield json.loads(line)


def _tell(session: Session, steps: Iterable[dict[str, Any]]) -> None:
    report: dict[str, Any] | None = None
    for step in steps:
        report = step.get("report")
        if report is None:
            session.output.note(f"{step['done']} of {step['of']} appeals")
    if report is None:
        raise Failed(Exit.AWAY, "The router broke the trial off; try again.")
    if session.output.as_json:
        session.output.record(report)
        return
    items = report.pop("items")
    session.output.record(report)
    session.output.rows(items, CHANGES)
