"""The notifier's rows, as requests, operators and posting systems need them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, and_, delete, exists, func, or_, select, update

from services.chassis.database import Transaction
from services.chassis.errors import Conflict, NotFound
from services.notifier.counting import count
from services.notifier.notices import OPTIONAL, REQUIRED
from services.notifier.notification import FAILED, Channel, Notification, Rung, State
from services.notifier.providers import TEST
from services.notifier.tables import (
    DEAD_END,
    GONE,
    UNCONFIRMED,
    UNPOSTED,
    WAITING,
    attempt,
    endpoint,
    finding,
    notification,
)

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


_LETTER: Final = notification.c.channel == Channel.LETTER.value
_LAWS: Final = notification.c.notice.in_([notice.value for notice in REQUIRED])


class Awaited(StrEnum):
    """Why a notification waits for a person."""

    LETTER = "letter"
    """It is to be printed and posted."""
    UNPOSTED = "unposted"
    """So it has been for too long."""
    UNKNOWN = "unknown"
    """It may have arrived, and is not repeated."""
    UNCONFIRMED = "unconfirmed"
    """Somebody took it long ago, and nobody has confirmed it."""
    FAILED = "failed"
    """The law asks for it, and no channel is left."""


_AWAITED: Final[Mapping[Awaited, ColumnElement[bool]]] = {
    Awaited.LETTER: _LETTER & (notification.c.state == State.QUEUED.value),
    Awaited.UNPOSTED: _LETTER & (notification.c.state == State.QUEUED.value) & (notification.c.reason == UNPOSTED),
    Awaited.UNKNOWN: (notification.c.state == State.UNKNOWN.value) & ~WAITING,
    Awaited.UNCONFIRMED: notification.c.reason == UNCONFIRMED,
    Awaited.FAILED: DEAD_END,
}
_REAL: Final = notification.c.destination != TEST
"""Nobody waits for what was only tried out."""


@dataclass(frozen=True)
class Filters:
    """What a list of notifications is narrowed to; None narrows nothing."""

    state: str | None = None
    channel: str | None = None
    appeal_id: UUID | None = None
    reason: str | None = None
    recipient: str | None = None
    awaited: Awaited | None = None


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
    new = set((await tx.execute(statement, rows)).scalars())
    for row in rows:
        if row["id"] in new:
            count(tx, row["channel"], row["state"])
    return new


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
        .returning(notification.c.channel)
    )
    for channel in (await tx.execute(statement)).scalars():
        count(tx, channel, State.REPLACED)


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


async def recipients_of(tx: Transaction, orders: Collection[UUID]) -> dict[UUID, set[Rung]]:
    """Whom each of these orders has come to, on every channel so far."""
    columns = (notification.c.notification_id, notification.c.channel, notification.c.recipient)
    found: dict[UUID, set[Rung]] = defaultdict(set)
    for row in await tx.execute(select(*columns).where(notification.c.notification_id.in_(list(orders)))):
        found[row.notification_id].add((Channel(row.channel), row.recipient))
    return found


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
    return await _grouped(tx, attempt, ids)


async def _grouped(tx: Transaction, table: Table, ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    statement = select(table).where(table.c.notification.in_(ids)).order_by(table.c.number)
    found: dict[UUID, list[Row[Any]]] = {row_id: [] for row_id in ids}
    for row in await tx.execute(statement) if ids else ():
        found[row.notification].append(row)
    return found


async def takers(tx: Transaction, of: Row[Any]) -> set[str]:
    """Providers that a notification was given to, or is about to be."""
    statement = select(attempt.c.destination).where(attempt.c.notification == of.id).distinct()
    return {of.destination, *(await tx.execute(statement)).scalars()}


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


async def unproven(tx: Transaction, channel: Channel, *, before: datetime, limit: int) -> list[Row[Any]]:
    """Notices of the law that somebody took before then, unconfirmed, and that nobody was asked about."""
    statement = (
        select(notification)
        .where(notification.c.state == State.SENT.value, notification.c.channel == channel.value)
        .where(notification.c.reason.is_(None), notification.c.changed_at < before)
        .where(notification.c.content != GONE)  # nobody could be called
        .where(_REAL, notification.c.notice.not_in([one.value for one in OPTIONAL]))
    )
    return list((await tx.execute(statement.order_by(notification.c.id).limit(limit))).all())


async def mark_unconfirmed(tx: Transaction, ids: Collection[UUID]) -> None:
    """List what is still only sent for a person to look at."""
    still = notification.c.id.in_(list(ids)) & (notification.c.state == State.SENT.value)
    await tx.execute(update(notification).where(still).values(reason=UNCONFIRMED))


async def mark_unposted(tx: Transaction, *, before: datetime) -> int:
    """List letters that have waited since then. Returns how many are new among them."""
    late = _AWAITED[Awaited.LETTER] & notification.c.reason.is_(None) & (notification.c.changed_at < before)
    return int((await tx.execute(update(notification).where(late, _REAL).values(reason=UNPOSTED))).rowcount)


async def mark_dead_ends(tx: Transaction, failed: Collection[Row[Any]]) -> None:
    """Of notices that failed on their last channel, leave to a person those of the law that were not sent anew."""
    newer = notification.alias("newer")
    anew = exists().where(newer.c.notification_id == notification.c.notification_id, newer.c.id > notification.c.id)
    statement = update(notification).where(notification.c.id.in_([row.id for row in failed]), _LAWS, _REAL, ~anew)
    await tx.execute(statement.where(notification.c.content != GONE).values(dead_end=True))


async def end_dead_end(tx: Transaction, row_id: UUID) -> None:
    """A person has seen to it."""
    await tx.execute(update(notification).where(notification.c.id == row_id).values(dead_end=False))


async def add_finding(tx: Transaction, of: Row[Any], **found: Any) -> None:
    """Keep what a person has found out about a notification; of one that is forgotten, without the words."""
    if of.content == GONE:
        found["because"] = GONE
    number = len((await findings_of(tx, [of.id]))[of.id]) + 1
    await tx.execute(finding.insert().values(notification=of.id, number=number, **found))


async def findings_of(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """What people have found out about each of these notifications, in their order."""
    return await _grouped(tx, finding, ids)


async def listed(tx: Transaction, filters: Filters, *, before: UUID | None, limit: int) -> list[Row[Any]]:
    """Notifications, newest first; `before` is the last id of the page before."""
    statement: Select[Any] = select(notification)
    for name, value in vars(filters).items():
        if name == "awaited" and value is not None:
            statement = statement.where(_AWAITED[value], _REAL)
        elif value is not None:
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
    """How many notifications wait for a person: by channel, and by why."""
    found = {}
    for why, waits in _AWAITED.items():
        statement = select(notification.c.channel, func.count().label("notifications")).where(waits, _REAL)
        for row in await tx.execute(statement.group_by(notification.c.channel)):
            found[row.channel, why.value] = row.notifications
    return found


async def endpoint_to_change(tx: Transaction, system: str) -> Row[Any] | None:
    """The endpoint of a system, to be changed."""
    return (await tx.execute(select(endpoint).where(endpoint.c.system == system).with_for_update())).one_or_none()


async def endpoints(tx: Transaction, systems: Collection[str] | None = None) -> dict[str, Row[Any]]:
    """Endpoints by posting system: of these systems, or all."""
    statement = select(endpoint).order_by(endpoint.c.system)
    if systems is not None:
        statement = statement.where(endpoint.c.system.in_(list(systems)))
    return {row.system: row for row in await tx.execute(statement)}


async def put_endpoint(tx: Transaction, row: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
    """Store a new endpoint, or change the one that the system has. False when it has one."""
    statement = tx.insert(endpoint).values(row)
    statement = statement.on_conflict_do_update(index_elements=[endpoint.c.system], set_=change)
    kept: str = (await tx.execute(statement.returning(endpoint.c.secret))).scalar_one()
    return kept == str(row["secret"])


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
