"""Arbitration: what an arbiter decides of a dispute about who is competent. It is final (R-REF-5)."""

from dataclasses import dataclass
from uuid import UUID

from services.chassis.errors import Conflict
from services.router import dispatch
from services.router.decision import Because
from services.router.desk import Desk
from services.router.draft import Actor
from services.router.task import ARBITERS, Question, TaskState


@dataclass(frozen=True)
class Arbitration:
    """The arbiter's verb: one transaction. Raises `NotFound`, `Invalid`, or `Conflict` when it does not fit."""

    desk: Desk

    async def decide(self, task_id: UUID, *, agency: str | None, reason: str, actor: Actor) -> None:
        """Give what is disputed to `agency`, which cannot decline it, or keep it ourselves.

        The disputed referral is taken back, so that its agency hears how it ended, and the new one succeeds it. Given
        to the same agency again, its term goes on as it was.
        """
        async with self.desk.case_of_task(task_id, actor, "task.arbitrate") as case:
            task = case.task(task_id)
            if Question(task.question) not in ARBITERS:
                raise Conflict("not_disputed")
            part = case.appeal.part(task.part_id)
            if agency is not None:
                self.desk.check_agency(case, agency, pointer="#/agency")
                case.check_free(agency, part, beside=task.referral_id)
            disputed = dispatch.take_back(case.draft, case.referrals[task.referral_id], reason, actor)
            wanted = [(part, agency)]
            self.desk.decide(case, task, TaskState.ARBITRATED, wanted, reason, actor, disputed, Because.ARBITER)
