"""Links by which an applicant opts out of what the law does not ask for: signed, one for each notification. Pure.

They name the notification and no address, so that nothing personal stands in a proxy's log.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Final, Self
from uuid import UUID

_ID: Final = 16
_SIGNATURE: Final = 17
"""Bytes of it that are kept: enough, and the link is short and needs no padding."""


@dataclass(frozen=True)
class OptOuts:
    """Makes links and reads them. `page` is where the notifier is seen from outside."""

    page: str
    key: bytes = field(repr=False)

    @classmethod
    def under(cls, secret: str, *, page: str) -> Self:
        """Links whose key is derived from a secret."""
        return cls(page, hmac.digest(secret.encode(), b"links to opt out", hashlib.sha256))

    def url(self, notification_id: UUID) -> str:
        """The link's address."""
        said = notification_id.bytes + self._signed(notification_id.bytes)
        return f"{self.page}/opt-out/{urlsafe_b64encode(said).decode()}"

    def read(self, token: str) -> UUID | None:
        """The notification that a link was sent with; None when the link is not ours."""
        try:
            raw = urlsafe_b64decode(token)
        except ValueError:
            return None
        said, signature = raw[:_ID], raw[_ID:]
        return UUID(bytes=said) if hmac.compare_digest(signature, self._signed(said)) else None

    def _signed(self, said: bytes) -> bytes:
        return hmac.digest(self.key, said, hashlib.sha256)[:_SIGNATURE]
