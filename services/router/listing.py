"""What operators look up: lists, page by page, and counts."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, func, literal, select, tuple_

from services.chassis.database import Transaction
from services.contracts.referrals import DeclineReason, ReferralState
from services.router.store import OPEN
from services.router.tables import appeal, approval, decision, referral, referral_event, reply, task
from services.router.task import TaskState

FORGOTTEN: Final = ""
"""What is left of the text of an appeal that has been forgotten (R-SEC-3)."""
_FOUND: Final = func.count().label("found")
_SETTLED: Final = (
    *(ReferralState.ISSUED, ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.ACCEPTED_IN_PART),
    *(ReferralState.ANSWERED, ReferralState.DECLINED),
)
"""States that tell whose matter it is; of the first two, if a person has chosen the agency."""
_NOT_OF_THE_MATTER: Final = (
    *(DeclineReason.OTHER_TERRITORY, DeclineReason.COMPLAINED_OF),
    DeclineReason.HAS_IT_ALREADY,
)
"""Grounds of a decline that say nothing of whose kind of matter it is."""

Cursor = tuple[date, UUID]
"""Day due and id of the last item of the page before."""


@dataclass(frozen=True)
class ReferralFilters:
    """What a list of referrals is narrowed to; None narrows nothing."""

    state: str | None = None
    agency: str | None = None
    appeal_id: UUID | None = None
    registration_number: str | None = None
    overdue_by: date | None = None
    """Only open ones due on this day or before."""
    unsealed: bool = False
    """Only those of appeals that are not sealed: what is filtered by must not tell what is veiled."""


@dataclass(frozen=True)
class TaskFilters:
    """What a list of tasks is narrowed to; None narrows nothing."""

    state: str | None = TaskState.OPEN.value
    question: str | None = None
    appeal_id: UUID | None = None
    registration_number: str | None = None
    overdue_by: date | None = None
    unsealed: bool = False


async def referrals(
    tx: Transaction, filters: ReferralFilters, *, after: Cursor | None, limit: int
) -> Sequence[Row[Any]]:
    """Referrals with their appeals' numbers, the most urgent first."""
    statement = select(referral, appeal.c.registration_number, appeal.c.language, appeal.c.sealed).join_from(
        referral, appeal
    )
    statement = _equal(
        statement,
        {
            referral.c.state: filters.state,
            referral.c.agency: filters.agency,
            referral.c.appeal_id: filters.appeal_id,
            appeal.c.registration_number: filters.registration_number,
            appeal.c.sealed: False if filters.unsealed else None,
        },
    )
    if filters.overdue_by is not None:
        statement = statement.where(referral.c.state.in_(OPEN), referral.c.due_on <= filters.overdue_by)
    return (await tx.execute(_page(statement, referral, after, limit))).all()


async def tasks(tx: Transaction, filters: TaskFilters, *, after: Cursor | None, limit: int) -> Sequence[Row[Any]]:
    """Tasks with their appeals' numbers, the most urgent first."""
    statement = select(task, appeal.c.registration_number, appeal.c.language, appeal.c.kind, appeal.c.sealed).join_from(
        task, appeal
    )
    statement = _equal(
        statement,
        {
            task.c.state: filters.state,
            task.c.question: filters.question,
            task.c.appeal_id: filters.appeal_id,
            appeal.c.registration_number: filters.registration_number,
            appeal.c.sealed: False if filters.unsealed else None,
        },
    )
    if filters.overdue_by is not None:
        statement = statement.where(task.c.due_on <= filters.overdue_by)
    return (await tx.execute(_page(statement, task, after, limit))).all()


async def open_due_from(tx: Transaction, day: date) -> Sequence[Row[Any]]:
    """Open referrals due on `day` or later, with what their days due were counted from; the most urgent first."""
    counted_from = (appeal.c.registration_number, appeal.c.kind, appeal.c.received_at)
    statement = select(referral, *counted_from).join_from(referral, appeal)
    open_ones = statement.where(referral.c.state.in_(OPEN), referral.c.due_on >= day)
    return (await tx.execute(open_ones.order_by(referral.c.due_on, referral.c.id))).all()


async def received_counted(tx: Transaction, since: datetime, until: datetime) -> int:
    """How many appeals were received from `since` on and before `until`, without forgotten ones."""
    counted = select(func.count()).select_from(appeal).where(*_received(since, until))
    return int((await tx.execute(counted)).scalar_one())


async def received(
    tx: Transaction, since: datetime, until: datetime, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Row[Any]]:
    """These appeals, whole, the newest first; `after` is where the page before ended."""
    statement = select(appeal).where(*_received(since, until))
    if after is not None:
        statement = statement.where(tuple_(appeal.c.received_at, appeal.c.id) < tuple_(*_bound(after)))
    newest_first = statement.order_by(appeal.c.received_at.desc(), appeal.c.id.desc()).limit(limit)
    return list((await tx.execute(newest_first)).all())


async def settled(tx: Transaction, *, after: UUID | None, limit: int) -> list[Row[Any]]:
    """Referrals of which it is known whose matter they are, or are not, with text and record, by id; none is sealed."""
    columns = (appeal.c.text, appeal.c.language, appeal.c.kind, appeal.c.applicant, decision.c.record)
    statement = (
        select(referral, *columns).join_from(referral, appeal).join(decision, referral.c.decision_id == decision.c.id)
    )
    statement = statement.where(
        referral.c.state.in_(_SETTLED),
        ~exists().where(reply.c.referral_id == referral.c.id, reply.c.reason_code.in_(_NOT_OF_THE_MATTER)),
        ~appeal.c.sealed,
        ~appeal.c.corruption,
        appeal.c.text != FORGOTTEN,
    )
    if after is not None:
        statement = statement.where(referral.c.id > after)
    return list((await tx.execute(statement.order_by(referral.c.id).limit(limit))).all())


