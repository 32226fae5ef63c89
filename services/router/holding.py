"""Holding: what an operator says in the console waits a few seconds, in which it can be undone, and is then done.

It is kept as a row, so it survives a restart, and is carried out by the verb that the API has too. No clock of an
appeal begins or stops by it: what follows is dated when it is done.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy import Row

from services.chassis.database import Database, Transaction
from services.chassis.errors import Conflict, DatabaseUnavailable, Forbidden, Refused
from services.chassis.outbox import Cause
from services.router import act_store, claims, operators, trail
from services.router.act import ActState, Verb
from services.router.draft import Actor
from services.router.rehearsal import rehearsing
from services.router.requests import SEALED, Body
from services.router.roles import scopes_of
from services.router.verbs import BODIES, Verbs, scope_of

log = structlog.get_logger()

KEPT: Final = timedelta(days=30)
"""So long it can be read how an act on many tasks went."""
MARGIN: Final = timedelta(seconds=30)
"""A case stays claimed so long beyond the moment at which its act is to be carried out."""
_POLL: Final = timedelta(seconds=2)
"""Another replica's act, or one from before a restart, is noticed so soon."""
_AT_ONCE: Final = 50


@dataclass(frozen=True)
class Holding:
    """Keeps acts, lets them be undone, and carries them out."""

    verbs: Verbs
    pause: timedelta
    """How long an act waits; without any it is done at once."""
    new: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def database(self) -> Database:
        return self.verbs.desk.database

    def now(self) -> datetime:
        return self.verbs.desk.router.now()

    async def say(self, verb: Verb, task_id: UUID, said: Body, actor: Actor) -> UUID | None:
        """Keep an act on a task; None when it was done at once. Raises what its verb would raise now."""
        if not self.pause:
            await self.verbs.do(verb, task_id, said, actor)
            return None
        async with rehearsing(self.verbs.desk, {task_id}) as desk:
            await self.verbs.on(desk).do(verb, task_id, said, actor)
            appeal_id = desk.by_task[task_id]
        act_id = self.verbs.desk.router.new_id()
        async with self.database.transaction() as tx:
            kept = await self.keep(tx, {task_id: (act_id, appeal_id)}, verb, said, actor)
        if not kept:
            raise Conflict("act_waiting")
        return act_id

    async def keep(
        self,
        tx: Transaction,
        tasks: Mapping[UUID, tuple[UUID, UUID]],
        verb: Verb,
        said: Body,
        actor: Actor,
        *,
        bulk_id: UUID | None = None,
    ) -> set[UUID]:
        """Keep an act on each of these tasks, given with the act's and the appeal's id, and claim their cases.

        Returns the appeals of those kept: not those that somebody else works on, or on which an act waits already.
        """
        at = self.now()
        due_at = at + self.pause
        same = {
            "verb": verb.value,
            "arguments": said.model_dump(mode="json", exclude_none=True),
            "by": actor.name,
            "reads_sealed": actor.reads_sealed,
            "trace": actor.cause.correlation_id,
            "bulk_id": bulk_id,
            "state": ActState.WAITING.value,
            "made_at": at,
            "due_at": due_at,
        }
        rows = [
            {"id": act_id, "appeal_id": appeal_id, "task_id": task_id, **same}
            for task_id, (act_id, appeal_id) in tasks.items()
        ]
        # acts before claims, as whoever carries one out, or the two wait for each other
        held = await act_store.hold(tx, rows)
        kept = await claims.take(tx, held, by=actor.name, at=at, until=due_at + MARGIN)
        await act_store.drop(tx, held - kept)
        for row in rows:
            if row["appeal_id"] in kept:
                facts = {"verb": verb.value, "task": str(row["task_id"])}
                trail.note(tx, trail.Act(actor.name, "act.hold", str(row["appeal_id"]), at, facts))
        tx.after_commit(self.new.set)
        return kept

    async def undo(self, act_id: UUID, *, by: str) -> list[Row[Any]]:
        """Undo one's own act, or what still waits of one on many tasks. Raises `Conflict` when it is too late."""
        async with self.database.transaction() as tx:
            undone = await act_store.undo(tx, act_id, by=by, at=(at := self.now()))
            for row in undone:
                trail.note(tx, trail.Act(by, "act.undo", str(row.appeal_id), at, {"task": str(row.task_id)}))
        if not undone:
            raise Conflict("act_ended")
        return undone

    async def told_to(self, by: str) -> list[Row[Any]]:
        """What an operator is to be told: acts that wait, and failed ones."""
        async with self.database.reading() as tx:
            return await act_store.told_to(tx, by)

    async def saw(self, ids: Collection[UUID], *, by: str) -> None:
        """An operator has seen that these failed."""
        async with self.database.transaction() as tx:
            await act_store.saw(tx, ids, by=by, at=self.now())

    async def run(self, stopping: asyncio.Event) -> None:
        """Carry out acts as their time comes; what still waits at the end is carried out after the next start."""
        while not stopping.is_set():
            self.new.clear()
            try:
                wait = await self.look()
            except DatabaseUnavailable as error:
                log.warning("acts.delayed", because=str(error))
                wait = _POLL
            if wait:
                await _either(stopping, self.new, timeout=wait.total_seconds())

    async def look(self) -> timedelta:
        """Carry out what is due. Returns how long nothing more is."""
        async with self.database.reading() as tx:
            due = await act_store.due(tx, self.now(), limit=_AT_ONCE)
            following = await act_store.next_due(tx)
        for row in due:
            await self._carry_out(row)
        if len(due) == _AT_ONCE:
            return timedelta()
        still = following - self.now() if following else _POLL
        return min(_POLL, max(still, timedelta(milliseconds=10)))

    async def prune(self) -> None:
        """Forget what ended long ago."""
        async with self.database.transaction() as tx:
            await act_store.prune(tx, before=self.now() - KEPT)

    async def _carry_out(self, row: Row[Any]) -> None:
        verb = Verb(row.verb)
        try:
            said = BODIES[verb].model_validate(row.arguments)
            await self.verbs.do(verb, row.task_id, said, await self._actor(row))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # its operator must hear of it, whatever it is
            code = error.code if isinstance(error, Refused) else "internal"
            if not isinstance(error, (Refused, ValidationError)):  # the latter quotes words of the appeal
                log.exception("act.failed", act_id=str(row.id))
            async with self.database.transaction() as tx:
                if await act_store.refuse(tx, row.id, code, at=(at := self.now())):
                    facts = {"verb": row.verb, "task": str(row.task_id), "code": code}
                    trail.note(tx, trail.Act(row.by, "act.refused", str(row.appeal_id), at, facts))
                    await claims.release(tx, row.appeal_id, by=row.by)
            log.info("act.refused", act_id=str(row.id), verb=row.verb, code=code)

    async def _actor(self, row: Row[Any]) -> Actor:
        """The act's operator, with what they may do now. Raises `Forbidden` when they may not do it any more."""
        async with self.database.reading() as tx:
            account = await operators.by_login(tx, row.by.removeprefix(trail.OPERATOR))
        scopes = scopes_of(account.roles) if account and account.disabled_at is None else frozenset()
        if scope_of(Verb(row.verb)) not in scopes:
            raise Forbidden("act_not_allowed")
        return Actor(row.by, Cause(row.trace), reads_sealed=row.reads_sealed and SEALED in scopes, act=row.id)


async def _either(*events: asyncio.Event, timeout: float) -> None:  # noqa: ASYNC109 - as wait_for's
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
