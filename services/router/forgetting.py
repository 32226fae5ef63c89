"""Forgetting what must not be kept: all words of one appeal and its author, in every table (R-SEC-3)."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, case, delete, select, update

from services.chassis import clock, outbox, parked
from services.chassis.database import Transaction
from services.router import order_store, tables
from services.router.appeal import Outcome

_GONE: Final = "—"

WORDS: Final[Mapping[Table, Mapping[str, Any]]] = {
    tables.appeal: {
        "text": "",
        "applicant": {"name": _GONE},
        "addressed_to": None,
        "complained_of": None,
        "territory": None,
        "category": None,
        "territory_code": None,
        "attachments": [],
    },
    tables.decision: {"record": {"verdict": {"outcome": "close", "as": "protected"}, "facts": {}}},
    tables.part: {"spans": [], "extract": None},
    tables.referral: {"part": case((tables.referral.c.part.is_not(None), _GONE)), "reason": None},
    tables.referral_event: {"note": None},
    tables.task: {"note": None, "reason": None},
    tables.approval: {"reason": None},
    tables.held_act: {"arguments": {}},
    tables.reply: {"text": None, "reason": None, "returned": None, "documents": None},
}
"""Columns that hold words of an appeal or of people about it, and what is left there."""


async def forget(tx: Transaction, appeal_id: UUID) -> None:
    """Overwrite all words of an appeal, and drop what was posted of it and by what it is found. Its number stays."""
    referrals = select(tables.referral.c.id).where(tables.referral.c.appeal_id == appeal_id)
    for table, left in WORDS.items():
        if table is tables.appeal:
            its = table.c.id == appeal_id
        elif "appeal_id" in table.c:
            its = table.c.appeal_id == appeal_id
        else:
            its = table.c.referral_id.in_(referrals)
        await tx.execute(update(table).where(its).values(left))
    for found_by in (tables.likeness, tables.appeal_word):
        await tx.execute(delete(found_by).where(found_by.c.appeal_id == appeal_id))
    await tx.execute(delete(tables.agency_order).where(tables.agency_order.c.appeal_id == appeal_id))
    await outbox.forget(tx, str(appeal_id))
    await _forget_parked(tx, {appeal_id})


async def again(tx: Transaction) -> None:
    """Forget what was parked of such appeals since, and what agencies have long acknowledged. For a timer."""
    await order_store.prune(tx, before=clock.now() - order_store.KEPT)
    protected = select(tables.appeal.c.id).where(tables.appeal.c.outcome == Outcome.PROTECTED.value)
    await _forget_parked(tx, set((await tx.execute(protected)).scalars()))


async def _forget_parked(tx: Transaction, appeals: Collection[UUID]) -> None:
    """What is parked may name the appeal, or one of its referrals alone."""
    referrals = select(tables.referral.c.id).where(tables.referral.c.appeal_id.in_(appeals))
    await parked.forget(tx, {*appeals, *(await tx.execute(referrals)).scalars()}, at=clock.now())
