"""API keys and access tokens: who may call, and what for.

Of a key only its SHA-256 is kept; random 256-bit secrets need no slow hash.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy import Column, LargeBinary, Row, String, Table, Uuid, insert, select, update

from services.chassis import clock
from services.chassis.database import Database, Json, Transaction, UtcDateTime, new_metadata
from services.chassis.errors import Forbidden, Invalid, NotFound, Unauthenticated
from services.chassis.ids import new_id
from services.chassis.tokens import Tokens
from services.contracts.dates import Moment
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
OVERLAP: Final = timedelta(days=7)
"""How long a key is still good after another has been made in its place, unless the administrator says otherwise."""
LONGEST_OVERLAP_HOURS: Final = 90 * 24
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


async def listed(tx: Transaction) -> Sequence[Row[Any]]:
    """All keys, the oldest first."""
    return (await tx.execute(select(api_key).order_by(api_key.c.created_at, api_key.c.id))).all()


async def rotate(tx: Transaction, key_id: UUID, *, overlap: timedelta, at: datetime) -> tuple[UUID, str]:
    """Make a key for the same owner with the same scopes; the old one is good for `overlap` more, at most.

    Returns the new one's id and secret. Raises `NotFound` for a key that is no good any more.
    """
    held = select(api_key).where(api_key.c.id == key_id).with_for_update()  # whoever rotates or revokes it beside waits
    row = (await tx.execute(held)).one_or_none()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= at):
        raise NotFound("key_not_found")
    ends = min(at + overlap, row.expires_at or at + overlap)
    await tx.execute(update(api_key).where(api_key.c.id == key_id).values(expires_at=ends))
    return await issue(tx, row.owner, row.scopes, at=at, expires_at=row.expires_at)


class Noted(Protocol):
    """Notes in a transaction what the holder of a key did: what kind of act, upon what."""

    def __call__(
        self, tx: Transaction, owner: str, act: str, subject: str, facts: Mapping[str, Any], *, at: datetime
    ) -> None: ...


def unnoted(tx: Transaction, owner: str, act: str, subject: str, facts: Mapping[str, Any], *, at: datetime) -> None:
    """For a service that keeps no trail: the one that asks it to act does."""


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
    expires_at: Moment | None = None


class Rotation(BaseModel):
    """How long the old key is still good beside the new one: 0 when it has leaked."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(default=int(OVERLAP.total_seconds()) // 3600, ge=0, le=LONGEST_OVERLAP_HOURS)


def router(known_scopes: frozenset[str], noted: Noted = unnoted) -> APIRouter:
    """Endpoints for an administrator: make, list, rotate and revoke keys."""
    api = APIRouter(prefix="/v1/keys", tags=["keys"])
    administrator = Depends(require(ADMIN))

    @api.post("", status_code=201)
    async def create(request: Request, caller: Annotated[Caller, administrator], body: NewKey) -> dict[str, Any]:
        """Make a key; the secret is shown this once."""
        check_scopes(body.scopes, known_scopes)
        database, at = _database(request), clock.now()
        async with database.transaction() as tx:
            key_id, secret = await issue(tx, body.owner, body.scopes, at=at, expires_at=body.expires_at)
            noted(tx, caller.owner, "key.make", str(key_id), {"owner": body.owner, "scopes": body.scopes}, at=at)
        return {"id": key_id, "owner": body.owner, "scopes": sorted(body.scopes), "key": secret}

    @api.get("", dependencies=[administrator])
    async def all_of_them(request: Request) -> dict[str, Any]:
        """All keys, without their secrets, and the scopes that there are."""
        async with _database(request).reading() as tx:
            items = [shown(row) for row in await listed(tx)]
        return {"items": items, "scopes": sorted(known_scopes)}

    @api.post("/{key_id}/rotate", status_code=201)
    async def make_anew(
        request: Request, caller: Annotated[Caller, administrator], key_id: UUID, rotation: Rotation | None = None
    ) -> dict[str, Any]:
        """Make a key in the place of another, which is still good for a while; the secret is shown this once."""
        overlap, at = timedelta(hours=(rotation or Rotation()).overlap_hours), clock.now()
        async with _database(request).transaction() as tx:
            made, secret = await rotate(tx, key_id, overlap=overlap, at=at)
            noted(tx, caller.owner, "key.rotate", str(key_id), {"made": str(made)}, at=at)
        return {"id": made, "key": secret}

    @api.delete("/{key_id}", status_code=204)
    async def delete(request: Request, caller: Annotated[Caller, administrator], key_id: UUID) -> None:
        """Revoke a key; it stays on record."""
        at = clock.now()
        async with _database(request).transaction() as tx:
            await revoke(tx, key_id, at=at)
            noted(tx, caller.owner, "key.revoke", str(key_id), {}, at=at)

    return api


def check_scopes(scopes: Sequence[str], known: frozenset[str]) -> None:
    """Raise `Invalid` for a scope that no endpoint of the service asks for."""
    if not all(_is_known(scope, known) for scope in scopes):
        raise Invalid("scope_unknown", pointer="#/scopes")


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _is_known(scope: str, known: frozenset[str]) -> bool:
    """Whether it is one of the known scopes, of which one that ends in a colon stands for each code behind it."""
    if scope in known:
        return not scope.endswith(":")
    begin, colon, code = scope.partition(":")
    return begin + colon in known and _CODE.fullmatch(code) is not None


def shown(row: Row[Any]) -> dict[str, Any]:
    """A key without its secret."""
    fields = ("id", "owner", "prefix", "scopes", "created_at", "expires_at", "revoked_at")
    return {field: getattr(row, field) for field in fields}
