"""A partner agency's consumer; docs/partners.md explains each step. Needs `pip install aio-pika`, nothing of ours.

AMQP_URL: your user and virtual host. AGENCY: your code in the directory. BOOK: where it remembers. DOCUMENTS: where
it keeps those of the applicants. With ANSWER, for trying it out, it accepts and answers everything with that text;
without, it says that it has each referral.
"""

import asyncio
import json
import os
import sqlite3
import time
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.request import urlopen
from uuid import UUID, uuid5

import aio_pika

ISSUED, RECALLED, REPLY = (f"kz.joldau.referral.{word}.v1" for word in ("issued", "recalled", "reply"))
AGENCY, ANSWER = os.environ["AGENCY"], os.environ.get("ANSWER")
DOCUMENTS = Path(os.environ.get("DOCUMENTS", "documents"))
DOCUMENTS.mkdir(exist_ok=True)
BOOK = sqlite3.connect(os.environ.get("BOOK", "referrals.db"), isolation_level=None)  # each statement is a transaction
BOOK.execute("CREATE TABLE IF NOT EXISTS referral (id TEXT PRIMARY KEY, recalled INTEGER, content TEXT, at TEXT)")
NOTE = """INSERT INTO referral VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ')) ON CONFLICT (id)
    DO UPDATE SET recalled = max(recalled, excluded.recalled),
        content = iif(excluded.recalled, content, excluded.content) RETURNING at, recalled"""


def take(event: dict) -> list[aio_pika.Message]:
    """Note the referral, unless it is known, or its recall. What to say, as often as it comes: replies may get lost."""
    told, kind = event["data"], event["type"]
    if kind not in {ISSUED, RECALLED}:
        return []  # a reminder, or a type that came later
    attached(told)  # what cannot be read is not noted
    at, over = BOOK.execute(NOTE, (told["referral_id"], kind == RECALLED, json.dumps(told))).fetchone()
    print("recalled" if over else "have", told["referral_id"], flush=True)
    return [] if over else [reply(one, told, at) for one in ("received", *(("accepted", "answered") if ANSWER else ()))]


def attached(told: dict) -> list[tuple[str, str, datetime]]:
    """Documents of the applicant: hash, address, and until when that is good."""
    listed = told.get("attachments", ())
    return [(one["sha256"], one["reference"], datetime.fromisoformat(one["good_until"])) for one in listed]


def fetch(told: dict, *, again: bool = False) -> None:
    """Fetch what is attached and not on the disk yet, each document under its hash."""
    for digest, reference, good_until in attached(told):
        if (kept := DOCUMENTS / digest).exists() or (again and good_until.timestamp() < time.time()):
            continue
        try:
            with urlopen(reference, timeout=10) as answer:
                content = answer.read()
        except OSError as error:  # 410: the reference has expired; a replay brings a new one
            print("no document yet of", told["referral_id"], repr(error), flush=True)
            continue
        if sha256(content).hexdigest() == digest:
            (whole := kept.with_suffix(".part")).write_bytes(content)
            whole.replace(kept)


async def fetch_again() -> None:
    """Every minute, what could not be fetched before, as long as its references are good."""
    while True:
        for (content,) in BOOK.execute("SELECT content FROM referral WHERE NOT recalled").fetchall():
            await asyncio.to_thread(fetch, json.loads(content), again=True)
        await asyncio.sleep(60)


def reply(kind: str, told: dict, at: str) -> aio_pika.Message:
    """The same words have the same id and bytes: repeating them changes nothing."""
    event_id = str(uuid5(UUID(told["referral_id"]), kind))
    data = {"referral_id": told["referral_id"], "appeal_id": told["appeal_id"], "kind": kind, "occurred_at": at}
    said = {"data": data | ({"text": ANSWER} if kind == "answered" else {}), "subject": told["appeal_id"], "time": at}
    event = {"specversion": "1.0", "id": event_id, "type": REPLY, "source": f"/agencies/{AGENCY}", **said}
    kept = {"delivery_mode": 2, "content_type": "application/cloudevents+json; charset=utf-8"}
    return aio_pika.Message(json.dumps(event).encode(), message_id=event_id, type=REPLY, **kept)


async def serve() -> None:
    """One connection, until it breaks."""
    async with await aio_pika.connect(os.environ["AMQP_URL"], heartbeat=10) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.set_qos(prefetch_count=20)
        exchange = await channel.get_exchange(f"replies.{AGENCY}", ensure=False)
        async with (await channel.get_queue(f"referrals.{AGENCY}", ensure=False)).iterator() as deliveries:
            async for delivery in deliveries:
                try:
                    replies = take(event := json.loads(delivery.body))
                    if replies:
                        await asyncio.to_thread(fetch, event["data"])
                except (ValueError, KeyError, TypeError) as error:
                    print(f"unreadable: {error!r}", flush=True)
                    await delivery.reject()  # back to the sender, where a person looks at it
                    continue
                for one in replies:
                    await exchange.publish(one, "referral.reply.v1")  # returns once it is on the broker's disk
                await delivery.ack()  # last: whatever fails before, the referral comes again


async def main() -> None:
    """When the connection breaks, begin anew: what was not acknowledged comes again."""
    async with asyncio.TaskGroup() as group:
        group.create_task(fetch_again())
        while True:
            try:
                await serve()
            except (aio_pika.exceptions.AMQPError, OSError, RuntimeError) as error:
                print(f"disconnected: {error!r}", flush=True)
            await asyncio.sleep(1)


asyncio.run(main())
