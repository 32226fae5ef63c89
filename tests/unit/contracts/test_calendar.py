"""Working days, registration days and the counting of terms (domain rules R-INT-2, R-CAL-1 to R-CAL-5)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.calendar import ALMATY, DayKind, Override, WorkingCalendar

CALENDAR = WorkingCalendar()
DAYS = st.dates(date(2021, 7, 1), date(2035, 12, 31))
MOMENTS = st.datetimes(datetime(2021, 7, 1), datetime(2035, 12, 31), timezones=st.just(ALMATY))  # noqa: DTZ001 - the zone is the strategy's


def almaty(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ALMATY)


def weekdays_off(year: int) -> list[date]:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return [d for d in days if d.year == year and d.weekday() < 5 and not CALENDAR.is_working_day(d)]


@pytest.mark.parametrize(
    ("received", "registered"),
    [
        pytest.param("2026-11-23 10:00", "2026-11-23", id="in working hours"),
        pytest.param("2026-11-27 18:29:59.999999", "2026-11-27", id="the last moment"),
        pytest.param("2026-11-27 18:30", "2026-11-30", id="at the end of the day, a Friday"),
        pytest.param("2026-11-27 19:10", "2026-11-30", id="E2: after hours on a Friday"),
        pytest.param("2026-10-24 12:00", "2026-10-27", id="E3: Saturday before a holiday carried over to Monday"),
        pytest.param("2026-12-31 20:00", "2027-01-05", id="E6: over the year's end"),
        pytest.param("2025-01-04 12:00", "2025-01-05", id="E7: next day is a Sunday that was worked"),
        pytest.param("2026-11-24 00:00", "2026-11-24", id="midnight belongs to the new day"),
    ],
)
def test_r_int_2_registered_on_arrival_or_on_the_next_working_day(received: str, registered: str) -> None:
    """An appeal is registered when it arrives; after hours or on a day off, on the next working day (art. 64(3))."""
    assert CALENDAR.registered_on(almaty(received)) == date.fromisoformat(registered)


def test_r_int_2_the_end_of_the_working_day_is_configurable() -> None:
    """A body that closes at 17:00 registers what comes at 17:00 on the next day."""
    early = WorkingCalendar(ends_at=time(17))

    assert early.registered_on(almaty("2026-11-23 16:59")) == date(2026, 11, 23)
    assert early.registered_on(almaty("2026-11-23 17:00")) == date(2026, 11, 24)


def test_r_cal_1_dates_are_those_of_almaty_by_the_offset_of_the_day() -> None:
    """Almaty was six hours ahead of UTC until 1 March 2024 and is five hours ahead since."""
    before, after = datetime(2024, 2, 29, 12, 45, tzinfo=UTC), datetime(2024, 3, 1, 12, 45, tzinfo=UTC)

    assert CALENDAR.registered_on(before) == date(2024, 3, 1)  # 18:45 in Almaty
    assert CALENDAR.registered_on(after) == date(2024, 3, 1)  # 17:45 in Almaty
    assert CALENDAR.arrived_on(datetime(2026, 11, 23, 19, 0, tzinfo=UTC)) == date(2026, 11, 24)


def test_r_cal_1_a_moment_without_a_zone_is_refused() -> None:
    """A naive time would silently be the machine's."""
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.registered_on(datetime(2026, 11, 23, 10, 0))  # noqa: DTZ001 - the fault under test


@pytest.mark.parametrize(
    ("day", "working"),
    [
        pytest.param("2026-11-23", True, id="Monday"),
        pytest.param("2026-11-28", False, id="Saturday"),
        pytest.param("2024-05-04", True, id="Saturday worked for a moved holiday"),
        pytest.param("2024-05-08", False, id="the day it was moved to"),
        pytest.param("2025-01-05", True, id="Sunday worked"),
        pytest.param("2025-01-03", False, id="Friday off in its place"),
        pytest.param("2026-08-31", True, id="Constitution Day is no holiday from 2026"),
        pytest.param("2027-03-15", False, id="the new Constitution's day from 2027"),
        pytest.param("2013-12-28", True, id="moved within the year's last week"),
    ],
)
def test_r_cal_2_working_days_are_weekdays_with_transfers(day: str, working: bool) -> None:  # noqa: FBT001 - a table
    """Monday to Friday, without holidays and days moved off, with weekends that are worked."""
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is working


