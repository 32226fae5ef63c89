"""What the forms of an agency's page say: all that it could say by a system of its own. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

from pydantic import ValidationError

from services.contracts.referrals import DeclineReason, ReferralReply, ReplyKind

KINDS: Final = (
    ReplyKind.RECEIVED,
    ReplyKind.ACCEPTED,
    ReplyKind.ACCEPTED_IN_PART,
    ReplyKind.DECLINED,
    ReplyKind.EXTENDED,
    ReplyKind.ANSWERED,
)
"""What can be said, each by a form of its own, in the order of the page."""
GROUNDS: Final = tuple(ground for ground in DeclineReason if ground is not DeclineReason.UNSPECIFIED)
"""Grounds to choose from, where something is declined or returned."""
_PLAIN: Final = (
    *("registration_number", "registered_on", "reason", "reason_code", "legal_basis", "proposed_agency"),
    *("extended_to", "text", "language"),
)
_NAME: Final = 200


def read(form: Mapping[str, str], *, referral_id: UUID, appeal_id: UUID, at: datetime) -> tuple[UUID, ReferralReply]:
    """The event's id, which stands in the form, and the reply. Raises `ValueError` for what can be no reply."""
    said: dict[str, Any] = {name: form[name] for name in _PLAIN if form.get(name)}
    if quoted := form.get("returned"):
        said["returned"] = (quoted,)
    if addresses := form.get("documents"):
        said["documents"] = [_document(address) for address in addresses.split()]
    about = {"referral_id": referral_id, "appeal_id": appeal_id, "occurred_at": at}
    try:
        return UUID(form.get("event", "")), ReferralReply(**about, **said, kind=ReplyKind(form.get("kind", "")))
    except ValidationError as error:
        raise ValueError("it can be no reply") from error


def _document(address: str) -> dict[str, str]:
    """A document of the answer, called as its address ends."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.netloc:
        raise ValueError("a document is no address on the web")
    name = unquote(parts.path.rpartition("/")[2]) or parts.netloc
    return {"name": name[:_NAME], "reference": address}
