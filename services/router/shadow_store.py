"""Statements on the shadow: which rule set decides beside that in force, and what it would have decided."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, select

from services.chassis.database import Transaction
from services.router.listing import FORGOTTEN
from services.router.tables import appeal, decision, shadow, shadow_decision


async def standing(tx: Transaction) -> Row[Any] | None:
    """The newest act: its version is None where the shadow was stopped. None before the first."""
    return (await tx.execute(select(shadow).order_by(shadow.c.number.desc()).limit(1))).one_or_none()


async def begun(tx: Transaction, version: str | None) -> Row[Any] | None:
    """The newest act that has begun a shadow: of this version, if one is given."""
    wanted = shadow.c.version == version if version else shadow.c.version.is_not(None)
    return (await tx.execute(select(shadow).where(wanted).order_by(shadow.c.number.desc()).limit(1))).one_or_none()


async def act(tx: Transaction, row: Mapping[str, Any]) -> bool:
    """Enter an act. False if somebody else's has taken its number."""
    statement = tx.insert(shadow).values(row).on_conflict_do_nothing().returning(shadow.c.number)
    return (await tx.execute(statement)).one_or_none() is not None


async def undecided(tx: Transaction, version: str, *, begun: UUID, since: UUID, limit: int) -> Sequence[Row[Any]]:
    """Appeals first decided on after the act `begun` that the shadow has not seen, in the order of these decisions.

    Each comes with its ``decision_id``, and once for each decision on it from `since` on.
    """
    earlier = decision.alias()
    statement = (
        select(appeal, decision.c.id.label("decision_id"))
        .join_from(decision, appeal)
        .where(
            decision.c.id >= since,
            appeal.c.text != FORGOTTEN,
            ~exists().where(earlier.c.appeal_id == decision.c.appeal_id, earlier.c.id < begun),
            ~exists().where(shadow_decision.c.appeal_id == decision.c.appeal_id, shadow_decision.c.version == version),
        )
        .order_by(decision.c.id)
        .limit(limit)
    )
    return (await tx.execute(statement)).all()


async def add(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what the shadow would have decided; what another process has kept already stays."""
    await tx.execute(tx.insert(shadow_decision).on_conflict_do_nothing(), list(rows))


async def decided(tx: Transaction, version: str, *, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """What the shadow would have decided, with what has become of each appeal; by the appeals' ids."""
    columns = (shadow_decision.c.was, shadow_decision.c.would_be, appeal)
    statement = select(*columns).join_from(shadow_decision, appeal).where(shadow_decision.c.version == version)
    if after is not None:
        statement = statement.where(shadow_decision.c.appeal_id > after)
    return (await tx.execute(statement.order_by(shadow_decision.c.appeal_id).limit(limit))).all()
