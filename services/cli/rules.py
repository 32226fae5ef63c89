"""`joldau rules`: by what the router decides, and how a person changes it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Limit, Reason
from services.cli.rule_files import (
    DOCUMENTS,
    IN_FORCE,
    MODEL,
    base_set,
    documents,
    packed,
    problems,
    rule_documents,
    text_of,
    tried,
)
from services.cli.session import Call, Session

app = typer.Typer(
    help="See the rules that decide, check and try others, and put them in force. A rule set is a lexicon, "
    "a text model, a directory of agencies and a calendar, under one version.",
    no_args_is_help=True,
)

Version = Annotated[str, typer.Argument(metavar="VERSION", help="Version of a rule set.", show_default=False)]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="A lexicon, a directory, a model, or several.", show_default=False),
]

COLUMNS: Final = ("version", "in_force", "created_at", "created_by", "note")
PROBLEMS: Final = ("severity", "where", "what")
CHANGES: Final = ("id", "from", "to", "outcome")
ACTS: Final = ("number", "version", "at", "by", "reason")
_TRIAL_SECONDS: Final = 600
_REPORT: Final = "report"


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
    model: Annotated[bool, typer.Option("--model", help="Print its text model.")] = False,
) -> None:
    """A rule set: what it is made of; --lexicon, --directory or --model: that document, to be edited and proposed."""
    wanted = [name for name, given in zip(DOCUMENTS, (lexicon, directory, model), strict=True) if given]
    if len(wanted) > 1:
        raise Failed(Exit.USAGE, "Print one document at a time: --lexicon, --directory or --model.")
    if wanted:
        call.obj.output.out.write(text_of(call.obj, version, wanted[0]))
    else:
        call.obj.output.record(call.obj.router.get(f"/v1/rules/{version}"))


@app.command()
def check(
    call: Call,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help="A lexicon, a directory, a model; else in force.")
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
        version = _version(new)
        files = [Path(one) for one in new]
        after = base_set(session, version) if version else replace(before, **rule_documents(session, files))
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


@app.command()
def shadow(
    call: Call,
    what: Annotated[
        str | None,
        typer.Argument(metavar="[VERSION|report]", help="A rule set to begin with, or `report`; else what runs now."),
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Let it decide no more.")] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", "--because", metavar="TEXT", help="The reason, which stays on record.")
    ] = None,
) -> None:
    """Let a rule set decide beside that in force, on what really arrives; it never acts. `report` tells how it fares.

    In the report, `before` is what was decided and `after` what the shadow would have decided.
    """
    session, router = call.obj, call.obj.router
    if what == _REPORT and not stop:
        _show_report(session, router.get("/v1/shadow/report"))
    elif what is None and not stop:
        session.output.record(router.get("/v1/shadow"))
    elif reason is None or (what and stop):
        raise Failed(Exit.USAGE, "Give a --reason, and either a VERSION to begin with or --stop.")
    elif stop:
        session.output.record(router.post("/v1/shadow/end", {"reason": reason}))
    else:
        session.output.record(router.post("/v1/shadow", {"version": what, "reason": reason}))


def _texts(session: Session, files: list[Path]) -> dict[str, Any]:
    found = {kind: text for kind, (_, text) in documents(session, files).items()}
    return found | ({MODEL: packed(found[MODEL])} if MODEL in found else {})


def _named(session: Session, new: list[str]) -> dict[str, Any]:
    """What is to be tried: the documents in these files, or a version."""
    version = _version(new)
    return {"version": version} if version else _texts(session, [Path(one) for one in new])


def _version(new: list[str]) -> str | None:
    return new[0] if len(new) == 1 and not Path(new[0]).exists() else None


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
    _show_report(session, report)


def _show_report(session: Session, report: dict[str, Any]) -> None:
    if session.output.as_json:
        session.output.record(report)
        return
    items = report.pop("items")
    session.output.record(report)
    session.output.rows(items, CHANGES)
