"""What spoke for a decision, shown in the text where it stands. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from services.router.judgement import MODEL

Span = tuple[int, int, int]
"""Where, and for which candidate; 0 stands for corruption."""


@dataclass(frozen=True)
class Run:
    """A stretch of text."""

    text: str
    numbers: tuple[int, ...] = ()
    """The candidates for which the lexicon found words here."""
    is_weak: bool = False
    """Whether only the second reader, the model, made something of it."""


def marked(text: str, record: Mapping[str, Any]) -> list[Run]:
    """The whole text in stretches. A place outside of it, as of a part that a person wrote, marks nothing."""
    found = [(item, number) for item, number in _evidence(record) if 0 <= item["start"] < item["end"] <= len(text)]
    spans = [(item["start"], item["end"], number) for item, number in found if item["source"] != MODEL]
    weak = [(item["start"], item["end"], number) for item, number in found if item["source"] == MODEL]
    edges = sorted({0, len(text), *(edge for start, end, _ in (*spans, *weak) for edge in (start, end))})
    runs = [
        Run(text[start:end], numbers, is_weak=not numbers and bool(_within(weak, start, end)))
        for start, end in pairwise(edges)
        for numbers in [_within(spans, start, end)]
    ]
    return list(_joined(runs))


def shown_parts(text: str, parts: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, str]]:
    """The parts that the rules saw, by number, each with its words."""
    for one in parts:
        part = one["part"]
        yield part["number"], "\n".join(text[start:end].strip() for start, end in part["spans"])


def _evidence(record: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], int]]:
    for item in (record.get("corruption") or {}).get("evidence", ()):
        yield item, 0
    for number, candidate in enumerate(record.get("candidates", ()), 1):
        for item in candidate["evidence"]:
            yield item, number


def _within(spans: Sequence[Span], start: int, end: int) -> tuple[int, ...]:
    return tuple(sorted({number for first, last, number in spans if first <= start and end <= last}))


def _joined(runs: Sequence[Run]) -> Iterator[Run]:
    """Neighbours that say the same are one."""
    last: Run | None = None
    for run in runs:
        if last is not None and (last.numbers, last.is_weak) == (run.numbers, run.is_weak):
            last = Run(last.text + run.text, run.numbers, run.is_weak)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last
