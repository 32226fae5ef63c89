"""Signing in at a sign-in service (OpenID Connect, authorization code with PKCE: RFC 6749, 7636, OIDC Core 3.1).

It says only who somebody is. Whether they may come in, and as what, says their account here, which an administrator has
made without a password; the first sign-in ties it to the service's subject for good.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import structlog
from pydantic import SecretStr
from sqlalchemy import Row

from services.chassis.database import Database
from services.chassis.errors import Away, Unauthenticated
from services.chassis.outbound import Answer, Outbound, OutboundFailed
from services.chassis.tokens import Tokens, TokenServer
from services.router import operators

log = structlog.get_logger()

CALLBACK: Final = "/sign-in/oidc/callback"
_OK: Final = 200
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Provider:
    """The sign-in service, and who we are to it."""

    issuer: str
    client_id: str
    client_secret: SecretStr | None
    login_claim: str
    callback: str
    """Our address that the browser comes back to."""


@dataclass(frozen=True)
class Attempt:
    """One browser's way to the sign-in service and back; it is kept in that browser alone."""

    state: str
    nonce: str
    verifier: str
    next: str

    @classmethod
    def begun(cls, onward: str) -> "Attempt":
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, onward)

    def kept(self) -> str:
        """As a cookie."""
        return base64.urlsafe_b64encode(json.dumps(vars(self)).encode()).decode()

    @classmethod
    def read(cls, cookie: str | None) -> "Attempt | None":
        try:
            return cls(**json.loads(base64.urlsafe_b64decode(cookie or "")))
        except (ValueError, TypeError):
            return None


class SignIn:
    """Leads to the sign-in service, and finds out who has come back."""

    def __init__(self, provider: Provider, http: Outbound) -> None:
        self._provider = provider
        self._http = http
        self._found: dict[str, Any] | None = None
        self._tokens: Tokens | None = None

    async def address(self, attempt: Attempt) -> str:
        """Where the browser goes to. Raises `Away`."""
        found = await self._discovered()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=")
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._provider.callback,
            "scope": "openid profile email",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        return f"{found['authorization_endpoint']}?{urlencode(query)}"

    async def account(
        self, database: Database, attempt: Attempt, *, state: str, code: str, at: datetime
    ) -> Row[Any] | None:
        """The account of whoever comes back with `code`, if there is one. Raises `Unauthenticated` or `Away`."""
        if not hmac.compare_digest(state.encode(), str(attempt.state).encode()):
            raise Unauthenticated("token_invalid")
        claims = await self._claims(attempt, code, at)
        login, subject = str(claims.get(self._provider.login_claim, "")), f"{self._provider.issuer} {claims['sub']}"
        async with database.transaction() as tx:
            return await operators.of_subject(tx, subject, login.lower())

    async def _claims(self, attempt: Attempt, code: str, at: datetime) -> dict[str, object]:
        found = await self._discovered()
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._provider.callback,
            "client_id": self._provider.client_id,
            "code_verifier": attempt.verifier,
        }
        headers = {"content-type": _FORM, "accept": "application/json"}
        if self._provider.client_secret:
            pair = f"{quote(self._provider.client_id)}:{quote(self._provider.client_secret.get_secret_value())}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        answer = await self._asked("POST", found["token_endpoint"], headers, urlencode(given).encode())
        told = _json(answer)
        if answer.status != _OK or self._tokens is None or "id_token" not in told:
            log.warning("oidc.refused", status=answer.status)
            raise Unauthenticated("token_invalid")
        claims = await self._tokens.claims(told["id_token"], at=at)
        if not hmac.compare_digest(str(claims.get("nonce", "")), attempt.nonce):
            raise Unauthenticated("token_invalid")
        return claims

    async def _discovered(self) -> dict[str, Any]:
        if self._found is None:
            address = f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            answer = await self._asked("GET", address, {}, b"")
            found = _json(answer)
            if answer.status != _OK or found.get("issuer") != self._provider.issuer:
                raise Away("sign_in_away")
            server = TokenServer(self._provider.issuer, self._provider.client_id, found["jwks_uri"], "RS256")
            self._tokens = Tokens(server, self._http, allowed=lambda _scope: False)
            self._found = found
        return self._found

    async def _asked(self, method: str, url: str, headers: dict[str, str], content: bytes) -> Answer:
        try:
            return await self._http.request(method, url, headers=headers, content=content)
        except OutboundFailed as error:
            raise Away("sign_in_away") from error


def _json(answer: Answer) -> dict[str, Any]:
    try:
        told = json.loads(answer.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
