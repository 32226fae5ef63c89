"""The notifier's rows, as requests, operators and posting systems need them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, and_, delete, exists, func, or_, select, update

from services.chassis.database import Transaction
from services.chassis.errors import Conflict, NotFound
from services.notifier.notices import OPTIONAL
from services.notifier.notification import FAILED, Channel, Notification, State
from services.notifier.providers import TEST
from services.notifier.tables import GONE, UNCONFIRMED, WAITING, attempt, endpoint, notification

MISSED: Final = [state.value for state in (*FAILED, State.SUPPRESSED)]

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
    "sensitive",
    "referral_id",
    "addressee",
)
"""Columns that an order fills, and that stay."""


@dataclass(frozen=True)
class Filters:
    """What a list of notifications is narrowed to; None narrows nothing."""

    state: str | None = None
    channel: str | None = None
    appeal_id: UUID | None = None
    reason: str | None = None
    recipient: str | None = None


def row_of(of: Notification, **more: Any) -> dict[str, Any]:
    """A new row: what the domain knows of it, and the rest by column."""
    return {
        **more,
        "id": of.id,
        "channel": of.channel.value,
        "destination": of.destination,
        "in_doubt": of.in_doubt,
        "reference": of.reference,
        "state": of.state.value,
        "reason": of.reason,
        "attempts": of.attempts,
        "next_attempt_at": of.next_attempt_at,
        "changed_at": of.changed_at,
    }


def own_row(
    of: Notification, *, recipient: str, notice: str, language: str | None, content: str, **more: Any
) -> dict[str, Any]:
    """A row that no order asks for: mail to an endpoint's owner, a test. It tells of no appeal but has its own id."""
    return row_of(
        of,
        **{"sensitive": False, **more},
        notification_id=of.id,
        recipient=recipient,
        resend=0,
        appeal_id=of.id,
        revision=1,
        notice=notice,
        language=language,
        content=content,
        correlation_id=None,
        requested_at=of.changed_at,
        referral_id=None,
        addressee=None,
        fallback=None,
    )


