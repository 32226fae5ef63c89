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
    """The endpoints of `/v1/notifications` and `/v1/counts`."""
    api = APIRouter(prefix="/v1", tags=["notifications"])
    reader, operator = Depends(require(READ)), Depends(require(OPERATE))

    @api.get("/notifications", dependencies=[reader])
    async def listed(
        state: State | None = None,
        channel: Channel | None = None,
        appeal_id: UUID | None = None,
        reason: Annotated[str | None, Query(max_length=64)] = None,
        system: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: UUID | None = None,
        *,
        attempts: Annotated[bool, Query(description="Tell the attempts of each, too.")] = False,
    ) -> dict[str, Any]:
        """Notifications, newest first; recipients are masked. With `system`, the webhooks to that posting system."""
        filters = store.Filters(
            state=state,
            channel=channel if system is None else Channel.WEBHOOK,
            appeal_id=appeal_id,
            reason=reason,
            recipient=system,
        )
        async with desk.database.reading() as tx:
            rows = await store.listed(tx, filters, before=cursor, limit=limit + 1)
            page = rows[:limit]
            made = await store.attempts_of(tx, [row.id for row in page]) if attempts else {}
        return {
            "items": [{**views.notification(row), **_attempts(made.get(row.id))} for row in page],
            "next_cursor": page[-1].id if len(rows) > limit else None,
        }

    @api.get("/notifications/{notification_id}", dependencies=[reader])
    async def shown(notification_id: UUID) -> dict[str, Any]:
        """One notification with its attempts."""
        async with desk.database.reading() as tx:
            row = await store.found(tx, notification_id)
            made = await store.attempts_of(tx, [row.id])
        return {**views.notification(row), **_attempts(made[row.id])}

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

    return api


def _attempts(made: Sequence[Row[Any]] | None) -> dict[str, Any]:
    return {} if made is None else {"attempts": [views.attempt(one) for one in made]}
