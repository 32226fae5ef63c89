"""Replies: what agencies say of referrals moves them on, is noted, or is set aside; repeating it changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.consumer import Received
from services.chassis.database import Transaction
from services.chassis.errors import RetryLater, Unreadable
from services.contracts.appeals import AppealKind
from services.contracts.referrals import ReferralReply, ReferralState, ReplyKind
from services.contracts.topology import agency_of_reply_exchange
from services.router import record, store
from services.router.appeal import Outcome, Part
from services.router.deadlines import extension_limit
from services.router.decision import decide
from services.router.draft import Actor, Draft
from services.router.referral import TRANSITIONS, WITH_AGENCY, Referral
from services.router.routing import RULE, Decided, Router, ask, carry_out
from services.router.task import Question, TaskState

STATE: Final[Mapping[ReplyKind, ReferralState]] = MappingProxyType(
    {
        ReplyKind.RECEIVED: ReferralState.RECEIVED,
        ReplyKind.ACCEPTED: ReferralState.ACCEPTED,
        ReplyKind.DECLINED: ReferralState.DECLINED,
        ReplyKind.ANSWERED: ReferralState.ANSWERED,
    }
)
"""The state that a reply asks for. An extension asks for none."""


class ReplyOutcome(StrEnum):
    """What came of a reply."""

    APPLIED = "applied"
    """The referral moved on."""
    REPEATED = "repeated"
    """It was in that state already."""
    NOTED = "noted"
    """Not allowed in the referral's state: kept, never applied."""


@dataclass
class Hearing:
    """What replies are applied to: referrals whose appeals are locked, and the tasks that ask about them."""

    draft: Draft
    referrals: dict[UUID, Referral]
    tasks: Sequence[Row[Any]]

    def apply(self, said: ReferralReply, *, event_id: UUID, agency: str, actor: Actor) -> None:
        """Apply one reply, whoever brings it."""
        if said.kind is ReplyKind.EXTENDED:
            self._extend(said, event_id, agency, actor)
            return
        draft, referral, state = self.draft, self.referrals[said.referral_id], STATE[said.kind]
        outcome = _outcome(referral, state)
        draft.keep(_row(said, event_id, agency, outcome, draft.at))
        if outcome is not ReplyOutcome.APPLIED:
            draft.mark(referral, outcome.value, actor, note=said.kind.value)
            return
        moved = self.referrals[referral.id] = referral.moved_to(state, at=draft.at, reason=said.reason)
        draft.enter(moved, actor, answer=said.text, replied_at=draft.at)
        draft.settle([task for task in self.tasks if task.referral_id == moved.id], TaskState.OVERTAKEN, actor)
        if state is ReferralState.DECLINED:
            self._decide_again(moved, said.proposed_agency, Actor(RULE, actor.cause))
        else:
            draft.conclude(draft.appeals[moved.appeal_id], Outcome.REFERRED, actor, part_id=moved.part_id)

    def _extend(self, said: ReferralReply, event_id: UUID, agency: str, actor: Actor) -> None:
        """Move the last day of the agency's term (R-TRM-3). What the law does not allow is noted, and a person told."""
        draft, referral = self.draft, self.referrals[said.referral_id]
        decided_on = draft.rules.calendar.arrived_on(min(said.occurred_at, draft.at))
        kind = draft.appeals[referral.appeal_id].kind
        outcome = _extension_outcome(said, referral, draft, decided_on=decided_on, kind=kind)
        draft.keep(_row(said, event_id, agency, outcome, draft.at))
        if outcome is ReplyOutcome.APPLIED:
            assert said.extended_to is not None  # noqa: S101 - the contract says so
            extended = self.referrals[referral.id] = referral.extended(to=said.extended_to)
            draft.extend(extended, actor, decided_on=decided_on, reason=said.reason)
            return
        draft.mark(referral, outcome.value, actor, note=said.kind.value)
        if outcome is ReplyOutcome.NOTED:
            note = f"{said.extended_to}: {said.reason}"
            ask(draft, draft.appeals[referral.appeal_id], Question.EXTENSION_UNLAWFUL, actor, about=referral, note=note)

    def _decide_again(self, declined: Referral, proposed: str | None, actor: Actor) -> None:
        """Decide on what was declined without those that declined it (R-REF-5)."""
        draft, rules = self.draft, self.draft.rules
        appeal = draft.appeals[declined.appeal_id]
        part = appeal.part(declined.part_id)
        extract = Part(number=0, extract=declined.part) if declined.part else None
        decision = decide(
            appeal,
            rules,
            at=draft.at,
            part=part or extract,
            declined=(*declined.path, declined.agency),
            proposed=proposed,
        )
        made = record.of_rule(decision, appeal, rules)
        carry_out(draft, appeal, [Decided(decision.verdict, made, part)], actor, predecessor=declined)


