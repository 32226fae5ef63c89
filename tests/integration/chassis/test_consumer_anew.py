"""Workers that are begun anew: what the one before had in hand comes again, and no channel is left behind."""

import asyncio

import aio_pika
import httpx
import pytest

from services.chassis.consumer import Consumer, envelope_opener
from services.chassis.errors import Unroutable
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


async def test_asking_for_a_queue_that_is_missing_leaves_no_channel_behind(broker, vhost):
    """However long the topology is away: a connection has room for some two thousand channels."""
    for _ in range(20):
        with pytest.raises(Unroutable):
            await broker.queue("missing", prefetch=1)

    async with asyncio.timeout(20), httpx.AsyncClient(base_url=vhost.management_url) as management:
        while await channels(management, vhost.name) != {"test.publish": 1, "test.consume": 0}:  # noqa: ASYNC110
            await asyncio.sleep(0.5)  # the broker counts every five seconds, and tells nobody


async def channels(management, vhost):
    """How many channels are open, by connection."""
    found = (await management.get(f"/api/vhosts/{vhost}/connections")).raise_for_status().json()
    return {one["user_provided_name"]: one.get("channels") for one in found}
