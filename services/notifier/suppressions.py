"""Recipients that are not to be written to: dead addresses, and those who want nothing but what the law requires.

Only a digest of an address is kept, and as much of it as an operator needs to recognise it.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select

from services.chassis.database import Transaction
from services.chassis.errors import NotFound
from services.notifier.masking import masked
from services.notifier.notification import Channel, Rung
from services.notifier.tables import suppression


class Why(StrEnum):
    """Why a recipient is on the list."""

    OPTED_OUT = "opted_out"
    """Wants no notices but the law's."""
    DEAD = "dead"
    """There is no such mailbox or telephone."""


def digest(rung: Rung) -> str:
    """What an address is known by."""
    channel, recipient = rung
    return sha256(f"{channel}:{recipient.strip().lower()}".encode()).hexdigest()


async def among(tx: Transaction, rungs: Collection[Rung]) -> dict[Rung, Why]:
    """Those of the recipients that are on the list."""
    digests = {rung: digest(rung) for rung in rungs}  # those of several spellings are the same
    if not digests:
        return {}
    statement = select(suppression.c.digest, suppression.c.reason).where(suppression.c.digest.in_(digests.values()))
    listed = {row.digest: Why(row.reason) for row in await tx.execute(statement)}
    return {rung: listed[of] for rung, of in digests.items() if of in listed}


async def add(tx: Transaction, rung: Rung, why: Why, *, row_id: UUID, by: str, at: datetime) -> None:
    """Put a recipient on the list, unless it is there."""
    row = {
        "id": row_id,
        "channel": rung[0].value,
        "digest": digest(rung),
        "masked": masked(*rung),
        "reason": why.value,
        "created_at": at,
        "created_by": by,
    }
    statement = tx.insert(suppression).values(row)
    await tx.execute(statement.on_conflict_do_nothing(index_elements=["channel", "digest"]))


async def remove(tx: Transaction, suppression_id: UUID) -> None:
    """Take a recipient off the list. Raises `NotFound`."""
    if (await tx.execute(delete(suppression).where(suppression.c.id == suppression_id))).rowcount != 1:
        raise NotFound("suppression_not_found")


async def listed(
    tx: Transaction, *, channel: Channel | None, reason: Why | None, before: UUID | None, limit: int
) -> list[Row[Any]]:
    """The list, newest first."""
    statement = select(suppression).order_by(suppression.c.id.desc()).limit(limit)
    for column, value in ((suppression.c.channel, channel), (suppression.c.reason, reason)):
        if value is not None:
            statement = statement.where(column == value.value)
    if before is not None:
        statement = statement.where(suppression.c.id < before)
    return list((await tx.execute(statement)).all())
