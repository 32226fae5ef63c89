"""The partner under test, as seen from the broker: it is sent things, and what it says is heard."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import ChannelNotFoundEntity, InvalidFrameError

from services.chassis import clock
from services.chassis.ids import new_id
from services.cli.conformance.judging import Heard, Said, read
from services.cli.failure import Exit, Failed
from services.contracts.appeals import AppealKind, Applicant, Language
from services.contracts.envelope import CONTENT_TYPE, Envelope, Message
from services.contracts.referrals import ReferralIssued, ReferralRecalled, Scope
from services.contracts.topology import REFERRALS, ROUTER_REPLIES, ROUTER_UNDELIVERED, agency_queue

MARK: Final = "joldau.sandbox"
"""An exchange that only a sandbox has."""
TERM: Final = timedelta(days=15)


@dataclass
class Partner:
    """One agency's consumer, somewhere, and our ends of its queue and exchange."""

    agency: str
    within: float
    """Seconds that it may take to reply."""
    channel: AbstractChannel
    heard: list[Heard] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    """What could be read of it."""
    refused: list[str] = field(default_factory=list)
    """Why the broker gave back what the consumer did not take: ``rejected``, ``delivery_limit``."""
    appeals: dict[UUID, UUID] = field(default_factory=dict)
    """Referrals that were sent, with their appeals."""
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def hear(self, delivery: AbstractIncomingMessage) -> None:
        """Take what came on the agency's exchange."""
        mode = delivery.delivery_mode
        one = Heard(
            delivery.body,
            delivery.content_type,
            delivery.message_id,
            int(mode) if mode is not None else None,
            clock.now(),
        )
        self.said += read([one])
        await self._note(delivery, self.heard.append, one)

    async def take_back(self, delivery: AbstractIncomingMessage) -> None:
        """Take what its consumer refused, or could not take."""
        reason = str(delivery.headers.get("x-first-death-reason"))
        await self._note(delivery, self.refused.append, reason)

    async def _note(self, delivery: AbstractIncomingMessage, append: Callable[[Any], None], what: Any) -> None:
        await delivery.ack()
        async with self._moved:
            append(what)
            self._moved.notify_all()

    async def issue(self, **changes: Any) -> ReferralIssued:
        """Send it a new referral."""
        order = self.order(**changes)
        await self.send(order)
        return order

    def order(self, **changes: Any) -> ReferralIssued:
        """A new referral, invented."""
        at = clock.now()
        order = ReferralIssued(
            **{
                "referral_id": new_id(),
                "appeal_id": new_id(),
                "agency": self.agency,
                "registration_number": f"JD-{at.year}-{len(self.appeals) + 1:06}",
                "registered_on": at.date(),
                "language": Language.RUSSIAN,
                "kind": AppealKind.APPLICATION,
                "scope": Scope.FULL,
                "text": "Проверка связи: прошу подтвердить получение. Обращение вымышлено.",
                "applicant": Applicant(name="Сынақбаев Тест", email="test@example.kz"),
                "legal_basis": "АППК 65(1)",
                "issued_at": at,
                "answer_due_on": (at + TERM).date(),
                **changes,
            }
        )
        self.appeals[order.referral_id] = order.appeal_id
        return order

    async def recall(self, order: ReferralIssued) -> None:
        """Take a referral back."""
        about = {name: getattr(order, name) for name in ("referral_id", "appeal_id", "agency")}
        await self.send(ReferralRecalled(**about, reason="Отозвано для проверки.", recalled_at=clock.now()))

    async def send(
        self,
        message: Message,
        *,
        event_id: UUID | None = None,
        type_: str | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        """Send a message as the router would, but as another type, or with `more` fields in envelope and data."""
        envelope = Envelope.of(
            message, id=event_id or new_id(), source="/router", at=clock.now(), correlation_id=str(new_id())
        )
        if type_:
            envelope = envelope.model_copy(update={"type": type_})
        body = envelope.to_json()
        if more:
            document = {**envelope.model_dump(mode="json"), **more, "data": {**envelope.data, **more}}
            body = json.dumps(document).encode()
        await self.send_raw(body, key=message.routing_key(), type_=envelope.type, event_id=envelope.id)

    async def send_raw(self, body: bytes, *, key: str, type_: str, event_id: UUID) -> None:
        """Send bytes. Raises `Failed` when the agency has no queue."""
        message = aio_pika.Message(
            body, message_id=str(event_id), type=type_, content_type=CONTENT_TYPE, delivery_mode=2
        )
        exchange = await self.channel.get_exchange(REFERRALS, ensure=False)
        await exchange.publish(message, key, timeout=10)

    async def replied(self, order: ReferralIssued) -> bool:
        """Whether it says anything of the referral in time."""
        return await self.until(lambda: bool(self.said_of(order)))

    def said_of(self, order: ReferralIssued) -> list[Said]:
        """What it has said of the referral."""
        return [said for said in self.said if said.referral_id == order.referral_id]

    async def until(self, condition: Callable[[], bool], within: float | None = None) -> bool:
        """Wait for what it says; whether the condition came true in time."""
        try:
            async with asyncio.timeout(within or self.within), self._moved:
                await self._moved.wait_for(condition)
        except TimeoutError:
            return False
        return True

    async def readers(self) -> int:
        """How many consumers its queue has."""
        queue = await self.channel.declare_queue(agency_queue(self.agency), durable=True, passive=True)
        return queue.declaration_result.consumer_count or 0

    async def clear(self) -> None:
        """Take away what it has not read: one fault must not look like many."""
        await (await self.channel.get_queue(agency_queue(self.agency), ensure=False)).purge()


@asynccontextmanager
async def met(amqp_url: str, agency: str, *, within: float) -> AsyncIterator[Partner]:
    """The partner, in its sandbox. Raises `Failed` where there is none, and where somebody else reads the replies."""
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(await aio_pika.connect(amqp_url, timeout=10))
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.declare_exchange(MARK, passive=True)
            partner = Partner(agency, within, channel)
            await partner.clear()
            for name, ear in ((ROUTER_REPLIES, partner.hear), (ROUTER_UNDELIVERED, partner.take_back)):
                await _listen(channel, name, ear)
        except (InvalidFrameError, ChannelNotFoundEntity) as error:  # the former: there is no such virtual host
            raise Failed(
                Exit.NOT_FOUND, f"There is no sandbox of {agency}: `joldau agency sandbox {agency}` makes one."
            ) from error
        yield partner


async def _listen(channel: AbstractChannel, name: str, ear: Callable[[AbstractIncomingMessage], Any]) -> None:
    queue = await channel.declare_queue(name, durable=True, passive=True)
    if queue.declaration_result.consumer_count:
        raise Failed(Exit.CONFLICT, f"Somebody reads {name}: another check is under way, or a router. End it first.")
    await queue.purge()
    await queue.consume(ear)
