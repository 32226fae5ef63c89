"""Secrets as the database keeps them: encrypted under a key from the settings, if there is one."""

from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

SEALED: Final = "fernet:"


class Sealer:
    """Seals and opens secrets. The first key seals; the others still open what they have sealed."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """`keys`: 32 bytes in URL-safe Base64 each. Without one, secrets are kept as they are."""
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None

    def sealed(self, secret: str) -> str:
        """As it is to be kept."""
        return SEALED + self._fernet.encrypt(secret.encode()).decode() if self._fernet else secret

    def opened(self, kept: str) -> str:
        """The secret itself. One kept before there was a key is still plain. Raises InvalidToken without its key."""
        if not kept.startswith(SEALED):
            return kept
        if self._fernet is None:
            raise InvalidToken
        return self._fernet.decrypt(kept.removeprefix(SEALED)).decode()
