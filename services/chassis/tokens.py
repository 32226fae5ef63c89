"""Access tokens of an OAuth2 server (RFC 9068, client credentials): who calls, proved by the server's signature.

The server's keys are fetched when first needed, and again after `FRESH_SECONDS` or for a key that is new; never more
often than `PAUSE_SECONDS` allow, whatever callers send. While the server is away, the keys known last stay good.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from services.chassis.errors import Away, Unauthenticated
from services.chassis.outbound import Outbound, OutboundFailed

FRESH_SECONDS: Final = 600.0
PAUSE_SECONDS: Final = 30.0
LEEWAY_SECONDS: Final = 30
_OK: Final = 200

Algorithm = Literal["RS256", "PS256", "ES256", "EdDSA"]
"""Signatures with a public key: whoever can check a token cannot make one."""


@dataclass(frozen=True)
class TokenServer:
    """Whose tokens are taken, and for whom they must be made. The algorithm is ours to say, never the token's."""

    issuer: str
    audience: str
    jwks_url: str
    algorithm: Algorithm


class Tokens:
    """Checks tokens. `allowed` says which of a token's scopes count here, so that its server can grant no others."""

    def __init__(self, server: TokenServer, http: Outbound, *, allowed: Callable[[str], bool]) -> None:
        self._server = server
        self._http = http
        self._allowed = allowed
        self._keys: KeySet | None = None
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def read(self, token: str, *, at: datetime) -> tuple[str, frozenset[str]]:
        """The token's subject and its scopes that count. Raises `Unauthenticated`, or `Away` without any keys."""
        claims = await self.claims(token, at=at)
        scopes = str(claims.get("scope", "")).split()
        return str(claims["sub"]), frozenset(scope for scope in scopes if self._allowed(scope))

    async def claims(self, token: str, *, at: datetime) -> dict[str, object]:
        """All that a token says, once its signature, issuer, audience and time are right. Raises as `read`."""
        keys = await self._known_keys(at, newer=False)
        try:
            try:
                return self._claims(token, keys, at)
            except InvalidKeyIdError:
                return self._claims(token, await self._known_keys(at, newer=True), at)
        except (JoseError, ValueError):
            raise Unauthenticated("token_invalid") from None

    def _claims(self, token: str, keys: KeySet, at: datetime) -> dict[str, object]:
        claims = jwt.decode(token, keys, algorithms=[self._server.algorithm]).claims
        jwt.JWTClaimsRegistry(
            now=int(at.timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._server.issuer},
            aud={"essential": True, "value": self._server.audience},
            exp={"essential": True},
            sub={"essential": True},
        ).validate(claims)
        return claims

    async def _known_keys(self, at: datetime, *, newer: bool) -> KeySet:
        async with self._fetching:
            if self._is_due(at, newer=newer):
                self._tried_at = at
                await self._fetch(at)
        if self._keys is None:
            raise Away("token_server_away")
        return self._keys

    def _is_due(self, at: datetime, *, newer: bool) -> bool:
        if self._tried_at and (at - self._tried_at).total_seconds() < PAUSE_SECONDS:
            return False
        return newer or self._fetched_at is None or (at - self._fetched_at).total_seconds() >= FRESH_SECONDS

    async def _fetch(self, at: datetime) -> None:
        try:
            answer = await self._http.request("GET", self._server.jwks_url)
            if answer.status == _OK:
                self._keys, self._fetched_at = KeySet.import_key_set(json.loads(answer.body)), at
        except (OutboundFailed, JoseError, ValueError, KeyError, TypeError):
            return  # the keys known last stay good
