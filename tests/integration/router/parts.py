"""A router at work over a real broker, what it is told, and what is heard of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from uuid import UUID

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from services.chassis import clock
from services.chassis.ids import new_id
from services.chassis.service import Service
from services.contracts.appeals import AppealAssessed, AppealKind, AppealRegistered, Applicant, Channel, Language
from services.contracts.envelope import Envelope, Message
from services.contracts.referrals import ReferralChanged, ReferralReply, ReplyKind
from services.contracts.topology import APPEALS, reply_exchange
from tests.integration.intake.parts import tell

KINDERGARTEN = "Прошу дать место в детском саду: очередь в детский сад стоит третий год."
LAND = "Прошу выделить земельный участок под ИЖС, земельная комиссия не отвечает."
BRIBE = "Специалист требует взятку за решение вопроса."
GREETING = "Добрый день, прошу помочь."
PATIENCE = 30.0


@dataclass
class Ear:
    """Hears what reaches one queue. What it has heard is acknowledged, unless it was told to refuse."""

    heard: "asyncio.Queue[AbstractIncomingMessage]" = field(default_factory=asyncio.Queue)
    leave: Callable[[], Awaitable[Any]] | None = None
    """Ends the hearing: the queue is then another's to read."""

    async def next(self) -> Envelope:
        """The next message, acknowledged."""
        raw = await asyncio.wait_for(self.heard.get(), PATIENCE)
        await raw.ack()
        return Envelope.model_validate_json(raw.body)

    async def refuse(self) -> Envelope:
        """The next message, refused as a broken consumer would."""
        raw = await asyncio.wait_for(self.heard.get(), PATIENCE)
        await raw.reject(requeue=False)
        return Envelope.model_validate_json(raw.body)

    async def until(self, **wanted: Any) -> Envelope:
        """The first message whose data has these values."""
        while True:
            envelope = await self.next()
            if wanted.items() <= envelope.data.items():
                return envelope

    @property
    def silent(self) -> bool:
        return self.heard.empty()


@dataclass
class Running:
    """A router at work, and the world around it."""

    service: Service
    api: httpx.AsyncClient
    channel: AbstractChannel
    intake: Ear
    agencies: dict[str, Ear]

    async def publish(self, exchange: str, body: bytes, *, message_id: UUID, key: str = "", kind: str = "") -> None:
        message = aio_pika.Message(body, message_id=str(message_id), type=kind, delivery_mode=2)
        target = await self.channel.get_exchange(exchange, ensure=False)
        await target.publish(message, key)

    async def tell(self, message: Message, *, message_id: UUID | None = None) -> Envelope:
        """Say it as intake would."""
        envelope = enveloped(message, message_id or new_id())
        body = envelope.to_json()
        await self.publish(APPEALS, body, message_id=envelope.id, key=message.routing_key(), kind=envelope.type)
        return envelope

    async def register(self, text: str, *, message_id: UUID | None = None, **changes: Any) -> UUID:
        """Register an appeal."""
        appeal = registered(text, **changes)
        await self.tell(appeal, message_id=message_id)
        return appeal.appeal_id

    def reply_envelope(self, to: Envelope, kind: ReplyKind, event: UUID, **more: Any) -> Envelope:
        """What an agency would say of the referral in `to`."""
        about = {name: to.data[name] for name in ("referral_id", "appeal_id")}
        return enveloped(ReferralReply(**about, kind=kind, occurred_at=clock.now(), **more), event)

    async def reply(self, by: str, to: Envelope, kind: ReplyKind, **more: Any) -> None:
        """Reply to a referral as the agency `by` would."""
        envelope = self.reply_envelope(to, kind, new_id(), **more)
        await self.publish(reply_exchange(by), envelope.to_json(), message_id=envelope.id, kind=envelope.type)

    async def got(self, path: str, **query: Any) -> Any:
        answer = await self.api.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    async def posted(self, path: str, **body: Any) -> Any:
        answer = await self.api.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def tasks(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.got("/v1/tasks", **query))["items"]
        return found


def registered(text: str, **changes: Any) -> AppealRegistered:
    """An appeal with defaults."""
    at = clock.now()
    fields: dict[str, Any] = {
        "appeal_id": new_id(),
        "registration_number": f"JD-{new_id().hex[-8:]}",
        "received_at": at,
        "registered_on": at.date(),
        "language": Language.RUSSIAN,
        "kind": AppealKind.APPLICATION,
        "channel": Channel.CALL_CENTRE,
        "text": text,
        "applicant": Applicant(name="Сынақбаев Тест", email="test@example.kz"),
    }
    return AppealRegistered(**{**fields, **changes})


def enveloped(message: Message, message_id: UUID) -> Envelope:
    return Envelope.of(message, id=message_id, source="/test", at=clock.now(), correlation_id="test")


async def ear_at(channel: AbstractChannel, queue_name: str) -> Ear:
    """An ear at a queue."""
    ear = Ear()
    queue = await channel.declare_queue(queue_name, durable=True, passive=True)
    ear.leave = partial(queue.cancel, await queue.consume(ear.heard.put))
    return ear


READ: Final[dict[str, type[Message]]] = {"referral.changed.v1": ReferralChanged, "appeal.assessed.v1": AppealAssessed}
"""What intake hears of the router."""


async def pass_on(office: Any, service: Any, then: Callable[[], Awaitable[Any]] | None = None) -> list[dict[str, Any]]:
    """Let intake hear what the router has said, one by one; returns the orders to agencies."""
    said = await office.said()
    for kind, data in said:
        if kind in READ:
            await tell(service, READ[kind].model_validate(data))
            if then:
                await then()
    return [data for kind, data in said if kind == "referral.issued.v1"]
