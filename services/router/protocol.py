"""The reply protocol: what a reply asks for, and whether the referral's state allows it. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.contracts.calendar import WorkingCalendar
from services.contracts.referrals import ReferralReply, ReferralState, ReplyKind
from services.contracts.terms import FORWARD
from services.router.referral import MAX_HOPS, TRANSITIONS, WITH_AGENCY, Referral

STATE: Final[Mapping[ReplyKind, ReferralState]] = MappingProxyType(
    {kind: ReferralState(kind.value) for kind in ReplyKind if kind is not ReplyKind.EXTENDED}
)
"""The state that a reply asks for. An extension asks for none; a decline that is contested for `DISPUTED`."""

_ENTERED: Final = {ReplyKind.DECLINED: (ReferralState.DECLINED, ReferralState.DISPUTED)}


class ReplyOutcome(StrEnum):
    """What came of a reply."""

    APPLIED = "applied"
    """The referral moved on."""
    REPEATED = "repeated"
    """It was in that state already."""
    NOTED = "noted"
    """Not allowed in the referral's state, or out of order: kept, never applied."""


class Contested(StrEnum):
    """Why a decline goes to an arbiter instead of to the next agency."""

    AFTER_ACCEPTANCE = "after_acceptance"
    """The agency has said that it is competent."""
    OUT_OF_TIME = "out_of_time"
    """The time to pass it on has gone by (АППК art. 65(1))."""
    HOPS = "hops"
    """So many agencies have declined that no rule may choose the next."""
    SEEN_BEFORE = "seen_before"
    """The agency names one that has declined before."""


def contested(
    said: ReferralReply, referral: Referral, *, calendar: WorkingCalendar, handed_over_on: date, declined_on: date
) -> Contested | None:
    """Why the decline, or the return of a part, is not simply followed; None when it is."""
    if referral.state in {ReferralState.ACCEPTED, ReferralState.ACCEPTED_IN_PART}:
        return Contested.AFTER_ACCEPTANCE
    if declined_on > FORWARD.ends_on(calendar, handed_over_on):
        return Contested.OUT_OF_TIME
    if said.proposed_agency in {*referral.path, referral.agency}:
        return Contested.SEEN_BEFORE
    return Contested.HOPS if referral.hops + 1 >= MAX_HOPS else None


def outcome_of(said: ReferralReply, referral: Referral, state: ReferralState) -> ReplyOutcome:
    """What comes of a reply that asks for `state`."""
    if referral.state in {state, *_ENTERED.get(said.kind, ())}:
        return ReplyOutcome.REPEATED
    if is_late(said, referral) or state not in TRANSITIONS[referral.state]:
        return ReplyOutcome.NOTED
    return ReplyOutcome.APPLIED


def extension_outcome(said: ReferralReply, referral: Referral, *, decided_on: date, limit: date | None) -> ReplyOutcome:
    """What comes of an extension that was decided on a day; `limit` is the latest day the law allows (R-TRM-3)."""
    due, new = referral.answer_due_on, said.extended_to
    if due is None or new is None or limit is None or referral.state not in WITH_AGENCY or not decided_on <= due:
        return ReplyOutcome.NOTED
    if new == due:
        return ReplyOutcome.REPEATED
    return ReplyOutcome.APPLIED if due < new <= limit and not is_late(said, referral) else ReplyOutcome.NOTED


def is_late(said: ReferralReply, referral: Referral) -> bool:
    """Whether a later reply has been applied before this one."""
    return said.sequence is not None and said.sequence <= referral.sequence


def digest_of(said: ReferralReply) -> str:
    """SHA-256 of what a reply says: the same whichever way it came, and when optional fields are added later."""
    return hashlib.sha256(said.model_dump_json(exclude_defaults=True).encode()).hexdigest()
