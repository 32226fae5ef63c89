"""Inbox: ids of the messages already handled, kept in the transaction of their effect. A repeat changes nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, String, Table, Uuid, delete, select

from services.chassis.database import Transaction, UtcDateTime, new_metadata

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


async def enter(tx: Transaction, queue: str, digests: Mapping[UUID, bytes], *, at: datetime) -> set[UUID]:
    """Enter messages, given as id → SHA-256 of the body. Returns the ids that were not there before."""
    rows = [
        {"queue": queue, "message_id": message_id, "body_sha256": digest, "received_at": at}
        for message_id, digest in digests.items()
    ]
    statement = tx.insert(inbox).on_conflict_do_nothing().returning(inbox.c.message_id)
    return set((await tx.execute(statement, rows)).scalars())


async def known(tx: Transaction, queue: str, message_ids: set[UUID]) -> dict[UUID, bytes]:
    """Digests of the messages handled before: the same id with another body is no repeat."""
    statement = select(inbox.c.message_id, inbox.c.body_sha256).where(
        inbox.c.queue == queue, inbox.c.message_id.in_(message_ids)
    )
    return {row.message_id: row.body_sha256 for row in await tx.execute(statement)}


async def forget(tx: Transaction, queue: str, message_id: UUID) -> None:
    """Let a message in again: what a redrive needs, or the inbox would swallow it."""
    await tx.execute(delete(inbox).where(inbox.c.queue == queue, inbox.c.message_id == message_id))


async def prune(tx: Transaction, *, before: datetime) -> int:
    """Forget ids received before `before`. Returns how many."""
    return int((await tx.execute(delete(inbox).where(inbox.c.received_at < before))).rowcount)
