"""What a broker lacks, has otherwise, or has beside what the topology asks for. Pure: both are definitions."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Definitions = Mapping[str, Any]

_KINDS: Final = {
    "exchanges": ("name", ("type", "durable", "auto_delete", "internal", "arguments")),
    "queues": ("name", ("durable", "auto_delete", "arguments")),
    "bindings": ("", ()),
    "policies": ("name", ("pattern", "definition", "priority", "apply-to")),
    "users": ("name", ("configure", "write", "read", "limits")),
}
"""What names a thing of a kind, and which of its facts are ours to say."""


def differences(wanted: Definitions, present: Definitions) -> Iterator[dict[str, str]]:
    """Lines of a plan: what is missing, different, or unknown to us."""
    for kind, (key, facts) in _KINDS.items():
        ours, theirs = (_by_name(definitions, kind, key) for definitions in (wanted, present))
        for name in sorted(ours.keys() | theirs.keys()):
            if name not in theirs:
                change = "missing"
            elif name not in ours:
                change = "unknown"
            elif all(ours[name][fact] == theirs[name].get(fact) for fact in facts):
                continue
            else:
                change = "different"
            yield {"change": change, "kind": kind, "name": name}


def strangers(wanted: Definitions, present: Definitions) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What is unknown to us: kind, name and the thing itself; bindings first, for they go with what they bind."""
    for kind in ("bindings", "queues", "exchanges", "policies", "users"):
        key, _ = _KINDS[kind]
        ours, theirs = (_by_name(definitions, kind, key) for definitions in (wanted, present))
        yield from ((kind, name, theirs[name]) for name in sorted(theirs.keys() - ours.keys()))


def _by_name(definitions: Definitions, kind: str, key: str) -> dict[str, dict[str, Any]]:
    return {_name(item, key): item for item in definitions.get(kind, ())}


def _name(item: Mapping[str, Any], key: str) -> str:
    return str(item[key]) if key else f"{item['source']} -{item['routing_key']}-> {item['destination']}"
