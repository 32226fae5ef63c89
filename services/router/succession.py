"""Succession: what lies with an agency that has been closed goes to the body in its place, with its history.

The applicant's clock goes on: the successor has what was left of the term. Where nobody may take the place by rule, a
person says who is competent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from services.contracts.referrals import ReferralState
from services.router import dispatch, messages, record
from services.router.appeal import Outcome
from services.router.decision import Because, Refer, facts_of, may_have
from services.router.draft import Actor, Draft
from services.router.referral import Referral
from services.router.routing import ask
from services.router.rules import Rules
from services.router.task import Question, TaskState


def closed_on(rules: Rules, at: datetime) -> frozenset[str]:
    """Agencies that were there once and have no record in force on the day of `at`."""
    day = rules.calendar.arrived_on(at)
    past = {agency.code for agency in rules.directory.agencies if agency.valid_to and agency.valid_to < day}
    return frozenset(code for code in past if rules.directory.agency(code, day) is None)


def hand_on(draft: Draft, referral: Referral, open_tasks: Sequence[Row[Any]], actor: Actor) -> None:
    """Take a held, open referral back from a closed agency, and give it to the one in its place."""
    appeal, rules = draft.appeals[referral.appeal_id], draft.rules
    facts = facts_of(appeal, rules, at=draft.at)
    heir = rules.directory.in_place_of(referral.agency, facts.on)
    was_proposed = referral.state is ReferralState.PROPOSED
    taken_back = dispatch.take_back(draft, referral, messages.closed(appeal.language, heir), actor)
    draft.settle([task for task in open_tasks if task.referral_id == referral.id], TaskState.OVERTAKEN, actor)
    if heir is None or not heir.is_reached or not may_have(heir.code, facts, rules):
        ask(draft, appeal, Question.CLOSED, actor, about=taken_back, note=heir.code if heir else None)
        draft.conclude(appeal, Outcome.IN_REVIEW, actor, part_id=referral.part_id)
        return
    verdict = Refer(heir.code, referral.scope, referral.part, Because.SUCCESSOR)
    part = appeal.part(referral.part_id)
    made = record.of_succession(verdict, appeal, facts, rules, predecessor=referral.agency, part=part)
    decision_id = draft.record(appeal, made, actor, part)
    handed_on = taken_back.handed_on(id=draft.new_id(), agency=heir.code, at=draft.at)
    draft.propose(handed_on, decision_id)
    if was_proposed:
        draft.mark(handed_on, handed_on.state.value, actor)
        ask(draft, appeal, Question.APPROVAL, actor, about=handed_on)
    else:
        dispatch.issue(draft, handed_on, actor, answer_due_on=referral.answer_due_on)
        draft.conclude(appeal, Outcome.REFERRED, actor, part_id=referral.part_id)
