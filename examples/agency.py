"""A partner agency's consumer, as short as can be; docs/partners.md explains each step. Only `pip install aio-pika`.

AMQP_URL: your user and virtual host. AGENCY: your code in the directory. BOOK: where it remembers. With ANSWER, for
trying it out, it accepts and answers everything with that text; without, it says that it has each referral.
"""

import asyncio
import json
import os
import sqlite3
from uuid import UUID, uuid5

import aio_pika

AGENCY, ANSWER = os.environ["AGENCY"], os.environ.get("ANSWER")
KINDS = ("received", "accepted", "answered") if ANSWER else ("received",)
BOOK = sqlite3.connect(os.environ.get("BOOK", "referrals.db"), isolation_level=None)
BOOK.execute("""
    CREATE TABLE IF NOT EXISTS referral (
        id TEXT PRIMARY KEY, recalled INTEGER, content TEXT, at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
    )
""")


async def main() -> None:
    """Serve; when the connection breaks, begin anew: what was not acknowledged comes again."""
    while True:
        try:
            await serve()
        except (aio_pika.exceptions.AMQPError, OSError, RuntimeError) as error:
            print(f"disconnected: {type(error).__name__}", flush=True)
        await asyncio.sleep(1)


async def serve() -> None:
    """One connection, until it breaks."""
    async with await aio_pika.connect(os.environ["AMQP_URL"], heartbeat=10) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.set_qos(prefetch_count=20)
        exchange = await channel.get_exchange(f"replies.{AGENCY}", ensure=False)
        queue = await channel.get_queue(f"referrals.{AGENCY}", ensure=False)
        async with queue.iterator() as deliveries:
            async for delivery in deliveries:
                try:
                    replies = take(json.loads(delivery.body))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    print(f"unreadable: {error!r}", flush=True)
                    await delivery.reject()  # back to the sender, where a person looks at it
                    continue
                for reply in replies:
                    await exchange.publish(reply, routing_key="referral.reply.v1")  # returns once it is on their disk
                await delivery.ack()  # last: whatever fails before, the referral comes again


def take(event: dict) -> list[aio_pika.Message]:
    """Note the referral, unless it is known, or its recall. What to say, any number of times: replies may get lost."""
    told, recalled = event["data"], event["type"] == "kz.joldau.referral.recalled.v1"
    if not recalled and event["type"] != "kz.joldau.referral.issued.v1":
        print("left", event["type"], told["referral_id"], flush=True)  # a reminder, or a type that came later
        return []
    at, over = BOOK.execute(
        "INSERT INTO referral (id, recalled, content) VALUES (?, ?, ?) ON CONFLICT (id)"
        " DO UPDATE SET recalled = max(recalled, excluded.recalled) RETURNING at, recalled",
        (told["referral_id"], recalled, json.dumps(told)),
    ).fetchone()
    print("recalled" if recalled else "have", told["referral_id"], flush=True)
    return [] if over else [reply(kind, told, at) for kind in KINDS]


def reply(kind: str, referral: dict, at: str) -> aio_pika.Message:
    """One reply (CloudEvents 1.0). The same words have the same id and bytes: repeating them changes nothing."""
    data = {"referral_id": referral["referral_id"], "appeal_id": referral["appeal_id"], "kind": kind, "occurred_at": at}
    event = {
        "specversion": "1.0",
        "id": str(uuid5(UUID(referral["referral_id"]), kind)),
        "source": f"/agencies/{AGENCY}",
        "type": "kz.joldau.referral.reply.v1",
        "time": at,
        "subject": referral["appeal_id"],
        "datacontenttype": "application/json",
        "data": {**data, "text": ANSWER} if kind == "answered" else data,
    }
    return aio_pika.Message(
        json.dumps(event).encode(),
        message_id=event["id"],
        type=event["type"],
        content_type="application/cloudevents+json; charset=utf-8",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


if __name__ == "__main__":
    asyncio.run(main())
