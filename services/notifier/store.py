"""The notifier's rows: notifications, their attempts, and the endpoints of posting systems."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from services.chassis.database import Transaction, UtcDateTime, new_metadata, now_ms
from services.chassis.errors import NotFound
from services.notifier.notification import CLAIMABLE, Channel, Notification, Outcome, State, Suppression

metadata = new_metadata()

notification = Table(
    "notification",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("notification_id", Uuid, nullable=False),  # the order's; receivers know a repetition by it
    Column("channel", String(16), nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("resend", Integer, nullable=False),  # 0: as ordered; then one more for each time a finished one is sent anew
    Column("destination", String(200), nullable=False),
    Column("appeal_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("notice", String(200), nullable=False),
    Column("language", String(2)),
    Column("content", Text, nullable=False),  # e-mail: the notice's variables as JSON; webhook: its body, byte for byte
    Column("correlation_id", String(200)),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("lease_until_ms", BigInteger),  # while sending: when the attempt counts as cut off
    Column("changed_at", UtcDateTime, nullable=False),
    Column("resent_by", String(200)),
    UniqueConstraint("notification_id", "channel", "recipient", "resend"),
    Index("ix_notification_state_channel_id", "state", "channel", "id"),
    Index("ix_notification_appeal_id", "appeal_id"),
)
_WAITING: Final = notification.c.next_attempt_at.is_not(None)
_LEASED: Final = notification.c.lease_until_ms.is_not(None)
Index(
    "ix_notification_waiting",
    notification.c.channel,
    notification.c.destination,
    notification.c.next_attempt_at,
    postgresql_where=_WAITING,
    sqlite_where=_WAITING,
)
Index("ix_notification_leased", notification.c.lease_until_ms, postgresql_where=_LEASED, sqlite_where=_LEASED)

attempt = Table(
    "attempt",
    metadata,
    Column("notification", Uuid, ForeignKey("notification.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("duration_ms", Integer),  # unknown for an attempt that a crash cut off
    Column("outcome", String(20), nullable=False),
    Column("code", String(64)),
    Column("reference", String(200)),  # the provider's own name for it
    Column("text_version", String(16)),
)

endpoint = Table(
    "endpoint",
    metadata,
    Column("system", String(200), primary_key=True),
    Column("url", String(2000), nullable=False),
    Column("description", String(500), nullable=False),
    Column("secret", String(128), nullable=False),
    Column("previous_secret", String(128)),
    Column("previous_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("disabled_because", String(64)),
)


SAID: Final = (
    "notification_id",
    "recipient",
    "appeal_id",
    "revision",
    "notice",
    "language",
    "content",
    "correlation_id",
    "requested_at",
)
"""Columns that an order fills, and that stay."""


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


@dataclass(frozen=True)
class Attempt:
    """An attempt that came to an outcome."""

    claimed: Notification
    outcome: Outcome
    started_at: datetime
    duration_ms: int | None
    """None for one that a crash cut off."""
    text_version: str | None = None
    correlation_id: str | None = None

    @property
    def outcome_name(self) -> str:
        return type(self.outcome).__name__.lower()


@dataclass(frozen=True)
class Filters:
    """What a list of notifications is narrowed to; None narrows nothing."""

    state: str | None = None
    channel: str | None = None
    appeal_id: UUID | None = None


class Destination(NamedTuple):
    """What attempts share and wait for: the mail server, or one posting system's endpoint."""

    channel: Channel
    name: str

    @classmethod
    def of(cls, channel: Channel, recipient: str) -> Self:
        return cls(channel, recipient if channel is Channel.WEBHOOK else "smtp")

    @property
    def rows(self) -> ColumnElement[bool]:
        return and_(notification.c.channel == self.channel.value, notification.c.destination == self.name)


def row_of(of: Notification, **more: Any) -> dict[str, Any]:
    """A new row: what the domain knows of it, and the rest by column."""
    return {
        **more,
        "id": of.id,
        "channel": of.channel.value,
        "destination": Destination.of(of.channel, more["recipient"]).name,
        "state": of.state.value,
        "reason": of.reason,
        "attempts": of.attempts,
        "next_attempt_at": of.next_attempt_at,
        "changed_at": of.changed_at,
    }


_VALUE: Final = tuple(notification.c[name] for name in Notification.__dataclass_fields__)


def value_of(row: Row[Any]) -> Notification:
    """The domain's value of a row."""
    return Notification(
        id=row.id,
        channel=Channel(row.channel),
        state=State(row.state),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        reason=row.reason,
        changed_at=row.changed_at,
    )


