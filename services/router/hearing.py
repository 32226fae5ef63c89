"""A hearing: replies are applied to referrals, whoever brings them and by whichever way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.errors import Conflict
from services.contracts.referrals import DeclineReason, ReferralReply, ReferralState, ReplyKind
from services.router import dispatch, forgetting, messages, record, tables
from services.router.appeal import Outcome, Part
from services.router.deadlines import extension_limit
from services.router.decision import decide
from services.router.draft import Actor, Draft
from services.router.parting import parted
from services.router.protocol import (
    STATE,
    Contested,
    ReplyOutcome,
    contested,
    digest_of,
    extension_outcome,
    outcome_of,
)
from services.router.referral import Referral
from services.router.routing import RULE, Decided, ask, carry_out
from services.router.task import Question, TaskState

_DECLINES: Final = frozenset({ReplyKind.DECLINED, ReplyKind.ACCEPTED_IN_PART})
_PASSED_ON: Final = frozenset({ReferralState.DECLINED, ReferralState.DISPUTED})

_UNANSWERED: Final = {
    ReferralState.RECEIVED: frozenset({Question.NOT_ACCEPTED, Question.OVERDUE}),
    ReferralState.DISPUTED: frozenset({Question.OVERDUE}),
    ReferralState.ACCEPTED: frozenset({Question.OVERDUE}),
    ReferralState.ACCEPTED_IN_PART: frozenset({Question.OVERDUE}),
}
"""What a person goes on being asked when a referral enters a state."""


@dataclass(frozen=True)
class Said:
    """One reply, with who gave it."""

    reply: ReferralReply
    event_id: UUID
    agency: str
    actor: Actor


@dataclass
class Hearing:
    """What replies are applied to: referrals whose appeals are locked, and the tasks that ask about them."""

    draft: Draft
    referrals: dict[UUID, Referral]
    tasks: Sequence[Row[Any]]
    seen: dict[tuple[str, UUID], tuple[str | None, ReplyOutcome]] = field(default_factory=dict)
    """Events that have been heard before: what they said, and what came of it."""

    def hear(self, one: Said) -> ReplyOutcome:
        """Apply one reply. An event heard before changes nothing, and what came of it then is told again.

        Raises `Conflict` when the event's id was used for another reply.
        """
        digest = digest_of(one.reply)
        before = self.seen.get((one.agency, one.event_id))
        if before is not None:
            if before[0] not in {None, digest}:
                raise Conflict("event_id_reused")
            return before[1]
        outcome = self._extend(one) if one.reply.kind is ReplyKind.EXTENDED else self._move(one)
        referral = self.referrals[one.reply.referral_id]
        if referral.state is ReferralState.RECALLED and one.reply.kind is not ReplyKind.RECEIVED:
            dispatch.recall_again(self.draft, referral, one.actor)  # it may have been lost at the agency
        self.seen[one.agency, one.event_id] = (digest, outcome)
        row = _row(one, digest, outcome, self.draft.at)
        protected = self.draft.appeals[referral.appeal_id].outcome is Outcome.PROTECTED
        self.draft.keep({**row, **forgetting.WORDS[tables.reply]} if protected else row)
        return outcome

    def _move(self, one: Said) -> ReplyOutcome:
        draft, said, referral = self.draft, one.reply, self.referrals[one.reply.referral_id]
        dispute = self._contested(said, referral)
        state = ReferralState.DISPUTED if dispute and said.kind is ReplyKind.DECLINED else STATE[said.kind]
        outcome = outcome_of(said, referral, state)
        parts = parted(draft.appeals[referral.appeal_id], referral, said.returned) if said.returned else None
        if outcome is ReplyOutcome.APPLIED and (bar := _barred(said, referral, parts)):
            self._ask_once(bar, referral, one.actor, note=f"{_code(said)}: {said.reason}")
            if bar is Question.BINDING_DECLINED:
                refused = self.referrals[referral.id] = referral.refused()
                draft.refuse(refused, one.actor, reason=said.reason, told=messages.told_by(said))
                return ReplyOutcome.NOTED
            outcome = ReplyOutcome.NOTED
        if outcome is not ReplyOutcome.APPLIED:
            draft.mark(referral, outcome.value, one.actor, note=said.kind.value)
            return outcome
        moved = self._put(referral.moved_to(state, at=draft.at, reason=said.reason), said)
        if state is ReferralState.ACCEPTED_IN_PART and parts:
            self._part(moved, parts, one, dispute)
            return outcome
        draft.enter(moved, one.actor, told=messages.told_by(said), replied_at=draft.at)
        self._settle(moved, one.actor)
        if state in _PASSED_ON:
            self._follow(moved, said, dispute, one.actor)
        else:
            draft.conclude(draft.appeals[moved.appeal_id], Outcome.REFERRED, one.actor, part_id=moved.part_id)
        return outcome

    def _part(self, moved: Referral, parts: tuple[Part, Part], one: Said, dispute: Contested | None) -> None:
        """Let the agency keep one part; the other is a referral that it has declined."""
        draft, said, appeal = self.draft, one.reply, self.draft.appeals[moved.appeal_id]
        if own := appeal.part(moved.part_id):
            draft.change_part(appeal, replace(own, replaced=True))
        keeps, returns = replace(parts[0], outcome=Outcome.REFERRED), parts[1]
        for part in (keeps, returns):
            draft.add_part(appeal, part, draft.decision_of(moved))
        kept = self._put(moved.of_part(keeps.text_in(appeal.text), keeps.id_in(appeal.id)), said)
        state = ReferralState.DISPUTED if dispute else ReferralState.DECLINED
        rest = kept.of_part(returns.text_in(appeal.text), returns.id_in(appeal.id))
        rest = rest.returned(id=draft.new_id(), state=state)
        draft.enter(kept, one.actor, told=messages.told_by(said), replied_at=draft.at)
        self._settle(kept, one.actor)
        draft.propose(rest, draft.decision_of(kept))
        draft.enter(rest, one.actor, told=messages.told_by(said), replied_at=draft.at)
        self._follow(rest, said, dispute, one.actor)

    def _contested(self, said: ReferralReply, referral: Referral) -> Contested | None:
        if said.kind not in _DECLINES:
            return None
        calendar, handed_over_at = self.draft.rules.calendar, self.draft.issued_at(referral) or self.draft.at
        return contested(
            said,
            referral,
            calendar=calendar,
            handed_over_on=calendar.arrived_on(handed_over_at),
            declined_on=calendar.arrived_on(min(said.occurred_at, self.draft.at)),
        )

    def _follow(self, declined: Referral, said: ReferralReply, dispute: Contested | None, actor: Actor) -> None:
        """Lead what was declined somewhere: to the next agency, to a person, or to an arbiter (R-REF-5)."""
        draft, appeal = self.draft, self.draft.appeals[declined.appeal_id]
        if dispute:
            note = f"{dispute}: {declined.reason}"
            ask(draft, appeal, Question.DISPUTED, actor, about=declined, note=note)
            draft.conclude(appeal, Outcome.IN_REVIEW, actor, part_id=declined.part_id)
            return
        part = appeal.part(declined.part_id)
        extract = Part(number=0, extract=declined.part) if declined.part else None
        decision = decide(
            appeal,
            draft.rules,
            at=draft.at,
            part=part or extract,
            declined=(*declined.path, declined.agency),
            proposed=said.proposed_agency,
        )
        made = record.of_rule(decision, appeal, draft.rules)
        decided = [Decided(decision.verdict, made, part)]
        carry_out(draft, appeal, decided, Actor(RULE, actor.cause), predecessor=declined)

    def _extend(self, one: Said) -> ReplyOutcome:
        """Move the last day of the agency's term (R-TRM-3). What the law does not allow is noted, and a person told."""
        draft, said, referral = self.draft, one.reply, self.referrals[one.reply.referral_id]
        calendar, kind = draft.rules.calendar, draft.appeals[referral.appeal_id].kind
        decided_on = calendar.arrived_on(min(said.occurred_at, draft.at))
        limit = extension_limit(calendar, kind, decided_on, draft.rules.terms)
        outcome = extension_outcome(said, referral, decided_on=decided_on, limit=limit)
        if outcome is ReplyOutcome.APPLIED:
            assert said.extended_to is not None  # noqa: S101 - the contract says so
            extended = self._put(referral.extended(to=said.extended_to), said)
            draft.extend(extended, one.actor, decided_on=decided_on, reason=said.reason)
            return outcome
        draft.mark(referral, outcome.value, one.actor, note=said.kind.value)
        if outcome is ReplyOutcome.NOTED:
            note = f"{said.extended_to}: {said.reason}"
            self._ask_once(Question.EXTENSION_UNLAWFUL, referral, one.actor, note=note)
        return outcome

    def _ask_once(self, question: Question, about: Referral, actor: Actor, *, note: str) -> None:
        """Ask a person, unless the same is asked of the referral already."""
        if not any(t.referral_id == about.id and t.question == question for t in self.tasks):
            ask(self.draft, self.draft.appeals[about.appeal_id], question, actor, about=about, note=note)

    def _put(self, changed: Referral, said: ReferralReply) -> Referral:
        held = replace(changed, sequence=max(changed.sequence, said.sequence or 0))
        self.referrals[held.id] = held
        return held

    def _settle(self, moved: Referral, actor: Actor) -> None:
        """Close the tasks that the new state answers."""
        still = _UNANSWERED.get(moved.state, frozenset())
        asked = [task for task in self.tasks if task.referral_id == moved.id and task.question not in still]
        self.draft.settle(asked, TaskState.OVERTAKEN, actor)


