"""What waits at the desk: tasks with their cases, the oldest due first, and how many of each question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Row, Select, Table, and_, case, func, select, tuple_

from services.chassis.database import Transaction
from services.router.act import ActState
from services.router.listing import Cursor
from services.router.tables import appeal, claim, held_act, referral, task
from services.router.task import TaskState

VEILED: Final = ""
"""Stands for the question of a task whose appeal may not be read."""
_NONE: Final[frozenset[Table]] = frozenset()
_ALL: Final = frozenset({appeal, referral, claim})


class Whose(StrEnum):
    """Of whom a case is."""

    MINE = "mine"
    FREE = "free"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the desk's list is narrowed to; None narrows nothing."""

    question: str | None = None
    agency: str | None = None
    """To which the task's referral is proposed, or which has it."""
    territory: str | None = None
    language: str | None = None
    overdue_by: date | None = None
    whose: Whose | None = None
    viewer: str
    """Who looks: their own claims are mine, nobody's are free."""
    reads_sealed: bool

    @property
    def tells(self) -> bool:
        """Whether what is found tells something of an appeal beside its number and days."""
        return any((self.question, self.agency, self.territory, self.language))


async def waiting(
    tx: Transaction, wanted: Wanted, *, at: datetime, after: Cursor | None = None, limit: int
) -> Sequence[Row[Any]]:
    """Open tasks with what the list shows of their cases. One on which an act waits is not among them."""
    columns = (appeal.c.registration_number, appeal.c.language, appeal.c.kind, appeal.c.sealed, appeal.c.received_at)
    shown = (*columns, appeal.c.territory_code, referral.c.agency, claim.c.by.label("claimed_by"))
    statement = _narrowed(select(task, *shown), wanted, at, joins=_ALL)
    if after is not None:
        statement = statement.where(tuple_(task.c.due_on, task.c.id) > tuple_(*after))
    return (await tx.execute(statement.order_by(task.c.due_on, task.c.id).limit(limit))).all()


async def counted(tx: Transaction, wanted: Wanted, *, at: datetime) -> dict[str, int]:
    """How many open tasks there are of each question, whichever is wanted.

    For who may not read them, those of sealed appeals are all `VEILED`: what is asked would tell what is in them.
    """
    asked: ColumnElement[Any] = task.c.question
    if not wanted.reads_sealed:
        asked = case((appeal.c.sealed, VEILED), else_=task.c.question)
    found = select(asked.label("asked"), func.count().label("found"))
    joins = _NONE if wanted.reads_sealed else frozenset({appeal})
    statement = _narrowed(found, replace(wanted, question=None), at, joins=joins).group_by(asked)
    return {row.asked: row.found for row in await tx.execute(statement)}


async def open_ids(tx: Transaction, wanted: Wanted, *, at: datetime, limit: int) -> list[UUID]:
    """Ids of open tasks, in the list's order."""
    statement = _narrowed(select(task.c.id), wanted, at).order_by(task.c.due_on, task.c.id).limit(limit)
    return list((await tx.execute(statement)).scalars())


async def following(tx: Transaction, wanted: Wanted, *, at: datetime, after: Cursor) -> UUID | None:
    """The next task on the list that is free or one's own."""
    rows = await waiting(tx, wanted, at=at, after=after, limit=20)
    return next((row.id for row in rows if row.claimed_by in {None, wanted.viewer}), None)


def _narrowed(statement: Select[Any], wanted: Wanted, at: datetime, *, joins: frozenset[Table] = _NONE) -> Select[Any]:
    """Open tasks as wanted. Only what is asked for is joined: a count need not read appeals."""
    needed, conditions = _conditions(wanted, at)
    joined: FromClause = task
    if appeal in needed | joins:
        joined = joined.join(appeal, task.c.appeal_id == appeal.c.id)
    if referral in needed | joins:
        joined = joined.outerjoin(referral, task.c.referral_id == referral.c.id)
    if claim in joins:
        joined = joined.outerjoin(claim, and_(claim.c.appeal_id == task.c.appeal_id, claim.c.until > at))
    held = select(held_act.c.appeal_id).where(held_act.c.state == ActState.WAITING)
    free = (task.c.state == TaskState.OPEN, task.c.appeal_id.not_in(held))
    return statement.select_from(joined).where(*free, *conditions)


def _conditions(wanted: Wanted, at: datetime) -> tuple[frozenset[Table], list[ColumnElement[bool]]]:
    equal = {
        task.c.question: wanted.question,
        referral.c.agency: wanted.agency,
        appeal.c.territory_code: wanted.territory,
        appeal.c.language: wanted.language,
    }
    asked = {column: value for column, value in equal.items() if value is not None}
    needed = {column.table for column in asked}
    found: list[ColumnElement[bool]] = [column == value for column, value in asked.items()]
    if wanted.overdue_by is not None:
        found.append(task.c.due_on <= wanted.overdue_by)
    if wanted.whose is not None:
        mine = claim.c.by == wanted.viewer
        held = select(claim.c.appeal_id).where(claim.c.until > at, mine if wanted.whose is Whose.MINE else ~mine)
        ids = task.c.appeal_id
        found.append(ids.in_(held) if wanted.whose is Whose.MINE else ids.not_in(held))
    if wanted.tells and not wanted.reads_sealed:  # what is filtered by must not tell what is veiled
        found.append(~appeal.c.sealed)
        needed.add(appeal)
    return frozenset(needed), found
