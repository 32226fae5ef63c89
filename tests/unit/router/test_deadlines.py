"""The clocks of a referral, by the worked examples of the domain brief (§4) and by number of the rule."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts import terms
from services.contracts.appeals import AppealKind
from services.contracts.calendar import ALMATY, WorkingCalendar
from services.router.deadlines import ForwardDue, answer_due, extension_limit, forward_due

CALENDAR = WorkingCalendar()
DAYS = st.dates(date(2021, 7, 1), date(2035, 12, 31))
MOMENTS = st.datetimes(datetime(2021, 7, 1), datetime(2035, 12, 31), timezones=st.just(ALMATY))  # noqa: DTZ001 - the zone is the strategy's


def almaty(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ALMATY)


@pytest.mark.parametrize(
    ("received", "registered", "strict", "lenient", "ordinary", "complaint"),
    [
        pytest.param(
            "2026-11-23 10:00", "2026-11-23", "2026-11-26", "2026-11-26", "2026-12-14", "2026-12-22", id="E1 plain"
        ),
        pytest.param(
            "2026-11-27 19:10",
            "2026-11-30",
            "2026-12-02",
            "2026-12-03",
            "2026-12-22",
            "2026-12-29",
            id="E2 after hours",
        ),
        pytest.param(
            "2026-10-24 12:00", "2026-10-27", "2026-10-29", "2026-10-30", "2026-11-17", "2026-11-24", id="E3 Saturday"
        ),
        pytest.param(
            "2026-10-23 17:00",
            "2026-10-23",
            "2026-10-29",
            "2026-10-29",
            "2026-11-16",
            "2026-11-23",
            id="E4 long weekend",
        ),
        pytest.param(
            "2026-12-15 10:00",
            "2026-12-15",
            "2026-12-21",
            "2026-12-21",
            "2027-01-11",
            "2027-01-18",
            id="E5 four holidays",
        ),
        pytest.param(
            "2026-12-31 20:00", "2027-01-05", "2027-01-08", "2027-01-11", "2027-01-27", "2027-02-03", id="E6 year's end"
        ),
        pytest.param(
            "2025-01-04 12:00",
            "2025-01-05",
            "2025-01-08",
            "2025-01-09",
            "2025-01-27",
            "2025-02-03",
            id="E7 Sunday worked",
        ),
        pytest.param(
            "2024-05-02 10:00",
            "2024-05-02",
            "2024-05-06",
            "2024-05-06",
            "2024-05-27",
            "2024-06-03",
            id="E8 Saturday worked",
        ),
        pytest.param(
            "2026-08-28 10:00",
            "2026-08-28",
            "2026-09-02",
            "2026-09-02",
            "2026-09-18",
            "2026-09-25",
            id="E9 no 30 August",
        ),
        pytest.param(
            "2027-03-12 16:00", "2027-03-12", "2027-03-18", "2027-03-18", "2027-04-08", "2027-04-15", id="E10 15 March"
        ),
        pytest.param(
            "2026-03-18 10:00", "2026-03-18", "2026-03-26", "2026-03-26", "2026-04-13", "2026-04-20", id="E11 Nauryz"
        ),
    ],
)
def test_the_worked_examples_of_the_law(
    received: str, registered: str, strict: str, lenient: str, ordinary: str, complaint: str
) -> None:
    """Each row was counted by hand; together they hold every rule of counting."""
    received_at = almaty(received)
    registered_on = CALENDAR.registered_on(received_at)

    assert registered_on == date.fromisoformat(registered)
    assert forward_due(CALENDAR, received_at) == ForwardDue(date.fromisoformat(strict), date.fromisoformat(lenient))
    assert answer_due(CALENDAR, AppealKind.APPLICATION, registered_on) == date.fromisoformat(ordinary)
    assert answer_due(CALENDAR, AppealKind.COMPLAINT, registered_on) == date.fromisoformat(complaint)


def test_r_ref_3_r_trm_2_the_receivers_term_starts_the_day_after_the_item_reached_it() -> None:
    """E1's item reaches the akimat on Thursday 26 November: its fifteen days end on Friday 18 December."""
    assert answer_due(CALENDAR, AppealKind.APPLICATION, date(2026, 11, 26)) == date(2026, 12, 18)


def test_r_ref_5_a_receiver_that_is_not_competent_has_three_days_afresh() -> None:
    """The akimat that is not competent passes E1's item on by Tuesday 1 December."""
    assert forward_due(CALENDAR, almaty("2026-11-26 11:00")).strict == date(2026, 12, 1)


def test_r_trm_1_every_kind_has_fifteen_working_days_but_the_complaint() -> None:
    """Ordinary and simplified procedures take 15 working days, a complaint 20 (arts. 76, 99)."""
    days = {kind: term.days for kind, term in terms.ANSWER.items()}

    assert days == {kind: 20 if kind is AppealKind.COMPLAINT else 15 for kind in AppealKind}


