"""The examples that partners begin from do what they say, against a real broker."""

import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import aio_pika
import pytest

from services.cli.local.processes import Program, start
from services.contracts.envelope import Envelope
from services.contracts.referrals import ReferralReply, ReplyKind
from services.contracts.topology import REFERRALS, ROUTER_REPLIES, reply_exchange

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "tests" / "contracts" / "samples"
AGENCY = "education"


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[Any]:
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        yield await connection.channel()


async def test_agency_takes_each_referral_once_and_says_so_each_time(channel, amqp_url, tmp_path: Path) -> None:
    """A repeated referral is known by its id, and the reply to it is the same, byte for byte."""
    environment = {**os.environ, "AMQP_URL": amqp_url, "AGENCY": AGENCY, "BOOK": str(tmp_path / "book.db")}
    argv = (sys.executable, "-W", "error", str(ROOT / "examples" / "agency.py"))
    agency = start(Program("agency", argv, environment), tmp_path, tied=True)
    exchange = await channel.get_exchange(REFERRALS)
    replies = []
    for sample in ("referral.issued.v1", "referral.recalled.v1", "referral.issued.v1"):
        body = (SAMPLES / f"{sample}.json").read_bytes()
        await exchange.publish(aio_pika.Message(body), routing_key=f"{sample}.{AGENCY}")
    async with (await channel.get_queue(ROUTER_REPLIES)).iterator(timeout=30) as deliveries:
        async for delivery in deliveries:
            replies.append(delivery)
            if len(replies) == 2:
                break

    first, second = replies
    assert first.body == second.body
    assert first.exchange == reply_exchange(AGENCY)
    envelope = Envelope.model_validate_json(first.body)
    reply = ReferralReply.model_validate(envelope.data)
    issued = json.loads((SAMPLES / "referral.issued.v1.json").read_text())["data"]
    assert (reply.referral_id, reply.kind) == (UUID(issued["referral_id"]), ReplyKind.RECEIVED)
    assert (str(envelope.id), envelope.type) == (first.message_id, first.type)
    assert await agency.stop() == -15
    assert "stop work on" in agency.log.read_text()
