"""What the tests do to the broker by themselves."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import aio_pika
from sqlalchemy import select

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


async def publish(amqp_url: str, letters: Iterable[Letter]) -> None:
    """Publish, and wait for the confirms. What reaches no queue is the test's own affair."""
    connection = await aio_pika.connect(amqp_url, timeout=5)
    async with connection:
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
    connection = await aio_pika.connect(amqp_url, timeout=5)
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete(name)
