"""Held acts, stored. Each ends once: who carries one out and who undoes it race for the same row."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Update, delete, func, select, update

from services.chassis.database import Transaction
from services.chassis.errors import Conflict
from services.router.act import ActState
from services.router.tables import appeal, held_act


async def hold(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Keep new acts. Returns the cases of those kept: on one case only one act waits at a time."""
    if not rows:
        return set()
    ordered = sorted(rows, key=lambda row: row["appeal_id"])  # or two who keep several wait for each other
    adding = tx.insert(held_act).values(ordered).on_conflict_do_nothing().returning(held_act.c.appeal_id)
    return set((await tx.execute(adding)).scalars())


async def drop(tx: Transaction, appeal_ids: Collection[UUID]) -> None:
    """Take back what this transaction has kept on these cases."""
    waiting = held_act.c.state == ActState.WAITING
    await tx.execute(delete(held_act).where(held_act.c.appeal_id.in_(list(appeal_ids)), waiting))


async def settle(tx: Transaction, act_id: UUID, *, at: datetime) -> None:
    """An act is being carried out in this transaction. Raises `Conflict` when it does not wait any more."""
    done = _ended(ActState.DONE, at).where(held_act.c.id == act_id)
    if (await tx.execute(done)).rowcount != 1:
        raise Conflict("act_ended")


async def refuse(tx: Transaction, act_id: UUID, code: str, *, at: datetime) -> bool:
    """Keep why an act could not be carried out. False when it does not wait any more."""
    refused = _ended(ActState.REFUSED, at).where(held_act.c.id == act_id).values(refusal=code)
    return (await tx.execute(refused)).rowcount == 1


async def undo(tx: Transaction, act_id: UUID, *, by: str, at: datetime) -> list[Row[Any]]:
    """Undo one's own act, or what still waits of one on many tasks. Returns what was undone."""
    its = held_act.c.by == by, (held_act.c.id == act_id) | (held_act.c.bulk_id == act_id)
    gone = _ended(ActState.UNDONE, at).where(*its).returning(held_act.c.appeal_id, held_act.c.task_id)
    return list((await tx.execute(gone)).all())


async def due(tx: Transaction, at: datetime, *, limit: int) -> list[Row[Any]]:
    """Acts whose time has come, the oldest first."""
    ripe = select(held_act).where(held_act.c.state == ActState.WAITING, held_act.c.due_at <= at)
    return list((await tx.execute(ripe.order_by(held_act.c.due_at, held_act.c.id).limit(limit))).all())


async def next_due(tx: Transaction) -> datetime | None:
    """When the next act's time comes."""
    first = select(held_act.c.due_at).where(held_act.c.state == ActState.WAITING).order_by(held_act.c.due_at)
    return (await tx.execute(first.limit(1))).scalar_one_or_none()


async def told_to(tx: Transaction, by: str) -> list[Row[Any]]:
    """An operator's acts that still wait, and those that failed which the operator has not seen, the newest first."""
    numbered = select(held_act, appeal.c.registration_number).join_from(held_act, appeal)
    unseen = (held_act.c.state == ActState.REFUSED) & held_act.c.seen_at.is_(None)
    theirs = numbered.where(held_act.c.by == by, (held_act.c.state == ActState.WAITING) | unseen)
    return list((await tx.execute(theirs.order_by(held_act.c.made_at.desc(), held_act.c.id).limit(1000))).all())


async def saw(tx: Transaction, ids: Collection[UUID], *, by: str, at: datetime) -> None:
    """An operator has seen that these acts failed."""
    its = held_act.c.by == by, held_act.c.id.in_(list(ids)) | held_act.c.bulk_id.in_(list(ids))
    await tx.execute(update(held_act).where(*its, held_act.c.state == ActState.REFUSED).values(seen_at=at))


async def waiting_on(tx: Transaction, appeal_id: UUID) -> Row[Any] | None:
    """The act that waits on a case."""
    found = select(held_act).where(held_act.c.appeal_id == appeal_id, held_act.c.state == ActState.WAITING)
    return (await tx.execute(found)).one_or_none()


async def of_bulk(tx: Transaction, bulk_id: UUID, *, by: str) -> tuple[dict[str, int], list[Row[Any]]]:
    """How far an act on many tasks has come, by state, and which of its acts failed."""
    its = held_act.c.bulk_id == bulk_id, held_act.c.by == by
    counted = select(held_act.c.state, func.count().label("found")).where(*its).group_by(held_act.c.state)
    failed = select(held_act, appeal.c.registration_number).join_from(held_act, appeal)
    failed = failed.where(*its, held_act.c.state == ActState.REFUSED).order_by(held_act.c.id)
    counts = {row.state: row.found for row in await tx.execute(counted)}
    return counts, list((await tx.execute(failed)).all())


async def prune(tx: Transaction, *, before: datetime) -> None:
    """Forget acts that ended long ago: what they did is on record elsewhere."""
    await tx.execute(delete(held_act).where(held_act.c.ended_at < before))


def _ended(state: ActState, at: datetime) -> Update:
    waiting = update(held_act).where(held_act.c.state == ActState.WAITING)
    return waiting.values(state=state.value, ended_at=at, arguments={})
