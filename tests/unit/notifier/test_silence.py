"""When an SMS that nobody has confirmed has been silent for too long."""

from datetime import date, datetime

import pytest

from services.contracts.calendar import ALMATY, DayKind, Override, WorkingCalendar
from services.notifier.silence import silent_before


@pytest.mark.parametrize(
    ("today", "days", "sent_before"),
    [
        ("2026-11-27T10:00", 3, "2026-11-24T00:00"),  # Friday: Tuesday to Thursday are over for Monday's
        ("2026-11-28T00:00", 3, "2026-11-25T00:00"),
        ("2026-11-30T10:00", 3, "2026-11-25T00:00"),  # Monday: the weekend is none of them
        ("2026-12-17T10:00", 1, "2026-12-15T00:00"),  # Independence Day is no working day
    ],
)
def test_only_whole_working_days_count(today: str, days: int, sent_before: str) -> None:
    """In Almaty, the day of sending left out."""
    at, expected = (datetime.fromisoformat(one).replace(tzinfo=ALMATY) for one in (today, sent_before))

    assert silent_before(at, days, WorkingCalendar()) == expected


def test_a_day_that_is_moved_by_an_act_counts_as_it_is_moved() -> None:
    """A Saturday that is worked is one of the days."""
    worked = Override(date(2026, 11, 28), DayKind.WORKING, "decree 7")
    at = datetime(2026, 11, 30, 10, tzinfo=ALMATY)

    assert silent_before(at, 3, WorkingCalendar([worked])) == datetime(2026, 11, 26, tzinfo=ALMATY)