async def decisions_on(tx: Transaction, appeal_ids: Collection[UUID]) -> list[Row[Any]]:
    """All decisions on these appeals, the first one first."""
    statement = select(decision).where(decision.c.appeal_id.in_(list(appeal_ids)))
    return list((await tx.execute(statement.order_by(decision.c.id))).all())


async def appeal_row(tx: Transaction, appeal_id: UUID) -> Row[Any] | None:
    """One appeal, whole."""
    return (await tx.execute(select(appeal).where(appeal.c.id == appeal_id))).one_or_none()


async def decision_row(tx: Transaction, decision_id: UUID) -> Row[Any] | None:
    """One decision with its record."""
    return (await tx.execute(select(decision).where(decision.c.id == decision_id))).one_or_none()


async def decisions_of(tx: Transaction, appeal_id: UUID) -> Sequence[Row[Any]]:
    """All decisions on an appeal, the first one first."""
    statement = select(decision).where(decision.c.appeal_id == appeal_id).order_by(decision.c.id)
    return (await tx.execute(statement)).all()


async def approvals_of(tx: Transaction, decision_id: UUID) -> Sequence[Row[Any]]:
    """What people have said of a decision's proposal, oldest first."""
    statement = select(approval).where(approval.c.decision_id == decision_id).order_by(approval.c.id)
    return (await tx.execute(statement)).all()


async def decisions_numbered(tx: Transaction, registration_number: str) -> Sequence[Row[Any]]:
    """Decisions on the appeals with this number, the first one first."""
    statement = select(decision).join_from(decision, appeal).order_by(decision.c.id)
    return (await tx.execute(statement.where(appeal.c.registration_number == registration_number))).all()


async def referrals_by(tx: Transaction, decision_id: UUID) -> Sequence[Row[Any]]:
    """Referrals that a decision has made."""
    return (await tx.execute(select(referral).where(referral.c.decision_id == decision_id))).all()


async def task_row(tx: Transaction, task_id: UUID) -> Row[Any] | None:
    """One task."""
    return (await tx.execute(select(task).where(task.c.id == task_id))).one_or_none()


async def tasks_of(tx: Transaction, appeal_id: UUID) -> Sequence[Row[Any]]:
    """All tasks of an appeal, the first one first."""
    return (await tx.execute(select(task).where(task.c.appeal_id == appeal_id).order_by(task.c.id))).all()


async def timeline(tx: Transaction, referral_id: UUID) -> Sequence[Row[Any]]:
    """What has happened to a referral, oldest first."""
    statement = select(referral_event).where(referral_event.c.referral_id == referral_id)
    return (await tx.execute(statement.order_by(referral_event.c.seq))).all()


async def replies_to(tx: Transaction, referral_id: UUID) -> Sequence[Row[Any]]:
    """What its agency has said of a referral, oldest first."""
    return (await tx.execute(select(reply).where(reply.c.referral_id == referral_id).order_by(reply.c.seq))).all()


async def appeals_counted(tx: Transaction) -> dict[str, int]:
    """How many appeals there are, by outcome."""
    return await _counted(tx, select(appeal.c.outcome.label("what"), _FOUND).group_by(appeal.c.outcome))


async def tasks_counted(tx: Transaction) -> dict[str, int]:
    """How many tasks are open, by question."""
    waiting = select(task.c.question.label("what"), _FOUND).where(task.c.state == TaskState.OPEN)
    return await _counted(tx, waiting.group_by(task.c.question))


async def tasks_late(tx: Transaction, day: date) -> int:
    """How many open tasks were due on `day` or before."""
    late = select(func.count()).select_from(task).where(task.c.state == TaskState.OPEN, task.c.due_on <= day)
    return int((await tx.execute(late)).scalar_one())


async def overdue_counted(tx: Transaction, day: date) -> dict[str, int]:
    """How many open referrals were due on `day` or before, by agency."""
    missed = select(referral.c.agency.label("what"), _FOUND).where(referral.c.state.in_(OPEN), referral.c.due_on <= day)
    return await _counted(tx, missed.group_by(referral.c.agency))


async def referrals_counted(tx: Transaction) -> dict[str, dict[str, int]]:
    """How many referrals there are, by agency and state."""
    counts = select(referral.c.agency, referral.c.state, _FOUND).group_by(referral.c.agency, referral.c.state)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await tx.execute(counts):
        found[row.agency][row.state] = row.found
    return dict(found)


def _received(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return appeal.c.received_at >= since, appeal.c.received_at < until, appeal.c.text != FORGOTTEN


def _bound(place: tuple[datetime, UUID]) -> tuple[ColumnElement[Any], ...]:
    """A place in the order of reception, typed as its columns are: a tuple does not tell it of its parts."""
    return literal(place[0], appeal.c.received_at.type), literal(place[1], appeal.c.id.type)


async def _counted(tx: Transaction, statement: Select[Any]) -> dict[str, int]:
    return {row.what: row.found for row in await tx.execute(statement)}


def _equal(statement: Select[Any], wanted: dict[Any, Any]) -> Select[Any]:
    for found, value in wanted.items():
        if value is not None:
            statement = statement.where(found == value)
    return statement


def _page(statement: Select[Any], table: Any, after: Cursor | None, limit: int) -> Select[Any]:
    if after is not None:
        statement = statement.where(tuple_(table.c.due_on, table.c.id) > tuple_(*after))
    return statement.order_by(table.c.due_on, table.c.id).limit(limit)
