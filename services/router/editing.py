"""Edits of what is in force: one fact of the directory or the calendar changes, and a new rule set comes into force.

It is checked as a whole before it is kept, and the act names who did it and why.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.router import due_dates, listing
from services.router.directory import Directory
from services.router.directory_edit import NoRecord
from services.router.draft import Actor
from services.router.due_dates import Moved
from services.router.edits import Edit
from services.router.routing import Router
from services.router.rulebook import Act, check
from services.router.rules import Rules, RuleSet


@dataclass(frozen=True)
class Edited:
    """What comes of an edit: the act's number, and the rules before and after it."""

    number: int
    before: Rules
    after: Rules
    base: RuleSet
    """The documents of the rules before it."""
    rules: RuleSet
    """Those of the rules after it."""


@dataclass(frozen=True)
class Editor:
    """Edits what is in force. Each edit raises `Invalid` with all that would be wrong, `NotFound`, or `Conflict`."""

    database: Database
    router: Router

    async def edit(self, edit: Edit, *, reason: str, actor: Actor) -> Edited:
        """Change the rule set in force."""
        planned, book = await self.planned(edit), self.router.book
        async with self.database.transaction() as tx:
            at, after = self.router.now(), planned.number - 1
            await book.change(tx, planned.rules, after=after, reason=reason, at=at, actor=actor, noted=edit.noted)
        return planned

    async def planned(self, edit: Edit) -> Edited:
        """What would come of an edit, without it."""
        book = self.router.book
        async with self.database.reading() as tx:
            number, old = await book.set_in_force(tx)
        try:
            new = edit.change(old)
        except NoRecord:
            raise NotFound("agency_unknown") from None
        await check(new)
        return Edited(number + 1, book.read(old), book.read(new), old, new)

    async def propose(self, change: Callable[[RuleSet], RuleSet], *, note: str, actor: Actor) -> tuple[str, bool]:
        """Keep a rule set made from that in force; it decides nothing. Returns its version, and whether it is new."""
        book = self.router.book
        async with self.database.reading() as tx:
            _, base = await book.set_in_force(tx)
        new = change(base)
        await check(new)
        async with self.database.transaction() as tx:
            at = self.router.now()
            is_new = await book.propose(tx, new, base=base, at=at, by=actor.name, note=note)
        return new.version, is_new

    async def activate(self, version: str, *, reason: str, actor: Actor) -> Act:
        """Put a kept rule set in force. Raises as `Rulebook.activate`."""
        async with self.database.transaction() as tx:
            return await self.router.book.activate(tx, version, reason=reason, at=self.router.now(), actor=actor)

    async def moved(self, edited: Edited, day: date) -> list[Moved]:
        """Open days due, from `day` on, that would be others by the calendar after an edit; they stay."""
        async with self.database.reading() as tx:
            rows = await listing.open_due_from(tx, day)
        return list(due_dates.moved(iter(rows), edited.before, edited.after))


def left_alone(before: Directory, after: Directory, on: date) -> list[dict[str, Any]]:
    """Categories, each with the territories where somebody answered for it and from `on` nobody does any more."""
    found = ((code, list(_left_alone(before, after, code, on))) for code in before.categories)
    return [{"category": code, "territories": territories} for code, territories in found if territories]


def _left_alone(before: Directory, after: Directory, category: str, on: date) -> Iterator[str]:
    for territory in before.territories.territories:
        if before.candidates(category, territory, on) and not after.candidates(category, territory, on):
            yield territory
