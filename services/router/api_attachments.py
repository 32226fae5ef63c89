"""Documents of appeals, by references that are good for a while: an agency asks for new ones, an operator looks."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from services.chassis.errors import Forbidden, Gone, NotFound
from services.chassis.keys import Caller, require, require_one
from services.contracts.attachments import ReferencedDocument
from services.contracts.referrals import DOCUMENTS_ENDED
from services.router import attachments, listing, messages, store
from services.router.desk import Desk
from services.router.requests import AGENCY, OPERATE, SEALED


def routes(desk: Desk) -> APIRouter:
    """The endpoints."""
    api = APIRouter(prefix="/v1")
    mine, operator = Depends(require_one(AGENCY)), Depends(require(OPERATE))

    @api.get("/agencies/me/referrals/{referral_id}/attachments", tags=["partner"])
    async def of_referral(agency: Annotated[str, mine], referral_id: UUID) -> dict[str, Any]:
        """What the applicant has attached, with new references in the place of those that have expired."""
        async with desk.database.transaction() as tx:
            draft = await desk.router.draft(tx, await store.locked_appeals_of(tx, {referral_id}))
            row = (await store.referrals(tx, {referral_id})).get(referral_id)
        if row is None or row.agency != agency or row.issued_at is None:
            raise NotFound("referral_not_found")
        referral = store.referral_of(row)
        if referral.state in DOCUMENTS_ENDED:
            raise Gone("referral_ended")
        grant = attachments.to_agency(referral, draft.at)
        order = messages.issued(draft.appeals[row.appeal_id], referral, draft.agency(agency), grant=grant)
        return _shown(order.attachments)

    @api.get("/appeals/{appeal_id}/attachments", tags=["appeals"])
    async def of_appeal(caller: Annotated[Caller, operator], appeal_id: UUID) -> dict[str, Any]:
        """What the applicant has attached, with references that are good for an hour, for this operator."""
        async with desk.database.reading() as tx:
            row = await listing.appeal_row(tx, appeal_id)
        if row is None:
            raise NotFound("appeal_not_found")
        if row.sealed and not caller.may(SEALED):
            raise Forbidden("appeal_sealed")
        return _shown(attachments.for_operator(store.appeal_of(row), name=caller.owner, at=desk.router.now()))

    return api


def _shown(documents: Iterable[ReferencedDocument]) -> dict[str, Any]:
    return {"items": [document.model_dump() for document in documents]}
