"""`joldau`: one command line for operators, posting systems and whoever runs the services."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Final

import typer

from services import __version__
from services.cli import (
    agencies,
    appeals,
    audit_trail,
    calendar,
    decisions,
    directory,
    doctor,
    figures,
    imports,
    keys,
    local_commands,
    measuring,
    notifications,
    notify,
    operators,
    parked,
    partners,
    providers,
    referrals,
    rules,
    suppressions,
    tasks,
    templates,
    topology_commands,
    upkeep,
    webhooks,
)
from services.cli.bench import command as bench_command
from services.cli.failure import Failed
from services.cli.output import Output
from services.cli.session import Call, Language, Session

EVERYWHERE: Final = "--json, --lang and --no-color may stand anywhere in the line."
EXIT_CODES: Final = (
    "Exit codes: 0 done, 1 failed, 2 called or configured wrongly, 3 not found, 4 conflict, "
    "5 something is away, 130 interrupted."
)

app = typer.Typer(
    name="joldau",
    help="Referral of citizens' appeals to the competent body.",
    epilog=f"{EVERYWHERE} {EXIT_CODES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name, _noun in (
    ("appeal", appeals),
    ("referral", referrals),
    ("task", tasks),
    ("decision", decisions),
    ("rules", rules),
    ("agency", agencies),
    ("directory", directory),
    ("calendar", calendar),
    ("parked", parked),
    ("notification", notifications),
    ("webhook", webhooks),
    ("notify", notify),
    ("provider", providers),
    ("suppression", suppressions),
    ("template", templates),
    ("key", keys),
    ("operator", operators),
    ("trail", audit_trail),
    ("topology", topology_commands),
):
    app.add_typer(_noun.app, name=_name, epilog=EVERYWHERE)
agencies.app.add_typer(partners.app)  # no name: its verbs stand beside the others
for _measure in (measuring.evaluate, measuring.learn):
    rules.app.command(epilog=EVERYWHERE)(_measure)
for _verb in (
    local_commands.demo,
    local_commands.up,
    local_commands.status,
    local_commands.down,
    doctor.doctor,
    figures.statistics,
    upkeep.migrate,
    upkeep.schemas,
    bench_command.bench,
):
    app.command(epilog=EVERYWHERE)(_verb)
app.command("import", epilog=EVERYWHERE)(imports.import_file)  # `import` is no name in Python


@app.callback(invoke_without_command=True)
def _everywhere(
    call: Call,
    as_json: Annotated[bool, typer.Option("--json", help="Data as JSON, one thing a line.")] = False,
    lang: Annotated[Language | None, typer.Option(help="Language of what services say; LANG's, if not given.")] = None,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="No colours; so does NO_COLOR in the environment.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    session = call.obj
    session.output = replace(session.output, as_json=as_json, no_color=no_color)
    session.language = lang or language_of(session.environ)
    if version:
        session.output.out.write(f"{__version__}\n")
        raise typer.Exit


def language_of(environ: Mapping[str, str]) -> Language:
    """The language that the environment asks for (POSIX: LC_ALL over LC_MESSAGES over LANG); English otherwise."""
    asked = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    known = {language.value: language for language in Language}
    return known.get(asked[:2].lower(), Language.ENGLISH)


def run(argv: Sequence[str], session: Session) -> int:
    """Do what `argv` says; returns the exit code."""
    with session:
        try:
            app(_common_first(argv), prog_name="joldau", obj=session)
        except SystemExit as end:
            return int(end.code or 0)
        except Failed as failed:
            session.output.note(str(failed))
            return failed.code
    return 0


def _common_first(argv: Sequence[str]) -> list[str]:
    """`argv` with the options for everywhere at its head, where typer looks for them."""
    common: list[str] = []
    rest = list(argv)
    own = rest.index("--") if "--" in rest else len(rest)
    at = 0
    while at < own:
        length = 2 if rest[at] == "--lang" else int(rest[at] in {"--json", "--no-color"} or rest[at][:7] == "--lang=")
        common += rest[at : at + length]
        del rest[at : at + length]
        own -= length
        at += not length
    return common + rest


def main() -> None:
    """The program."""
    output = Output(sys.stdout, sys.stderr)
    sys.exit(run(sys.argv[1:], Session(os.environ, output)))
