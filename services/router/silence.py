"""What an agency's silence means: at which minute it is reminded, and when a person is told. Pure.

The ladder's limits are settings, counted in working time; the steps of one referral follow from its state alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.contracts.calendar import WorkingCalendar
from services.contracts.referrals import Awaited, ReferralState
from services.router.referral import TERM_RUNS, WITH_AGENCY, Referral


class Step(StrEnum):
    """A step of the ladder."""

    RECEIPT = "receipt"
    """Remind the agency: it has not said that it has the referral."""
    RECEIPT_DESK = "receipt_desk"
    """… and a person is told."""
    AGAIN = "again"
    """Send the referral again, as it may have been lost at the agency."""
    ACCEPTANCE = "acceptance"
    """Remind the agency: it has not said whether it is competent."""
    ACCEPTANCE_DESK = "acceptance_desk"
    """… and a person is told."""
    TERM = "term"
    """Remind the agency: its term comes to an end."""
    OVERDUE = "overdue"
    """Remind the agency that it is late, if it is its turn, and tell a person."""


_UNRECEIVED: Final = frozenset({ReferralState.ISSUED})
_UNDECIDED: Final = frozenset({ReferralState.ISSUED, ReferralState.RECEIVED})

WAITS: Final[Mapping[Step, frozenset[ReferralState]]] = MappingProxyType(
    {
        Step.RECEIPT: _UNRECEIVED,
        Step.RECEIPT_DESK: _UNRECEIVED,
        Step.AGAIN: _UNRECEIVED,
        Step.ACCEPTANCE: _UNDECIDED,
        Step.ACCEPTANCE_DESK: _UNDECIDED,
        Step.TERM: WITH_AGENCY,
        Step.OVERDUE: TERM_RUNS,
    }
)
"""Step → states in which it is taken."""


@dataclass(frozen=True)
class Limits:
    """How long silence may last."""

    receipt: timedelta = timedelta(minutes=15)
    """Working time until an agency is reminded to say that it has a referral."""
    receipt_desk: timedelta = timedelta(hours=4)
    """Working time until a person is told that it has not."""
    again: timedelta = timedelta(hours=24)
    """Time, by any clock, until it is sent the same again."""
    acceptance_days: int = 1
    """Working days until it is reminded to say whether it is competent."""
    acceptance_desk_days: int = 2
    """Working days until a person is told that it has not."""
    term_days: int = 3
    """Working days before the end of its term on whose morning it is reminded."""
    arbiter_days: int = 2
    """Working days that an arbiter has for a dispute."""


@dataclass(frozen=True)
class Wait:
    """Since when an agency has been waited for."""

    issued_at: datetime
    sent_at: datetime
    """When it was last sent the referral by us or by a person; the receipt is waited for from then."""


def steps(referral: Referral, wait: Wait, calendar: WorkingCalendar, limits: Limits) -> list[tuple[datetime, Step]]:
    """The steps that are taken while the referral stays in its state, in their order in time."""
    return sorted((moment, step) for step, moment in _moments(referral, wait, calendar, limits))


def next_look(
    referral: Referral, wait: Wait, calendar: WorkingCalendar, limits: Limits, *, after: datetime
) -> datetime | None:
    """When the first step after a moment is to be taken; None when there is none."""
    return next((moment for moment, _ in steps(referral, wait, calendar, limits) if moment > after), None)


def owed(referral: Referral, calendar: WorkingCalendar, at: datetime) -> Awaited | None:
    """What an agency owes next of a referral, and may be reminded of; None when it owes nothing."""
    if referral.state not in WITH_AGENCY:
        return None
    if referral.is_overdue(calendar, at):
        return Awaited.OVERDUE
    return {ReferralState.ISSUED: Awaited.RECEIPT, ReferralState.RECEIVED: Awaited.ACCEPTANCE}.get(
        referral.state, Awaited.TERM
    )


def _moments(
    referral: Referral, wait: Wait, calendar: WorkingCalendar, limits: Limits
) -> Iterator[tuple[Step, datetime]]:
    if referral.state not in TERM_RUNS or referral.answer_due_on is None:
        return
    day_zero = calendar.arrived_on(wait.issued_at)
    moments = {
        Step.RECEIPT: calendar.after_working_time(wait.sent_at, limits.receipt),
        Step.RECEIPT_DESK: calendar.after_working_time(wait.sent_at, limits.receipt_desk),
        Step.AGAIN: wait.sent_at + limits.again,
        Step.ACCEPTANCE: calendar.end_of(calendar.nth_working_day_after(day_zero, limits.acceptance_days)),
        Step.ACCEPTANCE_DESK: calendar.end_of(calendar.nth_working_day_after(day_zero, limits.acceptance_desk_days)),
        Step.TERM: calendar.beginning_of(_days_before(calendar, referral.answer_due_on, limits.term_days)),
        Step.OVERDUE: calendar.end_of(referral.answer_due_on),
    }
    yield from ((step, moment) for step, moment in moments.items() if referral.state in WAITS[step])


def _days_before(calendar: WorkingCalendar, due: date, n: int) -> date:
    """The working day with `n` working days left until `due`."""
    day = due
    while calendar.working_days_left(day, due) < n or not calendar.is_working_day(day):
        day -= timedelta(days=1)
    return day
