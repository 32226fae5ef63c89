"""A trial of rules: what they would have decided of past appeals beside those in force, and who was right. Pure.

It writes nothing and keeps nothing of an appeal but its id.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.contracts.appeals import AppealKind, Applicant, Channel, Language
from services.router.appeal import Appeal
from services.router.decision import decide_registered
from services.router.record import of_rule, of_verdict
from services.router.rules import Rules

RETAINED: Final = "retained"
REVIEW: Final = "review"
SHOWN: Final = 1_000
"""So many changes are listed; all of them are counted."""


@dataclass(frozen=True)
class Past:
    """An appeal of the past, the moment as of which it is decided, and where it finally was accepted, if known."""

    id: str
    appeal: Appeal
    at: datetime
    outcome: str | None = None
    """Codes of the agencies, with a plus between them, or `RETAINED`."""
    declined: frozenset[str] = frozenset()
    """Agencies that have declined it."""


@dataclass
class Comparison:
    """What two sets of rules decide of the same appeals, and which of them was right."""

    tried: int = 0
    _declined: int = 0
    _sent_again: Counter[str] = field(default_factory=Counter)
    _changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _items: list[dict[str, Any]] = field(default_factory=list)
    _met: dict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: {"before": Counter(), "after": Counter()})
    _turned: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        appeal: str,
        before: str,
        after: str,
        *,
        outcome: str | None,
        declined: Collection[str],
    ) -> None:
        """Take in one appeal: where both would have it, who took it at last, and who had declined it."""
        self.tried += 1
        if before != after:
            self._changes[before, after] += 1
            if len(self._items) < SHOWN:
                self._items.append({"id": appeal, "from": before, "to": after, "outcome": outcome})
        if outcome is not None:
            self._meet(outcome, before, after)
        if declined:
            self._declined += 1
            for when, where in (("before", before), ("after", after)):
                self._sent_again[when] += not set(where.split("+")).isdisjoint(declined)

    def report(self) -> dict[str, Any]:
        """What would change, and how both sets fare against where appeals finally were accepted."""
        known = sum(self._met["before"].values())
        return {
            "tried": self.tried,
            "changed": sum(self._changes.values()),
            "changes": [{"from": old, "to": new, "count": n} for (old, new), n in self._changes.most_common()],
            "outcomes": {
                "known": known,
                "agreed": {when: _agreed(met) for when, met in self._met.items()},
                "turned_right": self._turned["right"],
                "turned_wrong": self._turned["wrong"],
            },
            "declines": {"known": self._declined, "sent_again": {when: self._sent_again[when] for when in self._met}},
            "confusion": {
                when: [{"outcome": o, "decided": d, "count": n} for (o, d), n in sorted(met.items())]
                for when, met in self._met.items()
            },
            "items": self._items,
        }

    def _meet(self, outcome: str, before: str, after: str) -> None:
        self._met["before"][outcome, _place(before)] += 1
        self._met["after"][outcome, _place(after)] += 1
        if (before == outcome) is not (after == outcome):
            self._turned["right" if after == outcome else "wrong"] += 1


@dataclass
class Trial:
    """Two sets of rules, and what they decide."""

    before: Rules
    after: Rules
    compared: Comparison = field(default_factory=Comparison)

    def take(self, past: Iterable[Past]) -> None:
        """Decide on these by both."""
        for one in past:
            before, after = decided(one, self.before), decided(one, self.after)
            self.compared.add(one.id, before, after, outcome=one.outcome, declined=one.declined)


def decided(past: Past, rules: Rules) -> str:
    """Where an appeal goes by these rules, in a word: agencies, `RETAINED`, or ``review:`` and why."""
    return recorded(of_verdict(decision.verdict) for decision in decide_registered(past.appeal, rules, at=past.at))


def imagined(text: str, rules: Rules, *, kind: AppealKind, at: datetime) -> list[dict[str, Any]]:
    """What these rules would decide of a text that nobody has sent: a record for each part, or one for the whole."""
    appeal = Appeal(
        id=UUID(int=0),
        registration_number="-",
        received_at=at,
        registered_on=rules.calendar.registered_on(at),
        language=Language.RUSSIAN,
        kind=kind,
        channel=Channel.WEB,
        text=text,
        applicant=Applicant(name="-"),
        addressed_to=None,
        complained_of=None,
        territory=None,
    )
    return [of_rule(decision, appeal, rules) for decision in decide_registered(appeal, rules, at=at)]


def recorded(verdicts: Iterable[Mapping[str, Any]]) -> str:
    """The same of what has been decided, from the verdicts on record."""
    return "+".join(sorted({_word(verdict) for verdict in verdicts}))


def _word(verdict: Mapping[str, Any]) -> str:
    match verdict["outcome"]:
        case "retain":
            return RETAINED
        case "refer":
            return str(verdict["agency"])
        case _:
            return f"{REVIEW}:{verdict['question']}"


def _place(where: str) -> str:
    return REVIEW if f"{REVIEW}:" in where else where


def _agreed(met: Counter[tuple[str, str]]) -> int:
    return sum(count for (outcome, where), count in met.items() if outcome == where)
