"""Periods of days that statistics are asked for: the one before, and the days, weeks or months in one. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Self

_DAY: Final = timedelta(days=1)
_WEEK: Final = 7
MOST_STEPS: Final = 400
"""A picture of more steps shows nothing."""
_DAYS_SHOWN: Final = 45
_WEEKS_SHOWN: Final = 200


class By(StrEnum):
    """How long a step is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, order=True)
class Period:
    """Days from `first` to `last`, both of them in it. Raises `ValueError` when it ends before it begins."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period ends before it begins")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Self:
        """The period before it: as many months for whole months, else as many days."""
        end = self.first - _DAY
        if self.first.day == 1 and self.last == _end_of_month(self.last):
            months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
            return type(self)(_months_back(end.replace(day=1), months), end)
        return type(self)(end - (self.days - 1) * _DAY, end)

    @property
    def by(self) -> By:
        """The step in which it is best seen."""
        if self.days <= _DAYS_SHOWN:
            return By.DAY
        return By.WEEK if self.days <= _WEEKS_SHOWN else By.MONTH

    def steps(self, by: By) -> tuple[Self, ...]:
        """Its days, weeks from Monday on, or months; the first and the last as far as they lie in it."""
        found, begin = [], self.first
        while begin <= self.last:
            end = min(_end_of_step(begin, by), self.last)
            found.append(type(self)(begin, end))
            begin = end + _DAY
        return tuple(found)


def _end_of_step(begin: date, by: By) -> date:
    match by:
        case By.DAY:
            return begin
        case By.WEEK:
            return begin + (_WEEK - begin.isoweekday()) * _DAY
        case By.MONTH:
            return _end_of_month(begin)


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _months_back(first_of_month: date, months: int) -> date:
    years, month = divmod(first_of_month.year * 12 + first_of_month.month - 1 - months, 12)
    return date(years, month + 1, 1)
