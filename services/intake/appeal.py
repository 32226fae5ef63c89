"""What intake knows of an appeal: how a status follows from what has happened. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.contracts.appeals import Assessment
from services.contracts.referrals import ReferralState, Scope


class AppealStatus(StrEnum):
    """What the applicant and the posting system are shown."""

    REGISTERED = "registered"
    """Registered; nobody has decided yet."""
    IN_REVIEW = "in_review"
    """A person decides who is competent."""
    RETAINED = "retained"
    """The anti-corruption service considers it itself."""
    REFERRED = "referred"
    """Sent to the competent agency, which has not yet said that it is."""
    IN_WORK = "in_work"
    """An agency has accepted it."""
    ANSWERED = "answered"
    """Every agency concerned has answered."""
    WITHDRAWN = "withdrawn"
    """The applicant took it back."""
    TO_FIX = "to_fix"
    """The applicant is asked to add what it lacks."""
    RETURNED = "returned"
    TERMINATED = "terminated"
    FILED = "filed"
    """Put to an earlier one without an answer."""
    COURT_ROUTE = "court_route"
    """The applicant was told that only a court is left."""


FINAL: Final = frozenset(
    {
        *(AppealStatus.ANSWERED, AppealStatus.WITHDRAWN),
        *(AppealStatus.RETURNED, AppealStatus.TERMINATED, AppealStatus.FILED, AppealStatus.COURT_ROUTE),
    }
)

OPEN_WORD: Final[Mapping[bool, str]] = {True: "closed", False: "open"}
"""For clients that know two states only."""


@dataclass(frozen=True)
class Referral:
    """One agency's part in answering an appeal, as intake knows it."""

    referral_id: UUID
    agency: str
    agency_name: Mapping[str, str]
    agency_contacts: str | None
    scope: str
    state: ReferralState
    revision: int
    changed_at: datetime
    answer_due_on: date | None
    reason: str | None
    predecessor_id: UUID | None


_GONE: Final = frozenset({ReferralState.RECALLED, ReferralState.REJECTED})
_CAME_BACK: Final = frozenset({ReferralState.DECLINED, ReferralState.DISPUTED, ReferralState.UNDELIVERABLE})
_WITHOUT_AGENCY: Final[Mapping[Assessment | None, AppealStatus]] = {
    Assessment.RETAINED: AppealStatus.RETAINED,
    Assessment.TO_FIX: AppealStatus.TO_FIX,
    Assessment.RETURNED: AppealStatus.RETURNED,
    Assessment.TERMINATED: AppealStatus.TERMINATED,
    Assessment.FILED: AppealStatus.FILED,
    Assessment.COURT_ROUTE: AppealStatus.COURT_ROUTE,
    Assessment.PROTECTED: AppealStatus.RETAINED,
}
"""Assessments that hold as long as no agency has the appeal. Nobody is shown that one is protected (R-SEC-3)."""
_KEPT: Final = frozenset({ReferralState.ACCEPTED_IN_PART, ReferralState.ANSWERED})
"""States of a referral that counts even when another has come of it: its agency has returned a part."""
_IN_HAND: Final = frozenset({ReferralState.ISSUED, ReferralState.RECEIVED})


def standing(referrals: Collection[Referral]) -> list[Referral]:
    """The referrals that count: a recalled, rejected or succeeded one does not."""
    succeeded = {referral.predecessor_id for referral in referrals}
    return [r for r in referrals if r.state not in _GONE and (r.referral_id not in succeeded or r.state in _KEPT)]


def status_of(*, withdrawn: bool, assessment: Assessment | None, referrals: Collection[Referral]) -> AppealStatus:
    """The appeal's status, derived anew from all that is known; it never depends on the order of arrival."""
    if withdrawn:
        return AppealStatus.WITHDRAWN
    counting = standing(referrals)
    states = {referral.state for referral in counting}
    if assessment in _WITHOUT_AGENCY and states <= _CAME_BACK:
        return _WITHOUT_AGENCY[assessment]
    if states & (_CAME_BACK | {ReferralState.PROPOSED}):
        return AppealStatus.IN_REVIEW
    if states == {ReferralState.ANSWERED}:
        return _answered(assessment, in_part=any(referral.scope == Scope.PART for referral in counting))
    if states & (_KEPT | {ReferralState.ACCEPTED}):
        return AppealStatus.IN_WORK
    if states & _IN_HAND:
        return AppealStatus.REFERRED
    if assessment is Assessment.IN_REVIEW:
        return AppealStatus.IN_REVIEW
    return AppealStatus.REGISTERED


def _answered(assessment: Assessment | None, *, in_part: bool) -> AppealStatus:
    """The status when all agencies have answered: of an appeal in parts, the rest of it counts as well."""
    if not in_part or assessment is Assessment.REFERRED:
        return AppealStatus.ANSWERED
    if assessment is None:
        return AppealStatus.IN_WORK
    rest = _WITHOUT_AGENCY.get(assessment, AppealStatus.IN_REVIEW)
    return AppealStatus.ANSWERED if rest in FINAL else rest
