"""A hostile agency, on real connections: what its account cannot do, and that the services' accounts suffice."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aio_pika
import pytest
from aiormq.exceptions import AMQPError, ChannelAccessRefused, ChannelNotFoundEntity

from services.chassis.consumer import origin
from services.contracts.access import AGENCY_CONNECTIONS, accounts, agency_account
from services.contracts.topology import (
    PARKED,
    ROUTER_REPLIES,
    WORK_QUEUES,
    agency_queue,
    parked_queue,
    reply_exchange,
    reply_queue,
)

MINE, OTHERS = "akimat", "education"
Attempt = Callable[[Any], Awaitable[Any]]


@pytest.fixture
async def theirs(let_in, amqp_url) -> AsyncIterator[Any]:
    """A channel of the agency `MINE`."""
    async with await aio_pika.connect(await let_in(agency_account(MINE)), timeout=10) as connection:
        yield await connection.channel(publisher_confirms=True, on_return_raises=True)


async def publish(channel: Any, exchange: str, key: str = "", **properties: Any) -> None:
    target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await target.publish(aio_pika.Message(b"{}", **properties), key, timeout=10)


async def read(channel: Any, queue: str) -> Any:
    return await (await channel.get_queue(queue, ensure=False)).get(fail=False, timeout=10)


async def test_agency_reads_its_queue_and_speaks_on_its_exchange(theirs, amqp_url) -> None:
    """All that it needs; the reply arrives under its identity, which is the exchange."""
    assert await read(theirs, agency_queue(MINE)) is None
    await publish(theirs, reply_exchange(MINE), "anything", headers={"CC": [agency_queue(OTHERS)]})

    async with await aio_pika.connect(amqp_url) as connection:
        ours = await connection.channel()
        arrived = await read(ours, reply_queue(MINE))
        assert arrived.exchange == reply_exchange(MINE)
        assert await read(ours, agency_queue(OTHERS)) is None


async def raw(channel: Any, verb: str, *arguments: Any) -> Any:
    """What aio-pika has no words for."""
    return await getattr(await channel.get_underlay_channel(), verb)(*arguments)


FORBIDDEN: dict[str, Attempt] = {
    "read another's queue": lambda channel: read(channel, agency_queue(OTHERS)),
    "consume another's queue": lambda channel: raw(channel, "basic_consume", agency_queue(OTHERS), lambda _: None),
    "read the router's queue": lambda channel: read(channel, reply_queue(MINE)),
    "reply as another": lambda channel: publish(channel, reply_exchange(OTHERS)),
    "issue a referral": lambda channel: publish(channel, "referrals", f"referral.issued.v1.{OTHERS}"),
    "register an appeal": lambda channel: publish(channel, "appeals", "appeal.registered.v1"),
    "notify somebody": lambda channel: publish(channel, "notifications", "applicant.notify.v1"),
    "put into a queue": lambda channel: publish(channel, "", agency_queue(OTHERS)),
    "put back into work": lambda channel: publish(channel, "requeue", WORK_QUEUES[0]),
    "declare a queue": lambda channel: channel.declare_queue("mine"),
    "declare a nameless queue": lambda channel: channel.declare_queue(exclusive=True),
    "declare an exchange": lambda channel: channel.declare_exchange("mine"),
    "declare its queue anew": lambda channel: channel.declare_queue(agency_queue(MINE), durable=True),
    "bind its queue": lambda channel: raw(channel, "queue_bind", agency_queue(MINE), "referrals", "#"),
    "unbind its queue": lambda channel: raw(channel, "queue_unbind", agency_queue(MINE), "referrals", "#"),
    "bind its exchange": lambda channel: raw(channel, "exchange_bind", reply_exchange(MINE), "appeals", "#"),
    "delete its queue": lambda channel: channel.queue_delete(agency_queue(MINE)),
    "delete its exchange": lambda channel: channel.exchange_delete(reply_exchange(MINE)),
    "purge another's queue": lambda channel: raw(channel, "queue_purge", agency_queue(OTHERS)),
}


async def test_agency_can_do_nothing_else(let_in, amqp_url) -> None:
    """The broker refuses each of these with 403 and closes the channel."""
    allowed = []
    async with await aio_pika.connect(await let_in(agency_account(MINE)), timeout=10) as connection:
        for name, attempt in FORBIDDEN.items():
            try:
                await attempt(await connection.channel(publisher_confirms=True, on_return_raises=True))
            except ChannelAccessRefused:
                continue
            allowed.append(name)

    assert allowed == []


async def test_agency_cannot_sign_as_another(theirs) -> None:
    """RabbitMQ holds `user_id` against the connection's user."""
    with pytest.raises(AMQPError, match="user_id"):
        await publish(theirs, reply_exchange(MINE), user_id=agency_account(OTHERS).name)


async def test_agency_cannot_forge_where_its_reply_came_from(theirs, amqp_url) -> None:
    """A reply that expires, with a forged history, is set aside as nobody's: redriven, it would be another's word."""
    forged = {"exchange": reply_exchange(OTHERS), "queue": ROUTER_REPLIES, "reason": "expired", "count": 0}
    headers = {"x-death": [{**forged, "routing-keys": [""]}], "x-origin": reply_exchange(OTHERS)}
    await publish(theirs, reply_exchange(MINE), headers=headers, expiration=0)

    async with await aio_pika.connect(amqp_url) as connection:
        queue = await (await connection.channel()).get_queue(parked_queue(ROUTER_REPLIES), ensure=False)
        async with queue.iterator(timeout=30) as deliveries:
            async for delivery in deliveries:
                await delivery.ack()
                break

    assert (delivery.exchange, origin(delivery)) == (PARKED, "")


async def test_agency_holds_few_connections(let_in, amqp_url) -> None:
    """A consumer that leaks connections harms itself alone."""
    url = await let_in(agency_account(f"a-{secrets.token_hex(4)}"))
    async with AsyncExitStack() as stack:
        for _ in range(AGENCY_CONNECTIONS):
            await stack.enter_async_context(await aio_pika.connect(url, timeout=10))

        with pytest.raises((AMQPError, ConnectionError)):
            await aio_pika.connect(url, timeout=10)


@pytest.mark.parametrize("account", accounts([])[:3], ids=lambda account: account.name)
async def test_service_reads_its_own_queues_alone(let_in, amqp_url, account) -> None:
    """Router, intake and notifier as well: none reads another's, nor an agency's."""
    async with await aio_pika.connect(await let_in(account), timeout=10) as connection:
        for queue in (*WORK_QUEUES, agency_queue(MINE)):
            channel = await connection.channel()
            if queue.startswith(f"{account.name}."):
                assert await read(channel, queue) is None
            else:
                with pytest.raises((ChannelAccessRefused, ChannelNotFoundEntity)):
                    await read(channel, queue)
