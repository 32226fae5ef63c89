"""The notifier over HTTP, for operators: what was told to whom, how often it was tried, and sending it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Query
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.database import Database
from services.chassis.keys import Caller, require
from services.notifier import store, views
from services.notifier.claims import Destination
from services.notifier.edition import Edition
from services.notifier.endpoints import Endpoints
from services.notifier.notification import Channel, State
from services.notifier.resending import Resender
from services.notifier.settling import Settling

log = structlog.get_logger()

READ: Final = "notifications:read"
OPERATE: Final = "notifications:operate"
TEST_SCOPE: Final = "notifications:test"
"""May try notices out, and make nothing leave."""
SCOPES: Final = frozenset({READ, OPERATE, TEST_SCOPE})


@dataclass(frozen=True)
class Desk:
    """What the endpoints work with."""

    database: Database
    settling: Settling
    resender: Resender
    endpoints: Endpoints
    edition: Edition
    plain_http: bool
    """Whether a webhook endpoint may be plain HTTP: where private networks are allowed."""


def router(desk: Desk) -> APIRouter:
    """The endpoints of `/v1/notifications`, `/v1/counts` and `/v1/desk`."""
    api = APIRouter(prefix="/v1", tags=["notifications"])
    reader, operator = Depends(require(READ)), Depends(require(OPERATE))

    @api.get("/notifications", dependencies=[reader])
    async def listed(
        filters: Annotated[store.Filters, Depends(_filters)],
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: UUID | None = None,
        *,
        attempts: Annotated[bool, Query(description="Tell the attempts and findings of each, too.")] = False,
    ) -> dict[str, Any]:
        """Notifications, newest first; recipients are masked. With `system`, the webhooks to that posting system.

        With `awaited`, those that wait for a person, for that reason.
        """
        async with desk.database.reading() as tx:
            rows = await store.listed(tx, filters, before=cursor, limit=limit + 1)
            page = rows[:limit]
            ids = [row.id for row in page] if attempts else []
            made, found = await store.attempts_of(tx, ids), await store.findings_of(tx, ids)
        return {
            "items": [{**views.notification(row), **_more(made.get(row.id), found.get(row.id))} for row in page],
            "next_cursor": page[-1].id if len(rows) > limit else None,
        }

    @api.get("/notifications/{notification_id}", dependencies=[reader])
    async def shown(notification_id: UUID) -> dict[str, Any]:
        """One notification with its attempts, and with what people have found out."""
        async with desk.database.reading() as tx:
            row = await store.found(tx, notification_id)
            made, found = await store.attempts_of(tx, [row.id]), await store.findings_of(tx, [row.id])
        return {**views.notification(row), **_more(made[row.id], found[row.id])}

    @api.post("/notifications/{notification_id}/resend", status_code=202)
    async def resend(caller: Annotated[Caller, operator], notification_id: UUID) -> dict[str, Any]:
        """Send a notification again, under the same order: receivers know a repetition by it.

        One that still waits, or is in doubt, is hastened; a finished one stays on record and is sent as a new one.
        """
        async with desk.database.transaction() as tx:
            row = await desk.resender.resend(tx, notification_id, by=caller.owner, at=clock.now())
            tx.after_commit(partial(desk.settling.wake, [Destination(Channel(row.channel), row.destination)]))
        log.info("notification.resent", id=str(row.id), by=caller.owner)
        return views.notification(row)

    @api.get("/counts", dependencies=[reader])
    async def counts() -> dict[str, Any]:
        """How many notifications there are: channel → state → count."""
        async with desk.database.reading() as tx:
            return await store.counted(tx)

    @api.get("/desk", dependencies=[reader])
    async def awaited() -> dict[str, Any]:
        """How many notifications wait for a person, by channel and by why."""
        async with desk.database.reading() as tx:
            found = await store.on_desk(tx)
        items = [{"channel": channel, "awaited": why, "notifications": n} for (channel, why), n in found.items()]
        return {"items": items, "next_cursor": None}

    return api


def _filters(
    state: State | None = None,
    channel: Channel | None = None,
    appeal_id: UUID | None = None,
    reason: Annotated[str | None, Query(max_length=64)] = None,
    system: Annotated[str | None, Query(max_length=200)] = None,
    awaited: store.Awaited | None = None,
) -> store.Filters:
    return store.Filters(
        state=state,
        channel=channel if system is None else Channel.WEBHOOK,
        appeal_id=appeal_id,
        reason=reason,
        recipient=system,
        awaited=awaited,
    )


def _more(made: Sequence[Row[Any]] | None, found: Sequence[Row[Any]] | None) -> dict[str, Any]:
    if made is None or found is None:
        return {}
    return {"attempts": [views.attempt(one) for one in made], "findings": [views.finding(one) for one in found]}
