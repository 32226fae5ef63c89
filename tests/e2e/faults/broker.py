"""What the tests do to the broker by themselves."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractConnection
from sqlalchemy import select
from yarl import URL

from services.chassis.database import Database
from services.chassis.outbox import outbox
from services.contracts.envelope import CONTENT_TYPE


class Letter(NamedTuple):
    """A message that a test publishes."""

    exchange: str
    routing_key: str
    body: bytes
    message_id: UUID
    type: str = ""


@asynccontextmanager
async def connected(amqp_url: str) -> AsyncIterator[AbstractConnection]:
    """A connection for the length of the block. Raises OSError when nobody listens."""
    # aio-pika's connection that failed complains when it is collected: it is not even begun
    address = URL(amqp_url)
    _, writer = await asyncio.open_connection(address.host, address.port)
    writer.close()
    async with await aio_pika.connect(amqp_url, timeout=10) as connection:
        yield connection


async def publish(amqp_url: str, letters: Iterable[Letter]) -> None:
    """Publish, and wait for the confirms. What reaches no queue is the test's own affair."""
    async with connected(amqp_url) as connection:
        channel = await connection.channel()
        for letter in letters:
            message = aio_pika.Message(
                letter.body,
                message_id=str(letter.message_id),
                type=letter.type,
                content_type=CONTENT_TYPE,
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            )
            exchange = await channel.get_exchange(letter.exchange, ensure=False)
            await exchange.publish(message, letter.routing_key, mandatory=False)


async def published(database: Database) -> list[Letter]:
    """What a service has published so far, as it left."""
    statement = select(outbox).where(outbox.c.published_at.is_not(None)).order_by(outbox.c.seq)
    async with database.reading() as tx:
        return [
            Letter(row.exchange, row.routing_key, row.body, row.message_id, row.type)
            for row in await tx.execute(statement)
        ]


async def delete_queue(amqp_url: str, name: str) -> None:
    """Delete a queue with all that is in it."""
    async with connected(amqp_url) as connection:
        channel = await connection.channel()
        await channel.queue_delete(name)
