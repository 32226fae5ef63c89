"""The floor: the same hops over the same broker, bare ASGI and raw aio-pika, no database, no validation.

One file, run as three processes (`python -m services.cli.bench.floor intake|router|notifier`): POST → queue → router
→ agency's queue, then intake's → status in memory → notifier's queue → memory. Persistent messages, mandatory,
confirmed, quorum queues, acknowledged after the next hop's confirm: what Joldau promises, without what it keeps.
"""

import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4  # noqa: TID251 - the floor stands on nothing of ours

import aio_pika
import uvicorn
import uvloop
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage

APPEALS: Final = "floor.appeals"
AGENCY: Final = "floor.agency"
CHANGES: Final = "floor.changes"
NOTICES: Final = "floor.notices"
QUEUES: Final = (APPEALS, AGENCY, CHANGES, NOTICES)
PREFETCH: Final = 200

Publish = Callable[[str, bytes], Awaitable[Any]]


async def declare(url: str) -> None:
    """Declare the floor's queues, on the default exchange."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        for queue in QUEUES:
            await channel.declare_queue(queue, durable=True, arguments={"x-queue-type": "quorum"})


class Floor:
    """One of the three processes."""

    def __init__(self) -> None:
        self.counts = {"status": 0, "notices": 0}
        self._exchange: AbstractExchange | None = None

    async def publish(self, queue: str, body: bytes) -> None:
        """Persistent, mandatory, confirmed."""
        assert self._exchange is not None  # noqa: S101 - set before anything is served
        message = aio_pika.Message(body, message_id=str(uuid4()), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await self._exchange.publish(message, queue, mandatory=True)

    async def open(self, role: str) -> None:
        """Connect, and consume what this role reads."""
        connection = await aio_pika.connect_robust(os.environ["FLOOR_AMQP_URL"])
        publisher = await connection.channel(on_return_raises=True)
        self._exchange = publisher.default_exchange
        consumer = await connection.channel()
        await consumer.set_qos(PREFETCH)
        for queue, handler in self._handlers(role).items():
            await _consume(consumer, queue, handler)

    def _handlers(self, role: str) -> dict[str, Callable[[bytes], Awaitable[None]]]:
        if role == "intake":
            return {CHANGES: self._changed}
        return {APPEALS: self._route} if role == "router" else {NOTICES: self._note}

    async def _route(self, body: bytes) -> None:
        appeal = json.loads(body)
        await self.publish(AGENCY, body)
        await self.publish(CHANGES, json.dumps({"id": appeal["id"], "state": "issued"}).encode())

    async def _changed(self, body: bytes) -> None:
        change = json.loads(body)
        self.counts["status"] += 1
        await self.publish(NOTICES, json.dumps({"id": change["id"], "notice": "referred"}).encode())

    async def _note(self, _body: bytes) -> None:
        self.counts["notices"] += 1

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Bare ASGI: POST takes an appeal, GET tells the counts."""
        if scope["type"] != "http":
            return
        answer: dict[str, Any] = self.counts
        if scope["method"] == "POST":
            appeal = {"id": str(uuid4()), **json.loads(await _body(receive))}
            await self.publish(APPEALS, json.dumps(appeal).encode())
            answer = {"id": appeal["id"]}
        await _answer(send, 201 if scope["method"] == "POST" else 200, json.dumps(answer).encode())


async def _body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _consume(channel: AbstractChannel, queue: str, handler: Callable[[bytes], Awaitable[None]]) -> None:
    async def take(message: AbstractIncomingMessage) -> None:
        await handler(message.body)
        await message.ack()

    declared = await channel.declare_queue(queue, durable=True, passive=True)
    await declared.consume(take)


async def _serve(role: str) -> None:
    floor = Floor()
    await floor.open(role)
    port = int(os.environ["FLOOR_PORT"])
    config = uvicorn.Config(floor, host="127.0.0.1", port=port, log_level="error", lifespan="off", access_log=False)
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1]))
