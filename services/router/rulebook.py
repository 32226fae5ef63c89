"""The rulebook: which rule set is in force, asked in each transaction, so that all it decides is by one set.

A set that another process has put in force is read at the next transaction; no restart is needed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog

from services.chassis import outbox
from services.chassis.database import Transaction
from services.chassis.errors import Conflict, Invalid, NotFound
from services.contracts.appeals import AppealKind
from services.contracts.terms import ANSWER, Term
from services.router import messages, rule_store, trail
from services.router.draft import Actor
from services.router.rule_check import unusable
from services.router.rules import Policy, Rules, RuleSet

log = structlog.get_logger()

SHIPPED: Final = "shipped"
"""Who brings the first rule set: the installation itself."""
FIRST: Final = "the first rule set, from the files of the installation"
_FIRST_NUMBER: Final = 1


@dataclass(frozen=True)
class Act:
    """What has been put in force."""

    number: int
    version: str
    changes: list[str]
    """The documents that are others from now on."""


@dataclass(frozen=True)
class Noted:
    """How an edit is noted in the trail: as what kind of act, upon what."""

    act: str
    subject: str


@dataclass
class Rulebook:
    """Rule sets and which one is in force."""

    shipped: RuleSet
    """What the files of this installation say: the first set in force, and later ones to propose."""
    policy: Policy
    terms: Mapping[AppealKind, Term] = field(default_factory=lambda: ANSWER)
    current: Rules = field(init=False)
    """The rules that this process last saw in force. Whoever decides asks `in_force`."""

    def __post_init__(self) -> None:
        self.current = self.read(self.shipped)

    def read(self, rules: RuleSet) -> Rules:
        """What these documents mean in this installation. Raises PatternError or DirectoryError."""
        return rules.rules(self.policy, terms=self.terms)

    async def in_force(self, tx: Transaction) -> Rules:
        """The rules in force, as `tx` sees it."""
        found = await rule_store.in_force(tx)
        version = found.version if found else self.shipped.version
        if version != self.current.version:
            rules = self.shipped if version == self.shipped.version else await rule_store.load(tx, version)
            assert rules is not None  # noqa: S101 - a foreign key says so
            self.current = self.read(rules)
            log.info("rules.loaded", version=version)
        return self.current

    async def of_version(self, tx: Transaction, version: str) -> Rules | None:
        """The rules of a version that is kept; None for one that is not."""
        if version == self.current.version:
            return self.current
        found = self.shipped if version == self.shipped.version else await rule_store.load(tx, version)
        return await asyncio.to_thread(self.read, found) if found else None

    async def set_in_force(self, tx: Transaction) -> tuple[int, RuleSet]:
        """The documents in force and the number of the act that put them there; 0 before the first."""
        found = await rule_store.in_force(tx)
        stored = await rule_store.load(tx, found.version) if found else None
        return (found.number, stored) if found and stored else (0, self.shipped)

    async def begin(self, tx: Transaction, *, at: datetime) -> None:
        """Keep what the installation ships: the first time it comes into force, later a person proposes or activates.

        Of a later release lexicon and model are proposed: directory and days are the installation's own by then.
        """
        if await rule_store.in_force(tx) is None:
            await rule_store.add(tx, self.shipped, at=at, by=SHIPPED, note="")
            await rule_store.activate(tx, self.shipped.version, number=_FIRST_NUMBER, at=at, by=SHIPPED, reason=FIRST)
        elif not await rule_store.is_kept(tx, self.shipped):
            _, base = await self.set_in_force(tx)
            new = replace(base, lexicon=self.shipped.lexicon, model=self.shipped.model)
            await self.propose(tx, new, base=base, at=at, by=SHIPPED, note="")
            log.warning("rules.shipped_anew", version=new.version, remedy="joldau rules try, then activate")

    async def propose(self, tx: Transaction, new: RuleSet, *, base: RuleSet, at: datetime, by: str, note: str) -> bool:
        """Keep a rule set that was made from `base`. False if it was kept before."""
        is_new = await rule_store.add(tx, new, at=at, by=by, note=note)
        if new.version != base.version:
            await rule_store.base_on(tx, new.version, base.version)
        if is_new:
            trail.note(tx, trail.Act(by, "rules.propose", new.version, at, {"base": base.version}))
        return is_new

    async def change(
        self, tx: Transaction, new: RuleSet, *, after: int, reason: str, at: datetime, actor: Actor, noted: Noted
    ) -> int:
        """Keep a checked rule set and put it in force, as an edit of what act `after` had put there.

        Returns the act's number. Raises `Conflict` when it changes nothing, or something else is in force by now.
        """
        if new.version == (await self.in_force(tx)).version:
            raise Conflict("rules_in_force")
        await rule_store.add(tx, new, at=at, by=actor.name, note=reason)
        facts = {"activation": after + 1, "rules": new.version}
        trail.note(tx, trail.Act(actor.name, noted.act, noted.subject, at, facts))
        return await self._act(tx, new, number=after + 1, reason=reason, at=at, actor=actor)

    async def activate(self, tx: Transaction, version: str, *, reason: str, at: datetime, actor: Actor) -> Act:
        """Put a kept rule set in force; of a proposal what it changes, over all that has been edited since it was made.

        Raises `NotFound`, `Invalid` when the two do not go together, or `Conflict` when it is in force already, changes
        a document that has changed since, or somebody else was quicker.
        """
        new = await rule_store.load(tx, version)
        if new is None:
            raise NotFound("rules_not_found")
        number, old = await self.set_in_force(tx)
        base = await rule_store.base_of(tx, version)
        if base is not None and base != old.version:
            made_from = self.shipped if base == self.shipped.version else await rule_store.load(tx, base)
            assert made_from is not None  # noqa: S101 - a rule set is never deleted
            new = _rebased(new, made_from, old)
            await check(new)
            await rule_store.add(tx, new, at=at, by=actor.name, note=reason)
        if number and old.version == new.version:
            raise Conflict("rules_in_force")
        self.read(new)
        changes = sorted(new.differs(old))
        facts = {"activation": number + 1, "changes": changes}
        trail.note(tx, trail.Act(actor.name, "rules.activate", new.version, at, facts))
        await self._act(tx, new, number=number + 1, reason=reason, at=at, actor=actor)
        return Act(number + 1, new.version, changes)

    async def _act(self, tx: Transaction, new: RuleSet, *, number: int, reason: str, at: datetime, actor: Actor) -> int:
        before = (await self.in_force(tx)).calendar.overrides
        if not await rule_store.activate(tx, new.version, number=number, at=at, by=actor.name, reason=reason):
            raise Conflict("rules_changed")
        await rule_store.base_on(tx, new.version, None)
        if new.overrides != before:
            outbox.post(tx, messages.calendar(new.overrides, revision=number, at=at), at=at, cause=actor.cause)
        return number


def _rebased(new: RuleSet, base: RuleSet, onto: RuleSet) -> RuleSet:
    """What is in force, with what a proposal changes of its base. Raises `Conflict` where both changed a document."""
    changed = new.differs(base)
    if clash := changed & onto.differs(base) & new.differs(onto):
        raise Conflict("rules_based_on_older", pointer=f"#/{min(clash)}")
    return replace(onto, **{name: getattr(new, name) for name in changed})


async def check(rules: RuleSet) -> None:
    """Raise `Invalid`, with all that is wrong, for a rule set that cannot be used."""
    found = await asyncio.to_thread(unusable, rules)  # a second's work, in which messages are to go on
    if found:
        faults = [{"pointer": problem.where, "code": "rules_invalid", "detail": problem.what} for problem in found]
        raise Invalid("rules_invalid", faults=faults)
