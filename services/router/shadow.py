"""The shadow: a rule set that decides beside that in force, on what really arrives, and never acts.

It decides afterwards, in a thread, so that no transaction waits for it. Putting it in force is a person's act.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Database, Transaction
from services.chassis.errors import Conflict, NotFound
from services.chassis.ids import earlier
from services.router import listing, rule_store, shadow_store, store, trail
from services.router.draft import Actor
from services.router.routing import RULE, Router
from services.router.rules import Rules
from services.router.trial import Comparison, Past, decided, recorded
from services.router.trials import past_of

_LATE: Final = timedelta(minutes=10)
"""A transaction that has made a decision's id has been committed by then."""


@dataclass
class Shadow:
    """Lets a rule set decide beside that in force, a few appeals at a time."""

    database: Database
    router: Router
    at_once: int = 50
    _rules: Rules | None = field(default=None, init=False)
    _seen: tuple[int, UUID] | None = field(default=None, init=False)
    """Number of an act, and from which decision on there may be something that its shadow has not seen."""

    async def set(self, version: str | None, *, reason: str, actor: Actor) -> int:
        """Let a kept rule set decide beside that in force; None stops it. Returns the act's number.

        Raises `NotFound`, or `Conflict` when that is so already, it is in force, or somebody else was quicker.
        """
        async with self.database.transaction() as tx:
            if version and await rule_store.summary(tx, version) is None:
                raise NotFound("rules_not_found")
            if version and version == (await self.router.book.in_force(tx)).version:
                raise Conflict("rules_in_force")
            last = await shadow_store.standing(tx)
            if version == (last.version if last else None):
                raise Conflict("shadow_unchanged")
            number = last.number + 1 if last else 1
            at = self.router.now()
            row = {"number": number, "id": self.router.new_id(), "version": version, "at": at}
            if not await shadow_store.act(tx, {**row, "by": actor.name, "reason": reason}):
                raise Conflict("rules_changed")
            act = "shadow.begin" if version else "shadow.end"
            about = version or (last.version if last else "-")
            trail.note(tx, trail.Act(actor.name, act, about, at, {"number": number}))
        return number

    async def look(self) -> None:
        """Decide on all that has been decided since the last look."""
        while await self._some():
            pass

    async def report(self, version: str | None = None) -> dict[str, Any]:
        """How the newest shadow, or that of a version, fares beside what was decided. Raises `NotFound`."""
        compared, after = Comparison(), None
        async with self.database.reading() as tx:
            act, last = await shadow_store.begun(tx, version), await shadow_store.standing(tx)
        if act is None or last is None:
            raise NotFound("shadow_not_found")
        while True:
            async with self.database.reading() as tx:
                rows = await shadow_store.decided(tx, act.version, after=after, limit=self.at_once * 10)
                referrals = await store.referrals_of(tx, {row.id for row in rows})
            for row, past in zip(rows, past_of(rows, referrals), strict=True):
                compared.add(past.id, row.was, row.would_be, outcome=past.outcome, declined=past.declined)
            if len(rows) < self.at_once * 10:
                break
            after = rows[-1].id
        told = {"version": act.version, "since": act.at, "by": act.by, "reason": act.reason}
        return {**told, "runs": last.version == act.version, **compared.report()}

    async def _some(self) -> bool:
        """Decide on the next few. Returns whether there may be more."""
        now = self.router.new_id()
        async with self.database.reading() as tx:
            act = await shadow_store.standing(tx)
            if act is None or act.version in {None, (await self.router.book.in_force(tx)).version}:
                return False
            rules = await self._of_version(tx, act.version)
            since = self._seen[1] if self._seen and self._seen[0] == act.number else act.id
            found = await shadow_store.undecided(tx, act.version, begun=act.id, since=since, limit=self.at_once)
            rows = list({row.id: row for row in found}.values())
            was = _was(await listing.decisions_on(tx, {row.id for row in rows}))
        if rows:
            words = await asyncio.to_thread(_decided, past_of(rows, ()), rules)
            at = self.router.now()
            kept = [
                {"appeal_id": row.id, "version": act.version, "was": was[row.id], "would_be": word, "at": at}
                for row, word in zip(rows, words, strict=True)
            ]
            async with self.database.transaction() as tx:
                await shadow_store.add(tx, kept)
        more = len(found) == self.at_once
        self._seen = act.number, max(act.id, earlier(found[-1].decision_id if more else now, _LATE))
        return more

    async def _of_version(self, tx: Transaction, version: str) -> Rules:
        if self._rules is None or self._rules.version != version:
            self._rules = await self.router.book.of_version(tx, version)
        assert self._rules is not None  # noqa: S101 - a foreign key says so
        return self._rules


def _decided(past: list[Past], rules: Rules) -> list[str]:
    return [decided(one, rules) for one in past]


def _was(decisions: list[Row[Any]]) -> dict[UUID, str]:
    """What the rules decided of each appeal when it arrived: of it, or of its parts, at the same moment."""
    first: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in (one for one in decisions if one.made_by == RULE):
        if not first[row.appeal_id] or row.made_at == first[row.appeal_id][0].made_at:
            first[row.appeal_id].append(row)
    return {appeal_id: recorded(row.record["verdict"] for row in rows) for appeal_id, rows in first.items()}
