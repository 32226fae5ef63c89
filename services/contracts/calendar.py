"""The legal calendar that all parties count by: working days of Kazakhstan, in Asia/Almaty.

It stands among the contracts because intake, the router and a partner agency must arrive at the same date. The
holidays come from PyPI `holidays` (0.101 or newer knows the changes of 2026); what the Government moves between two
releases of it is an `Override`, which is data. Times come in aware and are compared in Almaty, never by a fixed offset.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

ALMATY: Final = ZoneInfo("Asia/Almaty")
BEGIN_OF_WORKING_DAY: Final = time(9, 0)
END_OF_WORKING_DAY: Final = time(18, 30)
"""The first moment that is too late: what arrives then is registered on the next working day (АППК art. 64(3))."""

FIRST_DAY: Final = date(1991, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
"""The years that `holidays` knows for Kazakhstan; outside them it finds no holiday and says nothing."""


class DayKind(StrEnum):
    """What an override makes of a day."""

    WORKING = "working"
    OFF = "off"


@dataclass(frozen=True)
class Override:
    """A day that differs from the published holidays, and the act that says so."""

    day: date
    kind: DayKind
    source: str


class WorkingCalendar:
    """Working days between `FIRST_DAY` and `LAST_DAY`. Immutable: a new override table is a new calendar.

    Every method raises `ValueError` for a day, or a result, outside these bounds.
    """

    def __init__(self, overrides: Iterable[Override] = (), *, ends_at: time = END_OF_WORKING_DAY) -> None:
        """Take the published holidays with `overrides` over them; `ends_at` is local time in Almaty."""
        self.overrides: Final = tuple(overrides)
        self.ends_at: Final = ends_at
        kinds = {override.day: override.kind for override in self.overrides}
        if len(kinds) < len(self.overrides):
            raise ValueError("a day is overridden twice")
        self._days: Final = _with_overrides(kinds) if kinds else _published_working_days()

    def is_working_day(self, day: date) -> bool:
        return self._days_until(day) > bisect_left(self._days, day)

    def first_working_day_from(self, day: date) -> date:
        """`day` itself, or the next working day if it is none (АППК art. 76(5))."""
        return self._nth(self._days_until(day - timedelta(days=1)))

    def nth_working_day_after(self, day: date, n: int) -> date:
        """Last day of a term of `n` working days whose day zero is `day` (АППК art. 76(2)). `n` is at least 1."""
        if n < 1:
            raise ValueError("a term is at least one working day")
        return self._nth(self._days_until(day) + n - 1)

    def working_days_left(self, today: date, due: date) -> int:
        """Working days after `today` up to and with `due`: 0 on the last day, negative when it has passed."""
        return self._days_until(due) - self._days_until(today)

    def arrived_on(self, received_at: datetime) -> date:
        """Date in Almaty of an aware moment."""
        return _local(received_at).date()

    def registered_on(self, received_at: datetime) -> date:
        """Day of registration: that of arrival, or the next working day after hours (АППК art. 64(3))."""
        local = _local(received_at)
        day = local.date()
        return self.first_working_day_from(day if local.time() < self.ends_at else day + timedelta(days=1))

    def end_of(self, day: date) -> datetime:
        """Moment, in UTC, from which a term whose last day is `day` has been missed."""
        return datetime.combine(day, self.ends_at, tzinfo=ALMATY).astimezone(UTC)

    def beginning_of(self, day: date) -> datetime:
        """Moment, in UTC, at which a working day begins."""
        return datetime.combine(day, BEGIN_OF_WORKING_DAY, tzinfo=ALMATY).astimezone(UTC)

    def after_working_time(self, since: datetime, length: timedelta) -> datetime:
        """Moment, in UTC, at which so much working time has passed since an aware moment."""
        at, left = since, length
        while True:
            day = self.first_working_day_from(_local(at).date())
            begins, ends = max(at, self.beginning_of(day)), self.end_of(day)
            if begins + left <= ends:
                return (begins + left).astimezone(UTC)
            left -= max(ends - begins, timedelta())
            at = self.beginning_of(day + timedelta(days=1))

    def _days_until(self, day: date) -> int:
        """How many working days the calendar has up to and with `day`."""
        _check_known(day)
        return bisect_right(self._days, day)

    def _nth(self, index: int) -> date:
        if index >= len(self._days):
            raise ValueError(f"the calendar ends on {LAST_DAY}")
        return self._days[index]


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(ALMATY)


def _check_known(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"the calendar knows no day outside {FIRST_DAY} to {LAST_DAY}")


def _with_overrides(kinds: dict[date, DayKind]) -> tuple[date, ...]:
    for day in kinds:
        _check_known(day)
    worked = {day for day, kind in kinds.items() if kind is DayKind.WORKING}
    return tuple(sorted(worked.union(day for day in _published_working_days() if day not in kinds)))


@cache
def _published_working_days() -> tuple[date, ...]:
    """All of them, sorted (0.1 s, once a process), so that a due date is one bisection."""
    from holidays import country_holidays  # noqa: PLC0415 - heavy: who only reads messages does without

    published = country_holidays("KZ", years=range(FIRST_DAY.year, LAST_DAY.year + 1))
    days = (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
    return tuple(day for day in days if published.is_working_day(day))