async def add(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> int:
    """Store new notifications; one that is there already stays as it is. Returns how many were new."""
    statement = tx.insert(notification).on_conflict_do_nothing().returning(notification.c.id)
    return len((await tx.execute(statement, rows)).all())


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
        .order_by(notification.c.next_attempt_at, notification.c.id)
        .limit(limit)
    )
    if tx.dialect != "sqlite":
        ids = ids.with_for_update(skip_locked=True)
    statement = (
        update(notification)
        .where(notification.c.id.in_(ids.scalar_subquery()))
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
    return [
        Claim(
            value_of(row), row.notification_id, row.recipient, row.notice, row.language, row.content, row.correlation_id
        )
        for row in rows
    ]


async def cut_off(tx: Transaction, *, limit: int) -> list[Notification]:
    """Notifications whose attempt outlived its lease: the process died between the call and the record."""
    statement = select(*_VALUE).where(notification.c.lease_until_ms <= now_ms()).limit(limit)
    if tx.dialect != "sqlite":
        statement = statement.with_for_update(skip_locked=True)
    return [value_of(row) for row in await tx.execute(statement)]


async def as_they_are(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Notification]:
    """Notifications by id, locked until the transaction ends."""
    statement = select(*_VALUE).where(notification.c.id.in_(list(ids))).order_by(notification.c.id)
    return {row.id: value_of(row) for row in await tx.execute(statement.with_for_update())}


async def save(tx: Transaction, changed: Iterable[Notification]) -> None:
    """Write the changing columns of notifications; none of them is being sent any more."""
    rows = [
        {
            "of": one.id,
            "to_state": one.state.value,
            "to_reason": one.reason,
            "due": one.next_attempt_at,
            "at": one.changed_at,
        }
        for one in changed
    ]
    if rows:
        values = {
            "state": bindparam("to_state", type_=String()),
            "reason": bindparam("to_reason", type_=String()),
            "next_attempt_at": bindparam("due", type_=UtcDateTime()),
            "changed_at": bindparam("at", type_=UtcDateTime()),
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
        }
        for one in attempts
    ]
    if rows:
        statement = tx.insert(attempt)
        answer = {name: statement.excluded[name] for name in rows[0] if name not in {"notification", "number"}}
        key = [attempt.c.notification, attempt.c.number]
        await tx.execute(statement.on_conflict_do_update(index_elements=key, set_=answer), rows)


async def suppress_waiting(tx: Transaction, where: Destination, reason: Suppression, *, at: datetime) -> int:
    """Send nothing of what waits for a destination. Returns how many that were."""
    statement = (
        update(notification)
        .where(where.rows, _WAITING)
        .values(state=State.SUPPRESSED.value, reason=reason.value, next_attempt_at=None, changed_at=at)
    )
    return int((await tx.execute(statement)).rowcount)


async def found(tx: Transaction, row_id: UUID, *, to_change: bool = False) -> Row[Any]:
    """One notification. Raises `NotFound`."""
    statement = select(notification).where(notification.c.id == row_id)
    row = (await tx.execute(statement.with_for_update() if to_change else statement)).one_or_none()
    if row is None:
        raise NotFound("notification_not_found")
    return row


async def attempts_of(tx: Transaction, row_id: UUID) -> list[Row[Any]]:
    """A notification's attempts, oldest first."""
    statement = select(attempt).where(attempt.c.notification == row_id).order_by(attempt.c.number)
    return list((await tx.execute(statement)).all())


async def last_resend(tx: Transaction, of: Row[Any]) -> int:
    """Number of the last time this notification was sent anew; 0 when it never was."""
    statement = select(func.max(notification.c.resend)).where(
        notification.c.notification_id == of.notification_id,
        notification.c.channel == of.channel,
        notification.c.recipient == of.recipient,
    )
    return int((await tx.execute(statement)).scalar_one())


async def hasten(tx: Transaction, row_id: UUID, *, by: str, at: datetime) -> None:
    """Make a notification due at once."""
    await tx.execute(update(notification).where(notification.c.id == row_id).values(next_attempt_at=at, resent_by=by))


async def listed(tx: Transaction, filters: Filters, *, before: UUID | None, limit: int) -> list[Row[Any]]:
    """Notifications, newest first; `before` is the last id of the page before."""
    statement: Select[Any] = select(notification)
    for name, value in vars(filters).items():
        if value is not None:
            statement = statement.where(notification.c[name] == value)
    if before is not None:
        statement = statement.where(notification.c.id < before)
    return list((await tx.execute(statement.order_by(notification.c.id.desc()).limit(limit))).all())


async def counted(tx: Transaction, states: Collection[State] = tuple(State)) -> dict[str, dict[str, int]]:
    """How many notifications are in these states: channel → state → count."""
    columns = (notification.c.channel, notification.c.state)
    statement = select(*columns, func.count().label("notifications")).where(notification.c.state.in_(states))
    counts: dict[str, dict[str, int]] = {}
    for row in await tx.execute(statement.group_by(*columns)):
        counts.setdefault(row.channel, {})[row.state] = row.notifications
    return counts


async def endpoints(tx: Transaction, systems: Collection[str] | None = None) -> dict[str, Row[Any]]:
    """Endpoints by posting system: of these systems, or all."""
    statement = select(endpoint).order_by(endpoint.c.system)
    if systems is not None:
        statement = statement.where(endpoint.c.system.in_(list(systems)))
    return {row.system: row for row in await tx.execute(statement)}


async def add_endpoint(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Store a new endpoint."""
    await tx.execute(insert(endpoint).values(row))


async def change_endpoint(tx: Transaction, system: str, **values: Any) -> bool:
    """Change an endpoint's columns. False when there is none."""
    result = await tx.execute(update(endpoint).where(endpoint.c.system == system).values(values))
    return int(result.rowcount) == 1


async def remove_endpoint(tx: Transaction, system: str) -> bool:
    """Forget an endpoint and its secrets. False when there is none."""
    return int((await tx.execute(delete(endpoint).where(endpoint.c.system == system))).rowcount) == 1