async def add(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Store new notifications; one that is there already stays as it is. Returns the ids of the new ones."""
    statement = tx.insert(notification).on_conflict_do_nothing().returning(notification.c.id)
    return set((await tx.execute(statement, rows)).scalars())


async def replace_optional(tx: Transaction, newer: Mapping[UUID, int], *, at: datetime) -> None:
    """Try no further with optional notices that failed so far, and that newer words of their referrals overtook."""
    older = or_(
        *(and_(notification.c.referral_id == key, notification.c.revision < value) for key, value in newer.items())
    )
    statement = (
        update(notification)
        .where(older, notification.c.notice.in_([notice.value for notice in OPTIONAL]), WAITING)
        .where(notification.c.state == State.TEMPORARY_FAILURE.value)
        .values(state=State.REPLACED.value, next_attempt_at=None, reason=None, changed_at=at)
    )
    await tx.execute(statement)


async def found(tx: Transaction, row_id: UUID, *, to_change: bool = False) -> Row[Any]:
    """One notification. Raises `NotFound`."""
    statement = select(notification).where(notification.c.id == row_id)
    row = (await tx.execute(statement.with_for_update() if to_change else statement)).one_or_none()
    if row is None:
        raise NotFound("notification_not_found")
    return row


async def optional_to(tx: Transaction, channel: Channel, recipient: str) -> list[Row[Any]]:
    """What waits for a recipient and the law does not ask for, to be changed."""
    statement = (
        select(notification)
        .where(notification.c.channel == channel.value, func.lower(notification.c.recipient) == recipient.lower())
        .where(notification.c.notice.in_([notice.value for notice in OPTIONAL]), WAITING)
        .where(notification.c.state.in_([State.QUEUED.value, State.TEMPORARY_FAILURE.value]))
    )
    return list((await tx.execute(statement.order_by(notification.c.id).with_for_update())).all())


async def to_be_told(tx: Transaction, row_id: UUID) -> Row[Any]:
    """A notification whose words are still there, to be changed. Raises `NotFound`, and `Conflict` if forgotten."""
    row = await found(tx, row_id, to_change=True)
    if row.content == GONE:
        raise Conflict("notification_forgotten")
    return row


async def email_of(tx: Transaction, notification_id: UUID) -> Row[Any] | None:
    """The last e-mail of an order, to be changed."""
    statement = select(notification).where(
        notification.c.notification_id == notification_id, notification.c.channel == Channel.EMAIL.value
    )
    statement = statement.order_by(notification.c.resend.desc(), notification.c.id.desc()).limit(1)
    return (await tx.execute(statement.with_for_update())).one_or_none()


async def by_reference(tx: Transaction, destination: str, reference: str) -> Row[Any] | None:
    """What a provider knows by its own name, to be changed."""
    statement = select(notification).where(
        notification.c.destination == destination, notification.c.reference == reference
    )
    return (await tx.execute(statement.limit(1).with_for_update())).one_or_none()


async def attempts_of(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The attempts of each of these notifications, oldest first."""
    statement = select(attempt).where(attempt.c.notification.in_(ids)).order_by(attempt.c.number)
    found: dict[UUID, list[Row[Any]]] = {row_id: [] for row_id in ids}
    for row in await tx.execute(statement):
        found[row.notification].append(row)
    return found


async def last_resend(tx: Transaction, of: Row[Any]) -> int:
    """Number of the last time this notification was sent anew; 0 when it never was."""
    statement = select(func.max(notification.c.resend)).where(
        notification.c.notification_id == of.notification_id,
        notification.c.channel == of.channel,
        notification.c.recipient == of.recipient,
    )
    return int((await tx.execute(statement)).scalar_one())


async def missed(tx: Transaction, system: str, *, since: datetime, limit: int) -> list[Row[Any]]:
    """Webhooks ordered since then that a posting system has not got and is not being sent, the oldest first."""
    newer = notification.alias("newer")
    anew = exists().where(
        newer.c.notification_id == notification.c.notification_id,
        newer.c.channel == notification.c.channel,
        newer.c.recipient == notification.c.recipient,
        newer.c.resend > notification.c.resend,
    )
    statement = (
        select(notification)
        .where(notification.c.channel == Channel.WEBHOOK.value, notification.c.recipient == system)
        .where(notification.c.requested_at >= since, notification.c.state.in_(MISSED), ~anew)
        .order_by(notification.c.id)
        .limit(limit)
    )
    return list((await tx.execute(statement)).all())


async def hasten(tx: Transaction, row_id: UUID, *, by: str, at: datetime) -> None:
    """Make a notification due at once."""
    await tx.execute(update(notification).where(notification.c.id == row_id).values(next_attempt_at=at, resent_by=by))


async def hand_on_fallback(tx: Transaction, row_id: UUID) -> None:
    """Another row tries the next channel, should it come to that."""
    await tx.execute(update(notification).where(notification.c.id == row_id).values(fallback=None))


async def unproven_sms(tx: Transaction, *, before: datetime, limit: int) -> list[Row[Any]]:
    """Notices of the law that gateways took before then, unconfirmed, and that nobody was asked about."""
    statement = (
        select(notification)
        .where(notification.c.state == State.SENT.value, notification.c.channel == Channel.SMS.value)
        .where(notification.c.reason.is_(None), notification.c.changed_at < before)
        .where(notification.c.content != GONE)  # nobody could be called
        .where(notification.c.destination != TEST, notification.c.notice.not_in([one.value for one in OPTIONAL]))
    )
    return list((await tx.execute(statement.order_by(notification.c.id).limit(limit))).all())


async def mark_unconfirmed(tx: Transaction, ids: Collection[UUID]) -> None:
    """List what is still only sent for a person to look at."""
    still = notification.c.id.in_(list(ids)) & (notification.c.state == State.SENT.value)
    await tx.execute(update(notification).where(still).values(reason=UNCONFIRMED))


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


async def on_desk(tx: Transaction) -> dict[tuple[str, str], int]:
    """How many notifications wait for a person: by channel, and by why. Nobody waits for what was only tried out."""
    is_letter, real = notification.c.channel == Channel.LETTER.value, notification.c.destination != TEST
    whys = {
        UNCONFIRMED: notification.c.reason == UNCONFIRMED,
        State.UNKNOWN.value: (notification.c.state == State.UNKNOWN.value) & ~WAITING,
        Channel.LETTER.value: (notification.c.state == State.QUEUED.value) & is_letter,
    }
    found = {}
    for why, asks in whys.items():
        statement = select(notification.c.channel, func.count().label("notifications")).where(asks, real)
        for row in await tx.execute(statement.group_by(notification.c.channel)):
            found[row.channel, why] = row.notifications
    return found


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
