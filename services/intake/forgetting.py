"""Forgetting what must not be kept: all words of one appeal and its author, in every table (R-SEC-3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, select, update

from services.chassis import clock, outbox, parked
from services.chassis.database import Transaction
from services.chassis.outbox import Cause
from services.contracts.appeals import Assessment
from services.contracts.notifications import ForgetApplicant
from services.intake import store
from services.intake.attachments import store as attachments

WORDS: Final[Mapping[Table, Mapping[str, Any]]] = {
    store.appeal: {
        "text": "",
        "applicant": {},
        "addressed_to": None,
        "complained_of": None,
        "territory": None,
        "warnings": [],
    },
    store.referral: {"reason": None, "answer": None},
    store.appeal_event: {"facts": {}},
    store.idempotency: {"fingerprint": ""},
}
"""Columns that hold words of an appeal or of people about it, and what is left there."""


async def forget(tx: Transaction, appeal_id: UUID, *, at: datetime, cause: Cause) -> None:
    """Overwrite all words of an appeal, give up its documents, drop what was posted of it, and tell the notifier.

    Its number stays.
    """
    for table, left in WORDS.items():
        its = table.c.id == appeal_id if table is store.appeal else table.c.appeal_id == appeal_id
        await tx.execute(update(table).where(its).values(left))
    await attachments.forget(tx, appeal_id, at=at)
    await outbox.forget(tx, str(appeal_id))
    await parked.forget(tx, {appeal_id}, at=at)
    outbox.post(tx, ForgetApplicant(appeal_id=appeal_id, requested_at=at), at=at, cause=cause)


async def again(tx: Transaction) -> None:
    """Forget what was parked of such appeals since. For a timer."""
    protected = select(store.appeal.c.id).where(store.appeal.c.assessment == Assessment.PROTECTED.value)
    await parked.forget(tx, set((await tx.execute(protected)).scalars()), at=clock.now())
