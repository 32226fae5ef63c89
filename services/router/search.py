"""What operators look for: appeals and referrals narrowed, in an order, page by page, and how many there are.

A page begins behind the last item of the one before, so the thousandth costs what the first did. A narrow filter is
asked as a set of appeals, which the database may begin with or test against, as it finds cheaper.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Row,
    Select,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)

from services.chassis.database import Transaction, unindexed
from services.contracts.calendar import ALMATY
from services.router.hands import had_person, settled_since
from services.router.referral import TERM_RUNS
from services.router.tables import FACETS, OPEN_REFERRAL, WAITING, appeal, appeal_word, referral, task
from services.router.task import TaskState

_APPEAL: Final = (
    *(
        "id",
        "registration_number",
        "received_at",
        "registered_on",
        "language",
        "kind",
        "channel",
        "category",
        "territory_code",
    ),
    *("outcome", "sealed", "assessed_at"),
)
APPEAL_ORDERS: Final[Mapping[str, Column[Any]]] = MappingProxyType(
    {"received": appeal.c.received_at, "number": appeal.c.registration_number, "changed": appeal.c.assessed_at}
)
REFERRAL_ORDERS: Final[Mapping[str, Column[Any]]] = MappingProxyType(
    {"due": referral.c.due_on, "created": referral.c.created_at, "changed": referral.c.changed_at}
)
REGISTERED_WITHIN: Final = timedelta(days=31)
"""No holidays last so long: what was received earlier than this was registered before."""
_WAITING: Final = select(task.c.appeal_id).where(text(WAITING))


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; None, or nothing, narrows nothing."""

    number: str | None = None
    outcome: str | None = None
    state: str | None = None
    """State of the referral; of an appeal, of any of its referrals."""
    agency: str | None = None
    channel: str | None = None
    kind: str | None = None
    language: str | None = None
    category: str | None = None
    territory_code: str | None = None
    since: date | None = None
    until: date | None = None
    """First and last day of registration."""
    by_person: bool | None = None
    """Whether a person had a hand in its way."""
    due_since: date | None = None
    due_until: date | None = None
    """First and last day due of the referral; of an appeal, of any of its referrals."""
    is_open: bool = False
    """Only referrals of which somebody still owes something."""
    held: bool = False
    """Only referrals whose term runs: an agency has them."""
    answered_since: datetime | None = None
    """Only referrals that were answered from this moment on."""
    settled_since: datetime | None = None
    """Of which a person settled something from this moment on."""
    overdue_by: date | None = None
    """Whose open referral, or task, was due on this day or before."""
    waiting: bool = False
    """Only those of which a task waits for a person."""
    sealed: bool | None = None
    unsealed: bool = False
    """Only those that are not sealed, whatever else is wanted."""
    words: Sequence[frozenset[int]] = ()
    """For each word looked for, the keys of which an appeal has at least one."""

    @property
    def tells(self) -> bool:
        """Whether being found by it tells what of a sealed appeal is veiled."""
        named = any(getattr(self, name) is not None for name in (*FACETS[1:], "agency", "by_person", "settled_since"))
        return named or bool(self.words)

    def for_reader(self, *, reads_sealed: bool) -> Self:
        """The same for somebody; whoever may not read sealed appeals does not find them by what is veiled."""
        return replace(self, unsealed=True) if self.tells and not reads_sealed else self


@dataclass(frozen=True)
class Place:
    """A place in an order: behind the item with this value and this id."""

    value: Any
    id: UUID


@dataclass(frozen=True)
class Order:
    """By which column a list is ordered."""

    name: str
    descending: bool = False


async def appeals(
    tx: Transaction, wanted: Wanted, order: Order, *, after: Place | None = None, limit: int
) -> Sequence[Row[Any]]:
    """Appeals without their words, in this order, from behind `after` on."""
    statement = select(*(appeal.c[name] for name in _APPEAL)).where(*_of_appeals(wanted))
    return (await tx.execute(_page(statement, APPEAL_ORDERS[order.name], order, after, limit))).all()


async def referrals(
    tx: Transaction, wanted: Wanted, order: Order, *, after: Place | None = None, limit: int
) -> Sequence[Row[Any]]:
    """Referrals with what their appeals are listed by, in this order, from behind `after` on."""
    beside = (name for name in _APPEAL if name not in {"id", "outcome", "assessed_at"})
    statement = select(referral, *(appeal.c[name] for name in beside)).join_from(referral, appeal)
    statement = statement.where(*_of_referrals(wanted))
    return (await tx.execute(_page(statement, REFERRAL_ORDERS[order.name], order, after, limit))).all()


async def appeals_counted(tx: Transaction, wanted: Wanted, *, most: int) -> int:
    """How many appeals there are of these; not counted beyond `most`."""
    return await _counted(tx, select(literal(1)).select_from(appeal).where(*_of_appeals(wanted)), most)


