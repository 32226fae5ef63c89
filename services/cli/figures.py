"""`joldau statistics`: the figures of a period."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from services.cli.session import Call


class Show(StrEnum):
    """Which of the figures are listed."""

    ROWS = "rows"
    AGENCIES = "agencies"
    TREND = "trend"


COLUMNS: Final = {
    Show.ROWS: ("name", "now", "before"),
    Show.AGENCIES: (
        *("agency", "issued", "accepted", "answered", "declined", "passed_on"),
        *("hours_to_accept.median", "hours_to_answer.median", "hours_to_answer.nine_in_ten"),
    ),
    Show.TREND: ("from", "to", "registered", "outside"),
}


def statistics(
    call: Call,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day of registration.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day; today, if not given.")] = None,
    territory: Annotated[str | None, typer.Option(help="Code of a territory, such as karasai.")] = None,
    channel: Annotated[str | None, typer.Option(help="call_centre, reception, web or post.")] = None,
    language: Annotated[str | None, typer.Option("--language", help="Language of the appeals: kk or ru.")] = None,
    by: Annotated[str | None, typer.Option(help="Step of the trend: day, week or month.")] = None,
    show: Annotated[Show, typer.Option(help="Which figures to list; --json has them all.")] = Show.ROWS,
) -> None:
    """Appeals of a period beside the period before: whose matter they were. What is empty is too small to be told."""
    asked: dict[str, Any] = {"from": since, "to": until, "territory": territory, "channel": channel}
    found = call.obj.router.get("/v1/statistics", **asked, language=language, by=by)
    if call.obj.output.as_json:
        call.obj.output.record(found)
    else:
        call.obj.output.rows(found.get(show, ()), COLUMNS[show])
