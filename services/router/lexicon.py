"""The lexicon: which words and phrases speak for which category, as data compiled for reading.

The data is YAML (see `lexicon.yaml`); `patterns` is the language of its lines. A text never meets the patterns one by
one: its words find their steps (`words`), and each pattern waits under its rarest step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from services.contracts.appeals import Language
from services.router.patterns import PatternError, Phrase, Step, phrases, step
from services.router.words import StepId, Words

CORRUPTION: Final = "corruption"
"""The one prediction that is no category: whether the appeal tells of corruption."""

POINTS: Final = MappingProxyType({"certain": 4.0, "strong": 2.0, "plain": 1.0, "weak": 0.5, "exclude": 0.0})
"""What a pattern is worth, by the level it stands in. An excluding one voids what it touches."""

_CACHED_WORDS: Final = 65_536


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
class Route:
    """A phrase whose steps are numbers, to be followed from its rarer end: forwards (1) or backwards (-1)."""

    first: StepId
    rest: tuple[tuple[StepId, int], ...]
    """The other steps, each with the number of words within which it must come."""
    direction: int


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pattern, ready to be matched."""

    pattern: Pattern
    points: float
    routes: tuple[Route, ...]
    needs: frozenset[StepId]


class Lexicon:
    """A compiled lexicon. Immutable but for a bounded memory of words already looked up."""

    def __init__(self, version: str, bodies: Mapping[str, str], patterns: tuple[Pattern, ...]) -> None:
        self.version: Final = version
        self.bodies: Final = MappingProxyType(dict(bodies))
        self.patterns: Final = patterns
        ids: dict[Step, StepId] = {}
        compiled = [_compiled(pattern, ids) for pattern in patterns]
        self._kept: Final = _by_rarest_step(compiled, {number: _commonness(found) for found, number in ids.items()})
        self.steps_of: Final = lru_cache(_CACHED_WORDS)(Words(ids).steps_of)

    def candidates(self, present: frozenset[StepId]) -> list[Compiled]:
        """Patterns whose every step occurs among those `present` in a text."""
        return [
            waiting
            for number in present & self._kept.keys()
            for waiting in self._kept[number]
            if waiting.needs <= present
        ]


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


def _compiled(pattern: Pattern, ids: dict[Step, StepId]) -> Compiled:
    numbered = [tuple(ids.setdefault(found, len(ids)) for found in phrase.steps) for phrase in pattern.phrases]
    routes = tuple(_route(phrase, numbers) for phrase, numbers in zip(pattern.phrases, numbered, strict=True))
    return Compiled(pattern, pattern.points, routes, frozenset().union(*numbered))


def _route(phrase: Phrase, numbers: tuple[StepId, ...]) -> Route:
    reach = tuple(gap + 1 for gap in phrase.gaps)
    if _commonness(phrase.steps[-1]) < _commonness(phrase.steps[0]):
        return Route(numbers[-1], tuple(zip(numbers[-2::-1], reach[::-1], strict=True)), -1)
    return Route(numbers[0], tuple(zip(numbers[1:], reach, strict=True)), 1)


def _by_rarest_step(compiled: list[Compiled], commonness: Mapping[StepId, float]) -> dict[StepId, list[Compiled]]:
    """Each pattern once, under the step that is least often met in vain."""
    kept: dict[StepId, list[Compiled]] = {}
    for candidate in compiled:
        kept.setdefault(min(candidate.needs, key=lambda number: (commonness[number], number)), []).append(candidate)
    return kept


def _commonness(found: Step) -> float:
    """How often a step is likely to be met: short words are common, and many words more so than few."""
    return sum(1 / (1 + len(literal.stem)) ** 3 for literal in found)
