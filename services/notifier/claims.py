"""The statements of claim, call, record."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Integer, Row, String, Uuid, and_, bindparam, select, update

from services.chassis.database import Transaction, UtcDateTime, free_of, now_ms
from services.notifier.counting import count
from services.notifier.notification import CLAIMABLE, Channel, Notification, Outcome, State, Suppression
from services.notifier.tables import WAITING, attempt, notification


class Destination(NamedTuple):
    """What attempts share and wait for: a provider, or one posting system's endpoint."""

    channel: Channel
    name: str

    @property
    def rows(self) -> ColumnElement[bool]:
        return and_(notification.c.channel == self.channel.value, notification.c.destination == self.name)


@dataclass(frozen=True)
class Claim:
    """A notification whose next attempt is this process's to make, until its lease ends."""

    notification: Notification
    notification_id: UUID
    recipient: str = field(repr=False)
    notice: str
    language: str | None
    content: str = field(repr=False)
    correlation_id: str | None
    sensitive: bool = False


@dataclass(frozen=True)
class Attempt:
    """An attempt that came to an outcome."""

    claimed: Notification
    outcome: Outcome
    started_at: datetime
    duration_ms: int | None
    """None for one that a crash cut off."""
    text_version: str | None = None
    segments: int | None = None
    correlation_id: str | None = None

    @property
    def outcome_name(self) -> str:
        return type(self.outcome).__name__.lower()


_VALUE: Final = tuple(notification.c[name] for name in Notification.__dataclass_fields__)
_CLAIMED: Final = tuple(name for name in Claim.__dataclass_fields__ if name != "notification")


def value_of(row: Any) -> Notification:
    """The domain's value of a row."""
    return Notification(
        id=row.id,
        channel=Channel(row.channel),
        state=State(row.state),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        reason=row.reason,
        changed_at=row.changed_at,
        destination=row.destination,
        in_doubt=row.in_doubt,
        reference=row.reference,
    )


async def due(tx: Transaction, *, at: datetime) -> list[Destination]:
    """Where something is due."""
    columns = (notification.c.channel, notification.c.destination)
    statement = select(*columns).where(notification.c.next_attempt_at <= at).distinct()
    return [Destination(Channel(row.channel), row.destination) for row in await tx.execute(statement)]


async def claim(tx: Transaction, where: Destination, *, limit: int, lease: timedelta, at: datetime) -> list[Claim]:
    """Begin the next attempt of what is due at a destination, the longest due first. Commit before you call."""
    ids = (
        select(notification.c.id)
        .where(where.rows, notification.c.next_attempt_at <= at)
        .where(notification.c.state.in_(CLAIMABLE))
        .order_by(notification.c.next_attempt_at)
        .limit(limit)
    )
    statement = (
        update(notification)
        .where(notification.c.id.in_(free_of(ids)))
        .values(
            state=State.SENDING.value,
            attempts=notification.c.attempts + 1,
            next_attempt_at=None,
            reason=None,
            lease_until_ms=now_ms() + int(lease.total_seconds() * 1000),
            changed_at=at,
        )
        .returning(notification)
    )
    rows = sorted(await tx.execute(statement), key=lambda row: row.id)
    return [Claim(value_of(row), **{name: getattr(row, name) for name in _CLAIMED}) for row in rows]


async def cut_off(tx: Transaction, *, limit: int) -> list[Notification]:
    """Notifications whose attempt outlived its lease: the process died between the call and the record."""
    statement = select(*_VALUE).where(notification.c.lease_until_ms <= now_ms()).limit(limit)
    return [value_of(row) for row in await tx.execute(statement.with_for_update(skip_locked=True))]


async def as_they_are(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """Rows by id, locked until the transaction ends."""
    statement = select(notification).where(notification.c.id.in_(list(ids))).order_by(notification.c.id)
    return {row.id: row for row in await tx.execute(statement.with_for_update())}


async def save(tx: Transaction, changed: Iterable[Notification]) -> None:
    """Write the changing columns of notifications; none of them is being sent any more."""
    rows = [
        {
            "of": one.id,
            "to_state": one.state.value,
            "to_reason": one.reason,
            "due": one.next_attempt_at,
            "at": one.changed_at,
            "begun": one.attempts,
            "goes_to": one.destination,
            "doubt": one.in_doubt,
            "named": one.reference,
        }
        for one in changed
    ]
    if rows:
        values = {
            "state": bindparam("to_state", type_=String()),
            "reason": bindparam("to_reason", type_=String()),
            "next_attempt_at": bindparam("due", type_=UtcDateTime()),
            "changed_at": bindparam("at", type_=UtcDateTime()),
            "attempts": bindparam("begun", type_=Integer()),
            "destination": bindparam("goes_to", type_=String()),
            "in_doubt": bindparam("doubt", type_=Boolean()),
            "reference": bindparam("named", type_=String()),
            "lease_until_ms": None,
        }
        await tx.execute(
            update(notification).where(notification.c.id == bindparam("of", type_=Uuid())).values(values), rows
        )


async def add_attempts(tx: Transaction, attempts: Iterable[Attempt]) -> None:
    """Record attempts. A late answer replaces what was presumed of its attempt."""
    rows = [
        {
            "notification": one.claimed.id,
            "number": one.claimed.attempts,
            "started_at": one.started_at,
            "duration_ms": one.duration_ms,
            "outcome": one.outcome_name,
            "code": getattr(one.outcome, "code", None),
            "reference": getattr(one.outcome, "reference", None),
            "text_version": one.text_version,
            "destination": one.claimed.destination,
            "segments": one.segments,
            "answer": getattr(one.outcome, "answer", None),
        }
        for one in attempts
    ]
    if rows:
        statement = tx.insert(attempt)
        answer = {name: statement.excluded[name] for name in rows[0] if name not in {"notification", "number"}}
        key = [attempt.c.notification, attempt.c.number]
        await tx.execute(statement.on_conflict_do_update(index_elements=key, set_=answer), rows)


async def suppress_waiting(tx: Transaction, where: Destination, reason: Suppression, *, at: datetime) -> None:
    """Send nothing of what waits for a destination."""
    statement = (
        update(notification)
        .where(where.rows, WAITING)
        .values(state=State.SUPPRESSED.value, reason=reason.value, next_attempt_at=None, changed_at=at)
    )
    count(tx, where.channel, State.SUPPRESSED, (await tx.execute(statement)).rowcount)


async def move_waiting(tx: Transaction, where: Destination, to: str, *, at: datetime) -> int:
    """Let another provider have what is due at one, but for what is in doubt. Returns how many that were."""
    statement = (
        update(notification)
        .where(where.rows, notification.c.next_attempt_at <= at, notification.c.in_doubt.is_(False))
        .values(destination=to)
    )
    return int((await tx.execute(statement)).rowcount)


async def adopt(tx: Transaction, where: Destination, to: str) -> list[Row[Any]]:
    """Let a provider have what waits at one that is no more. Returns what is in doubt there, to be changed."""
    certain = notification.c.in_doubt.is_(False)
    await tx.execute(update(notification).where(where.rows, WAITING, certain).values(destination=to))
    doubtful = select(notification).where(where.rows, WAITING, notification.c.in_doubt).order_by(notification.c.id)
    return list((await tx.execute(doubtful.with_for_update())).all())
