"""The broker: two robust connections, a publisher that knows what was confirmed, and queues to read from.

aio-pika restores connections, channels and consumers by itself (10.2.1 and later); nothing here reconnects by hand.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractChannel, AbstractRobustChannel, AbstractRobustConnection, AbstractRobustQueue
from aiormq.exceptions import AMQPError, ChannelAccessRefused, ChannelNotFoundEntity, ChannelPreconditionFailed

from services.chassis.errors import BrokerUnavailable, Nacked, Unroutable
from services.chassis.leniency import be_lenient
from services.contracts.envelope import CONTENT_TYPE

be_lenient()

log = structlog.get_logger()

HEARTBEAT_SECONDS: Final = 10
RECONNECT_SECONDS: Final = 1
CLOSE_TIMEOUT: Final = 5.0

Outcome = Unroutable | Nacked | BrokerUnavailable | None
"""None means confirmed: the broker has it on disk in its quorum queue."""


@dataclass(frozen=True)
class Outgoing:
    """A message ready for the broker."""

    message_id: UUID
    exchange: str
    routing_key: str
    type: str
    body: bytes
    correlation_id: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Depth:
    """How a queue stands."""

    messages: int
    """That wait to be taken; what is with a consumer is not among them."""
    consumers: int


class Broker:
    """Two connections to one broker: a blocked publisher must not stop the consumers."""

    def __init__(self, url: str, *, name: str) -> None:
        self._url = url
        self._name = name
        self._connections: list[AbstractRobustConnection] = []
        self._publishing: AbstractRobustChannel | None = None
        self._consuming: AbstractRobustConnection | None = None
        self.connected = asyncio.Event()
        """Set once both connections have been made for the first time."""

    async def connect(self) -> None:
        """Connect, however long it takes: a service starts without a broker and says so in its readiness."""
        publishing = await self._connection("publish")
        self._publishing = await _confirming_channel(publishing)
        self._consuming = await self._connection("consume")
        self.connected.set()

    async def _connection(self, purpose: str) -> AbstractRobustConnection:
        while True:
            try:
                connection = await aio_pika.connect_robust(
                    self._url,
                    reconnect_interval=RECONNECT_SECONDS,
                    heartbeat=HEARTBEAT_SECONDS,
                    client_properties={"connection_name": f"{self._name}.{purpose}"},
                    timeout=10,
                )
            except (AMQPError, OSError) as error:
                log.warning("broker.unavailable", because=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)
            else:
                self._connections.append(connection)
                return connection

    @property
    def ready_to_publish(self) -> bool:
        channel = self._publishing
        return channel is not None and not channel.is_closed and _is_open(self._connections[0])

    @property
    def ready_to_consume(self) -> bool:
        return self._consuming is not None and _is_open(self._consuming)

    async def publish(self, batch: Sequence[Outgoing], *, timeout: timedelta) -> list[Outcome]:  # noqa: ASYNC109
        """Publish all of `batch` at once, persistent and mandatory, and wait for each confirm.

        Returns an outcome per message, in order. Never raises for one message's sake.
        """
        outcomes = await self._publish_together(batch, timeout)
        if len(batch) == 1 or not any(isinstance(outcome, Unroutable) and outcome.closed for outcome in outcomes):
            return outcomes
        # one message for an exchange that is missing or forbidden closes the channel under all the others
        return [
            outcome if outcome is None else (await self._publish_together([message], timeout))[0]
            for message, outcome in zip(batch, outcomes, strict=True)
        ]

    async def _publish_together(self, batch: Sequence[Outgoing], timeout: timedelta) -> list[Outcome]:  # noqa: ASYNC109
        if self._publishing is None:
            return [BrokerUnavailable("not connected")] * len(batch)
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                underlay = await _opened(self._publishing)
        except (AMQPError, RuntimeError, OSError) as error:
            return [BrokerUnavailable(type(error).__name__)] * len(batch)
        channel = cast("aiormq.Channel", underlay)
        return await asyncio.gather(*(_published(channel, message, timeout.total_seconds()) for message in batch))

    async def queue(self, name: str, *, prefetch: int) -> AbstractRobustQueue:
        """A queue to read from, on a channel of its own. Services create nothing: the declaration is passive.

        Raises `Unroutable` when the queue does not exist: the topology has not been applied.
        """
        await self.connected.wait()
        assert self._consuming is not None  # noqa: S101 - `connected` says so
        channel = None
        try:
            channel = await self._consuming.channel()
            await channel.set_qos(prefetch_count=prefetch)
            # a queue taken with get_queue(ensure=False) would lose its consumer at a reconnect
            return await channel.declare_queue(name, durable=True, passive=True)
        except (AMQPError, RuntimeError, OSError) as error:
            if channel is not None:
                await _given_up(channel)
            if isinstance(error, ChannelNotFoundEntity):
                raise Unroutable(f"no queue {name}: apply the topology") from error
            raise BrokerUnavailable(type(error).__name__) from error

    async def depths(self, names: Sequence[str], *, timeout: timedelta) -> dict[str, Depth | None]:  # noqa: ASYNC109
        """How many messages wait in each queue and how many consumers it has; None for one that does not exist.

        Raises `BrokerUnavailable`.
        """
        if self._consuming is None:
            raise BrokerUnavailable("not connected")
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                return {name: await self._depth(name) for name in names}
        except (AMQPError, RuntimeError, OSError) as error:
            raise BrokerUnavailable(type(error).__name__) from error

    async def _depth(self, name: str) -> Depth | None:
        assert self._consuming is not None  # noqa: S101 - `depths` has seen to it
        transport = self._consuming.transport
        if transport is None:
            raise BrokerUnavailable("connection lost")
        channel = await transport.connection.channel()  # one that a missing queue may close, and nobody opens again
        try:
            found = await channel.queue_declare(name, passive=True)
        except ChannelNotFoundEntity:
            return None
        finally:
            with suppress(AMQPError, RuntimeError, OSError):
                await channel.close()
        return Depth(found.message_count or 0, found.consumer_count or 0)

    async def close(self) -> None:
        """Close both connections; bounded, since closing a half-open link can take a whole heartbeat."""
        for connection in self._connections:
            try:
                await asyncio.wait_for(connection.close(), CLOSE_TIMEOUT)
            except (TimeoutError, AMQPError, RuntimeError, OSError) as error:
                log.warning("broker.close_abandoned", because=type(error).__name__)


def _is_open(connection: AbstractRobustConnection) -> bool:
    return connection.connected.is_set() and not connection.is_closed


async def _confirming_channel(connection: AbstractRobustConnection) -> AbstractRobustChannel:
    # without on_return_raises an unroutable publish returns as if all were well
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    assert isinstance(channel, AbstractRobustChannel)  # noqa: S101 - tells the type checker
    return channel


async def _given_up(channel: AbstractChannel) -> None:
    """Close a channel of which nothing came: aio-pika would open it again for ever, and channels are limited."""
    with suppress(AMQPError, RuntimeError, OSError):
        await channel.close()


async def _opened(channel: AbstractRobustChannel) -> aiormq.abc.AbstractChannel:
    """The channel below, once it is open: after the broker has closed it, reopening takes a moment."""
    while True:
        await channel.ready()
        underlay = await channel.get_underlay_channel()
        if not underlay.is_closed:
            return underlay
        await asyncio.sleep(0.01)


async def _published(channel: aiormq.Channel, message: Outgoing, timeout: float) -> Outcome:  # noqa: ASYNC109
    try:
        await channel.basic_publish(
            message.body,
            exchange=message.exchange,
            routing_key=message.routing_key,
            properties=_properties(message),
            mandatory=True,
            timeout=timeout,
            wait=False,  # the confirm is awaited; waiting for the socket as well would serialise the batch
        )
    except asyncio.CancelledError:
        # aiormq cancels waiting publishes when a half-open connection is given up
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        return BrokerUnavailable("connection lost before the confirm")
    except aiormq.exceptions.PublishError:
        return Unroutable(message.routing_key)
    except aiormq.exceptions.DeliveryError:
        return Nacked(message.routing_key)
    except (ChannelNotFoundEntity, ChannelAccessRefused, ChannelPreconditionFailed) as error:
        return Unroutable(type(error).__name__, closed=True)
    except (AMQPError, RuntimeError, OSError) as error:
        return BrokerUnavailable(type(error).__name__)
    return None


def _properties(message: Outgoing) -> aiormq.spec.Basic.Properties:
    return aiormq.spec.Basic.Properties(
        message_id=str(message.message_id),
        message_type=message.type,
        content_type=CONTENT_TYPE,
        correlation_id=message.correlation_id,
        delivery_mode=2,
        headers=message.headers or None,
    )
