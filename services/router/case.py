"""A case: one appeal with all that hangs on it, locked, while a person decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.chassis.errors import Conflict
from services.contracts.referrals import ReferralState, Scope
from services.router.appeal import Appeal, Part
from services.router.draft import Actor, Draft
from services.router.referral import Referral
from services.router.task import TaskState


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

    def proposals(self, referral: Referral) -> Iterator[Referral]:
        """A proposal, and those that it was before the agencies proposed were closed: none of them ever went out."""
        yield referral
        before = self.referrals.get(referral.predecessor_id) if referral.predecessor_id else None
        if before is not None and before.state is ReferralState.REJECTED:
            yield from self.proposals(before)

    def settle(self, task: Row[Any] | None, state: TaskState, actor: Actor, reason: str | None = None) -> None:
        """Close `task`, and the others that ask about the same referral."""
        if task is not None:
            self.draft.settle([task], state, actor, reason)
            others = [t for t in self.tasks if t.id != task.id and t.referral_id == task.referral_id is not None]
            self.draft.settle(others, TaskState.OVERTAKEN, actor)

    def settle_of(self, referral: Referral, state: TaskState, actor: Actor, reason: str | None = None) -> None:
        """Close the tasks that ask about `referral`."""
        self.draft.settle([t for t in self.tasks if t.referral_id == referral.id], state, actor, reason)

    def is_with(self, part: Part, agency: str | None, *, beside: UUID | None) -> bool:
        """Whether a part is with this agency already, by another referral than `beside`."""
        part_id = part.id_in(self.appeal.id)
        in_hand = [r for r in self.referrals.values() if r.is_open and r.id != beside]
        return any(r.part_id == part_id and r.agency == agency for r in in_hand)

    def check_free(self, agency: str, part: Part | None, *, beside: UUID | None) -> None:
        """Raise `Conflict` where a new referral would be one too many (R-REF-4); `beside` is the one it replaces."""
        in_hand = [r for r in self.referrals.values() if r.is_open and r.id != beside]
        part_id = part.id_in(self.appeal.id) if part else None
        if any(r.agency == agency and r.part_id == part_id for r in in_hand):
            raise Conflict("agency_has_it", pointer="#/agency")
        if part is None and in_hand:
            raise Conflict("referred_in_part")
        if any(r.scope is Scope.FULL for r in in_hand):
            raise Conflict("referred_whole")
