"""An agency outside the deployment: it comes over TLS, with the rights that deploy/rabbitmq/agency.sh gave it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aio_pika
from aio_pika.abc import AbstractChannel

from services.chassis import clock
from services.chassis.ids import new_id
from services.contracts.envelope import CONTENT_TYPE, Envelope
from services.contracts.referrals import ReferralIssued, ReferralReply, ReplyKind
from services.contracts.topology import agency_queue, reply_exchange
from tests.deploy.deployment import TLS, Deployment
from tests.deploy.engine import run

PATIENCE = 60.0


@dataclass(frozen=True)
class Agency:
    """A connected agency."""

    code: str
    channel: AbstractChannel

    async def next_referral(self) -> ReferralIssued:
        """The next referral in its queue, acknowledged."""
        queue = await self.channel.get_queue(agency_queue(self.code), ensure=False)
        async with asyncio.timeout(PATIENCE), queue.iterator() as deliveries:
            async for delivery in deliveries:
                await delivery.ack()
                return ReferralIssued.model_validate(Envelope.model_validate_json(delivery.body).data)
        raise AssertionError("the queue was closed")

    async def reply(self, referral: ReferralIssued, kind: ReplyKind) -> None:
        """Say something of a referral; returns once the broker has it."""
        said = ReferralReply(
            referral_id=referral.referral_id, appeal_id=referral.appeal_id, kind=kind, occurred_at=clock.now()
        )
        source = f"/agencies/{self.code}"
        envelope = Envelope.of(said, id=new_id(), source=source, at=clock.now(), correlation_id=None)
        message = aio_pika.Message(
            envelope.to_json(),
            message_id=str(envelope.id),
            type=envelope.type,
            content_type=CONTENT_TYPE,
            delivery_mode=2,
        )
        exchange = await self.channel.get_exchange(reply_exchange(self.code), ensure=False)
        await exchange.publish(message, ReferralReply.TYPE)


async def let_in(deployment: Deployment, code: str, password: str) -> None:
    """Give an agency its user, as an operator would."""
    environment = {**deployment.engine.environment, "COMPOSE": " ".join(deployment.command)}
    await run(
        "sh",
        "deploy/rabbitmq/agency.sh",
        code,
        env=environment,
        cwd=deployment.directory,
        given=password.encode(),
    )


@asynccontextmanager
async def connected(deployment: Deployment, code: str, password: str) -> AsyncIterator[Agency]:
    """The agency, connected over TLS."""
    url = f"amqps://agency.{code}:{password}@127.0.0.1:{deployment.ports['amqps']}/joldau"
    trusting = ssl.create_default_context(cafile=TLS / "ca.pem")
    async with await aio_pika.connect(url, ssl_context=trusting, timeout=10) as connection:
        yield Agency(code, await connection.channel(publisher_confirms=True, on_return_raises=True))
