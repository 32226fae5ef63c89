"""Agencies share the router: none uses up another's ids, and none keeps another waiting, whatever it sends."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from services.chassis import clock, parked
from services.chassis.broker import Outgoing
from services.chassis.consumer import BATCH, SHARE, Consumer
from services.chassis.ids import new_id
from services.contracts.appeals import AppealWithdrawn
from services.contracts.envelope import Envelope
from services.contracts.topology import ROUTER_REPLIES, reply_exchange, reply_queue

A_MINUTE = timedelta(minutes=1)
FLOOD = 600


@pytest.fixture
async def database(database_url, open_database):
    return await open_database(database_url, "router")


def said(agency: str, event_id: UUID | None = None) -> Outgoing:
    """Something that the agency says; its content is nobody's concern here."""
    told = AppealWithdrawn(appeal_id=new_id(), withdrawn_at=clock.now())
    event = Envelope.of(told, id=event_id or new_id(), source="/test", at=clock.now(), correlation_id="t")
    return Outgoing(event.id, reply_exchange(agency), "", event.type, event.to_json())


async def heard(database, broker, count: int) -> list[str]:
    """Who was heard, in order, until there were so many, and no message is left."""
    order: list[str] = []
    enough, stopping = asyncio.Event(), asyncio.Event()

    def remember(exchanges: list[str]) -> None:
        order.extend(exchange.removeprefix("replies.") for exchange in exchanges)
        if len(order) >= count:
            enough.set()

    async def handle(tx, received) -> None:
        tx.after_commit(lambda: remember([one.exchange for one in received]))

    consumer = Consumer(
        ROUTER_REPLIES,
        {AppealWithdrawn: handle},
        database=database,
        broker=broker,
        also=lambda: map(reply_queue, ("akimat", "education", "not-there-yet")),
    )
    consuming = asyncio.create_task(consumer.run(stopping))
    await asyncio.wait_for(enough.wait(), 60)
    stopping.set()
    await asyncio.wait_for(consuming, 20)
    return order


async def test_one_agency_cannot_use_up_the_ids_of_another(database, broker):
    """Each chooses its own; only its own earlier word, said otherwise under the same id, is an impostor."""
    mine, other = new_id(), new_id()
    together = [said("akimat", mine), said("education", mine)]
    later = [said("akimat", other), said("akimat", mine), said("education", other)]
    for batch in (together, later):
        assert await broker.publish(batch[:1], timeout=A_MINUTE) == [None]
        assert await broker.publish(batch[1:], timeout=A_MINUTE) == [None] * len(batch[1:])
    found = await heard(database, broker, 4)
    async with database.reading() as tx:
        aside = await parked.listed(tx)

    assert sorted(found) == ["akimat"] * 2 + ["education"] * 2
    assert [(one.reason, one.exchange) for one in aside] == [("id_reused", "replies.akimat")]


async def test_the_same_bytes_of_two_agencies_are_set_aside_apart(database, broker):
    """Who sends another's broken message first does not make it its own."""
    body, event_id = b"<reply/>", new_id()
    broken = [Outgoing(event_id, reply_exchange(agency), "", "reply", body) for agency in ("akimat", "education")]
    for one in broken:
        await broker.publish([one], timeout=A_MINUTE)
    await broker.publish([said("education")], timeout=A_MINUTE)
    await heard(database, broker, 1)
    async with asyncio.timeout(20):
        aside: list = []
        while len(aside) < len(broken):
            async with database.reading() as tx:
                aside = await parked.listed(tx)
            await asyncio.sleep(0.02)

    assert {one.exchange for one in aside} == {"replies.akimat", "replies.education"}


async def test_a_flood_keeps_no_other_agency_waiting(database, broker):
    """However much lies in one agency's queue, another's word comes after a share of it, not after all."""
    flood = [said("akimat") for _ in range(FLOOD)]
    assert await broker.publish(flood, timeout=A_MINUTE) == [None] * FLOOD
    assert await broker.publish([said("education")], timeout=A_MINUTE) == [None]
    order = await heard(database, broker, FLOOD + 1)

    assert order.index("education") <= 2 * BATCH + SHARE
