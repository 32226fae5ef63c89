"""Replies: what agencies say of referrals moves them on, is noted, or is set aside; repeating it changes nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.consumer import Received
from services.chassis.database import Transaction
from services.chassis.errors import RetryLater, Unreadable
from services.contracts.referrals import ReferralReply, ReferralState, ReplyKind
from services.contracts.topology import agency_of_reply_exchange
from services.router import record, store
from services.router.appeal import Outcome
from services.router.decision import decide
from services.router.draft import Actor, Draft
from services.router.referral import TRANSITIONS, Referral
from services.router.routing import RULE, Router, carry_out
from services.router.task import TaskState

STATE: Final[Mapping[ReplyKind, ReferralState]] = MappingProxyType(
    {
        ReplyKind.RECEIVED: ReferralState.RECEIVED,
        ReplyKind.ACCEPTED: ReferralState.ACCEPTED,
        ReplyKind.DECLINED: ReferralState.DECLINED,
        ReplyKind.ANSWERED: ReferralState.ANSWERED,
    }
)
"""The state that a reply asks for."""


class ReplyOutcome(StrEnum):
    """What came of a reply."""

    APPLIED = "applied"
    """The referral moved on."""
    REPEATED = "repeated"
    """It was in that state already."""
    NOTED = "noted"
    """Not allowed in the referral's state: kept, never applied."""


@dataclass
class _Desk:
    """What a batch of replies works on."""

    draft: Draft
    referrals: dict[UUID, Referral]
    tasks: dict[UUID | None, list[Row[Any]]]


@dataclass(frozen=True)
class Replies:
    """Applies replies. Who replied is told by the exchange, which the agency alone may write to."""

    router: Router

    async def apply(self, tx: Transaction, received: Sequence[Received[ReferralReply]]) -> None:
        """Apply replies in their order. Raises `Unreadable` for one that is not its agency's to give."""
        ids = {one.message.referral_id for one in received}
        draft = self.router.draft(tx, await store.locked_appeals_of(tx, ids))
        referrals = {i: draft.hold(row) for i, row in (await store.referrals(tx, ids)).items()}
        desk = _Desk(draft, referrals, defaultdict(list))
        for task in await store.open_tasks(tx, draft.appeals.keys()):
            desk.tasks[task.referral_id].append(task)
        seen = await store.replies_seen(tx, {one.envelope.id for one in received})
        for one in received:
            agency = _speaker(one, referrals.get(one.message.referral_id))
            if (agency, one.envelope.id) not in seen:
                self._apply(desk, one, agency)
        await draft.write()

    def _apply(self, desk: _Desk, one: Received[ReferralReply], agency: str) -> None:
        said, draft = one.message, desk.draft
        referral, state = desk.referrals[said.referral_id], STATE[said.kind]
        actor = Actor(f"agency:{agency}", one.cause)
        outcome = _outcome(referral, state)
        draft.keep(_row(one, agency, outcome, draft))
        if outcome is not ReplyOutcome.APPLIED:
            draft.mark(referral, outcome.value, actor, note=said.kind.value)
            return
        moved = draft.move(referral, state, actor, reason=said.reason, answer=said.text, marks={"replied_at": draft.at})
        desk.referrals[moved.id] = moved
        draft.settle(desk.tasks.pop(moved.id, ()), TaskState.OVERTAKEN, actor)
        if state is ReferralState.DECLINED:
            self._decide_again(draft, moved, one)
        else:
            draft.conclude(draft.appeals[moved.appeal_id], Outcome.REFERRED, actor)

    def _decide_again(self, draft: Draft, declined: Referral, one: Received[ReferralReply]) -> None:
        """Decide on what was declined without those that declined it (R-REF-5)."""
        appeal, rules = draft.appeals[declined.appeal_id], draft.rules
        decision = decide(
            replace(appeal, text=declined.part or appeal.text),
            rules,
            at=draft.at,
            declined=(*declined.path, declined.agency),
            proposed=one.message.proposed_agency,
        )
        made = record.of_rule(decision, rules)
        carry_out(draft, appeal, decision.verdict, made, Actor(RULE, one.cause), predecessor=declined)


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


def _row(one: Received[ReferralReply], agency: str, outcome: ReplyOutcome, draft: Draft) -> dict[str, Any]:
    said = one.message
    return {
        "agency": agency,
        "event_id": one.envelope.id,
        "referral_id": said.referral_id,
        "kind": said.kind.value,
        "occurred_at": said.occurred_at,
        "received_at": draft.at,
        "outcome": outcome.value,
        "registration_number": said.registration_number,
        "reason": said.reason,
        "proposed_agency": said.proposed_agency,
        "text": said.text,
    }
