"""Statistics: counts over the appeals that were registered in a period, and over what became of their referrals.

Each function is one statement over what appeals and referrals are counted by; `report` arranges and suppresses.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, select

from services.chassis.database import Transaction, hours_between
from services.contracts.appeals import Channel, Language
from services.router.appeal import Outcome
from services.router.hands import had_person, was_taken_back
from services.router.periods import Period
from services.router.tables import appeal, referral

_FOUND: Final = func.count().label("found")
_DECIDED: Final = (Outcome.REFERRED, Outcome.RETAINED)


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


async def by_outcome(tx: Transaction, of: Slice) -> Mapping[tuple[Outcome, str | None], int]:
    """How many appeals, by outcome and category."""
    columns = (appeal.c.outcome, appeal.c.category)
    rows = await tx.execute(select(*columns, _FOUND).where(*of.where()).group_by(*columns))
    return {(Outcome(row.outcome), row.category): row.found for row in rows}


async def by_day(tx: Transaction, of: Slice) -> Mapping[date, Mapping[Outcome, int]]:
    """How many appeals, by day of registration and outcome."""
    columns = (appeal.c.registered_on, appeal.c.outcome)
    found: dict[date, dict[Outcome, int]] = defaultdict(dict)
    for row in await tx.execute(select(*columns, _FOUND).where(*of.where()).group_by(*columns)):
        found[row.registered_on][Outcome(row.outcome)] = row.found
    return found


async def without_category(tx: Transaction, of: Slice) -> Mapping[str, int]:
    """How many referred appeals nobody has said the matter of, by the agency that has them."""
    first = select(func.min(referral.c.agency).label("agency")).join_from(appeal, referral)
    mine = first.where(
        *of.where(),
        appeal.c.outcome == Outcome.REFERRED,
        appeal.c.category.is_(None),
        referral.c.issued_at.is_not(None),
    ).group_by(referral.c.appeal_id)
    chosen = mine.subquery()
    rows = await tx.execute(select(chosen.c.agency, _FOUND).group_by(chosen.c.agency))
    return {row.agency: row.found for row in rows}


async def by_agency(tx: Transaction, of: Slice) -> dict[str, AgencyFigures]:
    """What became of the referrals of these appeals, by agency."""
    found: dict[str, AgencyFigures] = defaultdict(AgencyFigures)
    accepting = hours_between(referral.c.issued_at, referral.c.accepted_at).label("hours")
    declined = referral.c.declined_at.is_not(None).label("declined")
    passed_on = referral.c.predecessor_id.is_not(None).label("passed_on")
    for row in await _grouped(tx, of, accepting, declined, passed_on):
        one = found[row.agency]
        one.issued += row.found
        one.declined += row.found * bool(row.declined)
        one.passed_on += row.found * bool(row.passed_on)
        if row.hours is not None:
            one.accepted += row.found
            one.to_accept.counts[row.hours] += row.found
    for row in await _grouped(tx, of, hours_between(referral.c.issued_at, referral.c.answered_at).label("hours")):
        if row.hours is not None:
            found[row.agency].answered += row.found
            found[row.agency].to_answer.counts[row.hours] += row.found
    return found


async def _grouped(tx: Transaction, of: Slice, *by: ColumnElement[Any]) -> Collection[Row[Any]]:
    """Counts of the referrals that were handed over, by agency and these."""
    statement = select(referral.c.agency, *by, _FOUND).join_from(appeal, referral)
    handed_over = statement.where(*of.where(), referral.c.issued_at.is_not(None))
    return (await tx.execute(handed_over.group_by(referral.c.agency, *by))).all()


async def declines(tx: Transaction, of: Slice) -> Mapping[int, int]:
    """How many appeals were declined once, twice, and so on."""
    each = select(func.count().label("times")).join_from(appeal, referral)
    times = each.where(*of.where(), referral.c.declined_at.is_not(None)).group_by(referral.c.appeal_id).subquery()
    rows = await tx.execute(select(times.c.times, _FOUND).group_by(times.c.times))
    return {row.times: row.found for row in rows}


@dataclass(frozen=True)
class Persons:
    """How many appeals persons had a part in."""

    decided_alone: int
    """Referred or kept, and no person had a part in it."""
    taken_back: int
    """A person took back what had been decided."""


async def by_persons(tx: Transaction, of: Slice) -> Persons:
    """How much was left to persons."""
    columns = (appeal.c.outcome, had_person().label("person"), was_taken_back().label("taken_back"))
    alone = taken_back = 0
    for row in await tx.execute(select(*columns, _FOUND).where(*of.where()).group_by(*columns)):
        alone += row.found * (Outcome(row.outcome) in _DECIDED and not row.person)
        taken_back += row.found * bool(row.taken_back)
    return Persons(alone, taken_back)
