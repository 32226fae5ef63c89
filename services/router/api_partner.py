"""An agency's own side over HTTP: it fetches what is for it, acknowledges it, and replies. Nobody sees another's."""

import asyncio
import json
import re
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.chassis.errors import NotFound, RetryLater, Unreadable
from services.chassis.keys import require_one
from services.chassis.outbox import Cause
from services.chassis.web import trace_of
from services.contracts.referrals import ReferralReply
from services.router import store
from services.router.desk import Desk
from services.router.draft import Actor
from services.router.hearing import Said
from services.router.orders import Orders
from services.router.replies import Replies
from services.router.requests import AGENCY, Body, Numbered

BATCH: Final = 100
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""In JSON; a backslash that is itself escaped begins nothing."""
WAIT: Final = 25
"""Seconds that a request may wait; shorter than what proxies usually allow."""


class Acknowledged(Body):
    """What the agency has, by the ids of the documents."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=BATCH)]


class Document(BaseModel):
    """A reply: the same document as over AMQP (docs/messages). Of its envelope, `id`, `type` and `data` count."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    type: Literal["kz.joldau.referral.reply.v1"]
    data: ReferralReply

    @model_validator(mode="after")
    def _can_be_stored(self) -> "Document":
        if _NUL.search(self.data.model_dump_json()):
            raise ValueError("a character that no database keeps")
        return self


def routes(desk: Desk, stopping: asyncio.Event) -> APIRouter:
    """The endpoints. The agency is the one that the key or the token names."""
    api = APIRouter(prefix="/v1/agencies/me", tags=["partner"])
    mine, orders, replies = Depends(require_one(AGENCY)), Orders(desk.database, stopping), Replies(desk.router)

    @api.get("/messages")
    async def ready(
        agency: Annotated[str, mine],
        wait: Annotated[float, Query(ge=0, le=WAIT, description="Seconds to wait for one, if there is none.")] = 0,
        limit: Annotated[int, Query(ge=1, le=BATCH)] = 50,
        cursor: Numbered | None = None,
    ) -> dict[str, Any]:
        """Referrals, reminders and recalls that the agency has not acknowledged, as the documents that AMQP carries.

        Fetch, keep, acknowledge, and ask again without a cursor. The same referral may come twice: know it by its id.
        """
        rows = await orders.ready(agency, after=cursor or 0, limit=limit + 1, seconds=wait)
        page = rows[:limit]
        return {
            "items": [json.loads(row.body) for row in page],
            "next_cursor": page[-1].seq if len(rows) > limit else None,
        }

    @api.post("/messages/acknowledgement")
    async def acknowledge(agency: Annotated[str, mine], given: Acknowledged) -> dict[str, int]:
        """Say that the agency has these: they are not shown again, unless they are replayed. Safe to repeat."""
        return {"acknowledged": await orders.acknowledge(agency, given.ids, at=desk.router.now())}

    @api.post("/replies", status_code=202)
    async def reply(request: Request, agency: Annotated[str, mine], given: Document) -> dict[str, Any]:
        """Reply to a referral. The same document again changes nothing; its id with other content is refused (409)."""
        actor = Actor(f"agency:{agency}", Cause(trace_of(request), given.id))
        async with desk.database.transaction() as tx:
            try:
                (outcome,) = await replies.hear(tx, [Said(given.data, given.id, agency, actor)])
            except (RetryLater, Unreadable):
                raise NotFound("referral_not_found") from None
            row = (await store.referrals(tx, {given.data.referral_id}))[given.data.referral_id]
        return {"outcome": outcome, "referral_id": row.id, "state": row.state, "revision": row.revision}

    return api
