"""From deliveries to verdicts: what has arrived together is one transaction and one acknowledgement.

A batch that fails is replayed delivery by delivery, so one bad message costs only itself. Handlers never touch a
delivery and never commit; the verdict is given here and nowhere else.
"""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import structlog
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustQueue
from aiormq.exceptions import AMQPError
from pydantic import ValidationError

from services.chassis import clock, inbox, metrics, parked
from services.chassis.broker import Broker, Outgoing
from services.chassis.database import Database, Transaction
from services.chassis.errors import BrokerUnavailable, DatabaseUnavailable, Refused, RetryLater, Unreadable, Unroutable
from services.chassis.failpoints import reach
from services.chassis.outbox import Cause
from services.contracts.envelope import MAX_BODY_BYTES, TYPE_PREFIX, Envelope, Message
from services.contracts.topology import PARKED, REQUEUE, RETRY_STEPS_SECONDS, retry_name

log = structlog.get_logger()

M = TypeVar("M", bound=Message)

BATCH: Final = 100
PREFETCH: Final = 200
SHARE: Final = 25
"""So many messages of each further queue are in hand at a time, so that a full one keeps nobody waiting for long."""
LOOK_SECONDS: Final = 2.0
"""So often a consumer looks for further queues."""
LINGER: Final = 0.005
"""Seconds a batch waits for company once it has its first message."""
ATTEMPT: Final = "x-attempt"
EXPIRED: Final = "expired"
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
OUTAGE_PAUSE: Final = 1.0
CONNECTING_PAUSE: Final = 0.1
DETACH_TIMEOUT: Final = 5.0
CONFIRM_TIMEOUT: Final = timedelta(seconds=10)


@dataclass(frozen=True)
class Received(Generic[M]):
    """A message that arrived, with what is known of its way."""

    message: M
    envelope: Envelope
    exchange: str
    """The exchange it was published to; for a reply, that is who replied."""

    @property
    def cause(self) -> Cause:
        return Cause(self.envelope.correlationid, self.envelope.id)


Handler = Callable[[Transaction, Sequence[Received[Any]]], Awaitable[None]]
"""Handles messages of one type that arrived together, in their order. It may get one or many."""

Opened = Received[Any] | Unreadable
Opener = Callable[[AbstractIncomingMessage], Received[Any]]


@dataclass
class _Delivery:
    raw: AbstractIncomingMessage
    opened: Opened

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.raw.body).digest()


