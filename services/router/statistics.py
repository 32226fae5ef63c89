"""Statistics: counts over the appeals that were registered in a period, and over what became of their referrals.

A period is counted month by month, so that who waits can be told how far it is. `report` arranges and suppresses.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, case, func, select

from services.chassis.database import Transaction, hours_between, unindexed
from services.contracts.appeals import Channel, Language
from services.router.appeal import Outcome
from services.router.hands import recalled, reviewed, was_asked
from services.router.periods import By, Period
from services.router.tables import appeal, referral

_FOUND: Final = func.count().label("found")
_DECIDED: Final = (Outcome.REFERRED.value, Outcome.RETAINED.value)
Tell = Callable[[float], None]
"""Is told how much of the counting is done, from 0 to 1."""


def nobody(_share: float) -> None:
    """Is told where nobody waits to hear it."""


@dataclass(frozen=True)
class Slice:
    """Which appeals are counted; None narrows nothing."""

    period: Period
    territories: tuple[str, ...] | None = None
    channel: Channel | None = None
    language: Language | None = None

    def where(self) -> Iterator[ColumnElement[bool]]:
        """The same as conditions on appeals."""
        yield appeal.c.registered_on >= self.period.first
        yield appeal.c.registered_on <= self.period.last
        if self.territories is not None:
            yield appeal.c.territory_code.in_(self.territories)
        if self.channel is not None:
            yield appeal.c.channel == self.channel
        if self.language is not None:
            yield appeal.c.language == self.language


@dataclass
class Hours:
    """How many took how many whole hours."""

    counts: Counter[int] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.counts.total()

    def within(self, hundredths: int) -> int | None:
        """The hours within which so many in a hundred were done, by the nearest rank; None where none was."""
        left = -(-self.total * hundredths // 100)
        for hours, found in sorted(self.counts.items()):
            left -= found
            if left <= 0:
                return hours
        return None


@dataclass
class AgencyFigures:
    """What became of the referrals that one agency was handed."""

    issued: int = 0
    accepted: int = 0
    answered: int = 0
    declined: int = 0
    passed_on: int = 0
    """How many of them had been another agency's before."""
    to_accept: Hours = field(default_factory=Hours)
    to_answer: Hours = field(default_factory=Hours)


@dataclass
class Matters:
    """How many appeals of each kind there are."""

    by_day: dict[date, Counter[Outcome]] = field(default_factory=lambda: defaultdict(Counter))
    by_category: Counter[tuple[Outcome, str | None]] = field(default_factory=Counter)
    without_category: Counter[str] = field(default_factory=Counter)
    """Referred ones that nobody has said the matter of, by the agency that has them."""


@dataclass
class Ways:
    """What became of them."""

    agencies: dict[str, AgencyFigures] = field(default_factory=lambda: defaultdict(AgencyFigures))
    declines: Counter[int] = field(default_factory=Counter)
    """How many appeals were declined once, twice, and so on."""
    hand_overs: Counter[int] = field(default_factory=Counter)
    """How many went through one hand-over, two, and so on; of an appeal in parts, the part that went through most."""
    decided_alone: int = 0
    """Referred or kept, and no person had a part in it."""
    taken_back: int = 0
    """A person took back what had been decided."""


async def matters(tx: Transaction, of: Slice, *, tell: Tell) -> Matters:
    """Whose matter these appeals are."""
    found = Matters()
    for part in months_of(of, tell):
        columns = (appeal.c.registered_on, appeal.c.outcome, appeal.c.category)
        for row in await tx.execute(select(*columns, _FOUND).where(*part.where()).group_by(*columns)):
            outcome = Outcome(row.outcome)
            found.by_day[row.registered_on][outcome] += row.found
            found.by_category[outcome, row.category] += row.found
        await _without_category(tx, part, found)
    return found


async def ways(tx: Transaction, of: Slice, *, tell: Tell) -> Ways:
    """What became of these appeals."""
    found = Ways()
    for part in months_of(of, tell):
        await _by_agency(tx, part, found)
        await _times(tx, part, found)
        await _by_persons(tx, part, found)
    return found