def _barred(said: ReferralReply, referral: Referral, parts: tuple[Part, Part] | None) -> Question | None:
    """What a person is asked when the agency may not say this, whatever the state."""
    if said.kind in _DECLINES and referral.binding:
        return Question.BINDING_DECLINED
    return Question.PART_UNCLEAR if said.kind is ReplyKind.ACCEPTED_IN_PART and parts is None else None


def _code(said: ReferralReply) -> DeclineReason:
    return said.reason_code or DeclineReason.UNSPECIFIED


def _row(one: Said, digest: str, outcome: ReplyOutcome, at: datetime) -> dict[str, Any]:
    said = one.reply.model_dump(mode="json", include={"returned", "documents"})
    plain = (
        *("referral_id", "occurred_at", "sequence", "registration_number", "registered_on", "reason", "legal_basis"),
        *("proposed_agency", "text", "extended_to"),
    )
    return {
        **{name: getattr(one.reply, name) for name in plain},
        **said,
        "agency": one.agency,
        "event_id": one.event_id,
        "received_at": at,
        "kind": one.reply.kind.value,
        "outcome": outcome.value,
        "reason_code": _code(one.reply).value if one.reply.kind in _DECLINES else None,
        "language": one.reply.language.value if one.reply.language else None,
        "sha256": digest,
    }
