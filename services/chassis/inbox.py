"""Inbox: ids of the messages already handled, kept in the transaction of their effect. A repeat changes nothing."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, String, Table, Uuid, delete, select

from services.chassis.database import Transaction, UtcDateTime, new_metadata
from services.contracts.topology import agency_of_reply_exchange

metadata = new_metadata()

inbox = Table(
    "inbox",
    metadata,
    Column("queue", String(255), primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("body_sha256", LargeBinary(32), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Index("ix_inbox_received_at", "received_at"),
)

KEPT_DAYS: Final = 90
"""An agency's queue may hold a message for weeks, so ids are remembered for a quarter."""


Key = tuple[str, UUID]
"""Where an id counts, as `scope` says, and the id."""


def scope(queue: str, exchange: str) -> str:
    """Where the ids of messages count: in their queue; an agency's among its own, or one could use up another's."""
    return f"{queue}/{exchange}" if agency_of_reply_exchange(exchange) else queue


async def enter(tx: Transaction, digests: Mapping[Key, bytes], *, at: datetime) -> set[Key]:
    """Enter messages, given with the SHA-256 of their bodies. Returns those that were not there before."""
    rows = [
        {"queue": where, "message_id": message_id, "body_sha256": digest, "received_at": at}
        for (where, message_id), digest in digests.items()
    ]
    statement = tx.insert(inbox).on_conflict_do_nothing().returning(inbox.c.queue, inbox.c.message_id)
    return {(row.queue, row.message_id) for row in await tx.execute(statement, rows)}


async def known(tx: Transaction, keys: Collection[Key]) -> dict[Key, bytes]:
    """Digests of the messages handled before: the same id with another body is no repeat."""
    statement = select(inbox.c.queue, inbox.c.message_id, inbox.c.body_sha256).where(
        inbox.c.queue.in_({where for where, _ in keys}), inbox.c.message_id.in_({one for _, one in keys})
    )
    return {(row.queue, row.message_id): row.body_sha256 for row in await tx.execute(statement)}


async def forget(tx: Transaction, key: Key) -> None:
    """Let a message in again: what a redrive needs, or the inbox would swallow it."""
    where, message_id = key
    await tx.execute(delete(inbox).where(inbox.c.queue == where, inbox.c.message_id == message_id))


async def prune(tx: Transaction, *, before: datetime) -> int:
    """Forget ids received before `before`. Returns how many."""
    return int((await tx.execute(delete(inbox).where(inbox.c.received_at < before))).rowcount)
