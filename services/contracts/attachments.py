"""Documents attached to an appeal, and the references by which they are fetched. Their bytes are in no message.

Intake keeps the bytes and tells the router of each document with a key of its own. Who has the key can sign references
to that document and to no other; intake needs nothing else to know a good one, and forgets the key with the document.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.contracts.envelope import Name

MOST: Final = 10
"""So many documents may be attached to an appeal."""
_SIGNATURE: Final = hashlib.sha256().digest_size


class Attachment(BaseModel):
    """A document attached to an appeal, without its bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    name: Name = Field(description="A safe file name; its ending is that of the content.")
    media_type: Name = Field(description="What the content is, whatever its name had said.")
    size: int = Field(ge=1, description="Bytes.")
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class AttachedDocument(Attachment):
    """What intake tells the router of a document, so that references to it can be made."""

    url: Annotated[str, StringConstraints(max_length=500)] = Field(description="How references to it begin.")
    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="Signs references to it; whoever has it can fetch the document."
    )


class ReferencedDocument(Attachment):
    """A document that can be fetched for a while."""

    reference: Annotated[str, StringConstraints(max_length=2_000)] = Field(
        description="Address of its bytes: GET, without a key. Each access is on record. Do not pass it on."
    )
    good_until: AwareDatetime


@dataclass(frozen=True)
class Grant:
    """What a reference says: who may fetch the document, for which referral, and until when."""

    by: str
    """``agency:<code>``, ``link:<code>`` or ``operator:<name>``."""
    referral_id: UUID | None
    until: datetime
    sealed: bool = False
    """Whether it opens the document also of a sealed appeal: only a person's does, who may read such."""


def referenced(document: AttachedDocument, grant: Grant) -> ReferencedDocument:
    """The document with a reference that says this."""
    told: dict[str, Any] = {"by": grant.by, "until": int(grant.until.timestamp())}
    if grant.referral_id is not None:
        told["referral"] = str(grant.referral_id)
    if grant.sealed:
        told["sealed"] = True
    said = json.dumps(told, separators=(",", ":")).encode()
    token = urlsafe_b64encode(_signed(document.key, document.id, said) + said).rstrip(b"=").decode()
    plain = {name: getattr(document, name) for name in Attachment.model_fields}
    return ReferencedDocument(**plain, reference=f"{document.url}/{token}", good_until=grant.until)


def granted(token: str, *, document_id: UUID, key: str) -> Grant | None:
    """What a reference to this document says, be it good still or not; None when its key has not signed it."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (NotBase64, ValueError):
        return None
    signature, said = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if not hmac.compare_digest(signature, _signed(key, document_id, said)):
        return None
    told = json.loads(said)
    referral_id = UUID(told["referral"]) if "referral" in told else None
    until = datetime.fromtimestamp(told["until"], UTC)
    return Grant(told["by"], referral_id, until, sealed=told.get("sealed", False))


def _signed(key: str, document_id: UUID, said: bytes) -> bytes:
    return hmac.digest(bytes.fromhex(key), document_id.bytes + said, hashlib.sha256)
