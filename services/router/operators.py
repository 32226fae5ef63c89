"""Who works at the console: accounts, passwords, and sessions of which only a hash is kept.

A wrong password counts; after some of them the account is closed for a while, longer each time. An unknown login takes
as long to be refused as a wrong password, so that nobody learns which logins there are.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from services.chassis.database import Database, Transaction
from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.ids import new_id
from services.chassis.retention import Kept
from services.router import trail
from services.router.tables import operator, operator_session

LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{0,62}")
SHORTEST_PASSWORD: Final = 12
IDLE: Final = timedelta(hours=1)
LONGEST: Final = timedelta(hours=12)
SESSIONS_KEPT: Final = Kept("sessions", operator_session.c.created_at, LONGEST)
_TRIES: Final = 5
_LOCKED: Final = timedelta(minutes=1)
_LOCKED_AT_MOST: Final = timedelta(hours=1)
_SEEN_EVERY: Final = timedelta(minutes=1)
_hasher: Final = PasswordHasher()


class Role(StrEnum):
    """What somebody is at the console. One person may be several."""

    VIEWER = "viewer"
    """Sees lists, pages and figures; no appeal's words."""
    OPERATOR = "operator"
    """Decides at the desk, and steers referrals."""
    APPROVER = "approver"
    """An operator who also decides disputes."""
    SEALED_OFFICER = "sealed_officer"
    """An operator who also reads and settles sealed appeals (R-SEC-1)."""
    ADMINISTRATOR = "administrator"
    """Keeps directory, calendar, rules, templates, keys and accounts; reads no appeal's words."""
    AUDITOR = "auditor"
    """Reads the audit trail, and what a viewer sees."""


@dataclass(frozen=True)
class NewOperator:
    """An account to be made. Without a password its owner signs in elsewhere, as `subject`."""

    login: str
    name: str
    roles: Sequence[str]
    language: str = "kk"
    password: str | None = None
    subject: str | None = None


async def add(tx: Transaction, new: NewOperator, *, at: datetime) -> UUID:
    """Make an account. Raises `Conflict` when login or subject is taken, `Invalid` for what cannot be one."""
    if not LOGIN.fullmatch(new.login):
        raise Invalid("login_malformed", pointer="#/login")
    account = {
        "id": new_id(),
        "login": new.login,
        "name": new.name,
        "roles": sorted(new.roles),
        "password": await _hashed(new.password) if new.password is not None else None,
        "subject": new.subject,
        "language": new.language,
        "theme": "auto",
        "created_at": at,
        "failures": 0,
    }
    adding = tx.insert(operator).values(account).on_conflict_do_nothing().returning(operator.c.id)
    if (await tx.execute(adding)).one_or_none() is None:
        if await by_login(tx, new.login):
            raise Conflict("login_taken", pointer="#/login")
        raise Conflict("subject_taken", pointer="#/subject")
    return account["id"]  # type: ignore[return-value]  # the row's values have many types


async def admit(database: Database, new: NewOperator, *, by: str, at: datetime) -> UUID:
    """Make an account and note it. Raises as `add`."""
    async with database.transaction() as tx:
        operator_id = await add(tx, new, at=at)
        trail.note(tx, trail.Act(by, "operator.add", new.login, at, {"roles": sorted(new.roles)}))
    return operator_id


async def by_login(tx: Transaction, login: str) -> Row[Any] | None:
    """The account with this login."""
    return (await tx.execute(select(operator).where(operator.c.login == login))).one_or_none()


async def of_subject(tx: Transaction, subject: str, login: str) -> Row[Any] | None:
    """The account that a sign-in service's subject opens: theirs, or one with their login that waits for its owner."""
    statement = select(operator).where(operator.c.subject == subject)
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        row = await by_login(tx, login)
        if row is None or row.password is not None or row.subject is not None:
            return None
        await change(tx, row.id, subject=subject)
    return row if row.disabled_at is None else None


async def by_id(tx: Transaction, operator_id: UUID) -> Row[Any]:
    """One account. Raises `NotFound`."""
    row = (await tx.execute(select(operator).where(operator.c.id == operator_id))).one_or_none()
    if row is None:
        raise NotFound("operator_not_found")
    return row


async def listed(tx: Transaction) -> Sequence[Row[Any]]:
    """All accounts, by login."""
    return (await tx.execute(select(operator).order_by(operator.c.login))).all()


async def change(tx: Transaction, operator_id: UUID, **changes: Any) -> None:
    """Change an account. Raises `NotFound`."""
    statement = update(operator).where(operator.c.id == operator_id).values(**changes)
    if (await tx.execute(statement)).rowcount != 1:
        raise NotFound("operator_not_found")


async def set_password(tx: Transaction, operator_id: UUID, password: str) -> None:
    """Give an account a password, open it if it was closed for a while, and end its sessions. Raises `Invalid`."""
    await change(tx, operator_id, password=await _hashed(password), failures=0, locked_until=None)
    await end_sessions(tx, operator_id)


@dataclass(frozen=True)
class Changes:
    """What is to be otherwise with an account; None leaves it."""

    name: str | None = None
    roles: Sequence[str] | None = None
    password: str | None = None
    disabled: bool | None = None


