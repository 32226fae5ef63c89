"""The router's statements: they take many rows where callers come in batches, and guard what the domain decided.

Whoever changes anything of an appeal locks it first, in the order of ids: so nothing of one appeal is decided twice at
a time, and its messages leave in the order in which they became true.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Table,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    insert,
    literal,
    or_,
    select,
    true,
    update,
    values,
)

from services.chassis.database import Transaction, rows_to_change
from services.chassis.errors import Conflict
from services.contracts.appeals import AppealKind, Applicant, Channel, Language
from services.contracts.attachments import AttachedDocument
from services.contracts.referrals import ReferralState, Scope
from services.router.appeal import Appeal, Outcome, Part
from services.router.deadlines import ForwardDue
from services.router.protocol import ReplyOutcome
from services.router.referral import TRANSITIONS, Referral
from services.router.tables import appeal, decision, likeness, part, referral, reply, task
from services.router.task import Question, TaskState

OPEN: Final = tuple(state.value for state, following in TRANSITIONS.items() if following)
"""States in which somebody still owes something."""


class Stale(Exception):
    """A row is no longer as it was read. The lock of its appeal forbids it; this is the net below."""


async def known_appeals(tx: Transaction, ids: Collection[UUID]) -> set[UUID]:
    """Which of these appeals the router has."""
    return set((await tx.execute(select(appeal.c.id).where(appeal.c.id.in_(list(ids))))).scalars())


async def locked_appeals(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Appeal]:
    """Appeals by id, locked in the order of their ids. Whoever changes anything of an appeal holds it like this."""
    return await _with_parts(tx, rows_to_change(select(appeal).where(appeal.c.id.in_(list(ids))).order_by(appeal.c.id)))


async def appeals(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Appeal]:
    """Appeals by id, not locked: for whoever changes nothing."""
    return await _with_parts(tx, select(appeal).where(appeal.c.id.in_(list(ids))))


async def locked_appeals_of(tx: Transaction, referral_ids: Collection[UUID]) -> dict[UUID, Appeal]:
    """The appeals of these referrals, locked as above."""
    of_them = select(referral.c.appeal_id).where(referral.c.id.in_(list(referral_ids)))
    return await _with_parts(tx, rows_to_change(select(appeal).where(appeal.c.id.in_(of_them)).order_by(appeal.c.id)))


async def _with_parts(tx: Transaction, statement: Select[Any]) -> dict[UUID, Appeal]:
    rows = (await tx.execute(statement)).all()
    parts: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in await parts_of(tx, [row.id for row in rows]):
        parts[row.appeal_id].append(row)
    return {row.id: appeal_of(row, parts[row.id]) for row in rows}


async def parts_of(tx: Transaction, appeal_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """All parts of these appeals, also those replaced, in order."""
    statement = select(part).where(part.c.appeal_id.in_(list(appeal_ids))).order_by(part.c.number)
    return (await tx.execute(statement)).all()


async def referrals(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """Referrals by id. Read them after their appeals are locked, if they are to be changed."""
    return {row.id: row for row in await tx.execute(select(referral).where(referral.c.id.in_(list(ids))))}


async def referrals_of(tx: Transaction, appeal_ids: Collection[UUID]) -> list[Row[Any]]:
    """All referrals of these appeals, the first one first."""
    statement = select(referral).where(referral.c.appeal_id.in_(list(appeal_ids)))
    return list((await tx.execute(statement.order_by(referral.c.created_at, referral.c.id))).all())


async def open_tasks(tx: Transaction, appeal_ids: Collection[UUID]) -> list[Row[Any]]:
    """Tasks of these appeals that wait for a person, the oldest first."""
    waiting = select(task).where(task.c.appeal_id.in_(list(appeal_ids)), task.c.state == TaskState.OPEN)
    return list((await tx.execute(waiting.order_by(task.c.id))).all())


async def replies_seen(
    tx: Transaction, event_ids: Collection[UUID]
) -> dict[tuple[str, UUID], tuple[str | None, ReplyOutcome]]:
    """Agencies' events, among those with these ids, that have been heard before: their digest and what came of them."""
    columns = (reply.c.agency, reply.c.event_id, reply.c.sha256, reply.c.outcome)
    rows = await tx.execute(select(*columns).where(reply.c.event_id.in_(list(event_ids))))
    return {(row.agency, row.event_id): (row.sha256, ReplyOutcome(row.outcome)) for row in rows}


