"""Edits of what is in force: one fact of the directory or the calendar changes, and a new rule set comes into force.

It is checked as a whole before it is kept, and the act names who did it and why.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.contracts.calendar import Override
from services.router.directory import Directory
from services.router.directory_edit import NoRecord
from services.router.draft import Actor
from services.router.routing import Router
from services.router.rulebook import check
from services.router.rules import Rules, RuleSet


@dataclass(frozen=True)
class Edited:
    """What comes of an edit: the act's number, and the rules before and after it."""

    number: int
    before: Rules
    after: Rules
    rules: RuleSet
    """The documents of the rules after it."""


@dataclass(frozen=True)
class Editor:
    """Edits what is in force. Each edit raises `Invalid` with all that would be wrong, or `Conflict`."""

    database: Database
    router: Router

    async def directory(self, change: Callable[[str], str], *, reason: str, actor: Actor) -> Edited:
        """Change the directory's text. Raises `NotFound` for an agency that it does not have."""
        try:
            return await self.edit(
                lambda rules: replace(rules, directory=change(rules.directory)), reason=reason, actor=actor
            )
        except NoRecord:
            raise NotFound("agency_unknown") from None

    async def edit(self, change: Callable[[RuleSet], RuleSet], *, reason: str, actor: Actor) -> Edited:
        """Change the rule set in force."""
        planned, book = await self.planned(change), self.router.book
        async with self.database.transaction() as tx:
            at, after = self.router.now(), planned.number - 1
            await book.change(tx, planned.rules, after=after, reason=reason, at=at, actor=actor)
        return planned

    async def planned(self, change: Callable[[RuleSet], RuleSet]) -> Edited:
        """What would come of an edit, without it. Raises `Invalid`."""
        book = self.router.book
        async with self.database.reading() as tx:
            number, old = await book.set_in_force(tx)
        new = change(old)
        await check(new)
        return Edited(number + 1, book.read(old), book.read(new), new)


def with_overrides(change: Callable[[dict[date, Override]], None]) -> Callable[[RuleSet], RuleSet]:
    """An edit of the overridden days, which stay in order."""

    def edit(rules: RuleSet) -> RuleSet:
        by_day = {one.day: one for one in rules.overrides}
        change(by_day)
        return replace(rules, overrides=tuple(by_day[day] for day in sorted(by_day)))

    return edit


def left_alone(before: Directory, after: Directory, on: date) -> list[dict[str, Any]]:
    """Categories, each with the territories where somebody answered for it and from `on` nobody does any more."""
    found = ((code, list(_left_alone(before, after, code, on))) for code in before.categories)
    return [{"category": code, "territories": territories} for code, territories in found if territories]


def _left_alone(before: Directory, after: Directory, category: str, on: date) -> Iterator[str]:
    for territory in before.territories.territories:
        if before.candidates(category, territory, on) and not after.candidates(category, territory, on):
            yield territory