async def administer(database: Database, operator_id: UUID, to: Changes, *, by: str, at: datetime) -> None:
    """Change an account and note it. Its sessions end, unless only the name is another. Raises as `set_password`."""
    told = {"name": to.name, "roles": sorted(to.roles) if to.roles else None}
    changes: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    if to.disabled is not None:
        changes["disabled_at"] = at if to.disabled else None
    async with database.transaction() as tx:
        before = (await tx.execute(select(operator.c.roles).where(operator.c.id == operator_id))).one_or_none()
        if before is None:
            raise NotFound("operator_not_found")
        if changes:
            await change(tx, operator_id, **changes)
        if to.password is not None:
            await set_password(tx, operator_id, to.password)
        if changes.keys() - {"name"}:
            await end_sessions(tx, operator_id)
        what = sorted([*changes, *(["password"] if to.password is not None else [])])
        facts = {"changed": what, **({"roles": told["roles"], "were": before.roles} if told["roles"] else {})}
        trail.note(tx, trail.Act(by, "operator.change", str(operator_id), at, facts))


@cache
def _nobodys() -> str:
    """What is compared with when there is no such account, so that it takes as long. Made when somebody first tries."""
    return _hasher.hash(secrets.token_urlsafe())


async def checked(database: Database, login: str, password: str, *, at: datetime) -> Row[Any] | None:
    """The account that this login and password open, if they do."""
    async with database.reading() as tx:
        row = await by_login(tx, login)
    may = row is not None and row.password is not None and row.disabled_at is None
    nobody = await asyncio.to_thread(_nobodys)
    right = await asyncio.to_thread(_fits, row.password if row and may else nobody, password)
    if row is None or not may:
        return None
    async with database.transaction() as tx:  # of tries at the same time each one counts
        held = (await tx.execute(select(operator).where(operator.c.id == row.id).with_for_update())).one()
        if held.locked_until is not None and held.locked_until > at:
            return None
        failures = 0 if right else held.failures + 1
        await change(tx, row.id, failures=failures, locked_until=_closed_until(failures, at))
    return row if right else None


async def is_as_it_was(tx: Transaction, account: Row[Any]) -> bool:
    """Whether an account has the password that let its owner in. It stays so until the transaction ends."""
    same = (operator.c.id == account.id, operator.c.password.is_not_distinct_from(account.password))
    return (await tx.execute(select(operator.c.id).where(*same).with_for_update())).one_or_none() is not None


async def begin_session(tx: Transaction, operator_id: UUID, *, at: datetime) -> str:
    """Begin a session. Returns what the browser keeps, which is known nowhere else."""
    secret = secrets.token_urlsafe(32)
    session = {"sha256": _digest(secret), "operator_id": operator_id, "csrf": secrets.token_urlsafe(32)}
    await tx.execute(delete(operator_session).where(operator_session.c.created_at < at - LONGEST))
    await tx.execute(insert(operator_session).values({**session, "created_at": at, "seen_at": at}))
    return secret


async def session(tx: Transaction, secret: str, *, at: datetime) -> Row[Any] | None:
    """The session of this secret with its account, while both are good."""
    statement = select(operator, operator_session.c.csrf, operator_session.c.seen_at).join_from(
        operator_session, operator
    )
    return (await tx.execute(statement.where(operator_session.c.sha256 == _digest(secret), *_good(at)))).one_or_none()


async def good_sessions(tx: Transaction, secrets: Collection[str], *, at: datetime) -> set[str]:
    """Those of these secrets whose sessions are good, with their accounts."""
    by_digest = {_digest(secret): secret for secret in secrets}
    statement = select(operator_session.c.sha256).join_from(operator_session, operator)
    found = await tx.execute(statement.where(operator_session.c.sha256.in_(by_digest), *_good(at)))
    return {by_digest[digest] for digest in found.scalars()}


def _good(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        operator_session.c.created_at > at - LONGEST,
        operator_session.c.seen_at > at - IDLE,
        operator.c.disabled_at.is_(None),
    )


def is_seen_again(row: Row[Any], *, at: datetime) -> bool:
    """Whether it is time to write down that a session goes on."""
    return bool(row.seen_at < at - _SEEN_EVERY)


async def see(tx: Transaction, secret: str, *, at: datetime) -> None:
    """Write down that a session goes on."""
    found = operator_session.c.sha256 == _digest(secret)
    await tx.execute(update(operator_session).where(found).values(seen_at=at))


async def end_session(tx: Transaction, secret: str) -> None:
    """End a session."""
    await tx.execute(delete(operator_session).where(operator_session.c.sha256 == _digest(secret)))


async def end_sessions(tx: Transaction, operator_id: UUID) -> None:
    """End all sessions of an account."""
    await tx.execute(delete(operator_session).where(operator_session.c.operator_id == operator_id))


def _closed_until(failures: int, at: datetime) -> datetime | None:
    """Until when an account is closed after so many wrong passwords in a row: a minute, two, four, up to an hour."""
    if failures < _TRIES:
        return None
    doubled: int = 2 ** min(failures - _TRIES, 10)
    return at + min(_LOCKED * doubled, _LOCKED_AT_MOST)


async def _hashed(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid("password_too_short", pointer="#/password")
    return await asyncio.to_thread(_hasher.hash, password)


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
