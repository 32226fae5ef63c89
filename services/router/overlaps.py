"""Which patterns of a lexicon say what others say already: pairs of which one matches wherever the other does.

Such a pattern adds nothing, unless its words occur twice: then it counts the second time, which is never meant.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from services.contracts.appeals import Language
from services.router.lexicon import Pattern
from services.router.patterns import Kind, Literal, Phrase, Step

_Key = tuple[Kind, str, Language | None]
_REMEMBERED: Final = 65_536


class Overlap(NamedTuple):
    """`covered` adds nothing, since `covering` matches wherever it does: both by their places in the list."""

    covered: int
    covering: int


class _Index:
    """Patterns of one topic by the literals that their first step begins with."""

    def __init__(self, patterns: Iterable[tuple[int, Pattern]]) -> None:
        self._by_literal: dict[tuple[Kind, str], list[tuple[int, Pattern]]] = {}
        for place, pattern in patterns:
            for literal in pattern.phrases[0].steps[0]:
                self._by_literal.setdefault((literal.kind, literal.stem), []).append((place, pattern))

    def beginning_like(self, step: Step) -> Iterator[tuple[int, Pattern]]:
        """Patterns whose first step may cover `step`: they cover one of its literals."""
        literal = min(step, key=lambda one: (one.stem, one.kind))
        for kind in Kind:
            lengths = range(1, len(literal.stem) + 1) if kind is Kind.PREFIX else (len(literal.stem),)
            for length in lengths:
                yield from self._by_literal.get((kind, literal.stem[:length]), ())


def overlaps(patterns: Sequence[Pattern]) -> Iterator[Overlap]:
    """Each pattern that adds nothing, once, with one that makes it so."""
    topics: dict[str, list[tuple[int, Pattern]]] = {}
    for place, pattern in enumerate(patterns):
        topics.setdefault(pattern.topic, []).append((place, pattern))
    for of_topic in topics.values():
        counting = _Index((place, one) for place, one in of_topic if one.points)
        excluding = _Index((place, one) for place, one in of_topic if not one.points)
        for place, pattern in of_topic:
            index = counting if pattern.points else excluding
            found = _covering(place, pattern, index)
            if found is None and pattern.points:
                found = _excluding(pattern, excluding)
            if found is not None:
                yield Overlap(place, found)


def _covering(place: int, pattern: Pattern, index: _Index) -> int | None:
    """A pattern of at least the same weight that takes the same words; of two that are equal, the first one stays."""
    for other_place, other in index.beginning_like(pattern.phrases[0].steps[0]):
        if other_place == place or other.points < pattern.points or not _covers(other, pattern):
            continue
        if other.points > pattern.points or other_place < place or not _covers(pattern, other):
            return other_place
    return None


def _excluding(pattern: Pattern, index: _Index) -> int | None:
    """An excluding pattern that stands within this one, and so voids each of its matches."""
    for phrase in pattern.phrases:
        for start, step in enumerate(phrase.steps):
            for place, other in index.beginning_like(step):
                if len(other.phrases) == 1 and _stands_in(other.phrases[0], phrase, start):
                    return place
    return None


def _covers(general: Pattern, special: Pattern) -> bool:
    return len(general.phrases) == len(special.phrases) and all(
        len(one.steps) == len(other.steps) and _stands_in(one, other, 0)
        for one, other in zip(general.phrases, special.phrases, strict=True)
    )


def _stands_in(general: Phrase, special: Phrase, start: int) -> bool:
    """Whether `general` matches the words of `special` from its step `start` on, whatever they are."""
    length = len(general.steps)
    steps, gaps = special.steps[start : start + length], special.gaps[start : start + length - 1]
    return (
        len(steps) == length
        and all(wide >= narrow for wide, narrow in zip(general.gaps, gaps, strict=True))
        and all(_takes(wide, narrow) for wide, narrow in zip(general.steps, steps, strict=True))
    )


@lru_cache(_REMEMBERED)
def _takes(general: Step, special: Step) -> bool:
    """Whether each word that satisfies `special` satisfies `general`."""
    taking = _taking(general)
    return all(not taking.isdisjoint(_takers(literal)) for literal in special)


@lru_cache(_REMEMBERED)
def _taking(step: Step) -> frozenset[_Key]:
    return frozenset((one.kind, one.stem, one.language if one.kind is Kind.INFLECTED else None) for one in step)


def _takers(narrow: Literal) -> Iterator[_Key]:
    """Literals that take each word that `narrow` takes."""
    if narrow.kind in {Kind.ABBREVIATION, Kind.NUMBER}:
        yield narrow.kind, narrow.stem, None
        return
    yield from ((Kind.PREFIX, narrow.stem[:length], None) for length in range(1, len(narrow.stem) + 1))
    if narrow.kind is Kind.WHOLE:
        yield Kind.WHOLE, narrow.stem, None
        yield from ((Kind.INFLECTED, narrow.stem, language) for language in Language)
    elif narrow.kind is Kind.INFLECTED:
        yield Kind.INFLECTED, narrow.stem, narrow.language
