"""The examples that partners begin from do what they say, against a real broker."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import aio_pika
import pytest

from services.cli.local.processes import Program, start
from services.contracts.envelope import Envelope
from services.contracts.referrals import ReferralReply, ReplyKind
from services.contracts.topology import REFERRALS, reply_exchange, reply_queue
from tests.partners import LANGUAGES, consumer

SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"
AGENCY = "education"


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[Any]:
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        yield await connection.channel()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_agency_takes_each_referral_once_and_says_so_each_time(
    channel, amqp_url, tmp_path: Path, node_modules: Path, language: str
) -> None:
    """A repeated referral is known by its id, after a restart too, and the reply to it is the same, byte for byte."""
    program = consumer(language, tmp_path, node_modules=node_modules, amqp_url=amqp_url, agency=AGENCY)
    first, second = [await said_by(program, tmp_path, channel) for _ in range(2)]

    assert first.body == second.body
    assert first.exchange == reply_exchange(AGENCY)
    envelope = Envelope.model_validate_json(first.body)
    reply = ReferralReply.model_validate(envelope.data)
    issued = json.loads((SAMPLES / "referral.issued.v1.json").read_text())["data"]
    assert (reply.referral_id, reply.kind) == (UUID(issued["referral_id"]), ReplyKind.RECEIVED)
    assert (str(envelope.id), envelope.type) == (first.message_id, first.type)


async def said_by(program: Program, folder: Path, channel: Any) -> Any:
    """What the consumer says of the sample, in one of its lives."""
    agency = start(program, folder, tied=True)
    exchange = await channel.get_exchange(REFERRALS)
    body = (SAMPLES / "referral.issued.v1.json").read_bytes()
    await exchange.publish(aio_pika.Message(body), routing_key=f"referral.issued.v1.{AGENCY}")
    reply = None
    async with (await channel.get_queue(reply_queue(AGENCY))).iterator(timeout=30) as deliveries:
        async for reply in deliveries:
            await reply.ack()
            break
    assert await agency.stop() == -15
    return reply
