"""Outbox and relay: a message is a row of the transaction that made it true, and leaves for the broker from there.

Order is kept per appeal: only the oldest unpublished row of an appeal can be claimed, so no claim holds two of one.
A lease keeps two relays from publishing the same row at the same time. A row is done only after its confirm.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    Row,
    String,
    Table,
    Uuid,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from services.chassis import clock, metrics
from services.chassis.broker import Broker, Outgoing
from services.chassis.database import Database, Json, Serial, Transaction, UtcDateTime, free_of, new_metadata, now_ms
from services.chassis.errors import BrokerUnavailable, DatabaseUnavailable, Nacked, Unroutable
from services.chassis.failpoints import reach
from services.chassis.ids import new_id
from services.contracts.envelope import Envelope, Message
from services.contracts.topology import EXCHANGE_OF

log = structlog.get_logger()

metadata = new_metadata()

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("message_id", Uuid, nullable=False),
    Column("ordering_key", String(64), nullable=False),
    Column("exchange", String(255), nullable=False),
    Column("routing_key", String(255), nullable=False),
    Column("type", String(255), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("headers", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("not_before_ms", BigInteger, nullable=False, default=0),
    Column("attempts", BigInteger, nullable=False, default=0),
    Column("lease_owner", String(64)),
    Column("lease_until_ms", BigInteger, nullable=False, default=0),
    Column("last_error", String(64)),
    Column("published_at", UtcDateTime),
)
_PENDING: Final = outbox.c.published_at.is_(None)
Index("ix_outbox_pending", outbox.c.seq, postgresql_where=_PENDING, sqlite_where=_PENDING)
Index("ix_outbox_pending_key", outbox.c.ordering_key, outbox.c.seq, postgresql_where=_PENDING, sqlite_where=_PENDING)
Index("ix_outbox_published", outbox.c.published_at)

CLAIM_ROWS: Final = 200
LEASE: Final = timedelta(seconds=30)
CONFIRM_TIMEOUT: Final = timedelta(seconds=10)
POLL: Final = timedelta(milliseconds=250)
LINGER: Final = 0.005
"""Seconds between two claims: commits that follow each other closely leave together."""
KEPT: Final = timedelta(days=7)
_UNROUTABLE_WAIT_MS: Final = 30_000
_NACKED_WAIT_MS: Final = 1_000
_NACKED_WAIT_MAX_MS: Final = 30_000


@dataclass(frozen=True)
class Cause:
    """Why a message is posted: the request that started it all, and the message that led to it."""

    correlation_id: str | None
    causation_id: UUID | None = None


def enveloped(tx: Transaction, message: Message, *, at: datetime, cause: Cause) -> Envelope:
    """`message` under an id of its own, said by the service whose transaction it is."""
    return Envelope.of(
        message,
        id=new_id(),
        source=f"/{tx.database.service}",
        at=at,
        correlation_id=cause.correlation_id,
        causation_id=cause.causation_id,
    )


def post(tx: Transaction, message: Message, *, at: datetime, cause: Cause) -> None:
    """Post `message` as part of `tx`. All rows of the transaction are written at once, at its end."""
    envelope = enveloped(tx, message, at=at, cause=cause)
    _enqueue(
        tx,
        Outgoing(
            message_id=envelope.id,
            exchange=EXCHANGE_OF[message.TYPE],
            routing_key=message.routing_key(),
            type=envelope.type,
            body=envelope.to_json(),
            correlation_id=cause.correlation_id,
        ),
        ordering_key=envelope.subject,
        at=at,
    )


def post_raw(tx: Transaction, outgoing: Outgoing, *, ordering_key: str, at: datetime) -> None:
    """Post bytes as they are: how a parked message goes back to its queue."""
    _enqueue(tx, outgoing, ordering_key=ordering_key, at=at)


def _enqueue(tx: Transaction, outgoing: Outgoing, *, ordering_key: str, at: datetime) -> None:
    rows: list[dict[str, Any]] | None = tx.kept.get("outbox")
    if rows is None:
        rows = tx.kept["outbox"] = []
        tx.before_commit(lambda: _write(tx, rows))
        tx.after_commit(tx.database.posted.set)
    rows.append(
        {
            "message_id": outgoing.message_id,
            "ordering_key": ordering_key,
            "exchange": outgoing.exchange,
            "routing_key": outgoing.routing_key,
            "type": outgoing.type,
            "body": outgoing.body,
            "headers": {"correlation_id": outgoing.correlation_id, **outgoing.headers},
            "created_at": at,
        }
    )


async def _write(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    if rows:
        await tx.execute(insert(outbox), rows)


async def forget(tx: Transaction, *ordering_keys: str) -> None:
    """Keep nothing of what was posted under these keys, in this transaction or before; what waits does not leave."""
    posted = tx.kept.get("outbox", [])
    posted[:] = [row for row in posted if row["ordering_key"] not in ordering_keys]
    await tx.execute(delete(outbox).where(outbox.c.ordering_key.in_(ordering_keys)))


class Relay:
    """Publishes what is in the outbox, in batches with pipelined confirms."""

    def __init__(self, database: Database, broker: Broker, *, claim_rows: int = CLAIM_ROWS) -> None:
        self._database = database
        self._broker = broker
        self._claim_rows = claim_rows
        self._owner = str(new_id())
        self._done: list[tuple[int, datetime]] = []
        self._failed: list[dict[str, Any]] = []

    async def run(self, stopping: asyncio.Event) -> None:
        """Publish until told to stop; then once more, so that nothing confirmed stays unmarked."""
        while not stopping.is_set():
            try:
                published = await self.step()
            except (DatabaseUnavailable, BrokerUnavailable) as error:
                log.warning("outbox.paused", because=type(error).__name__)
                await _either(stopping, asyncio.Event(), timeout=1.0)
                continue
            if not published:
                await _either(stopping, self._database.posted, timeout=POLL.total_seconds())
            await asyncio.sleep(LINGER)
        if self._done or self._failed:
            await self._record_and_claim(0)

    async def step(self) -> int:
        """Record the last batch, claim the next, publish it. Returns how many rows were claimed."""
        if not self._broker.ready_to_publish:
            if self._done or self._failed:
                await self._record_and_claim(0)
            raise BrokerUnavailable("not connected")
        self._database.posted.clear()
        started = time.monotonic()
        rows = await self._record_and_claim(self._claim_rows)
        if rows:
            reach("relay.after_claim")
        if time.monotonic() - started > (LEASE - CONFIRM_TIMEOUT).total_seconds():
            return len(rows)  # this process stood still: the lease may end, and be another's, before the confirm
        if rows:
            await self._publish(rows)
        return len(rows)

    async def _publish(self, rows: list[Row[Any]]) -> None:
        outcomes = await self._broker.publish([_outgoing(row) for row in rows], timeout=CONFIRM_TIMEOUT)
        reach("relay.after_confirm")
        at = clock.now()
        away = 0
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome is None:
                self._done.append((row.seq, at))
            else:
                away += isinstance(outcome, BrokerUnavailable)
                self._failed.append(_failure(row, outcome))
        metrics.PUBLISHED.labels(self._database.service, "confirmed").inc(len(rows) - len(self._failed))
        if away:
            raise BrokerUnavailable("not confirmed")

    async def _record_and_claim(self, limit: int) -> list[Row[Any]]:
        done, failed = self._done, self._failed
        async with self._database.transaction() as tx:
            if done:
                await tx.execute(_published([seq for seq, _ in done], done[-1][1]))
            for failure in failed:
                await tx.execute(update(outbox).where(outbox.c.seq == failure["seq"], _PENDING).values(failure))
            rows = await claim(tx, self._owner, limit=limit) if limit else []
        # only now: had the transaction failed, the rows would be recorded at the next attempt
        self._done, self._failed = [], []
        return rows


async def claim(tx: Transaction, owner: str, *, limit: int) -> list[Row[Any]]:
    """Lease the oldest messages that may leave, one of each key at most, in their order."""
    older = outbox.alias("older")
    free = and_(outbox.c.not_before_ms <= now_ms(), outbox.c.lease_until_ms < now_ms())
    first_of_its_key = ~exists().where(
        older.c.ordering_key == outbox.c.ordering_key, older.c.published_at.is_(None), older.c.seq < outbox.c.seq
    )
    heads = select(outbox.c.seq).where(_PENDING, free, first_of_its_key).order_by(outbox.c.seq).limit(limit)
    statement = (
        update(outbox)
        .where(outbox.c.seq.in_(free_of(heads)))
        .values(
            lease_owner=owner,
            lease_until_ms=now_ms() + int(LEASE.total_seconds() * 1000),
            attempts=outbox.c.attempts + 1,
        )
        .returning(
            outbox.c.seq,
            outbox.c.message_id,
            outbox.c.exchange,
            outbox.c.routing_key,
            outbox.c.type,
            outbox.c.body,
            outbox.c.headers,
            outbox.c.attempts,
        )
    )
    return sorted(await tx.execute(statement), key=lambda row: int(row.seq))


def _published(seqs: list[int], at: datetime) -> Any:
    return (
        update(outbox)
        .where(outbox.c.seq.in_(seqs))
        .values(published_at=at, lease_owner=None, lease_until_ms=0, last_error=None)
    )


def _failure(row: Row[Any], error: Exception) -> dict[str, Any]:
    """Columns of a row that was not confirmed. An outage frees it at once; the other two wait and are reported."""
    wait = 0
    if isinstance(error, Unroutable):
        wait = _UNROUTABLE_WAIT_MS
    elif isinstance(error, Nacked):
        wait = min(_NACKED_WAIT_MS * 2 ** min(row.attempts, 5), _NACKED_WAIT_MAX_MS)
    if wait:
        log.error("outbox.refused", because=type(error).__name__, exchange=row.exchange, routing_key=row.routing_key)
    return {
        "seq": row.seq,
        "last_error": type(error).__name__,
        "lease_owner": None,
        "lease_until_ms": 0,
        "not_before_ms": now_ms() + wait,
    }


def _outgoing(row: Row[Any]) -> Outgoing:
    headers = dict(row.headers)
    return Outgoing(
        message_id=row.message_id,
        exchange=row.exchange,
        routing_key=row.routing_key,
        type=row.type,
        body=row.body,
        correlation_id=headers.pop("correlation_id", None),
        headers=headers,
    )


async def pending(tx: Transaction) -> tuple[int, datetime | None]:
    """How many rows wait, and since when the oldest does."""
    figures = select(func.count().label("waiting"), func.min(outbox.c.created_at).label("oldest")).where(_PENDING)
    row = (await tx.execute(figures)).one()
    return int(row.waiting), row.oldest


async def stuck(tx: Transaction, *, limit: int = 100) -> list[Row[Any]]:
    """Rows that the broker has refused, oldest first: what an operator must know of."""
    columns = (outbox.c.seq, outbox.c.type, outbox.c.routing_key, outbox.c.attempts, outbox.c.last_error)
    refused = or_(outbox.c.last_error == Unroutable.__name__, outbox.c.last_error == Nacked.__name__)
    return list((await tx.execute(select(*columns).where(_PENDING, refused).order_by(outbox.c.seq).limit(limit))).all())


async def prune(tx: Transaction, *, before: datetime) -> int:
    """Forget rows published before `before`. Returns how many."""
    result = await tx.execute(delete(outbox).where(outbox.c.published_at < before))
    return int(result.rowcount)


async def _either(first: asyncio.Event, second: asyncio.Event, *, timeout: float) -> None:  # noqa: ASYNC109
    waits = [asyncio.ensure_future(first.wait()), asyncio.ensure_future(second.wait())]
    try:
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
