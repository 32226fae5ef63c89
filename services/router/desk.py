"""The operators' desk: what a person decides of a task or a referral. It ends where a rule's decision ends."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Database, Transaction
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound
from services.contracts.referrals import Awaited, ReferralReply, ReferralState, Scope
from services.router import act_store, claims, dispatch, listing, record, store, trail
from services.router.agency import Transport
from services.router.appeal import Appeal, Outcome, Part
from services.router.case import Case
from services.router.decision import Because, Refer, Retain, facts_of, may_have
from services.router.dividing import Told, assigned_parts, clear, parts_of, replace_parts
from services.router.draft import Actor
from services.router.hearing import Hearing, Said
from services.router.protocol import ReplyOutcome
from services.router.referral import IllegalTransition, Referral
from services.router.routing import Decided, Router, ask, carry_out
from services.router.silence import owed
from services.router.task import ARBITERS, LOOKS, Question, TaskState

_REVIEWED: Final = {Outcome.RETAINED: Question.REVIEW, Outcome.TO_FIX: Question.FIXED}
"""What a person is asked of an appeal that is looked at again."""
_TAKES_BACK: Final = {Question.REJECTED: "reject", Question.RECALLED: "recall"}
REMINDED_AGAIN: Final = timedelta(hours=1)
"""So long after a reminder its agency is sent no other by hand."""
_TAKEN_BACK: Final = frozenset({ReferralState.DECLINED, ReferralState.RECALLED, ReferralState.REJECTED})


@dataclass(frozen=True)
class Desk:
    """The operators' verbs. Each is one transaction and raises `NotFound`, or `Conflict` when it does not fit.

    Of a sealed appeal each raises `Forbidden` for a person who may not read it.
    """

    database: Database
    router: Router

    async def assign(self, task_id: UUID, *, agency: str, reason: str, part: str | None, actor: Actor) -> None:
        """Refer the task's appeal, or its part, to `agency`; with `part`, only what is given there (АППК art. 65(2)).

        The rest of an appeal of which a part is given remains ours. What stands in the way, such as a proposal or a
        silent agency, is taken back.
        """
        async with self.case_of_task(task_id, actor, "task.assign") as case:
            task = case.task(task_id)
            self.check_agency(case, agency, pointer="#/agency")
            parts = assigned_parts(case, task.part_id, part)
            case.check_free(agency, parts[0], beside=task.referral_id)
            declined = self.made_way(case, task, reason, actor)
            decided = [(parts[0], agency), *((rest, None) for rest in parts[1:])]
            self.decide(case, task, TaskState.ASSIGNED, decided, reason, actor, declined)

    async def retain(self, task_id: UUID, *, reason: str, actor: Actor) -> None:
        """Say that the task's appeal, or its part, is ours."""
        async with self.case_of_task(task_id, actor, "task.retain") as case:
            task = case.task(task_id)
            self.made_way(case, task, reason, actor)
            if Question(task.question) is Question.POSSIBLE_CORRUPTION:  # so it is no doubt any more
                case.draft.change(replace(case.appeal, corruption=True))
            part = case.appeal.part(task.part_id)
            self.decide(case, task, TaskState.RETAINED, [(part, None)], reason, actor)

    async def divide(self, task_id: UUID, told: Sequence[Told], *, reason: str, actor: Actor) -> None:
        """Divide the task's appeal into these parts, each for an agency or ours.

        A part that is with its agency already stays there; every other open referral is taken back.
        """
        async with self.case_of_task(task_id, actor, "task.divide") as case:
            task = case.task(task_id)
            for n, one in enumerate(told):
                if one.agency is not None:
                    self.check_agency(case, one.agency, pointer=f"#/parts/{n}/agency")
            parts = parts_of(case.appeal, told, case.draft)
            declined = self.made_way(case, task, reason, actor)
            decided = [
                (part, one.agency)
                for part, one in zip(parts, told, strict=True)
                if not case.is_with(part, one.agency, beside=task.referral_id)
            ]
            clear(case, task, {part.number for part in parts} - {part.number for part, _ in decided}, reason, actor)
            replace_parts(case, parts)
            self.decide(case, task, TaskState.DIVIDED, decided, reason, actor, declined)

    async def dismiss(self, task_id: UUID, *, reason: str, actor: Actor) -> None:
        """Close a task that only asks for a look."""
        async with self.case_of_task(task_id, actor, "task.dismiss") as case:
            task = case.task(task_id)
            if Question(task.question) not in LOOKS:
                raise Conflict("task_needs_decision")
            case.draft.settle([task], TaskState.DISMISSED, actor, reason)

    async def review(self, appeal_id: UUID, *, reason: str, actor: Actor) -> Question:
        """Look again at an appeal that is considered ours, or at one that has been fixed: a task for it."""
        async with self._case({appeal_id}, actor, "appeal.review", {}) as case:
            question = _REVIEWED.get(case.appeal.outcome)
            if question is None:
                raise Conflict("appeal_not_retained")
            decision_id = await store.last_decision(case.draft.tx, appeal_id)
            ours = next((part for part in case.appeal.current_parts if part.outcome is Outcome.RETAINED), None)
            part_id = ours.id_in(appeal_id) if ours else None
            case.draft.settle([t for t in case.tasks if t.part_id == part_id], TaskState.OVERTAKEN, actor)
            ask(case.draft, case.appeal, question, actor, part=ours, decision_id=decision_id, note=reason)
            case.draft.conclude(case.appeal, Outcome.IN_REVIEW, actor, part_id=part_id)
        return question

    async def approve(self, referral_id: UUID, *, revision: int | None, actor: Actor) -> None:
        """Issue a referral that is proposed: by the rules, or by another person, never by oneself.

        A sealed appeal that goes out whole is sealed no more: two persons have seen that it tells of no corruption.
        """
        async with self.case_of_referral(referral_id, actor, "referral.approve") as case:
            referral, draft = case.referral(referral_id, revision), case.draft
            if referral.state is not ReferralState.PROPOSED:
                raise Conflict("transition_not_allowed")
            proposed = {draft.decision_of(one) for one in case.proposals(referral)}
            if actor.name in await store.deciders(draft.tx, proposed):
                raise Conflict("second_person_needed")
            draft.approve(referral, actor, approved=True)
            if case.appeal.sealed and referral.scope is Scope.FULL:
                draft.change(replace(case.appeal, sealed=False))
            dispatch.issue(draft, referral, actor, answer_due_on=referral.answer_due_on)
            case.settle_of(referral, TaskState.APPROVED, actor)
            draft.conclude(case.appeal, Outcome.REFERRED, actor, part_id=referral.part_id)

    async def reject(self, referral_id: UUID, *, reason: str, revision: int | None, actor: Actor) -> None:
        """Refuse a proposal, also one's own. The appeal waits for a person to say who is competent instead."""
        await self._take_back(referral_id, Question.REJECTED, reason=reason, revision=revision, actor=actor)

    async def recall(self, referral_id: UUID, *, reason: str, revision: int | None, actor: Actor) -> None:
        """Take a referral back from its agency. The appeal waits for a person to say who is competent instead."""
        await self._take_back(referral_id, Question.RECALLED, reason=reason, revision=revision, actor=actor)

    async def reissue(self, referral_id: UUID, *, revision: int | None, actor: Actor) -> None:
        """Send a referral again that could not be delivered, or of which the agency says nothing."""
        async with self.case_of_referral(referral_id, actor, "referral.reissue") as case:
            referral, draft = case.referral(referral_id, revision), case.draft
            if referral.state is ReferralState.UNDELIVERABLE:
                dispatch.issue(draft, referral, actor)
                draft.conclude(case.appeal, Outcome.REFERRED, actor, part_id=referral.part_id)
            elif referral.state is ReferralState.ISSUED:
                dispatch.send(draft, referral, actor)
                draft.mark(referral, "reissued", actor, reissued_at=draft.at, sent_at=draft.at)
            else:
                raise Conflict("transition_not_allowed")
            case.settle_of(referral, TaskState.REISSUED, actor)

    async def remind(self, referral_id: UUID, *, revision: int | None, actor: Actor) -> Awaited:
        """Remind an agency of what it owes next, at most once an hour. Returns of what."""
        async with self.case_of_referral(referral_id, actor, "referral.remind") as case:
            referral, draft = case.referral(referral_id, revision), case.draft
            awaited = owed(referral, draft.rules.calendar, draft.at)
            if awaited is None:
                raise Conflict("transition_not_allowed")
            if draft.transport(referral.agency) is Transport.BY_HAND:
                raise Conflict("agency_without_system")
            events = await listing.timeline(draft.tx, referral_id)
            if any(event.kind == "reminded" and event.at > draft.at - REMINDED_AGAIN for event in events):
                raise Conflict("reminded_lately")
            dispatch.remind(draft, referral, awaited, actor)
        return awaited

    async def tell_reply(
        self, referral_id: UUID, given: Mapping[str, Any], *, revision: int | None, actor: Actor
    ) -> ReplyOutcome:
        """Enter what an agency without a system has said, by letter or by telephone. It counts as its own word."""
        async with self.case_of_referral(referral_id, actor, "referral.tell_reply") as case:
            referral, draft = case.referral(referral_id, revision), case.draft
            if draft.transport(referral.agency) not in {Transport.BY_HAND, Transport.EMAIL}:
                raise Conflict("agency_speaks_itself")
            said = ReferralReply(**given, referral_id=referral.id, appeal_id=referral.appeal_id)
            hearing = Hearing(draft, case.referrals, case.tasks)
            return hearing.hear(Said(said, draft.new_id(), referral.agency, actor))

    async def _take_back(
        self, referral_id: UUID, question: Question, *, reason: str, revision: int | None, actor: Actor
    ) -> None:
        async with self.case_of_referral(referral_id, actor, f"referral.{_TAKES_BACK[question]}") as case:
            referral, draft = case.referral(referral_id, revision), case.draft
            if (referral.state is ReferralState.PROPOSED) is not (question is Question.REJECTED):
                raise Conflict("transition_not_allowed")
            if referral.state is ReferralState.DISPUTED:
                raise Conflict("arbiter_decides")
            if referral.state is ReferralState.PROPOSED:
                draft.approve(referral, actor, approved=False, reason=reason)
            dispatch.take_back(draft, referral, reason, actor)
            case.settle_of(referral, TaskState.OVERTAKEN, actor, reason)
            ask(draft, case.appeal, question, actor, about=referral, note=reason)
            draft.conclude(case.appeal, Outcome.IN_REVIEW, actor, part_id=referral.part_id)

    def check_agency(self, case: Case, agency: str, *, pointer: str) -> None:
        """Raise where the directory does not know the agency, or the law bars it (R-CMP-8)."""
        rules, at = case.draft.rules, case.draft.at
        if rules.directory.agency(agency, rules.calendar.arrived_on(at)) is None:
            raise Invalid("agency_unknown", pointer=pointer)
        if not may_have(agency, facts_of(case.appeal, rules, at=at), rules):
            raise Conflict("agency_barred", pointer=pointer)

    def decide(
        self,
        case: Case,
        task: Row[Any],
        state: TaskState,
        wanted: Sequence[tuple[Part | None, str | None]],
        reason: str,
        actor: Actor,
        declined: Referral | None = None,
        because: Because = Because.OPERATOR,
    ) -> None:
        """Carry out what the person wants of the appeal or each part: an agency, or None for ourselves."""
        draft, rules, appeal = case.draft, case.draft.rules, case.appeal
        decided = []
        for part, agency in wanted:
            verdict = _verdict(appeal, part, agency, declined, because)
            facts = facts_of(appeal, rules, at=draft.at, part=part)
            made = record.of_operator(
                verdict, appeal, facts, rules, operator=actor.name, reason=reason, task=str(task.id), part=part
            )
            decided.append(Decided(verdict, made, part))
        case.settle(task, state, actor, reason)
        carry_out(draft, appeal, decided, actor, predecessor=declined)

    def made_way(self, case: Case, task: Row[Any], reason: str, actor: Actor) -> Referral | None:
        """End the referral that the task asks about, if it has not ended. Returns it if it was declined."""
        if Question(task.question) is Question.RECALL_REFUSED:
            raise Conflict("task_decides_nothing")
        if Question(task.question) in ARBITERS:
            raise Conflict("arbiter_decides")
        referral = case.referrals.get(task.referral_id)
        if referral is not None and referral.state not in _TAKEN_BACK:
            dispatch.take_back(case.draft, referral, reason, actor)
        return referral if referral is not None and referral.state is ReferralState.DECLINED else None

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction to look up what a verb is about."""
        return self.database.reading()

    @asynccontextmanager
    async def case_of_task(self, task_id: UUID, actor: Actor, act: str) -> AsyncIterator[Case]:
        """The case that a task belongs to, locked. At the end all is written, and the act noted in the trail."""
        async with self.reading() as tx:
            appeal_id = await store.appeal_of_task(tx, task_id)
        if appeal_id is None:
            raise NotFound("task_not_found")
        async with self._case({appeal_id}, actor, act, {"task": str(task_id)}) as case:
            yield case

    @asynccontextmanager
    async def case_of_referral(self, referral_id: UUID, actor: Actor, act: str) -> AsyncIterator[Case]:
        async with self.reading() as tx:
            row = (await store.referrals(tx, {referral_id})).get(referral_id)
        if row is None:
            raise NotFound("referral_not_found")
        told = {"referral": str(referral_id), "agency": row.agency}
        async with self._case({row.appeal_id}, actor, act, told) as case:
            yield case

    @asynccontextmanager
    async def _case(
        self, appeal_ids: set[UUID], actor: Actor, act: str, told: Mapping[str, str]
    ) -> AsyncIterator[Case]:
        async with self.database.transaction() as tx:
            if actor.act is not None:
                await act_store.settle(tx, actor.act, at=self.router.now())
            appeals = await store.locked_appeals(tx, appeal_ids)
            if not appeals:
                raise NotFound("appeal_not_found")
            draft = await self.router.draft(tx, appeals)
            (appeal,) = appeals.values()
            rows, tasks = await store.referrals_of(tx, appeal_ids), await store.open_tasks(tx, appeals)
            claim = (await claims.standing(tx, appeal_ids, at=draft.at)).get(appeal.id)
            with deciding(appeal, claim, actor):
                yield Case(draft, appeal, {row.id: draft.hold(row) for row in rows}, tasks)
            await draft.write()
            await claims.release(tx, appeal.id, by=actor.name)
            facts = {**told, "number": appeal.registration_number}
            trail.note(tx, trail.Act(actor.name, act, str(appeal.id), draft.at, facts))


@contextmanager
def deciding(appeal: Appeal, claim: Row[Any] | None, actor: Actor) -> Iterator[None]:
    """Let a person decide a case who may read it and finds nobody else at work on it."""
    if appeal.sealed and not actor.reads_sealed:
        raise Forbidden("appeal_sealed")
    if claim is not None and claim.by != actor.name:
        raise Conflict("case_claimed")
    try:
        yield
    except IllegalTransition:
        raise Conflict("transition_not_allowed") from None


def _verdict(
    appeal: Appeal, part: Part | None, agency: str | None, declined: Referral | None, because: Because
) -> Retain | Refer:
    """What a person wants, as a verdict. Without a part it is the whole appeal, or the extract that was declined."""
    if agency is None:
        return Retain(because)
    if part is not None:
        return Refer(agency, Scope.PART, part.text_in(appeal.text), because)
    scope, text = (declined.scope, declined.part) if declined else (Scope.FULL, None)
    return Refer(agency, scope, text, because)
