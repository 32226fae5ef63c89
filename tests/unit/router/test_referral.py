"""The states of a referral: every pair is walked, so no move is lost or won unnoticed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from services.contracts.calendar import WorkingCalendar
from services.contracts.referrals import DOCUMENTS_ENDED, ReferralState, Scope
from services.router.deadlines import ForwardDue
from services.router.referral import TRANSITIONS, WITH_AGENCY, IllegalTransition, Referral

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
MOVES = {
    "proposed": {"issued", "rejected"},
    "issued": {
        *("received", "accepted", "accepted_in_part", "declined", "disputed", "answered"),
        *("recalled", "undeliverable"),
    },
    "received": {"accepted", "accepted_in_part", "declined", "disputed", "answered", "recalled"},
    "accepted": {"answered", "disputed", "recalled"},
    "accepted_in_part": {"answered", "disputed", "recalled"},
    "disputed": {"accepted", "answered", "recalled"},
    "answered": set(),
    "declined": set(),
    "recalled": set(),
    "rejected": set(),
    "undeliverable": {
        *("received", "accepted", "accepted_in_part", "declined", "disputed", "answered"),
        *("issued", "recalled"),
    },
}


def referral(state: ReferralState = ReferralState.PROPOSED, path: tuple[str, ...] = ()) -> Referral:
    return Referral(
        id=UUID(int=1),
        appeal_id=UUID(int=2),
        agency="akimat",
        scope=Scope.FULL,
        forward_due=ForwardDue(strict=date(2026, 11, 26), lenient=date(2026, 11, 27)),
        answer_due_on=date(2026, 12, 14),
        state=state,
        changed_at=AT,
        path=path,
    )


def test_the_table_has_every_state() -> None:
    """A state without a row would fail at the worst moment."""
    assert set(TRANSITIONS) == set(ReferralState)


@pytest.mark.parametrize(
    ("old", "new"), [pytest.param(*pair, id="-".join(pair)) for pair in product(ReferralState, repeat=2)]
)
def test_every_pair_of_states(old: ReferralState, new: ReferralState) -> None:
    """A move in the table makes a new value; any other raises and names both states."""
    before = referral(old)

    if new in MOVES[old]:
        after = before.moved_to(new, at=LATER, reason="why")
        assert after == replace(before, state=new, changed_at=LATER, revision=2, reason="why")
    else:
        with pytest.raises(IllegalTransition, match=f"{old} cannot become {new}"):
            before.moved_to(new, at=LATER)


@pytest.mark.parametrize("state", ReferralState)
def test_terminal_states_are_locked_and_have_no_clock(state: ReferralState) -> None:
    """What has ended is answered, declined, recalled or rejected, and owes nobody anything."""
    ended = state in {"answered", "declined", "recalled", "rejected"}

    assert referral(state).is_terminal is ended
    assert referral(state).is_open is not ended
    assert (referral(state).due_on is None) is ended


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (ReferralState.PROPOSED, date(2026, 11, 26)),
        (ReferralState.UNDELIVERABLE, date(2026, 11, 26)),
        (ReferralState.ISSUED, date(2026, 12, 14)),
        (ReferralState.RECEIVED, date(2026, 12, 14)),
        (ReferralState.ACCEPTED, date(2026, 12, 14)),
        (ReferralState.ACCEPTED_IN_PART, date(2026, 12, 14)),
        (ReferralState.DISPUTED, date(2026, 12, 14)),
    ],
)
def test_our_clock_runs_until_it_is_handed_over_and_then_the_agencys(state: ReferralState, due: date) -> None:
    """Before the hand-over the strict day to forward counts, after it the day of the answer."""
    calendar = WorkingCalendar()
    end = calendar.end_of(due)

    assert referral(state).due_on == due
    assert not referral(state).is_overdue(calendar, end - timedelta(seconds=1))
    assert referral(state).is_overdue(calendar, end)


def test_what_has_ended_is_never_overdue() -> None:
    """An answered referral owes nothing, however long ago it was due."""
    assert not referral(ReferralState.ANSWERED).is_overdue(WorkingCalendar(), datetime(2030, 1, 1, tzinfo=UTC))


def test_issuing_starts_the_agencys_term() -> None:
    """Nothing is with an agency without a day on which its answer is due."""
    proposed = replace(referral(), answer_due_on=None)

    assert proposed.issued(at=LATER, answer_due_on=date(2026, 12, 14)).due_on == date(2026, 12, 14)
    with pytest.raises(ValueError, match="answer is due"):
        proposed.moved_to(ReferralState.ISSUED, at=LATER)


def test_a_declined_referral_has_a_successor_that_remembers_the_way() -> None:
    """The successor is a proposal with a link back and all who declined before it (R-REF-5)."""
    due = ForwardDue(strict=date(2026, 12, 1), lenient=date(2026, 12, 1))
    declined = replace(referral(ReferralState.DECLINED, path=("education",)), scope=Scope.PART, part="the fence")

    successor = declined.successor(id=UUID(int=3), agency="land-relations", forward_due=due, at=LATER)

    assert successor == Referral(
        id=UUID(int=3),
        appeal_id=UUID(int=2),
        agency="land-relations",
        scope=Scope.PART,
        part="the fence",
        forward_due=due,
        changed_at=LATER,
        predecessor_id=UUID(int=1),
        path=("education", "akimat"),
    )
    assert successor.hops == 2


@pytest.mark.parametrize("state", [state for state in ReferralState if state is not ReferralState.DECLINED])
def test_only_a_declined_referral_has_a_successor(state: ReferralState) -> None:
    """Two open referrals of the same part must not exist."""
    with pytest.raises(ValueError, match="only a declined"):
        referral(state).successor(id=UUID(int=3), agency="education", forward_due=referral().forward_due, at=LATER)


@pytest.mark.parametrize(
    ("path", "needs"),
    [
        pytest.param((), False, id="first"),
        pytest.param(("education",), False, id="second"),
        pytest.param(("education", "land-relations"), True, id="third"),
        pytest.param(("akimat",), True, id="back where it was"),
    ],
)
def test_r_ref_5_ping_pong_ends_with_a_person(path: tuple[str, ...], needs: bool) -> None:  # noqa: FBT001 - a table
    """After two agencies have declined, or on a return to one of them, a person decides."""
    assert referral(path=path).needs_person is needs


def test_r_ref_4_a_part_belongs_to_a_partial_referral() -> None:
    """A partial referral has its extract; a full one has none (R-REF-4)."""
    with pytest.raises(ValueError, match="partial"):
        replace(referral(), part="the fence")
    with pytest.raises(ValueError, match="partial"):
        replace(referral(), scope=Scope.PART)


def test_a_moment_without_a_zone_is_refused() -> None:
    """A naive time would silently be the machine's."""
    with pytest.raises(ValueError, match="time zone"):
        referral().moved_to(ReferralState.REJECTED, at=datetime(2026, 11, 23, 5, 0))  # noqa: DTZ001 - the fault under test


def test_no_words_of_the_appeal_reach_a_log() -> None:
    """The value's own text leaves out what people wrote."""
    shown = repr(replace(referral(), scope=Scope.PART, part="Asel's fence", reason="Asel's reason"))

    assert "Asel" not in shown


def test_documents_are_open_to_whoever_may_still_have_to_answer():
    """And what intake hears of later than the agency shuts nothing."""
    opens = set(ReferralState) - DOCUMENTS_ENDED

    assert opens == WITH_AGENCY | {ReferralState.PROPOSED, ReferralState.UNDELIVERABLE}
    assert not any(ReferralState.ANSWERED in TRANSITIONS[state] for state in DOCUMENTS_ENDED - {ReferralState.DISPUTED})
