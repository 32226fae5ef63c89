"""Terms of the Administrative Procedural and Process-related Code (АППК) as data: how long, from when, which article.

Taken from the edition with amendments up to 16 January 2026. Day zero is never counted, and the last day is a
working day (arts. 76(2), 76(5)).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.contracts.appeals import AppealKind
from services.contracts.calendar import WorkingCalendar


class Unit(StrEnum):
    """What a term is counted in."""

    WORKING = "working"
    CALENDAR = "calendar"


@dataclass(frozen=True)
class Term:
    """So many days after an event, whose day is day zero."""

    days: int
    after: str
    article: str
    unit: Unit = Unit.WORKING
    extendable: bool = False

    def ends_on(self, calendar: WorkingCalendar, day_zero: date) -> date:
        """Last day on which the duty is still done in time."""
        if self.unit is Unit.CALENDAR:
            return calendar.first_working_day_from(day_zero + timedelta(days=self.days))
        return calendar.nth_working_day_after(day_zero, self.days)


FORWARD: Final = Term(3, "arrival at a body that is not competent", "65(1)")
RETURN: Final = Term(3, "registration", "64(7)(2)")
RETURN_UNFIXED: Final = Term(3, "the lapse of the time to fix", "64(7)(1)")
TERMINATION_NOTICE: Final = Term(3, "the decision to terminate", "70")
EXTENSION_NOTICE: Final = Term(3, "the extension", "76(3)")
COMPLAINT_PASSED_UP: Final = Term(3, "arrival at the body complained of", "91(4)")
MATTER_PASSED_DOWN: Final = Term(5, "the superior body's decision", "100(2)")

_ORDINARY: Final = Term(15, "registration, or arrival at the body it was referred to", "76(1)", extendable=True)
_COMPLAINT: Final = Term(20, "registration, or arrival at the body it was referred to", "99")

ANSWER: Final[Mapping[AppealKind, Term]] = MappingProxyType(
    {kind: _COMPLAINT if kind is AppealKind.COMPLAINT else _ORDINARY for kind in AppealKind}
)
"""Term of the answer by kind. Special kinds of request carry other terms (R-TRM-6): a caller may pass its own table."""

EXTENSION_MONTHS: Final = 2
"""An extendable term may be extended to so many calendar months after the decision (art. 76(3))."""
