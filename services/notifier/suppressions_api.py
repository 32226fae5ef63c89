"""Recipients that are not written to, over HTTP, for operators."""

from typing import Annotated, Any, Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.chassis import clock
from services.chassis.ids import new_id
from services.chassis.keys import Caller, require
from services.notifier import suppressions, views
from services.notifier.api import OPERATE, READ, Desk
from services.notifier.notification import Channel
from services.notifier.suppressing import suppress
from services.notifier.suppressions import Why

log = structlog.get_logger()


class NewSuppression(BaseModel):
    """A recipient that is not to be written to."""

    model_config = ConfigDict(extra="forbid")

    channel: Literal[Channel.EMAIL, Channel.SMS]
    recipient: Annotated[str, StringConstraints(min_length=3, max_length=320)]
    reason: Why = Why.OPTED_OUT


def router(desk: Desk) -> APIRouter:
    """The endpoints of `/v1/suppressions`."""
    api = APIRouter(prefix="/v1/suppressions", tags=["suppressions"])
    operator = Depends(require(OPERATE))

    @api.get("", dependencies=[Depends(require(READ))])
    async def listed(
        channel: Channel | None = None,
        reason: Why | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: UUID | None = None,
    ) -> dict[str, Any]:
        """Recipients that are not written to, newest first, masked."""
        async with desk.database.reading() as tx:
            rows = await suppressions.listed(tx, channel=channel, reason=reason, before=cursor, limit=limit + 1)
        page = rows[:limit]
        return {
            "items": [views.suppression(row) for row in page],
            "next_cursor": page[-1].id if len(rows) > limit else None,
        }

    @api.post("", status_code=204)
    async def add(caller: Annotated[Caller, operator], body: NewSuppression) -> None:
        """Write to a recipient no more. Who has opted out still gets what the law requires."""
        rung = (Channel(body.channel), body.recipient)
        async with desk.database.transaction() as tx:
            row_id, at = new_id(), clock.now()
            await suppress(tx, desk.settling, rung, body.reason, row_id=row_id, by=caller.owner, at=at)
        log.info("suppression.added", channel=body.channel, reason=body.reason, by=caller.owner)

    @api.delete("/{suppression_id}", status_code=204)
    async def remove(caller: Annotated[Caller, operator], suppression_id: UUID) -> None:
        """Write to a recipient again."""
        async with desk.database.transaction() as tx:
            await suppressions.remove(tx, suppression_id)
        log.info("suppression.removed", id=str(suppression_id), by=caller.owner)

    return api
