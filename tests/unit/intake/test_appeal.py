"""The appeal's status follows from what is known, in whatever order it became known."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from services.chassis.ids import new_id
from services.contracts.appeals import Assessment
from services.contracts.referrals import ReferralState as State
from services.intake.appeal import AppealStatus as Status
from services.intake.appeal import Referral, status_of
from services.intake.texts import STATUSES, WARNINGS

AT = datetime(2026, 11, 23, tzinfo=UTC)


def referral(state, *, predecessor=None, scope="full") -> Referral:
    return Referral(new_id(), "akimat", {}, None, scope, state, 1, AT, None, None, predecessor)


@pytest.mark.parametrize(
    ("states", "assessment", "status"),
    [
        ([], None, Status.REGISTERED),
        ([], Assessment.RETAINED, Status.RETAINED),
        ([], Assessment.IN_REVIEW, Status.IN_REVIEW),
        ([State.ISSUED], Assessment.IN_REVIEW, Status.REFERRED),
        ([State.RECEIVED], None, Status.REFERRED),
        ([State.ACCEPTED], None, Status.IN_WORK),
        ([State.ANSWERED], None, Status.ANSWERED),
        ([State.ANSWERED, State.ISSUED], None, Status.IN_WORK),
        ([State.ANSWERED, State.DECLINED], None, Status.IN_REVIEW),
        ([State.UNDELIVERABLE], None, Status.IN_REVIEW),
        ([State.DECLINED], Assessment.RETAINED, Status.RETAINED),
        ([State.DECLINED, State.ISSUED], Assessment.RETAINED, Status.IN_REVIEW),
        ([State.RECALLED], Assessment.RETAINED, Status.RETAINED),
        ([State.REJECTED], None, Status.REGISTERED),
        *(([State.REJECTED], Assessment(status.value), status) for status in (Status.TO_FIX, Status.RETURNED)),
        ([State.DECLINED], Assessment.TERMINATED, Status.TERMINATED),
        ([State.ISSUED], Assessment.TO_FIX, Status.REFERRED),
        ([State.RECALLED], Assessment.PROTECTED, Status.RETAINED),
    ],
)
def test_the_status_is_derived_from_referrals_first(states, assessment, status):
    """One part answered is not the appeal answered; a declined one is in a person's hands."""
    for order in permutations(states):
        found = status_of(withdrawn=False, assessment=assessment, referrals=[referral(state) for state in order])
        assert found is status


@pytest.mark.parametrize(
    ("states", "assessment", "status"),
    [
        ([State.ANSWERED, State.ANSWERED], Assessment.REFERRED, Status.ANSWERED),
        ([State.ANSWERED, State.ACCEPTED], Assessment.REFERRED, Status.IN_WORK),
        ([State.ANSWERED], Assessment.RETAINED, Status.RETAINED),
        ([State.ISSUED], Assessment.RETAINED, Status.REFERRED),
        ([State.ANSWERED], Assessment.IN_REVIEW, Status.IN_REVIEW),
        ([State.ANSWERED], None, Status.IN_WORK),
        ([State.ANSWERED], Assessment.TERMINATED, Status.ANSWERED),
        ([State.ANSWERED], Assessment.TO_FIX, Status.TO_FIX),
        ([State.ANSWERED], Assessment.PROTECTED, Status.RETAINED),
    ],
)
def test_a_part_answered_is_not_the_appeal_answered(states, assessment, status):
    """The rest counts as well: it is ours, or a person decides on it (АППК art. 65(2))."""
    given = [referral(state, scope="part") for state in states]

    assert status_of(withdrawn=False, assessment=assessment, referrals=given) is status


def test_a_declined_referral_with_a_successor_no_longer_counts():
    """The applicant sees who has it now."""
    declined = referral(State.DECLINED)
    successor = referral(State.ISSUED, predecessor=declined.referral_id)

    assert status_of(withdrawn=False, assessment=None, referrals=[declined, successor]) is Status.REFERRED


def test_withdrawn_outweighs_everything():
    """АППК 64(9)."""
    assert status_of(withdrawn=True, assessment=None, referrals=[referral(State.ANSWERED)]) is Status.WITHDRAWN


def test_every_status_and_warning_has_its_words():
    """In three languages."""
    assert set(STATUSES) == set(Status)
    for texts in [*STATUSES.values(), *WARNINGS.values()]:
        assert len(set(texts)) == 3
