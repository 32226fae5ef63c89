"""The audit trail: who did what to what, and when. It only grows, and each entry holds the hash of the one before.

Whoever changes, removes or slips in an entry breaks the chain from there on. Facts never hold personal data: of words
that a person has typed, such as a reason, the place where they are kept is named instead.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Row, func, insert, or_, select
from sqlalchemy import text as sql

from services.chassis.database import Database, Transaction
from services.contracts.calendar import ALMATY
from services.router.tables import trail

FIRST: Final = "0" * 64
"""What stands for the hash before the first entry."""
OPERATOR: Final = "operator:"
"""Before the name of whoever acted upon an appeal, a rule or a key."""
_ONE_AT_A_TIME: Final = sql("SELECT pg_advisory_xact_lock(7105684)")
_AT_ONCE: Final = 1_000
CHECKED_AT_ONCE: Final = 2_000
"""So many entries are checked by one request: a long chain takes several, each quick."""
_WAITING: Final = "trail"


@dataclass(frozen=True)
class Act:
    """What is noted: whose act, of what kind, upon what."""

    by: str
    act: str
    """In words with dots, such as ``referral.recall``."""
    subject: str
    """Id or code of what it was done to."""
    at: datetime
    facts: Mapping[str, Any]


def note(tx: Transaction, act: Act) -> None:
    """Note an act. It is written at the end of the transaction, and so only if what it tells of takes effect."""
    waiting: list[Act] = tx.kept.setdefault(_WAITING, [])
    if not waiting:
        tx.before_commit(partial(_write, tx))
    waiting.append(act)


def note_of(tx: Transaction, owner: str, act: str, subject: str, facts: Mapping[str, Any], *, at: datetime) -> None:
    """Note what the holder of a key did with keys or parked messages; for the chassis, which knows no trail."""
    note(tx, Act(f"{OPERATOR}{owner}", act, subject, at, facts))


@dataclass(frozen=True)
class Checked:
    """How a check of the chain went, as far as it went."""

    upto: int
    """Number of the last entry that was looked at."""
    broken_at: int | None
    """Number of the first one that is not as it was written, or is missing."""
    entries: int
    """How many there are."""

    @property
    def is_done(self) -> bool:
        return self.broken_at is not None or self.upto >= self.entries


async def verify(tx: Transaction, *, after: int = 0, most: int = CHECKED_AT_ONCE) -> Checked:
    """Check the next `most` entries `after` the one up to which the chain is known to be whole."""
    count = await last_number(tx)
    previous, number = FIRST, 0
    if after:
        known = (await tx.execute(select(trail.c.sha256).where(trail.c.number == after))).scalar_one_or_none()
        if known is None:
            return Checked(after, after, count)
        previous, number = known, after
    for row in await _following(tx, after, most):
        number += 1
        told = Act(row.by, row.act, row.subject, row.at, row.facts)
        if (row.number, row.previous, row.sha256) != (number, previous, _digest(number, told, previous)):
            return Checked(number, number, count)
        previous = row.sha256
    return Checked(number, None, max(count, number))


async def entries(database: Database) -> AsyncIterator[Row[Any]]:
    """All entries, the first one first, a thousand at a time, each time in a transaction of its own."""
    last = 0
    while True:
        async with database.reading() as tx:
            rows = await _following(tx, last, _AT_ONCE)
        for row in rows:
            yield row
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1].number


async def _following(tx: Transaction, after: int, most: int) -> Sequence[Row[Any]]:
    statement = select(trail).where(trail.c.number > after).order_by(trail.c.number).limit(most)
    return (await tx.execute(statement)).all()


@dataclass(frozen=True)
class Filters:
    """What a list of entries is narrowed to; None narrows nothing."""

    by: str | None = None
    act: str | None = None
    """An act, or the first words of several, such as ``referral``."""
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""


def days(since: date | None, until: date | None) -> tuple[datetime | None, datetime | None]:
    """The moments between which these days lie in Almaty, the last one included."""
    return (
        datetime.combine(since, time.min, ALMATY) if since else None,
        datetime.combine(until + timedelta(days=1), time.min, ALMATY) if until else None,
    )


async def listed(tx: Transaction, filters: Filters, *, before: int | None, limit: int) -> Sequence[Row[Any]]:
    """Entries with numbers below `before`, the newest first."""
    statement = select(trail).order_by(trail.c.number.desc()).limit(limit)
    if filters.by is not None:  # a login alone means the operator
        statement = statement.where(trail.c.by.in_([filters.by, f"{OPERATOR}{filters.by}"]))
    if filters.subject is not None:
        statement = statement.where(trail.c.subject == filters.subject)
    if filters.since is not None:
        statement = statement.where(trail.c.at >= filters.since)
    if filters.until is not None:
        statement = statement.where(trail.c.at < filters.until)
    if filters.act is not None:
        statement = statement.where(
            or_(trail.c.act == filters.act, trail.c.act.startswith(f"{filters.act}.", autoescape=True))
        )
    if before is not None:
        statement = statement.where(trail.c.number < before)
    return (await tx.execute(statement)).all()


async def last_number(tx: Transaction) -> int:
    """Number of the newest entry; 0 when there is none."""
    return (await tx.execute(select(func.max(trail.c.number)))).scalar_one() or 0


async def _write(tx: Transaction) -> None:
    if tx.dialect == "postgresql":  # SQLite has one writer anyway
        await tx.execute(_ONE_AT_A_TIME)
    newest = select(trail.c.number, trail.c.sha256).order_by(trail.c.number.desc()).limit(1)
    row = (await tx.execute(newest)).one_or_none()
    number, previous = (row.number, row.sha256) if row else (0, FIRST)
    rows = []
    for act in tx.kept.pop(_WAITING):
        number += 1
        sha256 = _digest(number, act, previous)
        rows.append({**vars(act), "number": number, "previous": previous, "sha256": sha256})
        previous = sha256
    await tx.execute(insert(trail), rows)


def _digest(number: int, act: Act, previous: str) -> str:
    told = {**vars(act), "number": number, "at": act.at.isoformat(), "previous": previous}
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
