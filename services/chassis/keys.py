"""API keys and access tokens: who may call, and what for.

Of a key only its SHA-256 is kept; random 256-bit secrets need no slow hash.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy import Column, LargeBinary, Row, String, Table, Uuid, insert, select, update

from services.chassis import clock
from services.chassis.database import Database, Json, Transaction, UtcDateTime, new_metadata
from services.chassis.errors import Forbidden, Invalid, NotFound, Unauthenticated
from services.chassis.ids import new_id
from services.chassis.tokens import Tokens
from services.contracts.envelope import Name

metadata = new_metadata()

api_key = Table(
    "api_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("sha256", LargeBinary(32), nullable=False, unique=True),
    Column("scopes", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

ADMIN: Final = "admin"
KEY_PREFIX: Final = "jld_"
_JWT_DOTS: Final = 2
_CACHE_SECONDS: Final = 5.0
_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class Caller:
    """Whose key it is."""

    owner: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        return scope in self.scopes or ADMIN in self.scopes


class Keys:
    """Looks keys up; a found one is remembered for a few seconds, so that revoking takes effect soon."""

    def __init__(self, database: Database, *, admin_key: SecretStr, tokens: Tokens | None = None) -> None:
        """Know the keys in `database`, the administrator's, and the access tokens that `tokens` takes."""
        self._database = database
        self._admin = _digest(admin_key.get_secret_value())
        self._tokens = tokens
        self._seen: dict[bytes, tuple[datetime, Caller]] = {}

    async def caller(self, token: str, *, at: datetime) -> Caller:
        """Whose `token` it is. Raises `Unauthenticated`."""
        digest = _digest(token)
        if hmac.compare_digest(digest, self._admin):
            return Caller("admin", frozenset({ADMIN}))
        if (seen := self._seen.get(digest)) and (at - seen[0]).total_seconds() < _CACHE_SECONDS:
            return seen[1]
        if self._tokens and token.count(".") == _JWT_DOTS:
            return Caller(*await self._tokens.read(token, at=at))
        async with self._database.reading() as tx:
            row = (await tx.execute(select(api_key).where(api_key.c.sha256 == digest))).one_or_none()
        if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= at):
            self._seen.pop(digest, None)
            raise Unauthenticated("key_unknown")
        caller = Caller(row.owner, frozenset(row.scopes))
        self._seen[digest] = (at, caller)
        return caller


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def issue(
    tx: Transaction, owner: str, scopes: Sequence[str], *, at: datetime, expires_at: datetime | None
) -> tuple[UUID, str]:
    """Make a key. Returns its id and the secret, which is shown this once."""
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    row = {
        "id": new_id(),
        "owner": owner,
        "prefix": secret[:12],
        "sha256": _digest(secret),
        "scopes": sorted(scopes),
        "created_at": at,
        "expires_at": expires_at,
    }
    await tx.execute(insert(api_key).values(row))
    return row["id"], secret  # type: ignore[return-value]  # the row's values have many types


async def revoke(tx: Transaction, key_id: UUID, *, at: datetime) -> None:
    """Make a key useless. Raises `NotFound`."""
    statement = update(api_key).where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None)).values(revoked_at=at)
    if (await tx.execute(statement)).rowcount != 1:
        raise NotFound("key_not_found")


async def _caller(request: Request) -> Caller:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Unauthenticated("key_missing")
    keys: Keys = request.app.state.keys
    return await keys.caller(token.strip(), at=clock.now())


def require(scope: str) -> Callable[..., Awaitable[Caller]]:
    """A dependency that lets only callers with `scope` in."""

    async def check(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if not caller.may(scope):
            raise Forbidden("scope_missing")
        return caller

    return check


def require_one(prefix: str) -> Callable[..., Awaitable[str]]:
    """A dependency that lets only callers in who have one scope with this prefix, and tells what stands after it."""

    async def check(caller: Annotated[Caller, Depends(_caller)]) -> str:
        found = [scope.removeprefix(prefix) for scope in caller.scopes if scope.startswith(prefix)]
        if len(found) != 1:
            raise Forbidden("scope_missing")
        return found[0]

    return check


class NewKey(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid")

    owner: Name
    scopes: list[Name] = Field(min_length=1, max_length=10)
    expires_at: datetime | None = None


def router(known_scopes: frozenset[str]) -> APIRouter:
    """Endpoints for an administrator: make, list and revoke keys."""
    api = APIRouter(prefix="/v1/keys", tags=["keys"], dependencies=[Depends(require(ADMIN))])

    @api.post("", status_code=201)
    async def create(request: Request, body: NewKey) -> dict[str, Any]:
        """Make a key; the secret is shown this once."""
        if not all(_is_known(scope, known_scopes) for scope in body.scopes):
            raise Invalid("scope_unknown", pointer="#/scopes")
        database: Database = request.app.state.database
        async with database.transaction() as tx:
            key_id, secret = await issue(tx, body.owner, body.scopes, at=clock.now(), expires_at=body.expires_at)
        return {"id": key_id, "owner": body.owner, "scopes": sorted(body.scopes), "key": secret}

    @api.get("")
    async def listed(request: Request) -> dict[str, Any]:
        """All keys, without their secrets."""
        database: Database = request.app.state.database
        async with database.reading() as tx:
            rows = (await tx.execute(select(api_key).order_by(api_key.c.created_at))).all()
        return {"items": [_shown(row) for row in rows]}

    @api.delete("/{key_id}", status_code=204)
    async def delete(request: Request, key_id: UUID) -> None:
        """Revoke a key; it stays on record."""
        database: Database = request.app.state.database
        async with database.transaction() as tx:
            await revoke(tx, key_id, at=clock.now())

    return api


def _is_known(scope: str, known: frozenset[str]) -> bool:
    """Whether it is one of the known scopes, of which one that ends in a colon stands for each code behind it."""
    if scope in known:
        return not scope.endswith(":")
    begin, colon, code = scope.partition(":")
    return begin + colon in known and _CODE.fullmatch(code) is not None


def _shown(row: Row[Any]) -> dict[str, Any]:
    fields = ("id", "owner", "prefix", "scopes", "created_at", "expires_at", "revoked_at")
    return {field: getattr(row, field) for field in fields}
