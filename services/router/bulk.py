"""One act on many tasks: what it would do and what not, told before; each task is then an act of its own."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.errors import Conflict, Refused
from services.router import act_store
from services.router.act import OF_MANY, ActState, Verb
from services.router.draft import Actor
from services.router.holding import Holding
from services.router.rehearsal import rehearsing
from services.router.requests import Body

AT_MOST: Final = 500
"""So many tasks one act may be on."""


@dataclass(frozen=True)
class Preview:
    """What an act on many tasks would do."""

    would: dict[UUID, UUID] = field(default_factory=dict)
    """Tasks on which it would be done, with their appeals; of several tasks on one appeal the first."""
    refused: dict[UUID, str] = field(default_factory=dict)
    """The others, with the code of the problem."""

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why not, and how often, the most frequent first."""
        return Counter(self.refused.values()).most_common()


@dataclass(frozen=True)
class Progress:
    """How far an act on many tasks has come."""

    counts: dict[str, int]
    failed: list[Row[Any]]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        return self.counts.get(ActState.WAITING, 0)


@dataclass(frozen=True)
class Bulk:
    """Acts on many tasks."""

    holding: Holding

    async def preview(self, verb: Verb, task_ids: Sequence[UUID], said: Body, actor: Actor) -> Preview:
        """What would be done, and what not and why. Nothing is locked, and nothing is written."""
        if verb not in OF_MANY or len(task_ids) > AT_MOST:
            raise Conflict("bulk_not_allowed")
        found = Preview()
        async with rehearsing(self.holding.verbs.desk, task_ids) as desk:
            verbs = self.holding.verbs.on(desk)
            for task_id in task_ids:
                await asyncio.sleep(0)  # others' requests come between
                try:
                    await verbs.do(verb, task_id, said, actor)
                except Refused as error:
                    found.refused[task_id] = error.code
                    continue
                appeal_id = desk.by_task[task_id]
                if appeal_id in found.would.values():
                    found.refused[task_id] = "act_waiting"
                else:
                    found.would[task_id] = appeal_id
        return found

    async def start(self, verb: Verb, task_ids: Sequence[UUID], said: Body, actor: Actor) -> UUID:
        """Keep an act on each of the tasks on which it would be done. Raises `Conflict` when it would be on none."""
        would = (await self.preview(verb, task_ids, said, actor)).would
        new_id = self.holding.verbs.desk.router.new_id
        bulk_id, acts = new_id(), {task_id: (new_id(), appeal_id) for task_id, appeal_id in would.items()}
        async with self.holding.database.transaction() as tx:
            kept = await self.holding.keep(tx, acts, verb, said, actor, bulk_id=bulk_id)
        if not kept:
            raise Conflict("bulk_empty")
        return bulk_id

    async def progress(self, bulk_id: UUID, *, by: str) -> Progress:
        """How far it has come."""
        async with self.holding.database.reading() as tx:
            return Progress(*await act_store.of_bulk(tx, bulk_id, by=by))
