"""The notifier's rows, as requests, operators and posting systems need them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, select, update

from services.chassis.database import Transaction
from services.chassis.errors import NotFound
from services.notifier.claims import Destination
from services.notifier.notification import Notification, State
from services.notifier.tables import attempt, endpoint, notification

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
class Filters:
    """What a list of notifications is narrowed to; None narrows nothing."""

    state: str | None = None
    channel: str | None = None
    appeal_id: UUID | None = None


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


async def add(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> int:
    """Store new notifications; one that is there already stays as it is. Returns how many were new."""
    statement = tx.insert(notification).on_conflict_do_nothing().returning(notification.c.id)
    return len((await tx.execute(statement, rows)).all())


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


async def add_endpoint(tx: Transaction, row: Mapping[str, Any]) -> bool:
    """Store a new endpoint. False when the system has one."""
    statement = tx.insert(endpoint).values(row).on_conflict_do_nothing().returning(endpoint.c.system)
    return (await tx.execute(statement)).one_or_none() is not None


async def change_endpoint(tx: Transaction, system: str, **values: Any) -> None:
    """Change an endpoint's columns."""
    await tx.execute(update(endpoint).where(endpoint.c.system == system).values(values))


async def rotate_endpoint(tx: Transaction, system: str, secret: str, *, overlap: timedelta, at: datetime) -> bool:
    """Give an endpoint a new secret; the present one becomes the former. False when there is no endpoint."""
    statement = update(endpoint).where(endpoint.c.system == system)
    former = {"previous_secret": endpoint.c.secret, "previous_until": at + overlap}
    return int((await tx.execute(statement.values(secret=secret, changed_at=at, **former))).rowcount) == 1


async def remove_endpoint(tx: Transaction, system: str) -> bool:
    """Forget an endpoint and its secrets. False when there is none."""
    return int((await tx.execute(delete(endpoint).where(endpoint.c.system == system))).rowcount) == 1
