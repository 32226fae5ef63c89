"""The operators' verbs that end an appeal without sending it anywhere, or ask its applicant to add what it lacks.

Never a rule's: a person gives the ground and the reason, and the applicant is told both (АППК arts. 64, 70, 88, 91).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from services.chassis.errors import Conflict, Invalid
from services.contracts.appeals import Ground, Requirement
from services.router import dispatch, forgetting, messages, record, store
from services.router.appeal import Outcome
from services.router.case import Case
from services.router.closing import IN_THREE_DAYS, NEVER_OF_CRIME, AskToFix, Close, Closing, fits, may_be_returned
from services.router.decision import Facts, facts_of
from services.router.desk import Desk
from services.router.draft import Actor
from services.router.routing import close
from services.router.task import LOOKS, Question, TaskState

FIX_DAYS: Final = 10
"""Working days to add what an appeal lacks. The Code says "a reasonable time" and no number (art. 64(6))."""


@dataclass(frozen=True)
class Ends:
    """The verbs. Each is one transaction and raises `NotFound`, `Invalid`, or `Conflict` when it does not fit."""

    desk: Desk
    fix_days: int = FIX_DAYS

    async def ask_to_fix(
        self, task_id: UUID, *, lacking: Collection[Requirement], fix_by: date | None, reason: str, actor: Actor
    ) -> None:
        """Ask the applicant to add what the appeal lacks, until `fix_by` (R-INT-6)."""
        async with self.desk.case_of_task(task_id, actor, "task.ask_to_fix") as case:
            calendar = case.draft.rules.calendar
            today = calendar.arrived_on(case.draft.at)
            until = fix_by or calendar.nth_working_day_after(today, self.fix_days)
            if until <= today:
                raise Invalid("fix_by_passed", pointer="#/fix_by")
            closing = AskToFix(tuple(sorted(lacking)), until)
            self._carry_out(case, task_id, closing, reason=reason, actor=actor)

    async def close(self, task_id: UUID, how: Close, *, reason: str, actor: Actor) -> None:
        """Return, terminate, file or explain the way to court, as `how` says."""
        async with self.desk.case_of_task(task_id, actor, "task.close") as case:
            if how.earlier is not None:
                await _check_earlier(case, how.earlier)
            self._carry_out(case, task_id, how, reason=reason, actor=actor)

    async def protect(self, task_id: UUID, *, actor: Actor) -> None:
        """Move the appeal to a protected channel: here its number stays, and no word of it or of its author (R-SEC-3).

        It takes no reason, which would be a word of it; what agencies have is recalled.
        """
        async with self.desk.case_of_task(task_id, actor, "task.protect") as case:
            case.task(task_id)
            appeal, draft = case.appeal, case.draft
            if not appeal.sealed:
                raise Conflict("appeal_not_sealed")
            await forgetting.forget(draft.tx, appeal.id)
            for referral in case.referrals.values():
                if referral.is_open:
                    dispatch.take_back(draft, referral, messages.TAKEN_BACK[appeal.language], actor)
            draft.settle(case.tasks, TaskState.CLOSED, actor)
            draft.record(appeal, record.of_protection(draft.rules, operator=actor.name), actor)
            draft.change(replace(draft.appeals[appeal.id], category=None))
            draft.conclude(appeal, Outcome.PROTECTED, actor)

    def _carry_out(self, case: Case, task_id: UUID, closing: Closing, *, reason: str, actor: Actor) -> None:
        task, draft, rules = case.task(task_id), case.draft, case.draft.rules
        if Question(task.question) in LOOKS:
            raise Conflict("task_decides_nothing")
        facts = facts_of(case.appeal, rules, at=draft.at)
        if isinstance(closing, Close):
            _check(case, closing, facts)
        self.desk.made_way(case, task, reason, actor)
        if any(r.is_open and r.id != task.referral_id for r in case.referrals.values()):
            raise Conflict("appeal_with_agency")
        made = record.of_operator(
            closing, case.appeal, facts, rules, operator=actor.name, reason=reason, task=str(task.id)
        )
        case.draft.settle(case.tasks, TaskState.CLOSED, actor, reason)
        close(draft, case.appeal, closing, made, actor, reason=reason)


def _check(case: Case, close: Close, facts: Facts) -> None:
    """Raise what bars this end."""
    appeal, calendar = case.appeal, case.draft.rules.calendar
    if not fits(close, appeal.kind):
        raise Invalid("ground_does_not_fit", pointer="#/ground")
    alarm = any(Question(task.question) is Question.ALARM for task in case.tasks)
    if (appeal.corruption or appeal.sealed or alarm) and close.ground in NEVER_OF_CRIME:
        raise Conflict("crime_is_forwarded")
    timed = close.outcome is Outcome.RETURNED and close.ground in {*IN_THREE_DAYS, Ground.NOT_FIXED}
    if timed and not may_be_returned(calendar, appeal, close.ground, calendar.arrived_on(case.draft.at)):
        raise Conflict("return_out_of_time")
    if close.outcome is Outcome.COURT_ROUTE and (not facts.complained_of or facts.superior):
        raise Conflict("superior_exists")


async def _check_earlier(case: Case, number: str) -> None:
    earlier = await store.appeal_numbered(case.draft.tx, number)
    if earlier is None or earlier.id == case.appeal.id:
        raise Invalid("earlier_unknown", pointer="#/earlier")
    if earlier.outcome != Outcome.RETURNED:
        raise Conflict("earlier_not_returned", pointer="#/earlier")
