"""A reference agency on a real broker: it takes each referral once, whatever happens to its connection."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aio_pika
import pytest

from services.cli.local.agencies import end_of, serve
from services.cli.local.ledger import read_ledgers
from services.cli.local.proxy import Proxy
from services.contracts.envelope import Envelope
from services.contracts.referrals import ReferralReply, ReplyKind
from services.contracts.topology import REFERRALS, ROUTER_UNDELIVERED, reply_queue

SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"
ISSUED = (SAMPLES / "referral.issued.v1.json").read_bytes()
AGENCY = "education"


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[Any]:
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        yield await connection.channel()


@pytest.fixture
async def agency(tmp_path: Path) -> AsyncIterator[Callable[..., "asyncio.Task[None]"]]:
    serving: list[asyncio.Task[None]] = []

    def begun(amqp_url: str, *, seed: int = 1) -> "asyncio.Task[None]":
        serving.append(asyncio.create_task(serve([AGENCY], amqp_url=amqp_url, folder=tmp_path, seed=seed)))
        return serving[-1]

    yield begun
    for task in serving:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def issue(channel: Any, body: bytes = ISSUED) -> None:
    exchange = await channel.get_exchange(REFERRALS)
    await exchange.publish(aio_pika.Message(body), routing_key=f"referral.issued.v1.{AGENCY}")


async def taken(channel: Any, queue: str, count: int) -> list[Any]:
    """The next messages of a queue."""
    found: list[Any] = []
    async with (await channel.get_queue(queue)).iterator(timeout=30) as deliveries:
        async for delivery in deliveries:
            await delivery.ack()
            found.append(delivery)
            if len(found) == count:
                break
    return found


def said(deliveries: list[Any]) -> list[ReplyKind]:
    return [ReferralReply.model_validate(Envelope.model_validate_json(one.body).data).kind for one in deliveries]


async def test_referral_is_received_accepted_and_answered(channel, amqp_url, agency, tmp_path) -> None:
    """In this order, and so in the ledger."""
    agency(amqp_url)
    await issue(channel)

    assert said(await taken(channel, reply_queue(AGENCY), 3)) == ["received", "accepted", "answered"]
    (entry,) = read_ledgers(tmp_path)
    assert (entry.agency, entry.ends, entry.deliveries) == (AGENCY, ReplyKind.ANSWERED, 1)


async def test_some_are_declined_by_plan(channel, amqp_url, agency) -> None:
    """The same text and seed, the same end; a declined one says why."""
    agency(amqp_url, seed=declining_seed())
    await issue(channel)
    replies = await taken(channel, reply_queue(AGENCY), 2)

    assert said(replies) == ["received", "declined"]
    assert Envelope.model_validate_json(replies[1].body).data["reason"]


async def test_repeated_referral_is_counted_and_dropped(channel, amqp_url, agency, tmp_path) -> None:
    """Nothing more is said of it; the next one's replies come right after."""
    agency(amqp_url)
    other = ISSUED.replace(b"01939000-0000-7000-8000-000000000002", b"01939000-0000-7000-8000-000000000022")
    for body in (ISSUED, ISSUED, other):
        await issue(channel, body)

    replies = await taken(channel, reply_queue(AGENCY), 6)
    assert len({reply.message_id for reply in replies}) == 6
    assert sorted(entry.deliveries for entry in read_ledgers(tmp_path)) == [1, 2]


async def test_unreadable_referral_goes_back_to_the_router(channel, amqp_url, agency) -> None:
    """Where a person sees it; the ones behind it are taken."""
    agency(amqp_url)
    await issue(channel, b"{}")
    await issue(channel)

    assert [one.body for one in await taken(channel, ROUTER_UNDELIVERED, 1)] == [b"{}"]
    assert len(await taken(channel, reply_queue(AGENCY), 3)) == 3


async def test_cut_connection_is_made_again(channel, vhost, amqp_url, agency, tmp_path) -> None:
    """Whatever was not acknowledged comes again, and is known."""
    async with Proxy(("127.0.0.1", port_of(amqp_url))) as proxy:
        agency(amqp_url.replace(f":{port_of(amqp_url)}/", f":{proxy.port}/"))
        await issue(channel)
        assert len(await taken(channel, reply_queue(AGENCY), 3)) == 3
        proxy.reset()
        other = ISSUED.replace(b"01939000-0000-7000-8000-000000000002", b"01939000-0000-7000-8000-000000000022")
        await issue(channel, other)

        assert said(await taken(channel, reply_queue(AGENCY), 3))[-1] in {"answered", "declined"}
    assert len(read_ledgers(tmp_path)) == 2


def port_of(amqp_url: str) -> int:
    return int(amqp_url.rpartition(":")[2].partition("/")[0])


def declining_seed() -> int:
    """The first seed by which the sample is declined."""
    text = Envelope.model_validate_json(ISSUED).data["text"]
    return next(seed for seed in range(10_000) if end_of(AGENCY, text, seed) is ReplyKind.DECLINED)