def test_r_cal_3_weekdays_off_in_2026_and_2027() -> None:
    """A holiday on a weekend moves to the next working day, but 7 January and Qurban Ait do not."""
    assert weekdays_off(2026) == [
        *(date(2026, 1, d) for d in (1, 2, 7)),
        *(date(2026, 3, d) for d in (9, 23, 24, 25)),
        *(date(2026, 5, d) for d in (1, 7, 11, 27)),
        date(2026, 7, 6),
        date(2026, 10, 26),
        date(2026, 12, 16),
    ]
    assert weekdays_off(2027) == [
        *(date(2027, 1, d) for d in (1, 4, 7)),
        *(date(2027, 3, d) for d in (8, 15, 22, 23, 24)),
        *(date(2027, 5, d) for d in (3, 7, 10)),
        date(2027, 7, 6),
        date(2027, 10, 25),
        date(2027, 12, 16),
    ]


def test_r_cal_4_a_term_ends_with_its_last_days_working_hours() -> None:
    """The last day lasts until the end of its working day, told in UTC."""
    assert CALENDAR.end_of(date(2026, 11, 26)) == datetime(2026, 11, 26, 13, 30, tzinfo=UTC)
    assert CALENDAR.end_of(date(2024, 2, 29)) == datetime(2024, 2, 29, 12, 30, tzinfo=UTC)


@given(DAYS, st.integers(1, 60))
def test_r_cal_5_day_zero_is_not_counted_and_the_last_day_is_worked(day: date, n: int) -> None:
    """The n-th working day after a day is what walking day by day finds."""
    walked, left = day, n
    while left:
        walked += timedelta(days=1)
        left -= CALENDAR.is_working_day(walked)

    assert CALENDAR.nth_working_day_after(day, n) == walked
    assert CALENDAR.working_days_left(day, walked) == n


@given(DAYS, DAYS)
def test_working_days_left_is_zero_on_the_last_day_and_negative_after_it(today: date, due: date) -> None:
    """What is left and what has passed are the same days with opposite signs."""
    assert CALENDAR.working_days_left(due, due) == 0
    assert CALENDAR.working_days_left(today, due) == -CALENDAR.working_days_left(due, today)


@given(MOMENTS, MOMENTS)
def test_registration_is_a_working_day_and_keeps_the_order_of_arrival(one: datetime, other: datetime) -> None:
    """Who comes later is never registered earlier."""
    first, second = sorted((one, other), key=lambda moment: moment.astimezone(UTC))

    assert CALENDAR.is_working_day(CALENDAR.registered_on(first))
    assert CALENDAR.arrived_on(first) <= CALENDAR.registered_on(first) <= CALENDAR.registered_on(second)


@settings(max_examples=30)
@given(st.dictionaries(DAYS, st.sampled_from(DayKind), max_size=8), DAYS, st.integers(1, 40))
def test_an_override_decides_its_day_and_no_other(kinds: dict[date, DayKind], day: date, n: int) -> None:
    """The override table has the last word; a further day off never makes a term shorter."""
    calendar = WorkingCalendar(Override(d, kind, "decree") for d, kind in kinds.items())
    fewer = WorkingCalendar(Override(d, DayKind.OFF, "decree") for d in kinds)
    probed = [day, *kinds, *(d + timedelta(days=1) for d in kinds)]

    assert [calendar.is_working_day(d) for d in probed] == [
        kinds[d] is DayKind.WORKING if d in kinds else CALENDAR.is_working_day(d) for d in probed
    ]
    assert fewer.nth_working_day_after(day, n) >= CALENDAR.nth_working_day_after(day, n)


def test_a_day_overridden_twice_is_refused() -> None:
    """Two decrees on one day are a mistake that a person must settle."""
    day = date(2026, 8, 31)

    with pytest.raises(ValueError, match="twice"):
        WorkingCalendar([Override(day, DayKind.OFF, "one"), Override(day, DayKind.WORKING, "other")])


@pytest.mark.parametrize("day", [date(1990, 12, 31), date(2101, 1, 1)])
def test_days_that_holidays_does_not_know_are_refused(day: date) -> None:
    """Outside its years the library finds no holiday and would call them all working days."""
    with pytest.raises(ValueError, match="knows no day"):
        CALENDAR.is_working_day(day)
    with pytest.raises(ValueError, match="ends on"):
        CALENDAR.nth_working_day_after(date(2100, 12, 31), 1)


def test_a_term_of_no_days_is_refused() -> None:
    """Counting begins with the day after: there is no term of zero days."""
    with pytest.raises(ValueError, match="at least one"):
        CALENDAR.nth_working_day_after(date(2026, 11, 23), 0)
