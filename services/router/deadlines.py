"""The clocks of a referral: pure dates, computed once and stored. No comment moves a clock; only listed events do."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.contracts.appeals import AppealKind
from services.contracts.calendar import WorkingCalendar
from services.contracts.terms import ANSWER, EXTENSION_MONTHS, FORWARD, Term


@dataclass(frozen=True)
class ForwardDue:
    """Last day to forward, in the two readings of art. 65(1).

    They differ by a day when the appeal arrived after hours or on a day off.
    """

    strict: date
    """Counted from arrival, as the article says: alerts and overdue go by it."""
    lenient: date
    """Counted from registration: the outer bound."""


def forward_due(calendar: WorkingCalendar, received_at: datetime) -> ForwardDue:
    """Last day to forward what reached a body that is not competent (АППК art. 65(1)-(2)).

    The same holds afresh for an agency that a referral reached and that is not competent either.
    """
    return ForwardDue(
        strict=FORWARD.ends_on(calendar, calendar.arrived_on(received_at)),
        lenient=FORWARD.ends_on(calendar, calendar.registered_on(received_at)),
    )


def answer_due(
    calendar: WorkingCalendar, kind: AppealKind, since: date, terms: Mapping[AppealKind, Term] = ANSWER
) -> date:
    """Last day of the answer (АППК arts. 76, 99).

    `since` is the day of registration, or for a referral the day on which it reached the agency.
    """
    return terms[kind].ends_on(calendar, since)


def extension_limit(
    calendar: WorkingCalendar, kind: AppealKind, decided_on: date, terms: Mapping[AppealKind, Term] = ANSWER
) -> date | None:
    """Latest day to which a decision of `decided_on` may extend the term (АППК art. 76(3)); None if nothing may.

    A last day that is no working day moves to the next one (art. 76(5)).
    """
    if not terms[kind].extendable:
        return None
    return calendar.first_working_day_from(_months_after(decided_on, EXTENSION_MONTHS))


def _months_after(day: date, months: int) -> date:
    """The same day of the month, or the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
