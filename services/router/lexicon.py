"""The lexicon: which words and phrases speak for which category, as data compiled for reading.

The data is YAML (see `lexicon.yaml`); `patterns` is the language of its lines. All the words of all the lines become
one Aho-Corasick automaton; a text never meets the patterns one by one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import ahocorasick
import yaml

from services.contracts.appeals import Language
from services.router.endings import is_ending
from services.router.normalisation import SENTENCE_ENDS, fold
from services.router.patterns import Kind, Literal, PatternError, Phrase, Step, phrases, step
from services.router.slips import Slips

CORRUPTION: Final = "corruption"
"""The one prediction that is no category: whether the appeal tells of corruption."""

POINTS: Final = MappingProxyType({"certain": 4.0, "strong": 2.0, "plain": 1.0, "weak": 0.5, "exclude": 0.0})
"""What a pattern is worth, by the level it stands in. An excluding one voids what it touches."""

_CACHED_WORDS: Final = 65_536

StepId = int

BREAK: Final[frozenset[StepId]] = frozenset({-1})
"""What stands in for the words' steps where a sentence ends: no gap reaches over it."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of the lexicon: where it stands and what a text must hold to match it."""

    topic: str
    level: str
    line: str
    phrases: tuple[Phrase, ...]

    @property
    def points(self) -> float:
        return POINTS[self.level]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pattern whose steps are numbers."""

    pattern: Pattern
    phrases: tuple[tuple[tuple[StepId, ...], tuple[int, ...]], ...]
    needs: frozenset[StepId]


class Lexicon:
    """A compiled lexicon. Immutable but for a bounded memory of words already looked up."""

    def __init__(self, version: str, bodies: Mapping[str, str], patterns: tuple[Pattern, ...]) -> None:
        self.version: Final = version
        self.bodies: Final = MappingProxyType(dict(bodies))
        self.patterns: Final = patterns
        ids: dict[Step, StepId] = {}
        compiled = [_numbered(pattern, ids) for pattern in patterns]
        self._automaton: Final = _automaton(ids)
        self._slips: Final = Slips(literal.stem for found in ids for literal in found if literal.kind is Kind.PREFIX)
        self._kept: Final = _by_rarest_step(compiled, {number: _commonness(found) for found, number in ids.items()})
        self.steps_of: Final = lru_cache(_CACHED_WORDS)(self._steps_of)

    def candidates(self, present: frozenset[StepId]) -> Iterator[Compiled]:
        """Patterns whose every step occurs among those `present` in a text."""
        for number in present & self._kept.keys():
            for candidate in self._kept[number]:
                if candidate.needs <= present:
                    yield candidate

    def _steps_of(self, word: str) -> frozenset[StepId]:
        """Steps that a raw token of a text satisfies."""
        if word in SENTENCE_ENDS:
            return BREAK
        if word.isdigit():
            return frozenset(self._automaton.get("#", ()))
        if word == "%":
            return self._found("%")
        folded = fold(word)
        found = self._found(folded).union(self._automaton.get("^" + word, ()))
        if not found:
            found = found.union(*(self._found(stem) for stem in self._slips.stems(folded)))
        return found

    def _found(self, folded: str) -> frozenset[StepId]:
        """Steps that a folded word satisfies, found in one pass over it."""
        return frozenset(
            number
            for end, entries in self._automaton.iter(f"\t{folded} ")
            for language, numbers in entries
            if language is None or is_ending(folded[end:], language)
            for number in numbers
        )


def parse(data: Mapping[str, Any]) -> Lexicon:
    """Compile the lexicon's data. Raises PatternError where it cannot be read."""
    classes = _classes(data["classes"])
    bodies: dict[str, str] = {}
    patterns: list[Pattern] = []
    for topic, described in data["topics"].items():
        bodies[topic] = described["body"]
        for level, by_language in described.items():
            if level == "body":
                continue
            if level not in POINTS:
                raise PatternError(f"no level {level!r} in topic {topic!r}")
            patterns += [
                Pattern(topic, level, line, phrases(line, language=Language(language), classes=classes))
                for language, lines in by_language.items()
                for line in _lines(lines)
            ]
    return Lexicon(data["version"], bodies, tuple(patterns))


@cache
def bundled() -> Lexicon:
    """The lexicon that the service ships with."""
    return parse(yaml.safe_load(files(__package__).joinpath("lexicon.yaml").read_text("utf-8")))


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if words := line.partition("//")[0].strip():
            yield words


def _classes(data: Mapping[str, Mapping[str, str]]) -> dict[str, Step]:
    """Named sets of words; one may use those above it."""
    classes: dict[str, Step] = {}
    for name, by_language in data.items():
        classes[name] = frozenset(
            literal
            for language, words in by_language.items()
            for line in _lines(words)
            for word in line.split()
            for literal in step(word, language=Language(language), classes=classes)
        )
    return classes


def _numbered(pattern: Pattern, ids: dict[Step, StepId]) -> Compiled:
    numbered = tuple(
        (tuple(ids.setdefault(found, len(ids)) for found in phrase.steps), phrase.gaps) for phrase in pattern.phrases
    )
    return Compiled(pattern, numbered, frozenset(number for steps, _ in numbered for number in steps))


def _by_rarest_step(compiled: list[Compiled], commonness: Mapping[StepId, float]) -> dict[StepId, list[Compiled]]:
    """Each pattern once, under the step that is least often met in vain."""
    kept: dict[StepId, list[Compiled]] = {}
    for candidate in compiled:
        kept.setdefault(min(candidate.needs, key=lambda number: (commonness[number], number)), []).append(candidate)
    return kept


def _commonness(found: Step) -> float:
    """How often a step is likely to be met: short words are common, and many words more so than few."""
    return sum(1 / (1 + len(literal.stem)) ** 3 for literal in found)


def _automaton(ids: Mapping[Step, StepId]) -> ahocorasick.Automaton:
    """Words of all steps; a tab begins a word, a blank ends it. Values: (ending to test or None, steps)."""
    steps_of: dict[Literal, list[StepId]] = {}
    for found, number in ids.items():
        for literal in found:
            steps_of.setdefault(literal, []).append(number)
    entries: dict[str, Any] = {}
    for literal, numbers in steps_of.items():
        match literal.kind:
            case Kind.NUMBER:
                entries["#"] = (*entries.get("#", ()), *numbers)
            case Kind.ABBREVIATION:
                key = "^" + literal.stem
                entries[key] = (*entries.get(key, ()), *numbers)
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
