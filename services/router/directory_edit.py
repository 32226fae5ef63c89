"""Edits of the directory's file: pure functions from text to text. What they do not touch stays as it was written.

A change of an agency is a new record; a closed one keeps its record, with its last day. A file that builds records
from other records (YAML's ``<<``) is written out in full first, and loses its comments.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import yaml

from services.router.directory_file import Loader

_DAY: Final = timedelta(days=1)
_ENDING: Final = re.compile(r"\s*(valid_to|successor):")
_EDITED: Final = re.compile(r"(?P<name>.*?)(?:\+(?P<edits>\d+))?", re.DOTALL)
_WIDTH: Final = 120


class NoRecord(LookupError):
    """The directory has no such agency on that day."""


@dataclass(frozen=True)
class _Record:
    """An agency's record, and its lines: from `first` to the one before `end`, counted from 0."""

    first: int
    end: int
    indent: int
    facts: Mapping[str, Any]

    @property
    def begins(self) -> date:
        return date.fromisoformat(str(self.facts["valid_from"]))

    def is_valid(self, on: date) -> bool:
        last = self.facts.get("valid_to")
        return self.begins <= on and (last is None or on <= date.fromisoformat(str(last)))


def added(text: str, facts: Mapping[str, Any]) -> str:
    """The directory with one more record at its end."""
    text = _editable(text)
    last = _records(text)[-1]
    return _counted(_spliced(text, last.end, last.end, _written(facts, last.indent)))


def amended(text: str, code: str, changes: Mapping[str, Any], *, on: date) -> str:
    """The directory with the agency changed from `on`; None takes a fact away. Raises `NoRecord`."""
    text = _editable(text)
    record = _valid(text, code, on)
    facts = {**record.facts, **changes, "valid_from": on}
    new = _written({name: fact for name, fact in facts.items() if fact is not None}, record.indent)
    if record.begins == on:
        replaced = _spliced(text, record.first, record.end, new)
        return _counted(replaced) if _is_whole(replaced) else amended(_in_full(text), code, changes, on=on)
    ended = _ended(text, record, last=on - _DAY, successor=None)
    return _counted(_spliced(ended, _valid(ended, code, on - _DAY).end, None, new))


def closed(text: str, code: str, *, on: date, successor: str | None) -> str:
    """The directory in which the agency is no more from `on`, and `successor` in its place. Raises `NoRecord`."""
    text = _editable(text)
    return _counted(_ended(text, _valid(text, code, on - _DAY), last=on - _DAY, successor=successor))


def _valid(text: str, code: str, on: date) -> _Record:
    found = [record for record in _records(text) if record.facts["code"] == code and record.is_valid(on)]
    if not found:
        raise NoRecord(code)
    return found[0]


def _ended(text: str, record: _Record, *, last: date, successor: str | None) -> str:
    lines = text.splitlines(keepends=True)[record.first : record.end]
    margin = " " * record.indent
    kept = [line for line in lines if not _ENDING.match(line)]
    ending = [f"{margin}valid_to: {last}\n", *([f"{margin}successor: {successor}\n"] if successor else [])]
    return _spliced(text, record.first, record.end, "".join((*kept, *ending)))


def _spliced(text: str, first: int, end: int | None, new: str) -> str:
    """`text` with its lines from `first` to the one before `end` replaced; with no `end`, none is."""
    lines = text.splitlines(keepends=True)
    return "".join((*lines[:first], new, *lines[first if end is None else end :]))


def _written(facts: Mapping[str, Any], indent: int) -> str:
    """A record as an item of a list whose facts stand `indent` columns from the left."""
    lines = _dumped(facts).splitlines(keepends=True)
    margin = " " * indent
    return f"{margin[2:]}- {margin.join(lines)}"


def _counted(text: str) -> str:
    """The directory under its next version: ``2026-11``, ``2026-11+1``, ``2026-11+2``."""
    node = _sections(text)["version"]
    found = _EDITED.fullmatch(str(node.value))
    assert found is not None  # noqa: S101 - everything matches it
    version = f"{found['name']}+{int(found['edits'] or 0) + 1}"
    return f"{text[: node.start_mark.index]}{version}{text[node.end_mark.index :]}"


def _editable(text: str) -> str:
    """`text` itself, or written out in full where a record is no block of lines of its own."""
    agencies = _sections(text)["agencies"].value
    if not any(record.flow_style or _borrows(record) for record in agencies):
        return text if text.endswith("\n") else f"{text}\n"
    return _in_full(text)


def _in_full(text: str) -> str:
    return _dumped(yaml.load(text, Loader))  # noqa: S506 - a safe loader


def _is_whole(text: str) -> bool:
    """Whether no record refers to what a replaced one defined."""
    try:
        _sections(text)
    except yaml.YAMLError:
        return False
    return True


def _borrows(record: yaml.MappingNode) -> bool:
    return any(key.tag == "tag:yaml.org,2002:merge" for key, _ in record.value)


def _records(text: str) -> list[_Record]:
    loader, lines = Loader(text), text.splitlines()
    root: Any = loader.get_single_node()
    nodes = next(value.value for key, value in root.value if key.value == "agencies")
    facts = loader.construct_document(root)["agencies"]
    return [
        _Record(
            first=node.start_mark.line,
            end=_end(lines, node),
            indent=node.start_mark.column,
            facts=found,
        )
        for node, found in zip(nodes, facts, strict=True)
    ]


def _end(lines: list[str], node: yaml.Node) -> int:
    """The line after a record's last one: YAML counts blank lines and comments after it in."""
    end = int(node.end_mark.line)
    while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return end


def _sections(text: str) -> dict[str, Any]:
    root = yaml.compose(text, Loader)
    assert isinstance(root, yaml.MappingNode)  # noqa: S101 - it has been checked before it was kept
    return {key.value: value for key, value in root.value}


class _Dumper(yaml.SafeDumper):
    """Writes everything out, however often it occurs."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _dumped(data: Any) -> str:
    text: str = yaml.dump(
        data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH, default_flow_style=None
    )
    return text
