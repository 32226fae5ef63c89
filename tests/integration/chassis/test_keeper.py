"""What the broker gives up delivering is kept, with its reason and its first exchange, and can be put back."""

import asyncio

import aio_pika
import pytest

from services.chassis import clock, parked
from services.chassis.ids import new_id
from services.chassis.keeper import keeper
from services.chassis.outbox import Relay
from services.contracts.topology import ROUTER_REPLIES, reply_exchange, reply_queue

PATIENCE = 30


@pytest.fixture
async def kept(database_url, open_database, amqp_url, broker):
    """A reply that the broker gave up, with the database it is kept in and the queue it is put back into."""
    database = await open_database(database_url, "router")
    message_id = new_id()
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(ROUTER_REPLIES, durable=True, passive=True)
        waiting_at = await channel.declare_queue(reply_queue("akimat"), durable=True, passive=True)
        exchange = await channel.get_exchange(reply_exchange("akimat"), ensure=False)
        await exchange.publish(aio_pika.Message(b"{}", message_id=str(message_id), delivery_mode=2), "any")
        given_up = await waiting_at.get(timeout=PATIENCE)
        await given_up.reject(requeue=False)
        stopping = asyncio.Event()
        keeping = asyncio.create_task(keeper(ROUTER_REPLIES, database=database, broker=broker).run(stopping))
        yield database, queue, message_id
        stopping.set()
        await keeping


async def waiting(database):
    async with asyncio.timeout(PATIENCE):
        while True:
            async with database.reading() as tx:
                if rows := await parked.listed(tx):
                    return rows[0]
            await asyncio.sleep(0.05)


async def test_it_is_kept_under_its_work_queue(kept):
    """People look for a message where it was meant to go, with the word of the broker."""
    database, _, message_id = kept

    row = await waiting(database)

    assert (row.queue, row.message_id) == (ROUTER_REPLIES, message_id)
    assert (row.reason, row.exchange) == ("rejected", "replies.akimat")


async def test_it_goes_back_as_what_it_was(kept, broker):
    """Who said it is not lost on the way through the table."""
    database, queue, message_id = kept
    row = await waiting(database)
    async with database.transaction() as tx:
        await parked.redrive(tx, row.id, by="test", at=clock.now())
    await Relay(database, broker).step()

    again = await queue.get(timeout=PATIENCE)
    await again.ack()

    assert again.message_id == str(message_id)
    assert again.headers["x-redriven-from"] == "replies.akimat"