def months_of(of: Slice, tell: Tell) -> Iterator[Slice]:
    """The slice month by month; each is told of when it has been counted."""
    steps = of.period.steps(By.MONTH)
    for done, step in enumerate(steps, 1):
        yield replace(of, period=step)
        tell(done / len(steps))


async def _without_category(tx: Transaction, of: Slice, found: Matters) -> None:
    first = select(func.min(referral.c.agency).label("agency")).join_from(appeal, referral)
    mine = first.where(
        *of.where(),
        unindexed(appeal.c.outcome) == Outcome.REFERRED,
        appeal.c.category.is_(None),
        referral.c.issued_at.is_not(None),
    ).group_by(referral.c.appeal_id)
    chosen = mine.subquery()
    for row in await tx.execute(select(chosen.c.agency, _FOUND).group_by(chosen.c.agency)):
        found.without_category[row.agency] += row.found


async def _by_agency(tx: Transaction, of: Slice, found: Ways) -> None:
    accepting = hours_between(referral.c.issued_at, referral.c.accepted_at).label("hours")
    declined = referral.c.declined_at.is_not(None).label("declined")
    passed_on = referral.c.predecessor_id.is_not(None).label("passed_on")
    for row in await _grouped(tx, of, accepting, declined, passed_on):
        one = found.agencies[row.agency]
        one.issued += row.found
        one.declined += row.found * bool(row.declined)
        one.passed_on += row.found * bool(row.passed_on)
        if row.hours is not None:
            one.accepted += row.found
            one.to_accept.counts[row.hours] += row.found
    for row in await _grouped(tx, of, hours_between(referral.c.issued_at, referral.c.answered_at).label("hours")):
        if row.hours is not None:
            found.agencies[row.agency].answered += row.found
            found.agencies[row.agency].to_answer.counts[row.hours] += row.found


async def _grouped(tx: Transaction, of: Slice, *by: ColumnElement[Any]) -> Collection[Row[Any]]:
    """Counts of the referrals that were handed over, by agency and these."""
    statement = select(referral.c.agency, *by, _FOUND).join_from(appeal, referral)
    handed_over = statement.where(*of.where(), referral.c.issued_at.is_not(None))
    return (await tx.execute(handed_over.group_by(referral.c.agency, *by))).all()


async def _times(tx: Transaction, of: Slice, found: Ways) -> None:
    """How often each appeal was declined and handed over: as a whole, and then in one of its parts."""
    counts = (func.count(referral.c.issued_at).label("issued"), func.count(referral.c.declined_at).label("declined"))
    of_part = select(referral.c.appeal_id, referral.c.part_id, *counts).join_from(appeal, referral)
    part = of_part.where(*of.where()).group_by(referral.c.appeal_id, referral.c.part_id).subquery()
    whole = func.sum(case((part.c.part_id.is_(None), part.c.issued), else_=0))
    longest = func.max(case((part.c.part_id.is_not(None), part.c.issued), else_=0))
    each = select((whole + longest).label("issued"), func.sum(part.c.declined).label("declined"))
    one = each.group_by(part.c.appeal_id).subquery()
    columns = (one.c.issued, one.c.declined)
    for row in await tx.execute(select(*columns, _FOUND).group_by(*columns)):
        found.hand_overs[int(row.issued)] += row.found
        found.declines[int(row.declined)] += row.found
    del found.hand_overs[0], found.declines[0]


async def _by_persons(tx: Transaction, of: Slice, found: Ways) -> None:
    """What persons had no part in, and what they took back. Each condition apart: of two at once no index is used."""

    async def counted(*where: ColumnElement[bool]) -> int:
        return int((await tx.execute(select(_FOUND).select_from(appeal).where(*of.where(), *where))).scalar_one())

    found.decided_alone += await counted(unindexed(appeal.c.outcome).in_(_DECIDED), ~was_asked(), ~recalled())
    found.taken_back += await counted(reviewed()) + await counted(recalled(), ~reviewed())
