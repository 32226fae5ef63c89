"""A partner agency's consumer, as short as can be: it registers each referral once and says that it has it.

Set AMQP_URL (your user, your virtual host) and AGENCY (your code in the directory), then run it. The contract is
docs/messages/asyncapi.json; it needs nothing of ours, only `pip install aio-pika`.
"""

import asyncio
import json
import os
import sqlite3
from uuid import UUID, uuid5

import aio_pika

AGENCY = os.environ["AGENCY"]
BOOK = sqlite3.connect(os.environ.get("BOOK", "referrals.db"), isolation_level=None)
BOOK.execute("""
    CREATE TABLE IF NOT EXISTS referral (
        id TEXT PRIMARY KEY, number TEXT, text TEXT, received_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
    )
""")


async def main() -> None:
    """Serve; when the connection breaks, begin anew: what was not acknowledged comes again."""
    while True:
        try:
            await serve()
        except (aio_pika.exceptions.AMQPError, OSError, RuntimeError) as error:
            print(f"disconnected: {type(error).__name__}")
        await asyncio.sleep(1)


async def serve() -> None:
    """One connection, until it breaks."""
    connection = await aio_pika.connect(os.environ["AMQP_URL"], heartbeat=10)
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.set_qos(prefetch_count=20)
        replies = await channel.get_exchange(f"replies.{AGENCY}")
        queue = await channel.get_queue(f"referrals.{AGENCY}")
        async with queue.iterator() as deliveries:
            async for delivery in deliveries:
                await take(json.loads(delivery.body), replies)
                await delivery.ack()  # last: whatever fails before, the referral comes again


async def take(event: dict, replies: aio_pika.abc.AbstractExchange) -> None:
    """Register a referral, unless it is known, and say so, in any case: the reply may have been lost."""
    referral = event["data"]
    if event["type"] == "kz.joldau.referral.recalled.v1":
        print(f"stop work on {referral['referral_id']}: {referral['reason']}")
        return
    (received_at,) = BOOK.execute(
        "INSERT INTO referral (id, number, text) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET id = id RETURNING received_at",
        (referral["referral_id"], referral["registration_number"], referral["text"]),
    ).fetchone()
    print(f"have {referral['registration_number']}, to be answered by {referral['answer_due_on']}")
    # later, in the same way: `accepted`, `declined` with a `reason`, `answered` with its `text`
    await say("received", referral, received_at, replies)


async def say(kind: str, referral: dict, at: str, replies: aio_pika.abc.AbstractExchange) -> None:
    """One reply (CloudEvents 1.0). The same words get the same id, so it may be said any number of times."""
    body = {
        "specversion": "1.0",
        "id": str(uuid5(UUID(referral["referral_id"]), kind)),
        "source": f"/agencies/{AGENCY}",
        "type": "kz.joldau.referral.reply.v1",
        "time": at,
        "subject": referral["appeal_id"],
        "datacontenttype": "application/json",
        "data": {
            "referral_id": referral["referral_id"],
            "appeal_id": referral["appeal_id"],
            "kind": kind,
            "occurred_at": at,
        },
    }
    message = aio_pika.Message(
        json.dumps(body).encode(),
        message_id=body["id"],
        type=body["type"],
        content_type="application/cloudevents+json; charset=utf-8",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    await replies.publish(message, routing_key="referral.reply.v1")  # returns once the broker has it on disk


if __name__ == "__main__":
    asyncio.run(main())
