"""States of a notification, the times of its attempts, and what outcomes mean."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.notification import (
    CLAIMABLE,
    FINAL,
    INTERRUPTED,
    SCHEDULES,
    TRANSITIONS,
    Channel,
    IllegalTransition,
    Notification,
    Outcome,
    Permanent,
    Schedule,
    Sent,
    State,
    Suppression,
    Temporary,
    Unknown,
)

NOW: Final = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ID: Final = UUID("01890000-0000-7000-8000-000000000001")
EMAIL: Final = SCHEDULES[Channel.EMAIL]
WEBHOOK: Final = SCHEDULES[Channel.WEBHOOK]
ONCE: Final = Schedule((timedelta(0),), repeats_unknown=False)

outcomes = st.one_of(
    st.builds(Temporary, st.just("timeout"), st.none() | st.timedeltas(timedelta(0), timedelta(days=3))),
    st.builds(Unknown, st.just("no_answer")),
    st.just(Permanent("smtp_550")),
    st.just(Sent()),
)


def in_state(state: State, *, attempts: int = 1) -> Notification:
    return replace(Notification.queued(ID, Channel.EMAIL, at=NOW), state=state, attempts=attempts)


MOVES: Final[Mapping[str, tuple[State, Callable[[Notification], Notification]]]] = {
    "claim": (State.SENDING, lambda n: n.claimed(at=NOW)),
    "sent": (State.SENT, lambda n: n.concluded(Sent(), EMAIL, at=NOW)),
    "confirmed": (State.DELIVERED, lambda n: n.concluded(Sent(confirmed=True), EMAIL, at=NOW)),
    "refused for now": (State.TEMPORARY_FAILURE, lambda n: n.concluded(Temporary("timeout"), EMAIL, at=NOW)),
    "refused for the last time": (State.TECHNICAL_FAILURE, lambda n: n.concluded(Temporary("timeout"), ONCE, at=NOW)),
    "refused for good": (State.PERMANENT_FAILURE, lambda n: n.concluded(Permanent("smtp_550"), EMAIL, at=NOW)),
    "cut off": (State.UNKNOWN, lambda n: n.concluded(INTERRUPTED, EMAIL, at=NOW)),
    "suppress": (State.SUPPRESSED, lambda n: n.suppressed(Suppression.ENDPOINT_DISABLED, at=NOW)),
    "replace": (State.REPLACED, lambda n: n.replaced(at=NOW)),
    "receipt": (State.DELIVERED, lambda n: n.reported(Sent(confirmed=True), at=NOW)),
    "bounce": (State.PERMANENT_FAILURE, lambda n: n.reported(Permanent("bounced"), at=NOW)),
    "given up": (State.TECHNICAL_FAILURE, lambda n: n.reported(Temporary("expired"), at=NOW)),
}


@pytest.mark.parametrize(("old", "move"), list(product(State, MOVES)))
def test_every_move_from_every_state_is_as_the_table_says(old: State, move: str) -> None:
    """What the table does not have raises; nothing is ignored."""
    new, make = MOVES[move]

    if new in TRANSITIONS[old]:
        assert make(in_state(old)).state is new
    else:
        with pytest.raises(IllegalTransition):
            make(in_state(old))


def test_every_state_has_its_row_and_can_be_reached() -> None:
    reached = {State.QUEUED} | {new for moves in TRANSITIONS.values() for new in moves}

    assert set(TRANSITIONS) == set(State) == reached


def test_final_states_are_locked_and_waiting_ones_can_be_suppressed() -> None:
    ends = {State.DELIVERED, State.PERMANENT_FAILURE, State.TECHNICAL_FAILURE, State.SUPPRESSED, State.REPLACED}
    assert ends == FINAL
    assert all(State.SUPPRESSED in TRANSITIONS[state] for state in CLAIMABLE)


@pytest.mark.parametrize("state", State)
def test_what_is_forgotten_is_tried_no_more_and_what_may_have_arrived_is_not_denied(state: State) -> None:
    """What waited is suppressed; an attempt under way, a doubt and an end stay what they are (R-SEC-3)."""
    before = in_state(state)
    after = before.forgotten(at=NOW)

    if state in {State.QUEUED, State.TEMPORARY_FAILURE}:
        assert (after.state, after.reason, after.next_attempt_at) == (State.SUPPRESSED, "forgotten", None)
    elif state is State.UNKNOWN:
        assert (after.state, after.next_attempt_at) == (State.UNKNOWN, None)
    else:
        assert after == before


def test_a_new_notification_is_due_at_once() -> None:
    assert Notification.queued(ID, Channel.EMAIL, at=NOW).next_attempt_at == NOW


def test_a_claim_counts_the_attempt_before_it_is_made() -> None:
    """So a crash in the middle of an attempt leaves its number behind."""
    claimed = Notification.queued(ID, Channel.EMAIL, at=NOW).claimed(at=NOW)

    assert (claimed.attempts, claimed.next_attempt_at) == (1, None)


def test_a_failure_keeps_its_code_and_success_clears_it() -> None:
    failed = in_state(State.SENDING).concluded(Temporary("smtp_451_4.7.1"), EMAIL, at=NOW)
    sent = failed.claimed(at=NOW).concluded(Sent(), EMAIL, at=NOW)

    assert failed.reason == "smtp_451_4.7.1"
    assert sent.reason is None


def test_webhooks_are_tried_for_about_three_days() -> None:
    """The schedule of Standard Webhooks."""
    hours = [round(sum(WEBHOOK.waits[:n], timedelta()) / timedelta(hours=1), 2) for n in range(1, 11)]

    assert hours == [0, 0, 0.08, 0.58, 2.58, 7.58, 17.58, 31.58, 51.58, 75.58]
    assert WEBHOOK.waits[1] == timedelta(seconds=5)


def test_email_is_tried_within_minutes_and_for_72_hours() -> None:
    minutes = [wait / timedelta(minutes=1) for wait in EMAIL.waits[:8]]

    assert minutes == [0, 1, 5, 5, 10, 20, 40, 60]
    assert timedelta(hours=71) < sum(EMAIL.waits, timedelta()) <= timedelta(hours=72)


@given(st.uuids(), st.sampled_from(list(Channel)), st.integers(1, 80))
def test_a_wait_is_the_scheduled_one_give_or_take_a_tenth(notification_id: UUID, channel: Channel, n: int) -> None:
    """And the same attempt always waits the same time, whoever asks."""
    schedule = SCHEDULES[channel]
    wait = schedule.wait(notification_id, n)

    if n > len(schedule.waits):
        assert wait is None
    else:
        assert wait is not None
        assert schedule.waits[n - 1] * 0.9 <= wait <= schedule.waits[n - 1] * 1.1
        assert wait == schedule.wait(notification_id, n)


def test_jitter_spreads_a_queue_over_the_whole_fifth() -> None:
    """A thousand notices that failed together do not come back together."""
    waits = sorted(WEBHOOK.wait(UUID(int=n), 4) or timedelta() for n in range(1000))
    minutes = [wait / timedelta(minutes=1) for wait in waits]

    assert minutes[0] < 27.1
    assert minutes[-1] > 32.9
    assert 29.7 < minutes[500] < 30.3


@given(st.timedeltas(timedelta(0), timedelta(days=400)), st.integers(1, 10))
def test_retry_after_prolongs_a_wait_up_to_a_day_and_never_shortens_it(asked: timedelta, n: int) -> None:
    own = WEBHOOK.wait(ID, n)
    wait = WEBHOOK.wait(ID, n, at_least=asked)

    assert own is not None
    assert wait == max(own, min(asked, timedelta(hours=24)))


@given(st.lists(outcomes, min_size=90, max_size=90), st.sampled_from([c for c in Channel if c is not Channel.LETTER]))
def test_whatever_happens_it_ends_and_times_only_grow(happened: list[Outcome], channel: Channel) -> None:
    """No list of outcomes makes more attempts than the schedule has, or one before its time."""
    schedule = SCHEDULES[channel]
    notification = Notification.queued(ID, channel, at=NOW)
    for outcome in happened:
        if notification.next_attempt_at is None:
            break
        at = notification.next_attempt_at
        assert at >= notification.changed_at
        notification = notification.claimed(at=at).concluded(outcome, schedule, at=at)

    assert notification.next_attempt_at is None
    assert notification.attempts <= len(schedule.waits)
    assert notification.state in FINAL | {State.SENT, State.UNKNOWN}


def test_an_attempt_without_an_answer_is_repeated_where_the_receiver_can_tell() -> None:
    cut_off = in_state(State.SENDING).concluded(INTERRUPTED, WEBHOOK, at=NOW)

    assert (cut_off.state, cut_off.reason) == (State.UNKNOWN, "interrupted")
    assert cut_off.next_attempt_at == NOW + (WEBHOOK.wait(ID, 2) or timedelta())


def test_an_attempt_without_an_answer_waits_for_a_person_where_the_receiver_cannot() -> None:
    """Rather unknown than twice: the desk decides."""
    never_again = replace(EMAIL, repeats_unknown=False)
    cut_off = in_state(State.SENDING).concluded(Unknown("no_answer"), never_again, at=NOW)

    assert (cut_off.state, cut_off.next_attempt_at) == (State.UNKNOWN, None)
