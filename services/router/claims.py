"""Claims: who works on a case, and until when. A claim is a lease: whoever goes home leaves nothing locked."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, delete, or_, select

from services.chassis.database import Transaction
from services.router.tables import claim


async def take(
    tx: Transaction, appeal_ids: Collection[UUID], *, by: str, at: datetime, until: datetime, over: bool = False
) -> set[UUID]:
    """Claim these cases, or renew one's own claim. Returns those that nobody else works on, or all with `over`."""
    if not appeal_ids:
        return set()
    # in one order, or two who take several at the same moment wait for each other
    rows = [{"appeal_id": one, "by": by, "since": at, "until": until} for one in sorted(appeal_ids)]
    adding = tx.insert(claim).values(rows)
    new = adding.excluded
    mine = claim.c.by == new.by
    statement = adding.on_conflict_do_update(
        index_elements=[claim.c.appeal_id],
        set_={"by": new.by, "since": case((mine, claim.c.since), else_=new.since), "until": new.until},
        where=None if over else or_(mine, claim.c.until <= at),
    ).returning(claim.c.appeal_id)
    return set((await tx.execute(statement)).scalars())


async def standing(tx: Transaction, appeal_ids: Collection[UUID], *, at: datetime) -> dict[UUID, Row[Any]]:
    """Who works on these cases now."""
    held = select(claim).where(claim.c.appeal_id.in_(list(appeal_ids)), claim.c.until > at)
    return {row.appeal_id: row for row in await tx.execute(held)}


async def release(tx: Transaction, appeal_id: UUID, *, by: str) -> bool:
    """Put a case back, if it is one's own. False if it is not."""
    gone = delete(claim).where(claim.c.appeal_id == appeal_id, claim.c.by == by)
    return (await tx.execute(gone)).rowcount > 0
