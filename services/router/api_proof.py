"""The proof of hand-over over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from services.chassis.errors import Conflict
from services.chassis.keys import Caller, require
from services.router.notary import Notary
from services.router.requests import READ


def routes(notary: Notary) -> APIRouter:
    """A referral's certificate, and the key that it is verified with."""
    api = APIRouter(prefix="/v1", tags=["proof"])
    reader = Depends(require(READ))

    @api.get("/referrals/{referral_id}/certificate")
    async def certificate(_caller: Annotated[Caller, reader], referral_id: UUID) -> dict[str, Any]:
        """What the agency was sent and what it said, chained and signed. It names no applicant and quotes no text."""
        found = await notary.certificate(referral_id)
        return found.model_dump(mode="json")

    @api.get("/proof/key")
    async def key(_caller: Annotated[Caller, reader]) -> dict[str, str]:
        """The public key in force, in hexadecimal digits (Ed25519)."""
        if notary.signer is None:
            raise Conflict("proof_without_key")
        return {"key": notary.signer.public}

    return api
