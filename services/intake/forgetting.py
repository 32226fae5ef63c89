"""Forgetting what must not be kept: all words of one appeal and its author, in every table (R-SEC-3)."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, delete, update

from services.chassis.database import Transaction
from services.chassis.outbox import outbox
from services.intake import store

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


async def forget(tx: Transaction, appeal_id: UUID) -> None:
    """Overwrite all words of an appeal, and drop what was posted of it. Its number stays."""
    for table, left in WORDS.items():
        its = table.c.id == appeal_id if table is store.appeal else table.c.appeal_id == appeal_id
        await tx.execute(update(table).where(its).values(left))
    await tx.execute(delete(outbox).where(outbox.c.ordering_key == str(appeal_id)))
