"""Statistics over HTTP: how many appeals there were, whose matter they were, and how agencies dealt with them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request

from services.chassis.errors import Invalid
from services.chassis.keys import Caller, require
from services.chassis.web import language_of
from services.contracts.appeals import Channel, Language
from services.contracts.dates import Day
from services.router import report
from services.router.desk import Desk
from services.router.directory import Directory
from services.router.periods import MOST_STEPS, By, Period
from services.router.report import Line, Of, Report
from services.router.requests import READ, Code
from services.router.statistics import Slice

_DAYS: Final = 30
"""So many days, today among them, where no period is asked for."""


def routes(desk: Desk, *, least: int) -> APIRouter:
    """The endpoint. Counts below `least` are left out."""
    api = APIRouter(prefix="/v1/statistics", tags=["counts"])
    reader = Depends(require(READ))

    @api.get("")
    async def statistics(
        request: Request,
        _caller: Annotated[Caller, reader],
        since: Annotated[Day | None, Query(alias="from", description="First day of registration.")] = None,
        until: Annotated[Day | None, Query(alias="to", description="Last day; today without it.")] = None,
        territory: Annotated[Code | None, Query(description="Code of a territory; those within it count too.")] = None,
        channel: Channel | None = None,
        language: Language | None = None,
        by: Annotated[By | None, Query(description="Step of the trend.")] = None,
    ) -> dict[str, Any]:
        """The figures of a period beside those of the period before. What is null is too small to be told."""
        period = period_of(since, until, today=desk.router.rules.calendar.arrived_on(desk.router.now()))
        async with desk.database.reading() as tx:
            directory = (await desk.router.book.in_force(tx)).directory
            asked = Slice(period, territories_of(territory, directory), channel, language)
            found = await report.made(tx, directory, asked, by=step_of(by, period), least=least)
        return shown(found, language_of(request))

    return api


def period_of(since: date | None, until: date | None, *, today: date) -> Period:
    """The days asked for. Raises `Invalid`."""
    last = until or max(today, since or today)
    try:
        return Period(since or last - timedelta(days=_DAYS - 1), last)
    except ValueError:
        raise Invalid("period_invalid", pointer="query:to") from None


def step_of(by: By | None, period: Period) -> By:
    """The step asked for, or that in which the period is best seen. Raises `Invalid` where there are too many."""
    if by is not None and len(period.steps(by)) > MOST_STEPS:
        raise Invalid("steps_too_many", pointer="query:by")
    return by or period.by


def territories_of(code: str | None, directory: Directory) -> tuple[str, ...] | None:
    """A territory and those within it. Raises `Invalid` for one that the directory does not know."""
    if not code:
        return None
    places = directory.territories
    if code not in places.territories:
        raise Invalid("territory_unknown", pointer="query:territory")
    return tuple(one for one in places.territories if code in places.lineage(one))


def shown(found: Report, language: str) -> dict[str, Any]:
    """A report as JSON, its rows named in `language`."""
    return {
        "period": _period(found.asked.period),
        "before": _period(found.asked.period.before),
        "threshold": found.least,
        "rows": [_line(line, language) for line in found.lines],
        "by": found.by,
        "trend": [
            {**_period(step.period), "registered": step.registered, "outside": step.outside} for step in found.steps
        ],
        "agencies": [_of(one, language) for one in found.agencies],
        "declines": dict(found.declines),
        "hand_overs": dict(found.hand_overs),
        "decided_alone": found.decided_alone,
        "overturned": dict(found.overturned),
    }


def _period(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def _line(line: Line, language: str) -> dict[str, Any]:
    return {
        "row": line.key,
        "within": line.within,
        "name": getattr(line.names, language),
        "now": line.now,
        "before": line.before,
    }


def _of(one: Of, language: str) -> dict[str, Any]:
    told: Mapping[str, Any] = asdict(one)
    names = one.names
    return {
        **{name: value for name, value in told.items() if name not in {"names", "to_accept", "to_answer"}},
        "name": getattr(names, language) if names else one.agency,
        "hours_to_accept": told["to_accept"],
        "hours_to_answer": told["to_answer"],
    }
