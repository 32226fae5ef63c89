"""`joldau trail`: who did what at the console and over the API, and whether that record is whole."""

import csv
import json
import sys
from typing import Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Limit
from services.cli.session import Call

app = typer.Typer(help="See the audit trail, check its chain, take it along.", no_args_is_help=True)

COLUMNS: Final = ("number", "at", "by", "act", "subject", "facts")
ALL: Final = (*COLUMNS, "previous", "sha256")
_EVERYTHING: Final = 2**31

By = Annotated[str | None, typer.Option(help="Only this operator's, by login.")]
Act = Annotated[str | None, typer.Option(help="Only this act, such as rules.activate, or a kind, such as rules.")]
Subject = Annotated[str | None, typer.Option(help="Only what was done to this: an id, a code or a number.")]
Since = Annotated[str | None, typer.Option(metavar="DAY", help="From this day on, such as 2026-11-23.")]
Until = Annotated[str | None, typer.Option(metavar="DAY", help="Up to this day, and with it.")]


@app.command("list")
def listed(
    call: Call,
    by: By = None,
    act: Act = None,
    subject: Subject = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
) -> None:
    """Entries, the newest first."""
    wanted = {"by": by, "act": act, "subject": subject, "since": since, "until": until}
    call.obj.output.rows(call.obj.router.pages("/v1/trail", limit=limit, **wanted), COLUMNS)


@app.command()
def check(call: Call) -> None:
    """Whether each entry is as it was written. Exits with 1 when one was changed or taken away."""
    found = call.obj.router.get("/v1/trail/check")
    while (cursor := found.pop("next_cursor", None)) is not None:
        found = call.obj.router.get("/v1/trail/check", cursor=cursor)
    call.obj.output.record(found)
    if not found["whole"]:
        raise Failed(Exit.FAILURE, f"Entry {found['broken_at']} is not as it was written: keep the database as it is.")


@app.command()
def export(call: Call, since: Since = None, until: Until = None) -> None:
    """All entries as CSV on stdout, the newest first, with the hashes that prove them."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(ALL)
    for entry in call.obj.router.pages("/v1/trail", limit=_EVERYTHING, since=since, until=until):
        writer.writerow([_cell(entry[name]) for name in ALL])


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else value
