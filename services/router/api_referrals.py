"""Referrals over HTTP: what is where, and the operators' verbs."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.chassis.errors import NotFound
from services.chassis.keys import Caller, require
from services.contracts.referrals import ReferralState
from services.router import listing, store, views
from services.router.correction import correct
from services.router.desk import Desk
from services.router.requests import (
    OPERATE,
    READ,
    SEALED,
    Act,
    Code,
    Correction,
    Cursor,
    Limit,
    Number,
    ReasonedAct,
    SpokenReply,
    actor_of,
    after,
    following,
    missed,
    shown_to,
)


def lookups(desk: Desk) -> APIRouter:
    """Lists of referrals, and one with all that is known of it."""
    api = APIRouter(prefix="/v1/referrals", tags=["referrals"])
    reader = Depends(require(READ))

    @api.get("")
    async def listed(
        caller: Annotated[Caller, reader],
        state: ReferralState | None = None,
        agency: Code | None = None,
        appeal_id: UUID | None = None,
        registration_number: Number | None = None,
        overdue: bool = False,  # noqa: FBT001, FBT002 - a query parameter
        limit: Limit = 50,
        cursor: Cursor | None = None,
    ) -> dict[str, Any]:
        """Referrals, the most urgent first."""
        late = missed(desk)
        filters = listing.ReferralFilters(
            state=state,
            agency=agency,
            appeal_id=appeal_id,
            registration_number=registration_number,
            overdue_by=late if overdue else None,
            unsealed=agency is not None and not caller.may(SEALED),
        )
        async with desk.database.reading() as tx:
            rows = await listing.referrals(tx, filters, after=after(cursor), limit=limit + 1)
        items = [shown_to(caller, row, views.referral_in_list(row, missed=late)) for row in rows[:limit]]
        return {"items": items, "next_cursor": following(rows, limit)}

    @api.get("/{referral_id}")
    async def shown(caller: Annotated[Caller, reader], referral_id: UUID) -> dict[str, Any]:
        """A referral with its timeline, its agency's replies and the decision behind it."""
        async with desk.database.reading() as tx:
            row = (await store.referrals(tx, {referral_id})).get(referral_id)
            if row is None:
                raise NotFound("referral_not_found")
            events = await listing.timeline(tx, referral_id)
            replies = await listing.replies_to(tx, referral_id)
            made = await listing.decision_row(tx, row.decision_id)
            appeal = await listing.appeal_row(tx, row.appeal_id)
        assert appeal is not None and made is not None  # noqa: S101, PT018 - foreign keys say so
        return shown_to(caller, appeal, views.referral_whole(row, events, replies, made, missed=missed(desk)))

    return api


def verbs(desk: Desk) -> APIRouter:
    """What an operator can do with a referral."""
    api = APIRouter(prefix="/v1/referrals", tags=["referrals"])
    operator = Depends(require(OPERATE))

    @api.post("/{referral_id}/approval")
    async def approve(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, on: Act | None = None
    ) -> dict[str, str]:
        """Issue a referral that the rules propose."""
        revision = on.revision if on else None
        await desk.approve(referral_id, revision=revision, actor=actor_of(caller, request))
        return {"state": ReferralState.ISSUED}

    @api.post("/{referral_id}/rejection")
    async def reject(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, why: ReasonedAct
    ) -> dict[str, str]:
        """Refuse a referral that the rules propose."""
        actor = actor_of(caller, request)
        await desk.reject(referral_id, reason=why.reason, revision=why.revision, actor=actor)
        return {"state": ReferralState.REJECTED}

    @api.post("/{referral_id}/recall")
    async def recall(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, why: ReasonedAct
    ) -> dict[str, str]:
        """Take a referral back; its agency is told to stop."""
        actor = actor_of(caller, request)
        await desk.recall(referral_id, reason=why.reason, revision=why.revision, actor=actor)
        return {"state": ReferralState.RECALLED}

    @api.post("/{referral_id}/correction")
    async def correct_(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, right: Correction
    ) -> dict[str, Any]:
        """Give to the right agency what went to a wrong one: both are told, and the term goes on.

        The answer tells of the new referral. It is `proposed` where a second person has to approve it.
        """
        made, state = await correct(
            desk,
            referral_id,
            agency=right.agency,
            reason=right.reason,
            revision=right.revision,
            actor=actor_of(caller, request),
        )
        return {"referral_id": made, "agency": right.agency, "state": state}

    @api.post("/{referral_id}/reissue")
    async def reissue(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, on: Act | None = None
    ) -> dict[str, str]:
        """Send a referral again that was undeliverable, or of which its agency says nothing."""
        revision = on.revision if on else None
        await desk.reissue(referral_id, revision=revision, actor=actor_of(caller, request))
        return {"state": ReferralState.ISSUED}

    @api.post("/{referral_id}/reminder")
    async def remind(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, on: Act | None = None
    ) -> dict[str, str]:
        """Remind the agency of what it owes next; not twice in an hour."""
        revision = on.revision if on else None
        return {"awaited": await desk.remind(referral_id, revision=revision, actor=actor_of(caller, request))}

    @api.post("/{referral_id}/replies", status_code=201)
    async def tell_reply(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, said: SpokenReply
    ) -> dict[str, str]:
        """Enter what an agency without a system has said, by letter or by telephone."""
        actor = actor_of(caller, request)
        outcome = await desk.tell_reply(referral_id, said.given(), revision=said.revision, actor=actor)
        return {"kind": said.kind, "outcome": outcome}

    return api
