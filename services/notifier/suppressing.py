"""Writing to a recipient no more: by an operator's word, or by one click of the recipient's own."""

from datetime import datetime
from uuid import UUID

from services.chassis.database import Transaction
from services.notifier import store, suppressions
from services.notifier.claims import value_of
from services.notifier.notification import Rung, Suppression
from services.notifier.settling import Settling
from services.notifier.suppressions import Why


async def suppress(
    tx: Transaction, settling: Settling, rung: Rung, why: Why, *, row_id: UUID, by: str, at: datetime
) -> None:
    """Put a recipient on the list. Who opts out gets nothing more that waits and the law does not ask for."""
    await suppressions.add(tx, rung, why, row_id=row_id, by=by, at=at)
    waiting = await store.optional_to(tx, *rung) if why is Why.OPTED_OUT else []
    await settling.settle(tx, [(r, value_of(r).suppressed(Suppression.OPTED_OUT, at=at)) for r in waiting], at=at)
