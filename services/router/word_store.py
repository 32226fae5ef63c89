"""Statements on the words by which appeals are found. Sealed appeals have none."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from services.chassis.database import Transaction
from services.router.tables import appeal, appeal_word


async def to_word(tx: Transaction, *, limit: int) -> Sequence[Row[Any]]:
    """Appeals whose words are to be taken in, or, of those sealed since, out: locked, but for what others hold."""
    statement = select(appeal).where(appeal.c.worded == appeal.c.sealed).order_by(appeal.c.id).limit(limit)
    return (await tx.execute(statement.with_for_update(skip_locked=True))).all()


async def take_in(tx: Transaction, found: Mapping[UUID, Collection[int]]) -> None:
    """Keep by which keys appeals are found."""
    rows = [{"key": key, "appeal_id": appeal_id} for appeal_id, keys in found.items() for key in keys]
    if rows:
        await tx.execute(insert(appeal_word), rows)
    await tx.execute(update(appeal).where(appeal.c.id.in_(list(found))).values(worded=True))


async def take_out(tx: Transaction, appeal_ids: Collection[UUID]) -> None:
    """Forget by what these appeals are found."""
    ids = list(appeal_ids)
    await tx.execute(delete(appeal_word).where(appeal_word.c.appeal_id.in_(ids)))
    await tx.execute(update(appeal).where(appeal.c.id.in_(ids)).values(worded=False))
