"""Claiming: an operator says that a case is in hand, so that nobody else decides it unknowingly."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.chassis.database import Transaction
from services.chassis.errors import Conflict, Forbidden, NotFound
from services.router import act_store, claims, store, trail
from services.router.desk import Desk
from services.router.draft import Actor

LEASE: Final = timedelta(minutes=10)
"""So long a case is claimed; an open page renews it."""


@dataclass(frozen=True)
class Claiming:
    """Claims on the cases of tasks. Each raises `NotFound` for an unknown task."""

    desk: Desk
    lease: timedelta = LEASE

    async def take(self, task_id: UUID, *, actor: Actor, over: bool = False) -> datetime:
        """Claim the case of a task, or renew the claim; with `over` also from somebody else. Returns until when.

        Raises `Forbidden` for a sealed appeal that the actor may not read, and `Conflict` when somebody else works on
        it, or has decided it a moment ago.
        """
        at = self.desk.router.now()
        async with self.desk.database.transaction() as tx:
            appeal_id = await self._case(tx, task_id, actor)
            waiting = await act_store.waiting_on(tx, appeal_id)
            if waiting is not None and waiting.by != actor.name:
                raise Conflict("act_waiting")
            before = (await claims.standing(tx, {appeal_id}, at=at)).get(appeal_id)
            if not await claims.take(tx, {appeal_id}, by=actor.name, at=at, until=at + self.lease, over=over):
                raise Conflict("case_claimed")
            if before is None or before.by != actor.name:
                facts = {"task": str(task_id), **({"from": before.by} if before else {})}
                act = "case.take_over" if before else "case.claim"
                trail.note(tx, trail.Act(actor.name, act, str(appeal_id), at, facts))
        return at + self.lease

    async def release(self, task_id: UUID, *, actor: Actor) -> None:
        """Put the case of a task back for others."""
        async with self.desk.database.transaction() as tx:
            appeal_id = await self._case(tx, task_id, actor)
            if await claims.release(tx, appeal_id, by=actor.name):
                note = trail.Act(
                    actor.name, "case.release", str(appeal_id), self.desk.router.now(), {"task": str(task_id)}
                )
                trail.note(tx, note)

    async def _case(self, tx: Transaction, task_id: UUID, actor: Actor) -> UUID:
        appeal_id = await store.appeal_of_task(tx, task_id)
        if appeal_id is None:
            raise NotFound("task_not_found")
        appeal = (await store.appeals(tx, {appeal_id}))[appeal_id]
        if appeal.sealed and not actor.reads_sealed:
            raise Forbidden("appeal_sealed")
        return appeal_id
