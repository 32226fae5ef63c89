"""Routing: appeals that arrive are decided, and what is decided is carried out, in one transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.consumer import Received
from services.chassis.database import Transaction
from services.chassis.errors import Conflict, RetryLater
from services.contracts.appeals import AppealRegistered, AppealWithdrawn
from services.contracts.referrals import ReferralIssued, ReferralRecalled, ReferralState, Scope
from services.contracts.terms import RETURN_UNFIXED
from services.router import admission, dispatch, messages, record, repeats, store
from services.router.appeal import Appeal, Outcome
from services.router.closing import AskToFix, Close, Closing
from services.router.deadlines import forward_due
from services.router.decision import AskOperator, Refer, Retain, Verdicts, decide
from services.router.draft import Actor, Draft
from services.router.judgement import Doubt
from services.router.referral import Referral
from services.router.rulebook import Rulebook
from services.router.rules import Policy, Rules
from services.router.task import Question, TaskState

RULE: Final = "rule"
APPLICANT: Final = "applicant"
_AFRESH: Final = frozenset({Question.DECLINED, Question.FIXED})
"""Questions that an event puts, from which its day is counted."""


@dataclass(frozen=True)
class Router:
    """Decides what arrives, and hears of what did not."""

    book: Rulebook
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    @property
    def rules(self) -> Rules:
        """The rules that were last seen in force, for what decides nothing; a draft has those of its transaction."""
        return self.book.current

    async def assess(self, tx: Transaction, received: Sequence[Received[AppealRegistered]]) -> None:
        """Decide on registered appeals. One that the router has already is not decided again."""
        draft = await self.draft(tx)
        known = await store.known_appeals(tx, {one.message.appeal_id for one in received})
        new = {one.message.appeal_id: Appeal.of(one.message) for one in received if one.message.appeal_id not in known}
        said = {appeal.id: repeats.Said.by(appeal) for appeal in new.values()}
        considered = await repeats.considered(tx, said)
        for one in received:
            if one.message.appeal_id in known:
                continue
            known.add(one.message.appeal_id)
            appeal = new[one.message.appeal_id]
            decision = decide(appeal, draft.rules, at=draft.at)
            suspect = decision.judgement.doubt is Doubt.POSSIBLE_CORRUPTION
            appeal = replace(appeal, corruption=decision.corruption, sealed=decision.corruption or suspect)
            draft.register(appeal)
            made, verdict = record.of_rule(decision, draft.rules), decision.verdict
            if held := admission.held(appeal, verdict, repeats=considered[appeal.id]):
                made["held"], verdict = held.recorded(), AskOperator(held.question)
            carry_out(draft, appeal, verdict, made, Actor(RULE, one.cause))
        await draft.write()
        await repeats.remember(tx, said)

    async def withdraw(self, tx: Transaction, received: Sequence[Received[AppealWithdrawn]]) -> None:
        """Applicants take appeals back (АППК art. 64(9)): agencies are told to stop, tasks are closed."""
        ids = {one.message.appeal_id for one in received}
        draft = await self.draft(tx, await store.locked_appeals(tx, ids))
        if draft.appeals.keys() < ids:
            raise RetryLater("an appeal that the router does not know yet")
        referrals = _by_appeal(await store.referrals_of(tx, ids))
        tasks = _by_appeal(await store.open_tasks(tx, ids))
        for one in received:
            appeal, actor = draft.appeals[one.message.appeal_id], Actor(APPLICANT, one.cause)
            if appeal.outcome is Outcome.WITHDRAWN:
                continue
            for referral in map(draft.hold, referrals[appeal.id]):
                if referral.is_open:
                    dispatch.take_back(draft, referral, messages.WITHDRAWN[appeal.language], actor)
            draft.settle(tasks[appeal.id], TaskState.OVERTAKEN, actor)
            draft.conclude(appeal, Outcome.WITHDRAWN, actor)
            draft.change(replace(draft.appeals[appeal.id], withdrawn_at=one.message.withdrawn_at))
        await draft.write()

    async def undelivered(self, tx: Transaction, received: Sequence[Received[ReferralIssued]]) -> None:
        """An agency's consumer has refused referrals, or could not take them."""
        draft, referrals, tasks = await self._held(tx, {one.message.referral_id for one in received})
        for one in received:
            referral, actor = referrals[one.message.referral_id], _broker(one)
            if referral.state is not ReferralState.ISSUED:
                draft.mark(referral, "undelivered", actor)
                continue
            appeal = draft.appeals[referral.appeal_id]
            referrals[referral.id] = draft.move(referral, ReferralState.UNDELIVERABLE, actor)
            draft.settle(tasks[referral.id], TaskState.OVERTAKEN, actor)
            ask(draft, appeal, Question.UNDELIVERABLE, actor, about=referral)
            draft.conclude(appeal, Outcome.IN_REVIEW, actor)
        await draft.write()

    async def recall_refused(self, tx: Transaction, received: Sequence[Received[ReferralRecalled]]) -> None:
        """An agency's consumer has refused to hear that a referral is recalled: a person tells it."""
        draft, referrals, _ = await self._held(tx, {one.message.referral_id for one in received})
        for one in received:
            referral, actor = referrals[one.message.referral_id], _broker(one)
            draft.mark(referral, "recall_refused", actor)
            ask(draft, draft.appeals[referral.appeal_id], Question.RECALL_REFUSED, actor, about=referral)
        await draft.write()

    async def draft(self, tx: Transaction, appeals: dict[UUID, Appeal] | None = None) -> Draft:
        """An empty draft over these locked appeals, by the rules that the transaction sees in force."""
        return Draft(tx, await self.book.in_force(tx), self.now(), self.new_id, appeals or {})

    async def _held(
        self, tx: Transaction, ids: set[UUID]
    ) -> tuple[Draft, dict[UUID, Referral], dict[UUID, list[Row[Any]]]]:
        draft = await self.draft(tx, await store.locked_appeals_of(tx, ids))
        rows = await store.referrals(tx, ids)
        if rows.keys() < ids:
            raise RetryLater("a referral that the router does not know")
        tasks: dict[UUID, list[Row[Any]]] = defaultdict(list)
        for task in await store.open_tasks(tx, draft.appeals.keys()):
            tasks[task.referral_id].append(task)
        return draft, {i: draft.hold(row) for i, row in rows.items()}, tasks