async def referrals_counted(tx: Transaction, wanted: Wanted, *, most: int) -> int:
    """As `appeals_counted`, of referrals."""
    statement = select(literal(1)).select_from(referral.join(appeal)).where(*_of_referrals(wanted))
    return await _counted(tx, statement, most)


async def agencies_of(tx: Transaction, appeal_ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """Agency, state and day due of the referrals of these appeals, the first one first."""
    columns = (referral.c.appeal_id, referral.c.agency, referral.c.state, referral.c.due_on)
    statement = select(*columns).where(referral.c.appeal_id.in_(list(appeal_ids)))
    found: dict[UUID, list[Row[Any]]] = {appeal_id: [] for appeal_id in appeal_ids}
    for row in await tx.execute(statement.order_by(referral.c.created_at, referral.c.id)):
        found[row.appeal_id].append(row)
    return found


async def waiting_of(tx: Transaction, appeal_ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """The most urgent task that waits of each of these appeals that has one."""
    columns = (task.c.id, task.c.appeal_id, task.c.question, task.c.due_on)
    waiting = select(*columns).where(task.c.appeal_id.in_(list(appeal_ids)), task.c.state == TaskState.OPEN)
    rows = await tx.execute(waiting.order_by(task.c.due_on.desc(), task.c.id.desc()))
    return {row.appeal_id: row for row in rows}


def _of_appeals(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    yield from _of_both(wanted)
    sent = list(_sent(wanted))
    if sent:
        yield appeal.c.id.in_(select(referral.c.appeal_id).where(*sent))
    if (day := wanted.overdue_by) is not None:
        late = select(referral.c.appeal_id).where(text(OPEN_REFERRAL), referral.c.due_on <= day)
        # as two questions: PostgreSQL would put one together of both first, and then sort all that it finds, as SQLite
        # would, if it began with them
        asked = unindexed(appeal.c.id)
        yield or_(asked.in_(late), asked.in_(_WAITING.where(task.c.due_on <= day)))


def _of_referrals(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    yield from _of_both(wanted)
    yield from _sent(wanted)
    if (day := wanted.overdue_by) is not None:
        yield literal_column(f"({OPEN_REFERRAL})", Boolean())
        yield referral.c.due_on <= day


def _sent(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """What is wanted of a referral."""
    if wanted.agency is not None:
        yield referral.c.agency == wanted.agency
    if wanted.state is not None:
        yield referral.c.state == wanted.state
    if wanted.due_since is not None:
        yield referral.c.due_on >= wanted.due_since
    if wanted.due_until is not None:
        yield referral.c.due_on <= wanted.due_until
    if wanted.is_open:
        yield literal_column(f"({OPEN_REFERRAL})", Boolean())
    if wanted.held:
        yield referral.c.state.in_(sorted(TERM_RUNS))
    if wanted.answered_since is not None:
        yield referral.c.answered_at >= wanted.answered_since


def _of_both(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.number is not None:
        yield appeal.c.registration_number == wanted.number
    for name in (*FACETS, "sealed"):
        if (value := getattr(wanted, name)) is not None:
            yield unindexed(appeal.c[name]) == value
    if wanted.unsealed:
        yield unindexed(appeal.c.sealed).is_(False)
    yield from _registered(wanted)
    if wanted.by_person is not None:
        yield had_person() if wanted.by_person else ~had_person()
    if wanted.waiting:
        yield appeal.c.id.in_(_WAITING)
    if wanted.settled_since is not None:
        yield appeal.c.id.in_(settled_since(wanted.settled_since))
    for keys in wanted.words:
        yield appeal.c.id.in_(select(appeal_word.c.appeal_id).where(appeal_word.c.key.in_(sorted(keys))))


def _registered(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """The days of registration; and what follows from them for the moment of reception, by which lists are ordered."""
    if (first := wanted.since) is not None:
        yield unindexed(appeal.c.registered_on) >= first
        yield appeal.c.received_at >= datetime.combine(first, time(), ALMATY) - REGISTERED_WITHIN
    if (last := wanted.until) is not None:
        yield unindexed(appeal.c.registered_on) <= last
        yield appeal.c.received_at < datetime.combine(last + timedelta(days=1), time(), ALMATY)


def _page(statement: Select[Any], by: Column[Any], order: Order, after: Place | None, limit: int) -> Select[Any]:
    last = by.table.c.id
    if after is not None:
        # typed as the columns are: a tuple does not tell it of its parts
        here = tuple_(literal(after.value, by.type), literal(after.id, last.type))
        statement = statement.where(tuple_(by, last) < here if order.descending else tuple_(by, last) > here)
    ordered = (by.desc(), last.desc()) if order.descending else (by, last)
    return statement.order_by(*ordered).limit(limit)


async def _counted(tx: Transaction, statement: Select[Any], most: int) -> int:
    return int((await tx.execute(select(func.count()).select_from(statement.limit(most).subquery()))).scalar_one())