def test_r_trm_3_an_extension_ends_two_months_after_the_decision_or_on_the_next_working_day() -> None:
    """Decided on 14 December 2026: 14 February 2027 is a Sunday, so Monday 15 February."""
    assert extension_limit(CALENDAR, AppealKind.MESSAGE, date(2026, 12, 14)) == date(2027, 2, 15)
    assert extension_limit(CALENDAR, AppealKind.MESSAGE, date(2026, 12, 31)) == date(2027, 3, 1)  # no 31 February
    assert extension_limit(CALENDAR, AppealKind.MESSAGE, date(2027, 10, 29)) == date(2027, 12, 29)


def test_r_trm_3_a_complaints_term_is_never_extended() -> None:
    """The twenty days of a complaint are final (art. 99)."""
    assert extension_limit(CALENDAR, AppealKind.COMPLAINT, date(2026, 12, 14)) is None


def test_r_trm_3_the_participant_is_told_of_the_extension_within_three_working_days() -> None:
    """Extended on 14 December 2026, told by Friday the 18th: the 16th is a holiday."""
    assert terms.EXTENSION_NOTICE.ends_on(CALENDAR, date(2026, 12, 14)) == date(2026, 12, 18)


def test_r_trm_6_a_special_kind_of_request_may_have_its_own_term() -> None:
    """The table of terms is data: another one may be passed."""
    own = {**terms.ANSWER, AppealKind.REQUEST: terms.Term(5, "registration", "of a special law")}

    assert answer_due(CALENDAR, AppealKind.REQUEST, date(2026, 11, 23), own) == date(2026, 11, 30)


def test_r_int_6_an_appeal_not_fixed_is_returned_within_three_working_days_of_the_lapse() -> None:
    """To be fixed by Friday 4 December 2026 and not: returned by Wednesday the 9th."""
    assert terms.RETURN_UNFIXED.ends_on(CALENDAR, date(2026, 12, 4)) == date(2026, 12, 9)


@pytest.mark.parametrize(
    ("term", "due"),
    [
        pytest.param(terms.RETURN, date(2026, 12, 1), id="R-RET-1 return"),
        pytest.param(terms.TERMINATION_NOTICE, date(2026, 12, 1), id="R-TER-1 notice of termination"),
        pytest.param(terms.COMPLAINT_PASSED_UP, date(2026, 12, 1), id="R-CMP-2 complaint passed up"),
        pytest.param(terms.MATTER_PASSED_DOWN, date(2026, 12, 3), id="R-CMP-6 matter passed down"),
    ],
)
def test_r_cmp_2_r_cmp_6_other_terms_count_from_the_day_after_their_event(term: terms.Term, due: date) -> None:
    """From Thursday 26 November 2026, over a weekend."""
    assert term.ends_on(CALENDAR, date(2026, 11, 26)) == due


@given(MOMENTS)
def test_r_cal_5_strict_is_never_after_lenient_and_they_differ_only_by_late_arrival(received_at: datetime) -> None:
    """Arrival is day zero for the strict date, registration for the lenient one."""
    due = forward_due(CALENDAR, received_at)
    same_day = CALENDAR.registered_on(received_at) == CALENDAR.arrived_on(received_at)

    assert CALENDAR.is_working_day(due.strict)
    assert CALENDAR.working_days_left(due.strict, due.lenient) == (0 if same_day else 1)


@given(MOMENTS, MOMENTS)
def test_r_cal_5_a_later_arrival_is_never_due_earlier(one: datetime, other: datetime) -> None:
    """All clocks keep the order of arrival."""
    first, second = sorted((one, other), key=lambda moment: moment.astimezone(UTC))
    earlier, later = forward_due(CALENDAR, first), forward_due(CALENDAR, second)

    assert earlier.strict <= later.strict
    assert earlier.lenient <= later.lenient


@given(DAYS, st.sampled_from(AppealKind))
def test_r_trm_4_a_term_ends_on_a_working_day_and_a_complaint_last(since: date, kind: AppealKind) -> None:
    """The last day of any term is worked (art. 76(5))."""
    due = answer_due(CALENDAR, kind, since)

    assert CALENDAR.is_working_day(due)
    assert due <= answer_due(CALENDAR, AppealKind.COMPLAINT, since)


@given(DAYS)
def test_r_trm_3_the_limit_of_an_extension_is_two_calendar_months_and_at_most_days_off_more(day: date) -> None:
    """Never short of the two months by more than a missing 29th to 31st, never past them but by days off."""
    limit = extension_limit(CALENDAR, AppealKind.APPLICATION, day)

    assert limit is not None
    assert CALENDAR.is_working_day(limit)
    assert timedelta(days=59) <= limit - day <= timedelta(days=62 + 10)
