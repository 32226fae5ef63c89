"""Whether a decision's record can be made again from what is stored: the same inputs, the same rules, the same record.

The inputs are the appeal as it was registered, the record's own facts, and the rule set that it names. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from services.router import record
from services.router.appeal import Appeal, Part
from services.router.decision import decide, decide_registered, facts_of
from services.router.rules import Policy, Rules

_COMPUTED: Final = ("text", "part", "facts")
"""What of a person's decision follows from its inputs."""


def differences(stored: Mapping[str, Any], appeal: Appeal, rules: Rules, *, at: datetime) -> list[str]:
    """Where the record of a decision made at `at` differs from the one made again; empty when it is the same."""
    again = remade(stored, appeal, rules, at=at)
    if stored["by"] == "rule":
        told = {name: value for name, value in stored.items() if name != "held"}
        return sorted(_unlike(told, again))
    return sorted(_unlike({name: stored[name] for name in _COMPUTED}, {name: again[name] for name in _COMPUTED}))


def remade(stored: Mapping[str, Any], appeal: Appeal, rules: Rules, *, at: datetime) -> dict[str, Any]:
    """The record made again; of a decision that no rule made, what of it is computed."""
    rules = replace(rules, policy=Policy(stored["policy"]))
    facts, told = stored["facts"], stored.get("part")
    given = replace(appeal, sealed=facts.get("sealed", False), parts=())
    part = _part(appeal, told) if told else None
    if stored["by"] != "rule":
        found = facts_of(given, rules, at=at, part=part)
        return record.of_facts(given, found, rules, part)
    declined = tuple(facts["declined"])
    if part is None and not declined and "held" not in stored:
        decisions = decide_registered(given, rules, at=at)
        decision = decisions[0] if len(decisions) == 1 else decide(given, rules, at=at)
    else:
        decision = decide(given, rules, at=at, part=part, declined=declined, proposed=facts["proposed"])
    return record.of_rule(decision, given, rules)


def _part(appeal: Appeal, told: Mapping[str, Any]) -> Part:
    """The part that a record is about: its places are in the record, a person's extract stays with the part."""
    extract = next((one.extract for one in appeal.parts if one.number == told["number"]), None)
    return Part(number=told["number"], spans=tuple((start, end) for start, end in told["spans"]), extract=extract)


def _unlike(one: Any, other: Any, path: str = "") -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in one.keys() | other.keys():
            yield from _unlike(one.get(name), other.get(name), f"{path}.{name}" if path else name)
    elif one != other:
        yield path
