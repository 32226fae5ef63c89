"""The overview: what waits, is late, under way and stuck at this moment, and how appeals flow. Grouped counts only."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select

from services.chassis.database import Transaction, unindexed
from services.contracts.calendar import ALMATY, WorkingCalendar
from services.contracts.referrals import ReferralState
from services.router.appeal import Outcome
from services.router.flow import Path
from services.router.hands import recalled, settled_since, was_asked
from services.router.referral import TERM_RUNS
from services.router.statistics import Slice, Tell, months_of, nobody
from services.router.store import OPEN
from services.router.tables import appeal, referral, task
from services.router.task import TaskState

OURS: Final = "(ours)"
NOBODY: Final = "(nobody)"
"""Stand for an agency where there is none."""
RULE: Final = "rule"
PERSON: Final = "person"
"""Who decided."""
_FOUND: Final = func.count().label("found")


@dataclass(frozen=True)
class Span:
    """What is due so many working days from now: from `least` to `most`, below zero late."""

    least: int
    most: int
    found: int
    first: date | None
    last: date | None
    """Between which days due they lie; None where there is none."""

    @property
    def is_late(self) -> bool:
        return self.most < 0


MANY: Final = 100_000
SPANS: Final = ((-MANY, -6), (-5, -1), (0, 0), (1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, MANY))
"""Working days left, put together as they are shown."""


@dataclass(frozen=True)
class Rates:
    """What went through in the last hour."""

    received: int
    """Appeals."""
    issued: int
    answered: int
    """Referrals."""


@dataclass(frozen=True)
class Now:
    """The counters."""

    waiting: int
    waiting_late: int
    waiting_today: int
    questions: Mapping[str, int]
    """Open tasks by what is asked."""
    states: Mapping[ReferralState, int]
    """Referrals by state."""
    late: int
    today: int
    """Open referrals whose day has passed, or is today."""
    registered_today: int
    answered_today: int
    decided_today: int
    """Appeals of which a person has settled something."""
    spans: tuple[Span, ...]
    """Open referrals by working days left."""
    rates: Rates

    @property
    def in_flight(self) -> int:
        """Referrals that agencies have."""
        return sum(self.states.get(state, 0) for state in TERM_RUNS)


async def counted(tx: Transaction, calendar: WorkingCalendar, *, at: datetime, missed: date, reads_sealed: bool) -> Now:
    """The counters at a moment; `missed` is the latest day due that has passed.

    What is asked and decided of sealed appeals is counted for who may read them alone: it would tell what is in them.
    """
    today = calendar.arrived_on(at)
    midnight = datetime.combine(today, datetime.min.time(), tzinfo=ALMATY)
    tasks = await _by_due(tx, task, task.c.state == TaskState.OPEN)
    open_ones = await _by_due(tx, referral, referral.c.state.in_(OPEN))
    rows = await tx.execute(select(referral.c.state, _FOUND).group_by(referral.c.state))
    asked = select(task.c.question, _FOUND).where(task.c.state == TaskState.OPEN).group_by(task.c.question)
    if not reads_sealed:
        asked = asked.join_from(task, appeal).where(appeal.c.sealed.is_(False))
    return Now(
        waiting=sum(tasks.values()),
        waiting_late=sum(found for day, found in tasks.items() if day <= missed),
        waiting_today=tasks[today] if today > missed else 0,
        questions={row.question: row.found for row in await tx.execute(asked)},
        states={ReferralState(row.state): row.found for row in rows},
        late=sum(found for day, found in open_ones.items() if day <= missed),
        today=open_ones[today] if today > missed else 0,
        registered_today=await _number(tx, appeal.c.registered_on == today),
        answered_today=await _number(tx, referral.c.answered_at >= midnight),
        decided_today=await _number(
            tx, appeal.c.id.in_(settled_since(midnight)), *_readable(reads_sealed=reads_sealed)
        ),
        spans=_spans(open_ones, calendar, today, missed),
        rates=await _rates(tx, at - timedelta(hours=1)),
    )


async def flows(tx: Transaction, of: Slice, *, reads_sealed: bool, tell: Tell = nobody) -> dict[Path, int]:
    """How these appeals went: channel, who decided, agency, state; of one in parts, each part that an agency has.

    Sealed ones are among them for who may read them alone.
    """
    alone = (~was_asked(), ~recalled())  # as conditions: of a column to group by no index is used
    found: Counter[Path] = Counter()
    for month in months_of(of, tell):
        where = (*month.where(), *_readable(reads_sealed=reads_sealed))
        for (channel, whose, state), n in (await _ways(tx, *where)).items():
            found[channel, PERSON, whose, state] += n
        for (channel, whose, state), n in (await _ways(tx, *where, *alone)).items():
            found[channel, PERSON, whose, state] -= n
            found[channel, RULE, whose, state] += n
    return dict(+found)


async def _ways(tx: Transaction, *where: ColumnElement[bool]) -> Counter[Path]:
    """How many of these appeals, or of their parts, are where: by channel, who has them, and state."""
    found: Counter[Path] = Counter()
    with_agency = (appeal.c.channel, referral.c.agency, referral.c.state)
    sent = select(*with_agency, _FOUND).join_from(appeal, referral).where(*where, *_sent())
    for row in await tx.execute(sent.group_by(*with_agency)):
        found[row.channel, row.agency, row.state] += row.found
    ours = (appeal.c.channel, appeal.c.outcome)
    others = select(*ours, _FOUND).where(*where, unindexed(appeal.c.outcome) != Outcome.REFERRED)
    for row in await tx.execute(others.group_by(*ours)):
        found[row.channel, OURS if row.outcome == Outcome.RETAINED else NOBODY, row.outcome] += row.found
    return found


def _readable(*, reads_sealed: bool) -> tuple[ColumnElement[bool], ...]:
    return () if reads_sealed else (appeal.c.sealed.is_(False),)


def _sent() -> tuple[ColumnElement[bool], ...]:
    """Referrals that an agency has, or had to the end."""
    having = (*TERM_RUNS, ReferralState.ANSWERED, ReferralState.UNDELIVERABLE)
    return unindexed(appeal.c.outcome) == Outcome.REFERRED, referral.c.state.in_([one.value for one in having])


async def _rates(tx: Transaction, since: datetime) -> Rates:
    # of whatever state: an index begins with it
    issued = (referral.c.state.in_(list(ReferralState)), referral.c.issued_at >= since)
    return Rates(
        received=await _number(tx, appeal.c.received_at >= since),
        issued=await _number(tx, *issued),
        answered=await _number(tx, referral.c.answered_at >= since),
    )


async def _by_due(tx: Transaction, table: Any, *where: ColumnElement[bool]) -> Counter[date]:
    """How many rows are due on each day."""
    rows = await tx.execute(select(table.c.due_on, _FOUND).where(*where).group_by(table.c.due_on))
    return Counter({row.due_on: row.found for row in rows})


async def _number(tx: Transaction, *where: ColumnElement[bool]) -> int:
    return int((await tx.execute(select(func.count()).where(*where))).scalar_one())


def _spans(due: Mapping[date, int], calendar: WorkingCalendar, today: date, missed: date) -> tuple[Span, ...]:
    """What is due, by working days left. A day that has passed by its hour is late, though it is today."""
    left: dict[date, int] = {}
    for day in due:
        days = calendar.working_days_left(today, day)
        left[day] = min(days, -1) if day <= missed else max(days, 0)
    return tuple(_span(low, high, {day: due[day] for day in due if low <= left[day] <= high}) for low, high in SPANS)


def _span(low: int, high: int, due: Mapping[date, int]) -> Span:
    return Span(low, high, sum(due.values()), min(due, default=None), max(due, default=None))