@dataclass(frozen=True)
class Replies:
    """Applies replies. Who replied is told by the exchange, which the agency alone may write to."""

    router: Router

    async def apply(self, tx: Transaction, received: Sequence[Received[ReferralReply]]) -> None:
        """Apply replies in their order. Raises `Unreadable` for one that is not its agency's to give."""
        ids = {one.message.referral_id for one in received}
        draft = await self.router.draft(tx, await store.locked_appeals_of(tx, ids))
        referrals = {i: draft.hold(row) for i, row in (await store.referrals(tx, ids)).items()}
        hearing = Hearing(draft, referrals, await store.open_tasks(tx, draft.appeals.keys()))
        seen = await store.replies_seen(tx, {one.envelope.id for one in received})
        for one in received:
            agency = _speaker(one, referrals.get(one.message.referral_id))
            if (agency, one.envelope.id) not in seen:
                actor = Actor(f"agency:{agency}", one.cause)
                hearing.apply(one.message, event_id=one.envelope.id, agency=agency, actor=actor)
        await draft.write()


def _speaker(one: Received[ReferralReply], referral: Referral | None) -> str:
    """Who replied, if it may speak of the referral."""
    agency = agency_of_reply_exchange(one.exchange)
    if agency is None:
        raise Unreadable("not_a_reply_exchange")
    if referral is None:
        raise RetryLater("a referral that the router does not know")
    if referral.agency != agency:
        raise Unreadable("agency_mismatch")
    if referral.appeal_id != one.message.appeal_id:
        raise Unreadable("appeal_mismatch")
    return agency


def _outcome(referral: Referral, state: ReferralState) -> ReplyOutcome:
    if referral.state is state:
        return ReplyOutcome.REPEATED
    return ReplyOutcome.APPLIED if state in TRANSITIONS[referral.state] else ReplyOutcome.NOTED


def _extension_outcome(
    said: ReferralReply, referral: Referral, draft: Draft, *, decided_on: date, kind: AppealKind
) -> ReplyOutcome:
    limit = extension_limit(draft.rules.calendar, kind, decided_on, draft.rules.terms)
    due, new = referral.answer_due_on, said.extended_to
    if due is None or new is None or limit is None or referral.state not in WITH_AGENCY or not decided_on <= due:
        return ReplyOutcome.NOTED
    if new == due:
        return ReplyOutcome.REPEATED
    return ReplyOutcome.APPLIED if due < new <= limit else ReplyOutcome.NOTED


def _row(said: ReferralReply, event_id: UUID, agency: str, outcome: ReplyOutcome, at: datetime) -> dict[str, Any]:
    return {
        "agency": agency,
        "event_id": event_id,
        "referral_id": said.referral_id,
        "kind": said.kind.value,
        "occurred_at": said.occurred_at,
        "received_at": at,
        "outcome": outcome.value,
        "registration_number": said.registration_number,
        "reason": said.reason,
        "proposed_agency": said.proposed_agency,
        "text": said.text,
    }
