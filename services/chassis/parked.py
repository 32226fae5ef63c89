"""Parked messages: set aside with their reason, seen, repaired and put back. None is ever dropped."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Column, Index, Integer, LargeBinary, Row, String, Table, Uuid, case, func, select, update

from services.chassis import inbox
from services.chassis.broker import Outgoing
from services.chassis.database import Json, Transaction, UtcDateTime, new_metadata
from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.outbox import forget as forget_posted
from services.chassis.outbox import post_raw
from services.contracts.topology import REQUEUE

metadata = new_metadata()

parked = Table(
    "parked",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("queue", String(255), nullable=False),
    Column("message_id", Uuid),
    Column("type", String(255)),
    Column("exchange", String(255)),
    Column("routing_key", String(255)),
    Column("correlation_id", String(200)),
    Column("headers", Json, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("detail", String(1000), nullable=False),
    Column("state", String(16), nullable=False),
    Column("times", Integer, nullable=False, default=1),
    Column("parked_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("settled_by", String(200)),
    Column("settled_because", String(1000)),
    Index("ix_parked_state_queue", "state", "queue"),
)

WAITING: Final = "parked"
REDRIVEN: Final = "redriven"
DISCARDED: Final = "discarded"
FORGOTTEN: Final = "forgotten"
"""Why a message was settled whose words may not be kept."""

_IDS: Final = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_SEARCHED_AT_ONCE: Final = 100


@dataclass(frozen=True)
class Parcel:
    """A message to set aside. `detail` says where it fails, never with values from the body."""

    queue: str
    message_id: UUID | None
    type: str | None
    exchange: str | None
    routing_key: str | None
    correlation_id: str | None
    headers: dict[str, Any]
    body: bytes
    reason: str
    detail: str


async def park(tx: Transaction, parcel: Parcel, *, at: datetime) -> UUID:
    """Set a message aside. Parking the same message again counts, and reopens it when it had been put back."""
    digest = hashlib.sha256(parcel.body).hexdigest()
    row_id = uuid5(NAMESPACE_OID, f"{inbox.scope(parcel.queue, parcel.exchange or '')}/{parcel.message_id}/{digest}")
    told = {name: _storable(value, name) for name, value in vars(parcel).items()}
    row = {**told, "id": row_id, "state": WAITING, "parked_at": at}
    statement = tx.insert(parked).values(row)
    again = {
        "state": WAITING,
        "reason": parcel.reason,
        "detail": row["detail"],
        "parked_at": at,
        "times": parked.c.times + 1,
    }
    await tx.execute(statement.on_conflict_do_update(index_elements=[parked.c.id], set_=again))
    return row_id


def _storable(value: Any, name: str) -> Any:
    """A sender's text as every database takes it: no longer than its column, and without NUL."""
    if not isinstance(value, str):
        return value
    column = parked.c[name].type
    assert isinstance(column, String)  # noqa: S101 - texts go into no other column
    return value.replace("\x00", "\ufffd")[: column.length]


async def listed(
    tx: Transaction, *, queue: str | None = None, state: str = WAITING, limit: int = 50, after: UUID | None = None
) -> list[Row[Any]]:
    """Parked messages without their bodies, newest first; `after` is the last id of the page before."""
    columns = [column for column in parked.c if column.name not in {"body", "headers"}]
    statement = select(*columns).where(parked.c.state == state)
    if queue is not None:
        statement = statement.where(parked.c.queue == queue)
    if after is not None:
        last = select(parked.c.parked_at).where(parked.c.id == after).scalar_subquery()
        older = (parked.c.parked_at < last) | ((parked.c.parked_at == last) & (parked.c.id < after))
        statement = statement.where(older)
    statement = statement.order_by(parked.c.parked_at.desc(), parked.c.id.desc()).limit(limit)
    return list((await tx.execute(statement)).all())


async def shown(tx: Transaction, parked_id: UUID) -> Row[Any]:
    """One parked message, whole. Raises `NotFound`."""
    row = (await tx.execute(select(parked).where(parked.c.id == parked_id))).one_or_none()
    if row is None:
        raise NotFound("parked_not_found")
    return row


