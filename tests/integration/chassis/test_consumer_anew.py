"""A worker that failed is begun anew, and gets what the one before it had in hand."""

import asyncio

import aio_pika
import pytest

from services.chassis.consumer import Consumer, envelope_opener
from services.contracts.appeals import AppealWithdrawn
from services.contracts.topology import APPEALS, ROUTER_APPEALS


class Fault(Exception):
    """A bug of ours, where nobody foresaw one."""


async def test_what_a_failed_worker_had_in_hand_comes_again(open_database, sqlite_url, broker, amqp_url):
    """Unacknowledged messages return to the queue although the connection lives on."""
    database = await open_database(sqlite_url, "router")
    seen, stopping = [], asyncio.Event()

    def fails_at_first(raw):
        seen.append((raw.message_id, raw.redelivered))
        if len(seen) == 1:
            raise Fault
        stopping.set()
        return envelope_opener({AppealWithdrawn: None})(raw)

    consumer = Consumer(ROUTER_APPEALS, {}, database=database, broker=broker, opener=fails_at_first)
    async with await aio_pika.connect(amqp_url) as connection:
        exchange = await (await connection.channel()).get_exchange(APPEALS)
        await exchange.publish(aio_pika.Message(b"{}", message_id="one"), "appeal.registered.v1")
    with pytest.raises(Fault):
        await asyncio.wait_for(consumer.run(stopping), 20)
    await asyncio.wait_for(consumer.run(stopping), 20)

    assert seen == [("one", False), ("one", True)]
