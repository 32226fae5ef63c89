"""An agency's system, as the contract for partners asks: every delivery is written down, its effect happens once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple, Self
from uuid import UUID, uuid5

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import AMQPException

from services.contracts.envelope import CONTENT_TYPE, Envelope
from services.contracts.referrals import ReferralIssued, ReferralReply, ReplyKind
from services.contracts.topology import agency_queue, reply_exchange
from tests.e2e.faults.broker import connected

_AWAY_SECONDS: Final = 0.2
_PREFETCH: Final = 20


class Delivery(NamedTuple):
    """A referral as it came out of the agency's queue."""

    agency: str
    message_id: UUID
    referral_id: UUID
    appeal_id: UUID
    refused: bool


class Said(NamedTuple):
    """A reply that the broker has confirmed."""

    event_id: UUID
    referral_id: UUID
    kind: ReplyKind


def ends(seed: int) -> Callable[[ReferralIssued], ReplyKind]:
    """How an agency ends a referral: one in eight is declined, the same ones for the same seed."""

    def end(referral: ReferralIssued) -> ReplyKind:
        draw = Random(f"{seed}/{referral.text}").random()  # noqa: S311 - a plan, not a secret
        return ReplyKind.DECLINED if draw < 1 / 8 else ReplyKind.ANSWERED

    return end


@dataclass
class Agency:
    """Reads its queue, replies, and acknowledges once its replies are confirmed. An async context manager."""

    code: str
    amqp_url: str
    end: Callable[[ReferralIssued], ReplyKind]
    refuses: bool = False
    """Its consumer is broken: it gives back whatever comes, for ever."""
    repeats: bool = False
    """It says everything twice, with the same id, as a system without confirms would."""

    def __post_init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.said: list[Said] = []
        self._settled: set[UUID] = set()

    async def __aenter__(self) -> Self:
        self.come()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    def come(self) -> None:
        """Begin to read."""
        self._serving = asyncio.create_task(self._run())

    async def leave(self) -> None:
        """Stop reading; what is not acknowledged stays in the queue."""
        self._serving.cancel()
        with suppress(asyncio.CancelledError):
            await self._serving

    async def _run(self) -> None:
        """Serve for ever: when the connection breaks, begin anew; what was not acknowledged comes again."""
        while True:
            try:
                await self._serve()
            except asyncio.CancelledError:
                # aiormq cancels whoever waits on a connection that is lost; only our own end is meant
                if self._serving.cancelling():
                    raise
            except (AMQPException, OSError, RuntimeError):
                pass
            await asyncio.sleep(_AWAY_SECONDS)

    async def _serve(self) -> None:
        async with connected(self.amqp_url) as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.set_qos(prefetch_count=_PREFETCH)
            queue = await channel.declare_queue(agency_queue(self.code), durable=True, passive=True)
            replies = await channel.get_exchange(reply_exchange(self.code), ensure=False)
            async with queue.iterator() as deliveries:
                async for delivery in deliveries:
                    await self._take(delivery, replies)

    async def _take(self, delivery: AbstractIncomingMessage, replies: AbstractExchange) -> None:
        envelope = Envelope.model_validate_json(delivery.body)
        referral = ReferralIssued.model_validate(envelope.data)
        ledger_line = Delivery(self.code, envelope.id, referral.referral_id, referral.appeal_id, self.refuses)
        self.deliveries.append(ledger_line)
        if self.refuses:
            await delivery.reject(requeue=False)
            return
        if referral.referral_id not in self._settled:
            await self._settle(referral, envelope, replies)
        await delivery.ack()

    async def _settle(self, referral: ReferralIssued, envelope: Envelope, replies: AbstractExchange) -> None:
        end = self.end(referral)
        for kind in (end,) if end is ReplyKind.DECLINED else (ReplyKind.ACCEPTED, end):
            said = self._reply(kind, referral, envelope)
            for _ in range(1 + self.repeats):
                await replies.publish(_message(said), ReferralReply.TYPE)
            self.said.append(Said(said.id, referral.referral_id, kind))
        self._settled.add(referral.referral_id)

    def _reply(self, kind: ReplyKind, referral: ReferralIssued, envelope: Envelope) -> Envelope:
        """The same id and body however often it is said."""
        reply = ReferralReply(
            referral_id=referral.referral_id,
            appeal_id=referral.appeal_id,
            kind=kind,
            occurred_at=referral.issued_at,
            reason="Вопрос не относится к нашей компетенции." if kind is ReplyKind.DECLINED else None,
            text="Обращение рассмотрено, меры приняты." if kind is ReplyKind.ANSWERED else None,
        )
        return Envelope.of(
            reply,
            id=uuid5(referral.referral_id, kind),
            source=f"/agencies/{self.code}",
            at=referral.issued_at,
            correlation_id=envelope.correlationid,
            causation_id=envelope.id,
        )


def _message(said: Envelope) -> aio_pika.Message:
    return aio_pika.Message(
        said.to_json(),
        content_type=CONTENT_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=str(said.id),
        type=said.type,
    )
