"""A rehearsal: what a verb of the desk would run into, with nothing locked and nothing written.

It is the desk itself over cases that were read beforehand, a hundred in as many statements as one.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.chassis.errors import NotFound
from services.router import claims, store
from services.router.appeal import Appeal
from services.router.case import Case
from services.router.desk import Desk, deciding
from services.router.draft import Actor, Draft


@dataclass(frozen=True)
class Read:
    """What hangs on one appeal."""

    appeal: Appeal
    referrals: list[Row[Any]]
    tasks: list[Row[Any]]
    claim: Row[Any] | None


@dataclass(frozen=True)
class Rehearsal(Desk):
    """A desk whose verbs raise what they would raise, and do nothing."""

    draft: Draft
    cases: dict[UUID, Read]
    by_task: dict[UUID, UUID]

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """That of the rehearsal: if each took another connection beside it, many could wait for one for ever."""
        return nullcontext(self.draft.tx)

    @asynccontextmanager
    async def case_of_task(self, task_id: UUID, actor: Actor, act: str) -> AsyncIterator[Case]:
        if (appeal_id := self.by_task.get(task_id)) is None:
            raise NotFound("task_not_found")
        async with self._case({appeal_id}, actor, act, {}) as case:
            yield case

    @asynccontextmanager
    async def _case(
        self,
        appeal_ids: set[UUID],
        actor: Actor,
        act: str,  # noqa: ARG002 - nothing is done, and so nothing noted
        told: Mapping[str, str],  # noqa: ARG002 - as above
    ) -> AsyncIterator[Case]:
        (appeal_id,) = appeal_ids
        read, now = self.cases[appeal_id], self.draft
        appeals = {appeal_id: read.appeal}
        draft = Draft(now.tx, now.rules, now.at, now.new_id, appeals, now.limits, now.links)
        with deciding(read.appeal, read.claim, actor):
            yield Case(draft, read.appeal, {row.id: draft.hold(row) for row in read.referrals}, read.tasks)


@asynccontextmanager
async def rehearsing(desk: Desk, task_ids: Collection[UUID]) -> AsyncIterator[Rehearsal]:
    """A desk on which verbs on these tasks can be rehearsed."""
    async with desk.database.reading() as tx:
        by_task = await store.appeals_of_tasks(tx, task_ids)
        ids, draft = set(by_task.values()), await desk.router.draft(tx)
        standing = await claims.standing(tx, ids, at=draft.at)
        referrals, tasks = _grouped(await store.referrals_of(tx, ids)), _grouped(await store.open_tasks(tx, ids))
        cases = {
            one.id: Read(one, referrals[one.id], tasks[one.id], standing.get(one.id))
            for one in (await store.appeals(tx, ids)).values()
        }
        yield Rehearsal(desk.database, desk.router, draft, cases, by_task)


def _grouped(rows: Collection[Row[Any]]) -> dict[UUID, list[Row[Any]]]:
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.appeal_id].append(row)
    return found
