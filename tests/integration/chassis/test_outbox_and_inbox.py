"""From a committed transaction over the broker into another one: once, in order, or visibly not."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from services.chassis import clock, outbox, parked
from services.chassis.broker import Outgoing
from services.chassis.consumer import Consumer
from services.chassis.errors import RetryLater, Unreadable
from services.chassis.ids import new_id
from services.chassis.outbox import Cause, Relay
from services.contracts.appeals import AppealWithdrawn
from services.contracts.topology import APPEALS, ROUTER_APPEALS
from tests.plans import by_nested_loops

CAUSE = Cause("test-1")


@pytest.fixture
async def database(database_url, open_database):
    return await open_database(database_url, "intake")


def withdrawn(appeal=None) -> AppealWithdrawn:
    return AppealWithdrawn(appeal_id=appeal or new_id(), withdrawn_at=clock.now())


async def posted(database, *messages) -> None:
    async with database.transaction() as tx:
        for message in messages:
            outbox.post(tx, message, at=clock.now(), cause=CAUSE)


async def pending(database) -> int:
    async with database.reading() as tx:
        return (await outbox.pending(tx))[0]


async def published(database, relay: Relay) -> None:
    while await relay.step():
        pass


async def drained(queue, count: int) -> list:
    """The next `count` different messages of a queue, each as it first came."""
    found: dict = {}
    done = asyncio.Event()

    async def take(raw) -> None:
        found.setdefault(raw.message_id, raw)
        await raw.ack()
        if len(found) >= count:
            done.set()

    tag = await queue.consume(take)
    await asyncio.wait_for(done.wait(), 20)
    await queue.cancel(tag)
    return list(found.values())


class Seen:
    """A handler that remembers, and fails as it is told."""

    def __init__(self, fail=None) -> None:
        self.batches: list[list] = []
        self.changed = asyncio.Event()
        self._fail = fail

    async def __call__(self, tx, received) -> None:
        if self._fail is not None:
            self._fail(received)
        tx.after_commit(lambda: self._remember([r.message.appeal_id for r in received]))

    def _remember(self, ids) -> None:
        self.batches.append(ids)
        self.changed.set()

    @property
    def ids(self) -> list:
        return [one for batch in self.batches for one in batch]

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.ids) < count:
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def consuming(database, broker, handler):
    stopping = asyncio.Event()
    consumer = Consumer(ROUTER_APPEALS, {AppealWithdrawn: handler}, database=database, broker=broker)
    task = asyncio.create_task(consumer.run(stopping))
    yield consumer
    stopping.set()
    await asyncio.wait_for(task, 20)


async def test_a_committed_message_reaches_its_queue_and_is_marked_only_then(database, broker):
    """The outbox row is done after the confirm."""
    message = withdrawn()
    await posted(database, message)
    before = await pending(database)

    await published(database, Relay(database, broker))

    (raw,) = await drained(await broker.queue(ROUTER_APPEALS, prefetch=10), 1)
    assert before == 1
    assert await pending(database) == 0
    assert str(message.appeal_id) in raw.body.decode()
    assert raw.delivery_mode == 2
    assert raw.content_type == "application/cloudevents+json; charset=utf-8"


async def test_a_rolled_back_message_never_leaves(database, broker):
    """No fact, no message."""

    async def fail() -> None:
        async with database.transaction() as tx:
            outbox.post(tx, withdrawn(), at=clock.now(), cause=CAUSE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    assert await Relay(database, broker).step() == 0


async def test_order_is_kept_within_an_appeal(database, broker):
    """Only the oldest waiting row of an appeal can be claimed."""
    appeal = new_id()
    for _ in range(5):
        await posted(database, withdrawn(appeal))
    relay = Relay(database, broker)

    claims = [await relay.step() for _ in range(5)]

    raws = await drained(await broker.queue(ROUTER_APPEALS, prefetch=10), 5)
    ids = [raw.message_id for raw in raws]
    assert claims == [1] * 5
    assert ids == sorted(ids)


async def test_two_relays_never_claim_the_same_row(database, broker):
    """A lease is one relay's alone."""
    await posted(database, *(withdrawn() for _ in range(300)))
    relays = [Relay(database, broker, claim_rows=40) for _ in range(2)]

    await asyncio.gather(*(published(database, relay) for relay in relays))

    async with database.reading() as tx:
        attempts = (await tx.execute(select(func.max(outbox.outbox.c.attempts)))).scalar_one()
    raws = await drained(await broker.queue(ROUTER_APPEALS, prefetch=300), 300)
    assert attempts == 1
    assert len({raw.message_id for raw in raws}) == 300


