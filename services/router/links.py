"""Links for agencies without a system: signed, for one referral and so one agency, and good until a moment. Pure."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

LIFE: Final = timedelta(days=7)
LATE: Final = timedelta(days=1)
"""How long a link lives once the agency's term has passed."""
_ID, _MOMENT = 16, 5
_LOOKS: Final = 1 << 39
"""A bit that no moment needs."""


@dataclass(frozen=True)
class Link:
    """What a link says: which referral, and until when it opens it."""

    referral_id: UUID
    until: datetime
    looks: bool = False
    """Whether it shows only where the referral is, and nothing of the appeal."""


@dataclass(frozen=True)
class Links:
    """Makes links and reads them. `page` is where the router is seen from outside."""

    page: str = "http://127.0.0.1:8082"
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @classmethod
    def under(cls, secret: str, *, page: str) -> "Links":
        """Links whose key is derived from a secret."""
        return cls(page, hmac.digest(secret.encode(), b"links for agencies", hashlib.sha256))

    def url(self, referral_id: UUID, *, until: datetime, looks: bool = False) -> str:
        """The link's address."""
        said = referral_id.bytes + (int(until.timestamp()) | _LOOKS * looks).to_bytes(_MOMENT, "big")
        return f"{self.page}/referral/{urlsafe_b64encode(said + self._signed(said)).rstrip(b'=').decode()}"

    def read(self, token: str) -> Link | None:
        """What the link with this token says, be it good still or not; None when it is not ours."""
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (NotBase64, ValueError):
            return None
        said, signature = raw[: _ID + _MOMENT], raw[_ID + _MOMENT :]
        if not hmac.compare_digest(signature, self._signed(said)):
            return None
        moment = int.from_bytes(said[_ID:], "big")
        until = datetime.fromtimestamp(moment & ~_LOOKS, UTC)
        return Link(UUID(bytes=said[:_ID]), until, looks=bool(moment & _LOOKS))

    def _signed(self, said: bytes) -> bytes:
        return hmac.digest(self.key, said, hashlib.sha256)


def good_until(at: datetime, term_ends: datetime) -> datetime:
    """Until when a link made at `at` is good: never past the term's end, unless that has passed already."""
    return min(at + LIFE, term_ends) if at < term_ends else at + LATE