async def add_replies(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store what agencies have said. Raises `Conflict` when another has used an event's id at the same moment."""
    if rows:
        adding = tx.insert(reply).on_conflict_do_nothing().returning(reply.c.seq)
        if len((await tx.execute(adding, rows)).all()) != len(rows):
            raise Conflict("event_id_reused")


async def appeal_of_task(tx: Transaction, task_id: UUID) -> UUID | None:
    """Which appeal a task is about; None for an unknown task."""
    return (await tx.execute(select(task.c.appeal_id).where(task.c.id == task_id))).scalar_one_or_none()


async def appeals_of_tasks(tx: Transaction, task_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Which appeals these tasks are about."""
    rows = await tx.execute(select(task.c.id, task.c.appeal_id).where(task.c.id.in_(list(task_ids))))
    return {row.id: row.appeal_id for row in rows}


async def appeal_numbered(tx: Transaction, registration_number: str) -> Row[Any] | None:
    """The appeal with this registration number."""
    statement = select(appeal).where(appeal.c.registration_number == registration_number)
    return (await tx.execute(statement.limit(1))).one_or_none()


def _among(ids: ColumnElement[UUID], wanted: Collection[UUID] | None) -> ColumnElement[bool]:
    """Any of them, or only those wanted."""
    return true() if wanted is None else ids.in_(list(wanted))


async def not_fixed(tx: Transaction, day: date, *, limit: int, among: Collection[UUID] | None = None) -> list[UUID]:
    """Appeals to be fixed by `day` or before, of which no task asks yet."""
    asked = exists().where(
        task.c.appeal_id == appeal.c.id, task.c.question == Question.FIX_LAPSED, task.c.state == TaskState.OPEN
    )
    statement = select(appeal.c.id).where(appeal.c.outcome == Outcome.TO_FIX, appeal.c.fix_by <= day, ~asked)
    return list((await tx.execute(statement.where(_among(appeal.c.id, among)).limit(limit))).scalars())


async def disputes_undecided(
    tx: Transaction, day: date, *, limit: int, among: Collection[UUID] | None = None
) -> list[UUID]:
    """Referrals in dispute whose arbiter had until `day` or before, of which nobody has been told yet."""
    told = task.alias()
    known = exists().where(told.c.referral_id == task.c.referral_id, told.c.question == Question.ARBITER_LATE)
    late = (task.c.question == Question.DISPUTED, task.c.state == TaskState.OPEN, task.c.due_on <= day, ~known)
    statement = select(task.c.referral_id).where(*late, _among(task.c.referral_id, among))
    return list((await tx.execute(statement.limit(limit))).scalars())


async def last_decision(tx: Transaction, appeal_id: UUID) -> UUID:
    """The newest decision on an appeal."""
    newest = select(decision.c.id).where(decision.c.appeal_id == appeal_id).order_by(decision.c.id.desc()).limit(1)
    found: UUID = (await tx.execute(newest)).scalar_one()
    return found


async def deciders(tx: Transaction, decision_ids: Collection[UUID]) -> set[str]:
    """Who made these decisions."""
    made = select(decision.c.made_by).where(decision.c.id.in_(list(decision_ids)))
    return set((await tx.execute(made)).scalars())


async def alike(
    tx: Transaction, keys: Collection[int], *, outcomes: Collection[str] = (), limit: int
) -> list[Row[Any]]:
    """Appeals that have one of these keys of likeness, each with the key, the newest first."""
    statement = select(likeness.c.key, appeal).join_from(likeness, appeal).where(likeness.c.key.in_(list(keys)))
    if outcomes:
        statement = statement.where(appeal.c.outcome.in_(list(outcomes)))
    return list((await tx.execute(statement.order_by(appeal.c.id.desc()).limit(limit))).all())


async def to_look_at(tx: Transaction, at: datetime, *, limit: int, among: Collection[UUID] | None = None) -> list[UUID]:
    """Referrals whose next step on the ladder of silence has come."""
    due = select(referral.c.id).where(referral.c.look_at <= at, _among(referral.c.id, among))
    return list((await tx.execute(due.order_by(referral.c.look_at).limit(limit))).scalars())


async def issued_to(
    tx: Transaction,
    agency: str,
    states: Collection[ReferralState],
    *,
    begin: datetime,
    end: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[tuple[datetime, UUID]]:
    """When and which referrals in these states were issued to an agency in that time, the oldest first."""
    issued_at = referral.c.issued_at
    wanted = [referral.c.agency == agency, referral.c.state.in_(states), issued_at >= begin, issued_at < end]
    if after is not None:
        moment, last = after
        wanted.append(or_(issued_at > moment, and_(issued_at == moment, referral.c.id > last)))
    statement = select(issued_at, referral.c.id).where(*wanted).order_by(issued_at, referral.c.id).limit(limit)
    return [(row.issued_at, row.id) for row in await tx.execute(statement)]


async def open_with(tx: Transaction, agencies: Collection[str], *, limit: int) -> list[UUID]:
    """Open referrals that lie with these agencies."""
    theirs = (referral.c.state.in_(OPEN), referral.c.agency.in_(list(agencies)))
    return list((await tx.execute(select(referral.c.id).where(*theirs).limit(limit))).scalars())


async def newly_overdue(tx: Transaction, day: date, *, limit: int, among: Collection[UUID] | None = None) -> list[UUID]:
    """Open referrals due on `day` or before, of which nobody has been told that they are overdue."""
    missed = (referral.c.state.in_(OPEN), referral.c.due_on <= day, referral.c.overdue_reported_at.is_(None))
    statement = select(referral.c.id).where(*missed, _among(referral.c.id, among))
    return list((await tx.execute(statement.limit(limit))).scalars())


async def add(tx: Transaction, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, in one round trip."""
    if rows:
        await tx.execute(insert(table), rows)


async def save_appeals(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what changes of appeals, given with their ``id``. They are locked, so nobody else has changed them."""
    if not rows:
        return
    changing = ("corruption", "sealed", "outcome", "revision", "assessed_at", "withdrawn_at", "fix_by", "category")
    given = [{"of": row["id"], **{f"new_{name}": row[name] for name in changing}} for row in rows]
    new = {name: bindparam(f"new_{name}", type_=appeal.c[name].type) for name in changing}
    await tx.execute(update(appeal).where(appeal.c.id == bindparam("of", type_=Uuid())).values(new), given)


async def save_parts(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what changes of parts. Their appeals are locked."""
    if rows:
        given = [{"of": row["id"], "new_outcome": row["outcome"], "new_replaced": row["replaced"]} for row in rows]
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("outcome", "replaced")}
        await tx.execute(update(part).where(part.c.id == bindparam("of", type_=Uuid())).values(new), given)


_CHANGING: Final = (
    *("state", "revision", "changed_at", "reason", "answer_due_on", "due_on", "sequence"),
    *("scope", "part", "part_id"),
    *("issued_at", "replied_at", "sent_at", "reissued_at", "look_at", "overdue_reported_at"),
    *("accepted_at", "declined_at", "answered_at"),
)


async def save_referrals(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write referrals, each given with the revision it was ``read`` at. Raises `Stale` if one has changed since."""
    if not rows:
        return
    columns = {**{name: referral.c[name].type for name in ("id", *_CHANGING)}, "read": Integer()}
    # literals, because PostgreSQL takes a bare NULL for text
    given = [tuple(literal(row[name], type_) for name, type_ in columns.items()) for row in rows]
    new = values(*(column(name, type_) for name, type_ in columns.items())).data(given).cte("new")
    statement = (
        update(referral)
        .where(referral.c.id == new.c.id, referral.c.revision == new.c.read)
        .values({name: new.c[name] for name in _CHANGING})
        .returning(referral.c.id)
    )
    if len((await tx.execute(statement)).all()) != len(rows):
        raise Stale


async def settle_tasks(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Close open tasks, given with ``id``, ``state``, ``settled_at``, ``settled_by`` and ``reason``."""
    if rows:
        given = [{"of": row["id"], **{f"new_{name}": value for name, value in row.items()}} for row in rows]
        new = {name: bindparam(f"new_{name}", type_=task.c[name].type) for name in rows[0] if name != "id"}
        where = (task.c.id == bindparam("of", type_=Uuid()), task.c.state == TaskState.OPEN)
        await tx.execute(update(task).where(*where).values(new), given)


def appeal_of(row: Row[Any], parts: Sequence[Row[Any]] = ()) -> Appeal:
    """The appeal that a row holds, with its parts' rows."""
    return Appeal(
        id=row.id,
        registration_number=row.registration_number,
        received_at=row.received_at,
        registered_on=row.registered_on,
        language=Language(row.language),
        kind=AppealKind(row.kind),
        channel=Channel(row.channel),
        text=row.text,
        applicant=Applicant.model_validate(row.applicant),
        addressed_to=row.addressed_to,
        complained_of=row.complained_of,
        territory=row.territory,
        anonymous=row.anonymous,
        corruption=row.corruption,
        sealed=row.sealed,
        outcome=Outcome(row.outcome),
        revision=row.revision,
        withdrawn_at=row.withdrawn_at,
        fix_by=row.fix_by,
        category=row.category,
        territory_code=row.territory_code,
        attachments=tuple(AttachedDocument.model_validate(one) for one in row.attachments),
        parts=tuple(part_of(one) for one in parts),
    )


def part_of(row: Row[Any]) -> Part:
    """The part that a row holds."""
    return Part(
        number=row.number,
        spans=tuple((start, end) for start, end in row.spans),
        extract=row.extract,
        outcome=Outcome(row.outcome),
        replaced=row.replaced,
    )


def part_row(held: Part, appeal_id: UUID) -> dict[str, Any]:
    """The row of a part, but for the decision that made it."""
    return {**vars(held), "id": held.id_in(appeal_id), "appeal_id": appeal_id, "spans": list(map(list, held.spans))}


def appeal_row(held: Appeal) -> dict[str, Any]:
    """The row of a new appeal, but for the time of its first assessment."""
    row = {**vars(held), "applicant": held.applicant.model_dump(mode="json", exclude_none=True)}
    row["attachments"] = [one.model_dump(mode="json") for one in held.attachments]
    del row["parts"]
    return row


def referral_of(row: Row[Any]) -> Referral:
    """The referral that a row holds."""
    return Referral(
        id=row.id,
        appeal_id=row.appeal_id,
        agency=row.agency,
        scope=Scope(row.scope),
        part=row.part,
        forward_due=ForwardDue(strict=row.forward_due_strict, lenient=row.forward_due_lenient),
        answer_due_on=row.answer_due_on,
        state=ReferralState(row.state),
        changed_at=row.changed_at,
        revision=row.revision,
        reason=row.reason,
        predecessor_id=row.predecessor_id,
        part_id=row.part_id,
        path=tuple(row.path),
        binding=row.binding,
        sequence=row.sequence,
    )


def referral_row(held: Referral) -> dict[str, Any]:
    """What the domain knows of a referral, as columns. A day due stays on record when its clock has ended."""
    row = {**vars(held), "path": list(held.path)}
    due = row.pop("forward_due")
    kept = held.due_on or held.answer_due_on or due.strict
    return {**row, "forward_due_strict": due.strict, "forward_due_lenient": due.lenient, "due_on": kept}