async def test_no_more_is_claimed_than_asked_for_whatever_the_plan(database):
    """PostgreSQL may look for what is free once for each row, and what it has just claimed is not free any more."""
    await posted(database, *(withdrawn() for _ in range(9)))
    async with database.transaction() as tx:
        await by_nested_loops(tx)
        claimed = await outbox.claim(tx, "relay", limit=4)

    assert len(claimed) == 4


async def test_an_unroutable_message_stays_and_says_so(database, broker):
    """`mandatory`: what reaches no queue is not published."""
    await posted(database, withdrawn())
    async with database.transaction() as tx:
        await tx.execute(update(outbox.outbox).values(routing_key="nobody.listens"))

    await published(database, Relay(database, broker))

    async with database.reading() as tx:
        (stuck,) = await outbox.stuck(tx)
    assert stuck.last_error == "Unroutable"
    assert await pending(database) == 1


async def test_a_missing_exchange_costs_only_its_own_message(database, broker):
    """A channel error closes the channel under the whole batch; the others are published all the same."""
    await posted(database, *(withdrawn() for _ in range(10)))
    async with database.transaction() as tx:
        await tx.execute(update(outbox.outbox).where(outbox.outbox.c.seq == 5).values(exchange="missing"))

    await published(database, Relay(database, broker))

    assert await pending(database) == 1
    assert len(await drained(await broker.queue(ROUTER_APPEALS, prefetch=20), 9)) == 9


async def test_a_lost_lease_lets_another_relay_publish(database, broker):
    """A relay that died after its claim does not hold the row for ever."""
    await posted(database, withdrawn())
    async with database.transaction() as tx:
        await tx.execute(update(outbox.outbox).values(lease_owner="dead", lease_until_ms=1))

    await published(database, Relay(database, broker))

    assert await pending(database) == 0


async def test_a_repeated_message_has_one_effect(database, broker):
    """The inbox: broker and relay may deliver twice."""
    seen = Seen()
    message = withdrawn()
    await posted(database, message)
    async with database.transaction() as tx:
        row = (await tx.execute(select(outbox.outbox))).one()
    same = Outgoing(row.message_id, APPEALS, row.routing_key, row.type, row.body)
    last = withdrawn()

    async with consuming(database, broker, seen):
        for _ in range(3):
            assert await broker.publish([same], timeout=timedelta(seconds=5)) == [None]
        await seen.wait_for(1)
        async with database.transaction() as tx:
            await tx.execute(update(outbox.outbox).values(published_at=clock.now()))
        await posted(database, last)
        await published(database, Relay(database, broker))
        await seen.wait_for(2)

    assert seen.ids == [message.appeal_id, last.appeal_id]


async def test_what_arrived_together_is_one_batch(database, broker):
    """Throughput comes from batches."""
    seen = Seen()
    await posted(database, *(withdrawn() for _ in range(60)))
    await published(database, Relay(database, broker))

    async with consuming(database, broker, seen):
        await seen.wait_for(60)

    assert len(set(seen.ids)) == 60
    assert len(seen.batches) < 20


async def test_one_bad_message_costs_only_itself(database, broker):
    """A failing batch is replayed one by one; the culprit is parked with its reason."""
    messages = [withdrawn() for _ in range(10)]
    bad = messages[4].appeal_id

    def fail(received) -> None:
        if any(r.message.appeal_id == bad for r in received):
            raise Unreadable("agency_mismatch", "not yours")

    seen = Seen(fail)
    await posted(database, *messages)
    await published(database, Relay(database, broker))
    async with consuming(database, broker, seen):
        await seen.wait_for(9)
        (row,) = await _parked(database)

    assert bad not in seen.ids
    assert row.reason == "agency_mismatch"


