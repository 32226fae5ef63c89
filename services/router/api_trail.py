"""The audit trail over HTTP, for an auditor: who did what, and whether the chain is whole."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.chassis.keys import require
from services.contracts.dates import Day
from services.router import trail, views
from services.router.desk import Desk
from services.router.requests import AUDIT, Limit, Number, Numbered

Checks = Annotated[int, Query(ge=1, le=trail.CHECKED_AT_ONCE)]


def routes(desk: Desk) -> APIRouter:
    """The endpoints of `/v1/trail`."""
    api = APIRouter(prefix="/v1/trail", tags=["trail"], dependencies=[Depends(require(AUDIT))])

    @api.get("")
    async def listed(
        by: Number | None = None,
        act: Number | None = None,
        subject: Number | None = None,
        since: Day | None = None,
        until: Day | None = None,
        limit: Limit = 50,
        cursor: Numbered | None = None,
    ) -> dict[str, Any]:
        """Entries, the newest first, with the hashes that chain them. Days are Almaty's, the last one included."""
        wanted = trail.Filters(by, act, subject, *trail.days(since, until))
        async with desk.database.reading() as tx:
            rows = await trail.listed(tx, wanted, before=cursor, limit=limit + 1)
        page = [views.entry(row) for row in rows[:limit]]
        return {"items": page, "next_cursor": page[-1]["number"] if len(rows) > limit else None}

    @api.get("/check")
    async def check(cursor: Numbered | None = None, limit: Checks = trail.CHECKED_AT_ONCE) -> dict[str, Any]:
        """Whether each entry is as it was written; else the number of the first one that is not.

        As many as `limit` are checked at a time. `whole` is null until all are: go on with `next_cursor`.
        """
        async with desk.database.reading() as tx:
            found = await trail.verify(tx, after=cursor or 0, most=limit)
        return {
            "whole": found.broken_at is None if found.is_done else None,
            "broken_at": found.broken_at,
            "entries": found.entries,
            "checked": found.upto,
            "next_cursor": None if found.is_done else found.upto,
        }

    return api
