"""Outcomes over HTTP: texts of which people have settled whose matter they are, for whoever keeps the rules."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from services.chassis.keys import Caller, require
from services.router.desk import Desk
from services.router.outcomes import settled
from services.router.requests import RULES

log = structlog.get_logger()

AT_ONCE: Final = 200


def routes(desk: Desk) -> APIRouter:
    """The endpoint."""
    api = APIRouter(prefix="/v1/outcomes", tags=["rules"])
    writer = Depends(require(RULES))

    @api.get("")
    async def outcomes(
        caller: Annotated[Caller, writer],
        cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=50_000, description="Settled referrals looked at, at most.")] = 10_000,
    ) -> StreamingResponse:
        """Lines of JSON, each an outcome, and at last `next_cursor`; null when there are no more.

        No appeal that is sealed, tells of corruption or has been forgotten is among them, and no author is named.
        """

        async def lines() -> AsyncIterator[str]:
            after, left, told = cursor, limit, 0
            while left:
                async with desk.database.reading() as tx:
                    rules = await desk.router.book.in_force(tx)
                    found, after = await settled(tx, rules, after=after, limit=min(AT_ONCE, left))
                for one in found:
                    yield f"{json.dumps(one, ensure_ascii=False)}\n"
                told += len(found)
                left = left - min(AT_ONCE, left) if after else 0
            log.info("outcomes.read", by=caller.owner, outcomes=told)
            yield f"{json.dumps({'next_cursor': str(after) if after else None})}\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    return api