async def test_garbage_is_parked_and_blocks_nobody(database, broker):
    """Unreadable bytes are kept with the reason, never dropped, never looped."""
    seen = Seen()
    bodies = [b"\xff\xfe", b"not json", b"[" * 100_000, b'{"specversion":"1.0"}', b"null"]
    garbage = [Outgoing(new_id(), APPEALS, "appeal.withdrawn.v1", "x", body) for body in bodies]
    await posted(database, withdrawn())

    async with consuming(database, broker, seen):
        await broker.publish(garbage, timeout=timedelta(seconds=5))
        await published(database, Relay(database, broker))
        await seen.wait_for(1)
        rows = await _parked(database, count=5)

    assert sorted(row.reason for row in rows) == ["invalid", "invalid", "not_json", "not_json", "not_json"]


async def test_a_repaired_message_is_redriven_once(database, broker):
    """Repair and redrive: the message goes back to its queue under its own id, and takes effect."""
    seen = Seen()
    message = withdrawn()
    await posted(database, message)
    async with database.transaction() as tx:
        body = (await tx.execute(select(outbox.outbox.c.body))).scalar_one()
        await tx.execute(update(outbox.outbox).values(body=b"{" + bytes(body)))
    relay = Relay(database, broker)

    async with consuming(database, broker, seen):
        await published(database, relay)
        (row,) = await _parked(database)
        async with database.transaction() as tx:
            await parked.redrive(tx, row.id, by="operator", at=clock.now(), body=bytes(body))
        await published(database, relay)
        await seen.wait_for(1)

    async with database.reading() as tx:
        settled = await parked.shown(tx, row.id)
    assert seen.ids == [message.appeal_id]
    assert (settled.state, settled.settled_by, settled.settled_because) == ("redriven", "operator", "repaired")


async def test_the_same_id_with_another_body_is_parked(database, broker):
    """An id used twice for different things is a sender's fault, not a repeat."""
    seen = Seen()
    first, other = withdrawn(), withdrawn()
    await posted(database, first, other)
    async with database.transaction() as tx:
        rows = (await tx.execute(select(outbox.outbox).order_by(outbox.outbox.c.seq))).all()
    same_id = [
        Outgoing(rows[0].message_id, APPEALS, "appeal.withdrawn.v1", "x", rows[0].body),
        Outgoing(
            new_id(),
            APPEALS,
            "appeal.withdrawn.v1",
            "x",
            rows[1].body.replace(str(rows[1].message_id).encode(), str(rows[0].message_id).encode()),
        ),
    ]

    async with consuming(database, broker, seen):
        for message in same_id:
            await broker.publish([message], timeout=timedelta(seconds=5))
        (row,) = await _parked(database)

    assert row.reason == "id_reused"
    assert seen.ids == [first.appeal_id]


async def test_retry_later_goes_down_the_ladder_and_comes_back(database, broker):
    """The ladder needs no plugin: a queue's TTL dead-letters back into the work queue."""
    tries: list[int] = []

    def fail(received) -> None:
        tries.append(1)
        if len(tries) <= 2:  # the batch, and its replay
            raise RetryLater

    seen = Seen(fail)
    message = withdrawn()
    await posted(database, message)
    started = asyncio.get_running_loop().time()
    async with consuming(database, broker, seen):
        await published(database, Relay(database, broker))
        await seen.wait_for(1)
    waited = asyncio.get_running_loop().time() - started

    assert seen.ids == [message.appeal_id]
    assert 4.5 < waited < 9


async def _parked(database, count: int = 1) -> list:
    async with asyncio.timeout(20):
        while True:
            async with database.reading() as tx:
                rows = await parked.listed(tx)
            if len(rows) >= count:
                return rows
            await asyncio.sleep(0.02)
