"""The operators' desk: what a person decides of a task or a referral. It ends where a rule's decision ends."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Database
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound
from services.contracts.referrals import ReferralReply, ReferralState, Scope
from services.router import dispatch, record, store
from services.router.appeal import Appeal, Outcome
from services.router.decision import Because, Refer, Retain, facts_of, may_have
from services.router.draft import Actor, Draft
from services.router.referral import IllegalTransition, Referral
from services.router.replies import Hearing
from services.router.routing import Router, ask, carry_out
from services.router.task import LOOKS, Question, TaskState

_REVIEWED: Final = {Outcome.RETAINED: Question.REVIEW, Outcome.TO_FIX: Question.FIXED}
"""What a person is asked of an appeal that is looked at again."""
_TAKEN_BACK: Final = frozenset({ReferralState.DECLINED, ReferralState.RECALLED, ReferralState.REJECTED})


@dataclass
class Case:
    """One appeal with all that hangs on it, locked."""

    draft: Draft
    appeal: Appeal
    referrals: dict[UUID, Referral]
    tasks: list[Row[Any]]

    def task(self, task_id: UUID) -> Row[Any]:
        found = next((task for task in self.tasks if task.id == task_id), None)
        if found is None:
            raise Conflict("task_settled")
        return found

    def referral(self, referral_id: UUID, revision: int | None) -> Referral:
        found = self.referrals[referral_id]
        if revision not in {None, found.revision}:
            raise Conflict("referral_changed")
        return found

    def settle(self, task: Row[Any] | None, state: TaskState, actor: Actor, reason: str | None = None) -> None:
        """Close `task`, and the others that ask about the same referral."""
        if task is not None:
            self.draft.settle([task], state, actor, reason)
            others = [t for t in self.tasks if t.id != task.id and t.referral_id == task.referral_id is not None]
            self.draft.settle(others, TaskState.OVERTAKEN, actor)

    def settle_of(self, referral: Referral, state: TaskState, actor: Actor, reason: str | None = None) -> None:
        """Close the tasks that ask about `referral`."""
        self.draft.settle([t for t in self.tasks if t.referral_id == referral.id], state, actor, reason)


@dataclass(frozen=True)
class Desk:
    """The operators' verbs. Each is one transaction and raises `NotFound`, or `Conflict` when it does not fit.

    Of a sealed appeal each raises `Forbidden` for a person who may not read it.
    """

    database: Database
    router: Router

    async def assign(self, task_id: UUID, *, agency: str, reason: str, part: str | None, actor: Actor) -> None:
        """Refer the task's appeal to `agency`; with `part`, only what is quoted there (АППК art. 65(2)).

        What stands in the way of it, such as a proposal or a silent agency, is taken back.
        """
        async with self.case_of_task(task_id, actor) as case:
            task, draft, rules = case.task(task_id), case.draft, case.draft.rules
            if rules.directory.agency(agency, rules.calendar.arrived_on(draft.at)) is None:
                raise Invalid("agency_unknown", pointer="#/agency")
            facts = facts_of(case.appeal, rules, at=draft.at)
            if not may_have(agency, facts, rules):
                raise Conflict("agency_barred", pointer="#/agency")
            declined = self.made_way(case, task, reason, actor)
            if any(r.is_open and r.agency == agency and r.id != task.referral_id for r in case.referrals.values()):
                raise Conflict("agency_has_it", pointer="#/agency")
            verdict = Refer(agency, Scope.PART if part else Scope.FULL, part, Because.OPERATOR)
            made = record.of_operator(verdict, facts, rules, operator=actor.name, reason=reason, task=str(task.id))
            case.settle(task, TaskState.ASSIGNED, actor, reason)
            carry_out(draft, case.appeal, verdict, made, actor, predecessor=declined)

    async def retain(self, task_id: UUID, *, reason: str, actor: Actor) -> None:
        """Say that the task's appeal is ours."""
        async with self.case_of_task(task_id, actor) as case:
            task = case.task(task_id)
            self.made_way(case, task, reason, actor)
            facts = facts_of(case.appeal, case.draft.rules, at=case.draft.at)
            verdict = Retain(Because.OPERATOR)
            made = record.of_operator(
                verdict, facts, case.draft.rules, operator=actor.name, reason=reason, task=str(task.id)
            )
            case.settle(task, TaskState.RETAINED, actor, reason)
            carry_out(case.draft, case.appeal, verdict, made, actor)

    async def dismiss(self, task_id: UUID, *, reason: str, actor: Actor) -> None:
        """Close a task that only asks for a look."""
        async with self.case_of_task(task_id, actor) as case:
            task = case.task(task_id)
            if Question(task.question) not in LOOKS:
                raise Conflict("task_needs_decision")
            case.draft.settle([task], TaskState.DISMISSED, actor, reason)

    async def review(self, appeal_id: UUID, *, reason: str, actor: Actor) -> Question:
        """Look again at an appeal that is considered ours, or at one that has been fixed: a task for it."""
        async with self._case({appeal_id}, actor) as case:
            question = _REVIEWED.get(case.appeal.outcome)
            if question is None:
                raise Conflict("appeal_not_retained")
            decision_id = await store.last_decision(case.draft.tx, appeal_id)
            case.draft.settle(case.tasks, TaskState.OVERTAKEN, actor)
            ask(case.draft, case.appeal, question, actor, decision_id=decision_id, note=reason)
            case.draft.conclude(case.appeal, Outcome.IN_REVIEW, actor)
        return question

    async def approve(self, referral_id: UUID, *, revision: int | None, actor: Actor) -> None:
        """Issue a referral that the rules propose."""
        async with self._case_of_referral(referral_id, actor) as case:
            referral = case.referral(referral_id, revision)
            if referral.state is not ReferralState.PROPOSED:
                raise Conflict("transition_not_allowed")
            dispatch.issue(case.draft, referral, actor)
            case.settle_of(referral, TaskState.APPROVED, actor)
            case.draft.conclude(case.appeal, Outcome.REFERRED, actor)

    async def reject(self, referral_id: UUID, *, reason: str, revision: int | None, actor: Actor) -> None:
        """Refuse a proposal. The appeal waits for a person to say who is competent instead."""
        await self._take_back(referral_id, Question.REJECTED, reason=reason, revision=revision, actor=actor)

    async def recall(self, referral_id: UUID, *, reason: str, revision: int | None, actor: Actor) -> None:
        """Take a referral back from its agency. The appeal waits for a person to say who is competent instead."""
        await self._take_back(referral_id, Question.RECALLED, reason=reason, revision=revision, actor=actor)

    async def reissue(self, referral_id: UUID, *, revision: int | None, actor: Actor) -> None:
        """Send a referral again that could not be delivered, or of which the agency says nothing."""
        async with self._case_of_referral(referral_id, actor) as case:
            referral, draft = case.referral(referral_id, revision), case.draft
            if referral.state is ReferralState.UNDELIVERABLE:
                dispatch.issue(draft, referral, actor)
                draft.conclude(case.appeal, Outcome.REFERRED, actor)
            elif referral.state is ReferralState.ISSUED:
                dispatch.send(draft, referral, actor)
                draft.mark(referral, "reissued", actor, reissued_at=draft.at, silence_reported_at=None)
            else:
                raise Conflict("transition_not_allowed")
            case.settle_of(referral, TaskState.REISSUED, actor)

    async def tell_reply(
        self, referral_id: UUID, given: Mapping[str, Any], *, revision: int | None, actor: Actor
    ) -> None:
        """Enter what an agency without a system has said, by letter or by telephone. It counts as its own word."""
        async with self._case_of_referral(referral_id, actor) as case:
            referral, draft = case.referral(referral_id, revision), case.draft
            if referral.agency in draft.rules.queues:
                raise Conflict("agency_speaks_itself")
            said = ReferralReply(**given, referral_id=referral.id, appeal_id=referral.appeal_id)
            hearing = Hearing(draft, case.referrals, case.tasks)
            hearing.apply(said, event_id=draft.new_id(), agency=referral.agency, actor=actor)

    async def _take_back(
        self, referral_id: UUID, question: Question, *, reason: str, revision: int | None, actor: Actor
    ) -> None:
        async with self._case_of_referral(referral_id, actor) as case:
            referral, draft = case.referral(referral_id, revision), case.draft
            if (referral.state is ReferralState.PROPOSED) is not (question is Question.REJECTED):
                raise Conflict("transition_not_allowed")
            dispatch.take_back(draft, referral, reason, actor)
            case.settle_of(referral, TaskState.OVERTAKEN, actor, reason)
            ask(draft, case.appeal, question, actor, about=referral, note=reason)
            draft.conclude(case.appeal, Outcome.IN_REVIEW, actor)

    def made_way(self, case: Case, task: Row[Any], reason: str, actor: Actor) -> Referral | None:
        """End the referral that the task asks about, if it has not ended. Returns it if it was declined."""
        if Question(task.question) is Question.RECALL_REFUSED:
            raise Conflict("task_decides_nothing")
        referral = case.referrals.get(task.referral_id)
        if referral is not None and referral.state not in _TAKEN_BACK:
            dispatch.take_back(case.draft, referral, reason, actor)
        return referral if referral is not None and referral.state is ReferralState.DECLINED else None

    @asynccontextmanager
    async def case_of_task(self, task_id: UUID, actor: Actor) -> AsyncIterator[Case]:
        async with self.database.reading() as tx:
            appeal_id = await store.appeal_of_task(tx, task_id)
        if appeal_id is None:
            raise NotFound("task_not_found")
        async with self._case({appeal_id}, actor) as case:
            yield case

    @asynccontextmanager
    async def _case_of_referral(self, referral_id: UUID, actor: Actor) -> AsyncIterator[Case]:
        async with self.database.reading() as tx:
            row = (await store.referrals(tx, {referral_id})).get(referral_id)
        if row is None:
            raise NotFound("referral_not_found")
        async with self._case({row.appeal_id}, actor) as case:
            yield case

    @asynccontextmanager
    async def _case(self, appeal_ids: set[UUID], actor: Actor) -> AsyncIterator[Case]:
        async with self.database.transaction() as tx:
            appeals = await store.locked_appeals(tx, appeal_ids)
            if not appeals:
                raise NotFound("appeal_not_found")
            draft = await self.router.draft(tx, appeals)
            rows = await store.referrals_of(tx, appeal_ids)
            (appeal,) = appeals.values()
            if appeal.sealed and not actor.reads_sealed:
                raise Forbidden("appeal_sealed")
            case = Case(draft, appeal, {row.id: draft.hold(row) for row in rows}, await store.open_tasks(tx, appeals))
            try:
                yield case
            except IllegalTransition:
                raise Conflict("transition_not_allowed") from None
            await draft.write()
