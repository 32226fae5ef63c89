"""Replay over HTTP: an agency that has lost something is sent it again, one bounded batch a request."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.errors import Invalid
from services.chassis.keys import Caller, require
from services.contracts.dates import Moment
from services.contracts.envelope import AgencyCode
from services.router.desk import Desk
from services.router.replay import Replay
from services.router.requests import OPERATE, actor_of, after_moment, packed

BATCH: Final = 200


class Wanted(BaseModel):
    """What to send again: all that was issued `since` then, or these referrals."""

    model_config = ConfigDict(extra="forbid")

    since: Moment | None = None
    until: Moment | None = Field(default=None, description="Before this moment; now, if not given.")
    referral_ids: Annotated[list[UUID], Field(min_length=1, max_length=BATCH)] | None = None
    limit: Annotated[int, Field(ge=1, le=BATCH)] = BATCH
    cursor: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="`next_cursor` of the batch before; with the same `since` and `until`."
    )


def routes(desk: Desk) -> APIRouter:
    """The endpoint."""
    api = APIRouter(prefix="/v1/agencies", tags=["agencies"])
    operator, replaying = Depends(require(OPERATE)), Replay(desk.database, desk.router)

    @api.post("/{code}/replay")
    async def replay(
        request: Request, caller: Annotated[Caller, operator], code: AgencyCode, wanted: Wanted
    ) -> dict[str, Any]:
        """Send again, marked with `replayed_at`. The agency knows a repeat by its `referral_id`."""
        if (wanted.since is None) is (wanted.referral_ids is None):
            raise Invalid("since_or_referrals", pointer="#/since")
        actor = actor_of(caller, request)
        if wanted.referral_ids is not None:
            done = await replaying.these(code, wanted.referral_ids, actor=actor)
        else:
            assert wanted.since is not None  # noqa: S101 - one of the two is given
            done = await replaying.since(
                code,
                begin=wanted.since,
                end=wanted.until or desk.router.now(),
                after=after_moment(wanted.cursor),
                limit=wanted.limit,
                actor=actor,
            )
        return {
            "agency": code,
            "sent": done.sent,
            "recalled": done.recalled,
            "next_cursor": packed(*done.last) if done.last else None,
        }

    return api
