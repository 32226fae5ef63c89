"""The audit trail as a page: who did what, whether the chain is whole, and all of it as a file."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.errors import Invalid
from services.router import operators, trail
from services.router.console.frame import Console
from services.router.console.names import Names
from services.router.console.pages import HEADERS
from services.router.console.trail_told import Telling
from services.router.console.viewer import Viewer, signed_in
from services.router.requests import AUDIT, Numbered, day_within, named
from services.router.sheets import guarded

PAGE: Final = 50
_COLUMNS: Final = (
    "number",
    "at",
    "by",
    "act",
    "subject",
    "facts",
    "previous",
    "sha256",
    "act_in_words",
    "facts_in_words",
)

Words = Annotated[str | None, Query(max_length=200)]


def routes(console: Console) -> APIRouter:
    """The page and its file."""
    api = APIRouter()
    auditor = Depends(signed_in(AUDIT))

    @api.get("/trail", response_class=HTMLResponse)
    async def page(
        request: Request,
        viewer: Annotated[Viewer, auditor],
        wanted: Annotated[trail.Filters, Depends(_filters)],
        cursor: Numbered | None = None,
    ) -> HTMLResponse:
        async with console.database.reading() as tx:
            rows = await trail.listed(tx, wanted, before=cursor, limit=PAGE + 1)
            accounts = await operators.listed(tx)
        telling = await _telling(console, viewer)
        return console.pages.html(
            request,
            viewer,
            "audit/list.html",
            rows=[_shown(row, telling) for row in rows[:PAGE]],
            following=rows[PAGE - 1].number if len(rows) > PAGE else None,
            is_first=cursor is None,
            wanted=wanted,
            logins=[(named(account.login), f"{account.name} ({account.login})") for account in accounts],
            since=request.query_params.get("since"),
            until=request.query_params.get("until"),
            broken=None,
            checked=False,
        )

    @api.get("/trail/check", response_class=HTMLResponse)
    async def check(
        request: Request, viewer: Annotated[Viewer, auditor], after: Numbered | None = None
    ) -> HTMLResponse:
        """Whether each entry is as it was written, from the first one on; a long chain takes several pages."""
        async with console.database.reading() as tx:
            found = await trail.verify(tx, after=after or 0)
        return console.pages.html(request, viewer, "audit/check.html", found=found)

    @api.get("/trail.csv")
    async def as_file(viewer: Annotated[Viewer, auditor]) -> Response:
        """All of it, the first entry first, with the hashes that prove it, and in the viewer's words behind them."""
        telling = await _telling(console, viewer)
        async with console.database.transaction() as tx:
            trail.note(tx, trail.Act(viewer.by, "trail.export", "-", clock.now(), {}))
        headers = {**HEADERS, "content-disposition": 'attachment; filename="joldau-trail.csv"'}
        return StreamingResponse(_lines(console, telling), media_type="text/csv; charset=utf-8", headers=headers)

    return api


def _filters(
    by: Words = None, act: Words = None, subject: Words = None, since: Words = None, until: Words = None
) -> trail.Filters:
    return trail.Filters(by or None, act or None, subject or None, *trail.days(_day(since), _day(until)))


def _day(given: str | None) -> date | None:
    try:
        return day_within(given) if given else None
    except ValueError:
        raise Invalid("page_address_wrong") from None


async def _telling(console: Console, viewer: Viewer) -> Telling:
    router = console.desk.router
    async with console.database.reading() as tx:
        rules = await router.book.in_force(tx)
    return Telling(Names(rules.directory, rules.calendar.arrived_on(router.now()), viewer.language))


def _shown(row: Row[Any], telling: Telling) -> dict[str, Any]:
    return {
        "number": row.number,
        "at": row.at,
        "by": row.by,
        "act": telling.act(row.act),
        "subject": row.subject,
        "facts": telling.facts(row.facts),
    }


async def _lines(console: Console, telling: Telling) -> AsyncIterator[str]:
    yield _line(_COLUMNS)
    async for row in trail.entries(console.database):
        facts = json.dumps(row.facts, ensure_ascii=False, sort_keys=True)
        noted = (row.number, row.at.isoformat(), row.by, row.act, row.subject, facts, row.previous, row.sha256)
        yield _line((*noted, telling.act(row.act), telling.facts(row.facts)))


def _line(cells: tuple[Any, ...]) -> str:
    """One line. Who checks the hashes takes one apostrophe off a cell that begins with one."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([guarded(one, also=("'",)) if isinstance(one, str) else one for one in cells])
    return buffer.getvalue()
