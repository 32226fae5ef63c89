"""Statements on the orders that lie ready for agencies which fetch them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, select, update

from services.chassis.database import Transaction
from services.router.tables import agency_order

KEPT: Final = timedelta(days=90)
"""So long it is known that an order was acknowledged; the proof of hand-over has entered it within seconds."""


async def ready(tx: Transaction, agency: str, *, after: int, limit: int) -> Sequence[Row[Any]]:
    """What the agency has not acknowledged: number and document."""
    mine = (agency_order.c.agency == agency, agency_order.c.acknowledged_at.is_(None), agency_order.c.seq > after)
    return (
        await tx.execute(
            select(agency_order.c.seq, agency_order.c.body).where(*mine).order_by(agency_order.c.seq).limit(limit)
        )
    ).all()


async def acknowledge(tx: Transaction, agency: str, ids: Collection[UUID], *, at: datetime) -> int:
    """Keep that the agency has these orders, and not their words any longer; returns how many it had not before."""
    mine = (
        agency_order.c.agency == agency,
        agency_order.c.message_id.in_(ids),
        agency_order.c.acknowledged_at.is_(None),
    )
    return (await tx.execute(update(agency_order).where(*mine).values(acknowledged_at=at, body=None))).rowcount


async def prune(tx: Transaction, *, before: datetime) -> int:
    """Forget orders that were acknowledged before then. Returns how many."""
    return int((await tx.execute(delete(agency_order).where(agency_order.c.acknowledged_at < before))).rowcount)
