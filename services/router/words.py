"""Which steps of the lexicon's patterns a word satisfies: one Aho-Corasick automaton over all their words.

A tab stands before a word and a blank behind it, so that a stem is found at a word's beginning only, a whole word as
a whole, and a stem with endings by testing what follows it.
"""

from collections.abc import Mapping
from typing import Any, Final

import ahocorasick

from services.router.endings import is_ending
from services.router.normalisation import SENTENCE_ENDS, fold
from services.router.patterns import Kind, Literal, Step
from services.router.slips import Slips

StepId = int

BREAK: Final[frozenset[StepId]] = frozenset({-1})
"""What stands in for a word's steps where a sentence ends: no gap reaches over it."""

_MEANINGFUL: Final = 5
"""A word that begins with a known stem of so many letters is taken as it stands: no slip is looked for in it."""

_NUMBER: Final = "#"
_RAW: Final = "^"


class Words:
    """The words of all steps, ready to be looked up. Immutable."""

    def __init__(self, ids: Mapping[Step, StepId]) -> None:
        self._automaton: Final = _automaton(ids)
        self._slips: Final = Slips(literal.stem for step in ids for literal in step if literal.kind is Kind.PREFIX)

    def steps_of(self, token: str) -> frozenset[StepId]:
        """Steps that a raw token of a text satisfies; `BREAK` where it ends a sentence."""
        if token in SENTENCE_ENDS:
            return BREAK
        if token.isdigit():
            return frozenset(self._automaton.get(_NUMBER, ()))
        if token == "%":  # noqa: S105 - a percent sign is no secret
            return self._found(token)[0]
        folded = fold(token)
        found, longest = self._found(folded)
        if longest < _MEANINGFUL:
            found = found.union(*(self._found(stem)[0] for stem in self._slips.stems(folded)))
        return found.union(self._automaton.get(_RAW + token, ()))

    def _found(self, folded: str) -> tuple[frozenset[StepId], int]:
        """Steps that a folded word satisfies, found in one pass over it, and the length of the longest stem found."""
        met = [
            (end, numbers)
            for end, entries in self._automaton.iter(f"\t{folded} ")
            for language, numbers in entries
            if language is None or is_ending(folded[end:], language)
        ]
        return frozenset(number for _, numbers in met for number in numbers), max((end for end, _ in met), default=0)


def _automaton(ids: Mapping[Step, StepId]) -> ahocorasick.Automaton:
    """Values: steps, for numbers and abbreviations; else pairs of a language whose ending must follow, and steps."""
    steps_of: dict[Literal, list[StepId]] = {}
    for step, number in ids.items():
        for literal in step:
            steps_of.setdefault(literal, []).append(number)
    entries: dict[str, list[Any]] = {}
    for literal, numbers in steps_of.items():
        match literal.kind:
            case Kind.NUMBER:
                entries.setdefault(_NUMBER, []).extend(numbers)
            case Kind.ABBREVIATION:
                entries.setdefault(_RAW + literal.stem, []).extend(numbers)
            case Kind.WHOLE:
                entries.setdefault(f"\t{literal.stem} ", []).append((None, numbers))
            case Kind.PREFIX:
                entries.setdefault(f"\t{literal.stem}", []).append((None, numbers))
            case Kind.INFLECTED:
                entries.setdefault(f"\t{literal.stem}", []).append((literal.language, numbers))
    automaton = ahocorasick.Automaton()
    for key, value in entries.items():
        automaton.add_word(key, tuple(value))
    automaton.make_automaton()
    return automaton
