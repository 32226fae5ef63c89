"""Periods and their steps."""

from datetime import date
from itertools import pairwise

import pytest

from services.router.periods import By, Period


def period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        (("2026-11-01", "2026-11-30"), ("2026-10-01", "2026-10-31")),
        (("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31")),
        (("2024-01-01", "2024-12-31"), ("2023-01-01", "2023-12-31")),
        (("2026-11-02", "2026-11-08"), ("2026-10-26", "2026-11-01")),
        (("2026-03-01", "2026-03-30"), ("2026-01-30", "2026-02-28")),
        (("2026-11-23", "2026-11-23"), ("2026-11-22", "2026-11-22")),
    ],
)
def test_the_period_before_is_as_long(asked, before):
    """In months where whole months are asked for, else in days."""
    assert period(*asked).before == period(*before)


@pytest.mark.parametrize("by", By)
def test_steps_are_the_period(by):
    """Each day once, in order, whatever the step."""
    asked = period("2026-01-15", "2026-04-02")
    steps = asked.steps(by)

    assert (steps[0].first, steps[-1].last) == (asked.first, asked.last)
    assert sum(step.days for step in steps) == asked.days
    assert all((b.first - a.last).days == 1 for a, b in pairwise(steps))


def test_weeks_begin_on_mondays():
    """And months on their first day; what lies outside the period is cut off."""
    weeks = period("2026-11-25", "2026-12-09").steps(By.WEEK)
    months = period("2026-11-25", "2026-12-09").steps(By.MONTH)

    assert [week.first.isoformat() for week in weeks] == ["2026-11-25", "2026-11-30", "2026-12-07"]
    assert [month.last.isoformat() for month in months] == ["2026-11-30", "2026-12-09"]


@pytest.mark.parametrize(("last", "by"), [("2026-01-31", By.DAY), ("2026-06-30", By.WEEK), ("2026-12-31", By.MONTH)])
def test_a_longer_period_has_longer_steps(last, by):
    """So that each is a picture and not a comb."""
    assert period("2026-01-01", last).by is by


def test_no_period_ends_before_it_begins():
    """It is refused."""
    with pytest.raises(ValueError, match="ends before"):
        period("2026-11-02", "2026-11-01")
