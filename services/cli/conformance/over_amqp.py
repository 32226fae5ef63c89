"""A partner that comes over AMQP: our ends of its queue and exchange, and what the management API shows beside."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from urllib.parse import quote
from uuid import UUID

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import ChannelNotFoundEntity, InvalidFrameError

from services.chassis import clock
from services.chassis.leniency import be_lenient
from services.cli.conformance.judging import Heard
from services.cli.conformance.partner import Partner, UnseenError, soon
from services.cli.failure import Exit, Failed
from services.contracts.envelope import CONTENT_TYPE
from services.contracts.referrals import ReferralIssued
from services.contracts.topology import REFERRALS, ROUTER_UNDELIVERED, agency_queue, reply_queue

MARK: Final = "joldau.sandbox"
"""An exchange that only a sandbox has."""
_BROKER_SECONDS: Final = 30.0
"""So long the broker may take to answer."""
_STATISTICS_SECONDS: Final = 6.0
"""So old is what the management API shows, as a rule."""
_OLDEST_SECONDS: Final = 60.0
"""So old it is on a broker that has much to do."""


@dataclass
class OverAmqp(Partner):
    """A consumer that reads its queue on the virtual host of a sandbox."""

    refusing: ClassVar[str] = "reject what you cannot read, without requeue"
    renewing: ClassVar[str] = "ask us for a replay, and fetch by the reference that comes with it"
    channel: AbstractChannel
    vhost: str
    management: httpx.AsyncClient | None = field(repr=False)
    returned: list[str] = field(default_factory=list, init=False)

    @property
    def refused(self) -> list[str]:
        return self.returned

    @property
    def nobody(self) -> str:
        return f"nobody reads {agency_queue(self.agency)} within {self.within:g} s: start the consumer first"

    async def readers(self) -> int:
        queue = await self.channel.declare_queue(
            agency_queue(self.agency), durable=True, passive=True, timeout=_BROKER_SECONDS
        )
        return queue.declaration_result.consumer_count or 0

    async def take(self, delivery: AbstractIncomingMessage) -> None:
        """Take what came on the agency's exchange."""
        mode = delivery.delivery_mode
        await delivery.ack()
        await self.hear(
            Heard(
                delivery.body,
                delivery.content_type,
                delivery.message_id,
                int(mode) if mode is not None else None,
                clock.now(),
            )
        )

    async def take_back(self, delivery: AbstractIncomingMessage) -> None:
        """Take what its consumer refused, or could not take."""
        await delivery.ack()
        await self.note(self.returned.append, str(delivery.headers.get("x-first-death-reason")))

    async def send_raw(self, body: bytes, *, key: str, type_: str, event_id: UUID) -> None:
        message = aio_pika.Message(
            body, message_id=str(event_id), type=type_, content_type=CONTENT_TYPE, delivery_mode=2
        )
        exchange = await self.channel.get_exchange(REFERRALS, ensure=False)
        await exchange.publish(message, key, timeout=_BROKER_SECONDS)

    async def clear(self) -> None:
        await (await self.channel.get_queue(agency_queue(self.agency), ensure=False)).purge()

    async def cut(self) -> None:
        names: set[str] = set()

        async def known() -> bool:
            consumers = (await self._seen()).get("consumer_details", ())
            names.update(one["channel_details"]["connection_name"] for one in consumers if one["channel_details"])
            return bool(names)

        if not await soon(known, 2 * _STATISTICS_SECONDS):
            raise UnseenError("the management API does not tell who reads the queue")
        for name in names:
            await self._api.delete(f"/connections/{quote(name, safe='')}")

    async def held(self) -> int:
        async with self._holding_one() as ours:

            async def theirs() -> int:
                return int((await self._seen()).get("messages_unacknowledged") or 0) - len(ours)

            async def shown() -> bool:
                return bool(ours) and await theirs() >= 0

            async def none_left() -> bool:
                return await theirs() == 0

            if not await soon(shown, _OLDEST_SECONDS):
                raise UnseenError("the management API shows figures that are too old")
            if await soon(none_left, 2 * _STATISTICS_SECONDS):
                return 0
            return max(1, await theirs())

    @asynccontextmanager
    async def _holding_one(self) -> AsyncIterator[list[AbstractIncomingMessage]]:
        """A message of its queue, and held by us: figures in which it is missing are older than the question."""
        ours: list[AbstractIncomingMessage] = []
        queue = await self.channel.get_queue(agency_queue(self.agency), ensure=False)

        async def keep(message: AbstractIncomingMessage) -> None:
            ours.append(message)

        tag = await queue.consume(keep, arguments={"x-priority": 10})
        try:
            await self.issue()
            yield ours
        finally:
            await queue.cancel(tag)
            for message in ours:
                await message.ack()

    async def renew(self, order: ReferralIssued) -> None:
        attachments = self.renewed[order.referral_id]
        await self.send(order.model_copy(update={"attachments": attachments, "replayed_at": clock.now()}))

    @property
    def _api(self) -> httpx.AsyncClient:
        if self.management is None:
            raise UnseenError("there is no management API: set AMQP_MANAGEMENT_URL")
        return self.management

    async def _seen(self) -> dict[str, Any]:
        """The agency's queue, as the management API shows it."""
        path = f"/queues/{quote(self.vhost, safe='')}/{quote(agency_queue(self.agency), safe='')}"
        found: dict[str, Any] = (await self._api.get(path)).raise_for_status().json()
        return found


@asynccontextmanager
async def met(
    amqp_url: str, vhost: str, agency: str, *, within: float, management: httpx.AsyncClient | None
) -> AsyncIterator[OverAmqp]:
    """The partner, in its sandbox. Raises `Failed` where there is none, and where somebody else reads the replies."""
    be_lenient()  # a partner's fault of form is told, and ends no check
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(await aio_pika.connect(amqp_url, timeout=_BROKER_SECONDS))
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.declare_exchange(MARK, passive=True)
            partner = OverAmqp(agency, within, channel, vhost, management)
            await partner.clear()
            for name, ear in ((reply_queue(agency), partner.take), (ROUTER_UNDELIVERED, partner.take_back)):
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