async def redrive(
    tx: Transaction,
    parked_id: UUID,
    *,
    by: str,
    at: datetime,
    body: bytes | None = None,
    fields: Mapping[str, Any] | None = None,
) -> None:
    """Put a parked message back into its queue, repaired when a `body` is given, or `fields` by their JSON pointers.

    The body that came stays on record, and which fields were repaired, by whom and when.
    It leaves through the outbox, and its id leaves the inbox, in one transaction: otherwise the inbox would swallow it.
    Raises `NotFound`, `Invalid` for a field that is nowhere, and `Conflict` when somebody has settled it already.
    """
    because = None if body is None else "repaired"
    if fields:
        body = mended(bytes((await shown(tx, parked_id)).body), fields)
        because = f"repaired: {', '.join(sorted(fields))}"[:1000]
    row = await _settle(tx, parked_id, REDRIVEN, by=by, at=at, because=because)
    if row.message_id is not None:
        await inbox.forget(tx, (inbox.scope(row.queue, row.exchange or ""), row.message_id))
    headers = {**row.headers, "x-redriven-from": row.exchange or "", "x-redriven": row.times}
    outgoing = Outgoing(
        message_id=row.message_id or row.id,
        exchange=REQUEUE,
        routing_key=row.queue,
        type=row.type or "unknown",
        body=row.body if body is None else body,
        correlation_id=row.correlation_id,
        headers=headers,
    )
    post_raw(tx, outgoing, ordering_key=str(row.id), at=at)


def mended(body: bytes, fields: Mapping[str, Any]) -> bytes:
    """A JSON body with fields set, by their pointers (RFC 6901). Raises `Invalid` where there is no such place."""
    try:
        whole = json.loads(body)
    except ValueError:
        raise Invalid("parked_not_json", pointer="#/set") from None
    for pointer, value in fields.items():
        *above, name = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/"))
        place = whole
        for step in above[1:]:
            place = place.get(step) if isinstance(place, dict) else None
        if not pointer.startswith("/") or not isinstance(place, dict):
            raise Invalid("parked_no_such_place", pointer="#/set")
        place[name] = value
    return json.dumps(whole, ensure_ascii=False).encode()


async def discard(tx: Transaction, parked_id: UUID, *, by: str, at: datetime, because: str) -> None:
    """Give a parked message up, by a named person with a reason. It stays on record."""
    await _settle(tx, parked_id, DISCARDED, by=by, at=at, because=because)


async def _settle(
    tx: Transaction, parked_id: UUID, state: str, *, by: str, at: datetime, because: str | None
) -> Row[Any]:
    row = await shown(tx, parked_id)
    statement = (
        update(parked)
        .where(parked.c.id == parked_id, parked.c.state == WAITING)
        .values(state=state, settled_by=by, settled_at=at, settled_because=because)
    )
    if (await tx.execute(statement)).rowcount != 1:
        raise Conflict("parked_already_settled")
    return row


async def forget(tx: Transaction, ids: Collection[UUID], *, at: datetime) -> int:
    """Empty the messages that name one of these ids, readable or not, and give up those that wait. Returns how many."""
    names = {str(one).encode() for one in ids}
    naming: list[UUID] = []
    page = await _bodies(tx, after=None) if names else []
    while page:
        naming += [row.id for row in page if not names.isdisjoint(_IDS.findall(bytes(row.body).lower()))]
        page = await _bodies(tx, after=page[-1].id)
    if naming:
        waits = parked.c.state == WAITING
        emptied = {
            "body": b"",
            "state": case((waits, DISCARDED), else_=parked.c.state),
            "settled_at": case((waits, at), else_=parked.c.settled_at),
            "settled_because": FORGOTTEN,
        }
        await tx.execute(update(parked).where(parked.c.id.in_(naming)).values(emptied))
        await forget_posted(tx, *map(str, naming))
    return len(naming)


async def _bodies(tx: Transaction, *, after: UUID | None) -> list[Row[Any]]:
    statement = select(parked.c.id, parked.c.body).where(func.length(parked.c.body) > 0)
    if after is not None:
        statement = statement.where(parked.c.id > after)
    return list((await tx.execute(statement.order_by(parked.c.id).limit(_SEARCHED_AT_ONCE))).all())


async def counted(tx: Transaction) -> dict[str, int]:
    """How many messages wait aside, by queue."""
    waiting = func.count().label("waiting")
    statement = select(parked.c.queue, waiting).where(parked.c.state == WAITING).group_by(parked.c.queue)
    return {row.queue: row.waiting for row in await tx.execute(statement)}
