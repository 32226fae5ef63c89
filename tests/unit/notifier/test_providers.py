"""Providers by weight, and the health of destinations."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from typing import Final
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.notification import Channel, Notification, Permanent, Sent, State, Temporary, Unknown
from services.notifier.pace import Pace, Used
from services.notifier.providers import FIRST_PAUSE, LONGEST_PAUSE, TEST, THRESHOLD, Health, Pool, Routes

NOW: Final = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
DOWN: Final = Temporary("http_503")
POOL: Final = Pool({"heavy": 6, "middle": 3, "light": 1})


@given(st.uuids())
def test_every_provider_has_its_turn_before_one_has_a_second(notification_id: UUID) -> None:
    turns = [POOL.at(notification_id, attempts) for attempts in range(6)]

    assert set(turns[:3]) == {"heavy", "middle", "light"}
    assert turns[:3] == turns[3:]


def test_the_first_turn_follows_the_weights() -> None:
    """Ten thousand notifications, within a tenth."""
    first = Counter(POOL.at(UUID(int=n), 0) for n in range(10_000))

    assert 5500 < first["heavy"] < 6500
    assert 2700 < first["middle"] < 3300
    assert 800 < first["light"] < 1200


def test_who_stands_in_does_not_rest_itself() -> None:
    assert POOL.instead_of({"heavy"}) == "middle"
    assert POOL.instead_of({"heavy", "middle", "light"}) is None


def test_failures_in_a_row_open_a_pause_that_doubles_up_to_its_longest() -> None:
    """One short of the threshold opens none; each failed probation makes the next pause longer."""
    health = Health().after([DOWN] * (THRESHOLD - 1), at=NOW)
    assert not health.on_probation

    pauses = []
    for _ in range(8):
        at = health.resting_until or NOW
        health = health.after([DOWN], at=at)
        assert health.resting_until is not None
        pauses.append(health.resting_until - at)
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    assert health.failing_since == NOW


def test_what_ends_during_a_pause_does_not_prolong_it() -> None:
    """Attempts that were under way when it began."""
    resting = Health().after([DOWN] * THRESHOLD, at=NOW)

    assert resting.after([Unknown("timeout")] * 9, at=NOW).resting_until == resting.resting_until


def test_a_success_and_a_refusal_for_good_both_prove_health() -> None:
    failing = Health().after([DOWN] * 9, at=NOW)

    assert failing.after([Sent()], at=NOW) == failing.after([Permanent("smsc_7")], at=NOW) == Health()


def test_what_concerns_one_recipient_says_nothing_of_the_provider() -> None:
    assert Health().after([Temporary("smtp_450", of_this_one=True)] * 99, at=NOW) == Health()


def test_the_next_attempt_goes_to_the_next_provider_unless_it_is_in_doubt() -> None:
    routes = Routes({Channel.SMS: POOL})
    failed = Notification(UUID(int=7), Channel.SMS, State.TEMPORARY_FAILURE, 1, NOW, None, NOW, POOL.at(UUID(int=7), 0))
    doubtful = Notification(UUID(int=7), Channel.SMS, State.UNKNOWN, 1, NOW, None, NOW, "light", in_doubt=True)

    assert routes.onward(failed).destination == POOL.at(UUID(int=7), 1)
    assert routes.onward(doubtful).destination == "light"


def test_all_of_a_test_mode_stays_inside_and_nothing_else_does() -> None:
    """An applicant who gives a number of the simulator's is told like any other: nothing pretends that it was."""
    routes = Routes({Channel.SMS: POOL, Channel.EMAIL: Pool({"smtp": 1})})
    one = UUID(int=1)

    assert routes.first(Channel.EMAIL, "delivered@simulator.example", one) == "smtp"
    assert routes.first(Channel.SMS, "+70000000001", one) in POOL.weights
    assert Routes(routes.pools, test_mode=True).first(Channel.SMS, "+77011234567", one) == TEST


def test_a_pace_fills_by_the_second_and_holds_no_more_than_one_second_s() -> None:
    pace, fresh = Pace(4), Used(until_ms=0, now_ms=1_000_000)
    emptied = pace.begun(4, fresh)
    later, much_later = replace(emptied, now_ms=1_000_500), replace(emptied, now_ms=1_100_000)

    assert pace.allowed(10, fresh) == 4
    assert (pace.allowed(10, emptied), pace.pause(emptied)) == (0, 0.25)
    assert (pace.allowed(10, later), pace.pause(later)) == (2, 0.0)
    assert pace.allowed(10, much_later) == 4
    assert Pace(0.5).allowed(10, fresh) == 1


@given(
    st.floats(0.1, 500),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 50)), min_size=1, max_size=40),
)
def test_no_pace_is_ever_exceeded(per_second: float, wishes: list[tuple[int, int]]) -> None:
    """No more than one second's in advance of the average, whoever asks; and a pause is no longer than due."""
    pace, used, begun, start = Pace(per_second), Used(until_ms=0, now_ms=1_000_000), 0, 1_000_000
    for wait, wanted in wishes:
        used = replace(used, now_ms=used.now_ms + wait)
        allowed = pace.allowed(wanted, used)
        used, begun = pace.begun(allowed, used), begun + allowed
        if allowed < wanted:
            again = replace(used, now_ms=used.now_ms + ceil(pace.pause(used) * 1000) + 1)
            assert pace.allowed(1, again) == 1

    assert begun <= max(1.0, per_second) + per_second * (used.now_ms - start) / 1000 + 1e-6
