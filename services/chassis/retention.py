"""What a service forgets by itself, and when: how long it is kept, the oldest there is, and how much goes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, func, select, true

from services.chassis import inbox, outbox, parked
from services.chassis.database import Transaction

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """Rows of one kind, each forgotten so long after a moment of its own; without a length, kept for good."""

    what: str
    moment: Column[Any]
    length: timedelta | None
    where: ColumnElement[bool] | None = None


EVERYWHERE: Final = (
    Kept("outbox", outbox.outbox.c.published_at, outbox.KEPT),
    Kept("inbox", inbox.inbox.c.received_at, timedelta(days=inbox.KEPT_DAYS)),
    Kept("parked", parked.parked.c.settled_at, None),
)
"""What each service has."""


async def told(tx: Transaction, own: Sequence[Kept], *, at: datetime) -> list[dict[str, Any]]:
    """What `EVERYWHERE` and the service's own rows come to now."""
    return [await _told(tx, one, at) for one in (*EVERYWHERE, *own)]


async def _told(tx: Transaction, kept: Kept, at: datetime) -> dict[str, Any]:
    where = kept.where if kept.where is not None else true()
    oldest = (await tx.execute(select(func.min(kept.moment)).where(where))).scalar_one()
    due = 0
    if kept.length is not None:
        soon = kept.moment < at - kept.length + _DAY
        counted = select(func.count()).select_from(kept.moment.table).where(where, soon)
        due = (await tx.execute(counted)).scalar_one()
    days = kept.length / _DAY if kept.length is not None else None
    return {"what": kept.what, "days": days, "oldest": oldest, "due_within_a_day": due}