def carry_out(
    draft: Draft,
    appeal: Appeal,
    verdict: Verdicts | Closing,
    made: dict[str, Any],
    actor: Actor,
    *,
    predecessor: Referral | None = None,
    reason: str | None = None,
) -> None:
    """Do what has been decided, by rule or by a person, and store its record: all choices end here.

    `predecessor` is the declined referral that the decision follows; `reason` is told to the applicant when the appeal
    ends. Raises `Conflict` for what may never be done.
    """
    decision_id = draft.record(appeal, made, actor)
    match verdict:
        case Retain():
            draft.change(replace(draft.appeals[appeal.id], sealed=True))
            draft.conclude(appeal, Outcome.RETAINED, actor)
        case Refer():
            referral = _referral(draft, appeal, verdict, predecessor)
            if referral.scope is Scope.FULL and appeal.sealed:  # a person has seen that it tells of no corruption
                draft.change(replace(draft.appeals[appeal.id], sealed=False))
            draft.propose(referral, decision_id)
            if actor.name == RULE and draft.rules.policy is Policy.ALWAYS:
                draft.mark(referral, referral.state.value, actor)
                ask(draft, appeal, Question.APPROVAL, actor, about=referral)
                draft.conclude(appeal, Outcome.IN_REVIEW, actor)
            else:
                dispatch.issue(draft, referral, actor)
                draft.conclude(appeal, Outcome.REFERRED, actor)
        case Close():
            draft.conclude(
                appeal, verdict.outcome, actor, ground=verdict.ground, legal_basis=verdict.legal_basis, reason=reason
            )
        case AskToFix(lacking, fix_by, basis):
            draft.change(replace(draft.appeals[appeal.id], fix_by=fix_by))
            draft.conclude(
                appeal, Outcome.TO_FIX, actor, lacking=lacking, fix_by=fix_by, legal_basis=basis, reason=reason
            )
        case AskOperator(question):
            note = predecessor.reason if predecessor else None
            ask(draft, appeal, question, actor, about=predecessor, decision_id=decision_id, note=note)
            draft.conclude(appeal, Outcome.IN_REVIEW, actor)


def ask(
    draft: Draft,
    appeal: Appeal,
    question: Question,
    actor: Actor,
    *,
    about: Referral | None = None,
    decision_id: UUID | None = None,
    note: str | None = None,
) -> None:
    """Open a task, `about` a referral or by a decision. `note` is what a person has said of it.

    Its day is that of forwarding: counted afresh from what brought the appeal back. An appeal that was not fixed in
    time is returned within as many days after the lapse; an alarm is of today.
    """
    since = draft.at if question in _AFRESH else appeal.received_at
    made_by = decision_id or (draft.decision_of(about) if about else None)
    assert made_by is not None  # noqa: S101 - each caller gives one of the two
    calendar = draft.rules.calendar
    due = forward_due(calendar, since).strict
    if question is Question.FIX_LAPSED and appeal.fix_by:
        due = RETURN_UNFIXED.ends_on(calendar, appeal.fix_by)
    elif question is Question.ALARM:
        due = calendar.first_working_day_from(calendar.arrived_on(draft.at))
    draft.ask(appeal, question, actor, decision_id=made_by, referral=about, due_on=due, note=note)


def _referral(draft: Draft, appeal: Appeal, verdict: Refer, predecessor: Referral | None) -> Referral:
    since = draft.at if predecessor else appeal.received_at
    due = forward_due(draft.rules.calendar, since)
    if predecessor:
        made = predecessor.successor(id=draft.new_id(), agency=verdict.agency, forward_due=due, at=draft.at)
        if verdict.part:
            made = replace(made, scope=verdict.scope, part=verdict.part)
    else:
        made = Referral(
            id=draft.new_id(),
            appeal_id=appeal.id,
            agency=verdict.agency,
            scope=verdict.scope,
            part=verdict.part,
            forward_due=due,
            changed_at=draft.at,
        )
    if appeal.corruption and made.scope is Scope.FULL:
        raise Conflict("corruption_never_whole")
    return made


def _by_appeal(rows: Iterable[Row[Any]]) -> dict[UUID, list[Row[Any]]]:
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.appeal_id].append(row)
    return found


def _broker(one: Received[Any]) -> Actor:
    return Actor(f"agency:{one.message.agency}", one.cause)