class Consumer:
    """Reads one queue and hands what arrived to the handlers of a table: message type → function."""

    def __init__(
        self,
        queue: str,
        handlers: Mapping[type[Message], Handler],
        *,
        database: Database,
        broker: Broker,
        opener: Opener | None = None,
        batch: int = BATCH,
        parks_as: str | None = None,
        also: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        """Read `queue`. What is parked can be put back into it, or into `parks_as`.

        The queues that `also` names are read as if they were the same one, each with its share, once they are there.
        """
        self.queue = queue
        self._parks_as = parks_as or queue
        self._handlers = dict(handlers)
        self._database = database
        self._broker = broker
        self._open = opener or envelope_opener(handlers)
        self._batch = batch
        self._also = also
        self._further: dict[str, AbstractRobustQueue] = {}
        self._arrived: asyncio.Queue[AbstractIncomingMessage]
        self.consuming = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Consume until told to stop; what is in hand then is finished and acknowledged."""
        queue = await self._attached(stopping)
        if queue is None:
            return
        self.consuming = True
        stop = asyncio.create_task(stopping.wait())
        further = asyncio.create_task(self._attach_further(stopping))
        try:
            while not stopping.is_set():
                if batch := await self._next_batch(stop):
                    await self._settle(batch, stopping)
        finally:
            stop.cancel()
            further.cancel()
            await asyncio.wait([further])
            self.consuming = False
            for one in (queue, *self._further.values()):
                await self._detach(one)
            self._further.clear()

    async def _attach_further(self, stopping: asyncio.Event) -> None:
        """Read the further queues, each as soon as it is there: the topology may be applied later."""
        missed: set[str] = set()
        while not stopping.is_set():
            wanted = set(self._also())
            for name in self._further.keys() - wanted:
                await self._detach(self._further.pop(name))
            for name in wanted - self._further.keys():
                try:
                    queue = await self._broker.queue(name, prefetch=SHARE)
                    self._further[name] = queue
                    await queue.consume(self._arrived.put)
                except (BrokerUnavailable, Unroutable, AMQPError, RuntimeError, OSError) as error:
                    if name not in missed:
                        log.warning("consumer.waiting", queue=name, because=str(error) or type(error).__name__)
                    missed.add(name)
                    if name in self._further:
                        await self._detach(self._further.pop(name))
            await _pause(LOOK_SECONDS, stopping)

    async def _detach(self, queue: AbstractRobustQueue) -> None:
        """Give back what is not acknowledged: it belongs to the channel, and would stay with an open one for ever."""
        try:
            await asyncio.wait_for(queue.channel.close(), DETACH_TIMEOUT)
        except (AMQPError, RuntimeError, OSError, TimeoutError) as error:
            log.info("consumer.detach_abandoned", queue=self.queue, because=type(error).__name__)

    async def _attached(self, stopping: asyncio.Event) -> AbstractRobustQueue | None:
        while not stopping.is_set():
            if not self._broker.connected.is_set():
                await _pause(CONNECTING_PAUSE, stopping)  # waiting for the broker alone would outlast a stop
                continue
            queue = None
            try:
                queue = await self._broker.queue(self.queue, prefetch=PREFETCH)
                self._arrived = asyncio.Queue()  # what a channel before this one has brought comes again
                await queue.consume(self._arrived.put)
            except (BrokerUnavailable, Unroutable, AMQPError, RuntimeError, OSError) as error:
                log.warning("consumer.waiting", queue=self.queue, because=str(error) or type(error).__name__)
                if queue is not None:
                    await self._detach(queue)
                await _pause(OUTAGE_PAUSE, stopping)
            else:
                return queue
        return None

    async def _next_batch(self, stop: "asyncio.Task[bool]") -> list[AbstractIncomingMessage]:
        first = asyncio.ensure_future(self._arrived.get())
        await asyncio.wait([first, stop], return_when=asyncio.FIRST_COMPLETED)
        if not first.done():
            first.cancel()
            return []
        batch = [first.result()]
        if self._arrived.qsize() < self._batch:
            await asyncio.sleep(LINGER)
        while len(batch) < self._batch and not self._arrived.empty():
            batch.append(self._arrived.get_nowait())
        return batch

    async def _settle(self, batch: list[AbstractIncomingMessage], stopping: asyncio.Event) -> None:
        started = time.perf_counter()
        deliveries = [_Delivery(raw, self._opened(raw)) for raw in batch]
        reach("consumer.after_receive")
        try:
            await self._handle(deliveries)
        except DatabaseUnavailable:
            await self._one_by_one(deliveries, stopping)
        except Exception as error:  # noqa: BLE001 - the culprit is found, and judged, by replaying one by one
            log.info("batch.replayed", queue=self.queue, messages=len(batch), because=type(error).__name__)
            await self._one_by_one(deliveries, stopping)
        else:
            reach("consumer.after_commit")
            await _acknowledge(batch)
            reach("consumer.after_ack")
            self._count(deliveries, "handled")
        seconds = time.perf_counter() - started
        metrics.BATCH_SECONDS.labels(self.queue).observe(seconds)
        metrics.BATCH_MESSAGES.labels(self.queue).observe(len(batch))
        log.info("batch.handled", queue=self.queue, messages=len(batch), ms=round(seconds * 1000, 1))

    def _opened(self, raw: AbstractIncomingMessage) -> Opened:
        try:
            return self._open(raw)
        except Unreadable as unreadable:
            return unreadable

    async def _handle(self, deliveries: list[_Delivery]) -> None:
        """Everything of these deliveries in one transaction: inbox, effects, outbox, parking."""
        at = clock.now()
        async with self._database.transaction() as tx:
            for delivery in deliveries:
                if isinstance(delivery.opened, Unreadable):
                    await parked.park(tx, self._parcel(delivery, delivery.opened), at=at)
            news = await self._news(tx, deliveries)
            for handler, group in groupby(news, key=lambda received: self._handlers[type(received.message)]):
                await handler(tx, list(group))
            reach("consumer.before_commit")

    async def _news(self, tx: Transaction, deliveries: list[_Delivery]) -> list[Received[Any]]:
        """The messages among these that have not been handled before, in order."""
        at = clock.now()
        readable: dict[inbox.Key, _Delivery] = {}
        for delivery in deliveries:
            if isinstance(delivery.opened, Received):
                key = (inbox.scope(self.queue, delivery.opened.exchange), delivery.opened.envelope.id)
                first = readable.setdefault(key, delivery)
                await self._park_impostor(tx, delivery, first.digest)
        if not readable:
            return []
        digests = {key: delivery.digest for key, delivery in readable.items()}
        fresh = await inbox.enter(tx, digests, at=at)
        if repeats := digests.keys() - fresh:
            before = await inbox.known(tx, repeats)
            for key in repeats:
                await self._park_impostor(tx, readable[key], before[key])
        return [d.opened for key, d in readable.items() if key in fresh and isinstance(d.opened, Received)]

    async def _park_impostor(self, tx: Transaction, delivery: _Delivery, digest: bytes) -> None:
        """The same id with another body is not a repeat but a fault of the sender, and nobody may lose it."""
        if delivery.digest != digest:
            await parked.park(tx, self._parcel(delivery, Unreadable("id_reused")), at=clock.now())

    async def _one_by_one(self, deliveries: list[_Delivery], stopping: asyncio.Event) -> None:
        for delivery in deliveries:
            while not await self._decided(delivery):
                # an outage counts against no message: it stays in hand until the database or the broker is back
                await _pause(OUTAGE_PAUSE, stopping)
                if stopping.is_set():
                    return
            await _acknowledge([delivery.raw])

    async def _decided(self, delivery: _Delivery) -> bool:
        """The verdict. A fault in giving it ends no consumer: the next one would begin with the same message."""
        try:
            return await self._verdict(delivery)
        except Exception:
            log.exception("message.undecided", queue=self.queue, message_id=str(delivery.raw.message_id))
            return False

    async def _verdict(self, delivery: _Delivery) -> bool:
        """Handle one delivery and decide what becomes of it. False: nothing could be decided, try again."""
        try:
            await self._handle([delivery])
        except DatabaseUnavailable as error:
            log.warning("consumer.paused", queue=self.queue, because=str(error))
            return False
        except Refused as error:
            log.info("message.refused", queue=self.queue, code=error.code, message_id=str(delivery.raw.message_id))
            self._count([delivery], "refused")
            return True
        except Unreadable as error:
            return await self._park(delivery, error)
        except RetryLater as error:
            return await self._retry(delivery, error)
        except Exception as error:  # a bug: retried, since it may pass, then parked, never dropped
            log.exception("message.failed", queue=self.queue, message_id=str(delivery.raw.message_id))
            return await self._retry(delivery, error)
        self._count([delivery], "handled")
        return True

    async def _retry(self, delivery: _Delivery, error: Exception) -> bool:
        attempt = _attempt(delivery.raw)
        if attempt >= _tries(error):
            reason = "out_of_tries" if isinstance(error, RetryLater) else "failed"
            return await self._park(delivery, Unreadable(reason, f"{type(error).__name__}: {error}"[:200]))
        headers = {**_own_headers(delivery.raw), ATTEMPT: attempt + 1}
        again = _as_outgoing(delivery.raw, retry_name(RETRY_STEPS_SECONDS[attempt]), self.queue, headers)
        (outcome,) = await self._broker.publish([again], timeout=CONFIRM_TIMEOUT)
        if outcome is not None:
            log.warning("message.retry_unconfirmed", queue=self.queue, because=type(outcome).__name__)
            return False
        self._count([delivery], "retried")
        return True

    async def _park(self, delivery: _Delivery, error: Unreadable) -> bool:
        try:
            async with self._database.transaction() as tx:
                await parked.park(tx, self._parcel(delivery, error), at=clock.now())
        except DatabaseUnavailable:
            return False
        self._count([delivery], "parked")
        return True

    def _parcel(self, delivery: _Delivery, error: Unreadable) -> parked.Parcel:
        raw = delivery.raw
        log.warning("message.parked", queue=self.queue, reason=error.reason, message_id=str(raw.message_id))
        return parked.Parcel(
            queue=self._parks_as,
            message_id=_uuid(raw.message_id),
            type=raw.type,
            exchange=origin(raw),
            routing_key=raw.routing_key,
            correlation_id=raw.correlation_id,
            headers=_own_headers(raw),
            body=raw.body,
            reason=error.reason,
            detail=error.detail,
        )

    def _count(self, deliveries: list[_Delivery], verdict: str) -> None:
        for delivery in deliveries:
            known = isinstance(delivery.opened, Received)
            kind = type(delivery.opened.message).__name__ if known else "unreadable"  # type: ignore[union-attr]
            metrics.MESSAGES.labels(self.queue, kind, verdict if known else "parked").inc()


def envelope_opener(types: Mapping[type[Message], Any]) -> Opener:
    """Reads CloudEvents envelopes whose data is one of `types`. Raises `Unreadable`, never with values."""
    by_type = {TYPE_PREFIX + kind.TYPE: kind for kind in types}

    def read(raw: AbstractIncomingMessage) -> Received[Any]:
        if len(raw.body) > MAX_BODY_BYTES:
            raise Unreadable("too_long", f"{len(raw.body)} bytes, at most {MAX_BODY_BYTES}")
        try:
            envelope = Envelope.model_validate(json.loads(raw.body))
            kind = by_type.get(envelope.type)
            if kind is None:
                raise Unreadable("unknown_type", envelope.type)
            return Received(kind.model_validate(envelope.data), envelope, origin(raw))
        except ValidationError as error:
            raise Unreadable("invalid", places(error)) from None
        except (ValueError, RecursionError):
            raise Unreadable("not_json") from None

    return read


def places(error: ValidationError) -> str:
    """Where a message fails, and how, without what stands there."""
    return "; ".join(f"/{'/'.join(map(str, item['loc']))} {item['type']}" for item in error.errors(include_input=False))


def origin(raw: AbstractIncomingMessage) -> str:
    """The exchange a message was first published to: a retried, redriven or dead-lettered one comes by another."""
    exchange = raw.exchange or ""
    if exchange == PARKED:
        death = last_death(raw)
        # Nothing of ours expires in a work queue, so the sender let it; and before 4.0 RabbitMQ adds to an x-death that
        # the sender wrote: an agency could so be told as another one (tests/integration/cli/test_least_privilege.py).
        exchange = "" if death.get("reason") == EXPIRED else str(death.get("exchange", ""))
    if exchange != REQUEUE:
        return exchange
    return str(raw.headers.get("x-redriven-from") or raw.headers.get("x-origin") or "")


def last_death(raw: AbstractIncomingMessage) -> Mapping[str, Any]:
    """Why and where the broker last gave a message up (rabbitmq.com, dlx.html); empty if it never did."""
    deaths = raw.headers.get("x-death")
    latest = deaths[0] if isinstance(deaths, list) and deaths else None
    return latest if isinstance(latest, dict) else {}


def _tries(error: Exception) -> int:
    """So many steps of the ladder a message that failed so goes down."""
    times = error.times if isinstance(error, RetryLater) else None
    return len(RETRY_STEPS_SECONDS) if times is None else times


def _attempt(raw: AbstractIncomingMessage) -> int:
    """How often a message has been down the ladder. What a sender writes there does not count."""
    value = raw.headers.get(ATTEMPT) if raw.exchange == REQUEUE else None
    return min(max(value, 0), len(RETRY_STEPS_SECONDS)) if isinstance(value, int) else 0


def _own_headers(raw: AbstractIncomingMessage) -> dict[str, Any]:
    """Headers that go with a message when it is published again; the broker's own would confuse its cycle detection."""
    trace = raw.headers.get("traceparent")
    known = {"traceparent": trace} if isinstance(trace, str) and _TRACEPARENT.fullmatch(trace) else {}
    return {"x-origin": origin(raw), ATTEMPT: _attempt(raw), **known}


def _as_outgoing(raw: AbstractIncomingMessage, exchange: str, key: str, headers: dict[str, Any]) -> Outgoing:
    return Outgoing(
        message_id=_uuid(raw.message_id) or UUID(bytes=hashlib.sha256(raw.body).digest()[:16]),
        exchange=exchange,
        routing_key=key,
        type=raw.type or "unknown",
        body=raw.body,
        correlation_id=raw.correlation_id,
        headers=headers,
    )


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


async def _acknowledge(batch: list[AbstractIncomingMessage]) -> None:
    """Acknowledge a batch with one frame per channel; deliveries of a lost channel come again and change nothing."""
    last_of_channel = {id(raw.channel): raw for raw in batch}
    for raw in last_of_channel.values():
        try:
            await raw.ack(multiple=True)
        except (AMQPError, RuntimeError, OSError) as error:
            log.info("message.ack_lost", because=type(error).__name__)


async def _pause(seconds: float, stopping: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
