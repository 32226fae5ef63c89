"""Reference agencies: real consumers of their queues. `python -m services.cli.local.agencies` serves several at once.

They keep the partners' contract: a repeated referral is dropped by its id, and a reply that may not have arrived is
said again with the same id and body.
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Final
from uuid import uuid5

import aio_pika
import structlog
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage
from aiormq.exceptions import AMQPError
from pydantic import ValidationError

from services.chassis import clock, logs
from services.cli.local.ledger import Ledger, Reply
from services.contracts.appeals import Language
from services.contracts.envelope import CONTENT_TYPE, TYPE_PREFIX, Envelope
from services.contracts.referrals import ReferralIssued, ReferralRecalled, ReferralReply, ReplyKind
from services.contracts.topology import agency_queue, reply_exchange

log = structlog.get_logger()

DECLINED: Final = 0.06
"""Share of referrals of which an agency says that they are not its own."""

_PREFETCH: Final = 50
_PAUSE_SECONDS: Final = 1.0
_HEARTBEAT_SECONDS: Final = 10

_REASONS: Final = {
    Language.RUSSIAN: "Вопрос не относится к нашей компетенции: объект на балансе другой организации.",
    Language.KAZAKH: "Мәселе біздің құзыретімізге жатпайды: нысан басқа ұйымның теңгерімінде.",
}
_ANSWERS: Final = {
    Language.RUSSIAN: "Обращение рассмотрено, меры приняты. Решение можно обжаловать в вышестоящий орган или в суд.",
    Language.KAZAKH: "Жолданым қаралды, шаралар қабылданды. Шешімге жоғары органға немесе сотқа шағымдануға болады.",
}


class Agency:
    """One agency's system. What it replies follows from the referral's text and the seed alone."""

    def __init__(self, code: str, *, amqp_url: str, folder: Path, seed: int) -> None:
        self.code = code
        self._url = amqp_url
        self._seed = seed
        self._ledger = Ledger(folder, code)

    async def run(self) -> None:
        """Serve for ever: when the connection breaks, begin anew."""
        while True:
            try:
                await self._serve()
            except (AMQPError, OSError, RuntimeError) as error:
                if (task := asyncio.current_task()) and task.cancelling():
                    raise asyncio.CancelledError from error  # aiormq makes an error of a cancellation while it connects
                log.warning("agency.disconnected", agency=self.code, because=type(error).__name__)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _serve(self) -> None:
        """One connection, until it breaks. What is not acknowledged by then comes again."""
        connection = await aio_pika.connect(self._url, timeout=10, heartbeat=_HEARTBEAT_SECONDS)
        async with connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.set_qos(prefetch_count=_PREFETCH)
            queue = await channel.get_queue(agency_queue(self.code))
            exchange = await channel.get_exchange(reply_exchange(self.code))
            log.info("agency.connected", agency=self.code)
            async with queue.iterator() as deliveries:
                async for delivery in deliveries:
                    await self._take(delivery, exchange)

    async def _take(self, delivery: AbstractIncomingMessage, exchange: AbstractExchange) -> None:
        try:
            await self._obey(Envelope.model_validate_json(delivery.body), exchange)
        except ValidationError:
            await delivery.reject()  # the broker hands it back to the router, where a person sees it
        else:
            await delivery.ack()

    async def _obey(self, envelope: Envelope, exchange: AbstractExchange) -> None:
        if envelope.type == TYPE_PREFIX + ReferralRecalled.TYPE:
            self._ledger.recalled(ReferralRecalled.model_validate(envelope.data).referral_id)
        elif envelope.type == TYPE_PREFIX + ReferralIssued.TYPE:  # of other types, such as reminders, nothing follows
            referral = ReferralIssued.model_validate(envelope.data)
            at, ends = clock.now(), end_of(self.code, referral.text, self._seed)
            self._ledger.take(referral, at=at, ends=ends, replies=self._replies(referral, ends, envelope, at))
            for reply in self._ledger.unsaid(referral.referral_id):
                await exchange.publish(_message(reply), routing_key=ReferralReply.TYPE)  # returns once it is confirmed
                self._ledger.said(reply)

    def _replies(
        self, referral: ReferralIssued, ends: ReplyKind, envelope: Envelope, at: datetime
    ) -> Sequence[Envelope]:
        kinds = [ReplyKind.RECEIVED, ReplyKind.ACCEPTED, ReplyKind.ANSWERED]
        if ends is ReplyKind.DECLINED:
            kinds[1:] = [ReplyKind.DECLINED]
        return [
            Envelope.of(
                _reply(referral, kind, at),
                id=uuid5(referral.referral_id, kind),
                source=f"/agencies/{self.code}",
                at=at,
                correlation_id=envelope.correlationid,
                causation_id=envelope.id,
            )
            for kind in kinds
        ]


def end_of(code: str, text: str, seed: int) -> ReplyKind:
    """How the agency's part in a text ends: mostly answered, sometimes declined."""
    draw = Random(f"{seed}/{code}/{text}").random()  # noqa: S311 - a plan, not a secret
    return ReplyKind.DECLINED if draw < DECLINED else ReplyKind.ANSWERED


def _reply(referral: ReferralIssued, kind: ReplyKind, at: datetime) -> ReferralReply:
    return ReferralReply(
        referral_id=referral.referral_id,
        appeal_id=referral.appeal_id,
        kind=kind,
        occurred_at=at,
        registration_number=f"{referral.registration_number}/1" if kind is ReplyKind.RECEIVED else None,
        reason=_REASONS[referral.language] if kind is ReplyKind.DECLINED else None,
        text=_ANSWERS[referral.language] if kind is ReplyKind.ANSWERED else None,
    )


def _message(reply: Reply) -> aio_pika.Message:
    return aio_pika.Message(
        reply.body,
        message_id=str(reply.id),
        type=TYPE_PREFIX + ReferralReply.TYPE,
        content_type=CONTENT_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


async def serve(codes: Sequence[str], *, amqp_url: str, folder: Path, seed: int) -> None:
    """Serve these agencies until cancelled."""
    async with asyncio.TaskGroup() as agencies:
        for code in codes:
            agencies.create_task(Agency(code, amqp_url=amqp_url, folder=folder, seed=seed).run())


def main() -> None:
    """Serve the agencies that the environment names."""
    logs.configure(service="agencies")
    codes = os.environ["JOLDAU_AGENCIES"].split(",")
    folder, seed = Path(os.environ["JOLDAU_FOLDER"]), int(os.environ["JOLDAU_SEED"])
    asyncio.run(serve(codes, amqp_url=os.environ["AMQP_URL"], folder=folder, seed=seed))


if __name__ == "__main__":
    main()
