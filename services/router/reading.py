"""What an appeal's text speaks of: the corruption signal and the categories, each with its evidence.

Two independent, multi-label predictions: what a text is about never decides whether it tells of corruption.
A reading is a sum of evidence, so a second reader (a model) may add its own with `Reading.of`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, Self

from services.router.lexicon import CORRUPTION, Compiled, Lexicon
from services.router.normalisation import tokens
from services.router.patterns import WITHIN
from services.router.words import BREAK, StepId

_NOTHING: Final[frozenset[StepId]] = frozenset()

Places = tuple[int, ...]
"""Numbers of the tokens that a pattern took."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a topic is predicted: what was looked for, what was found and where in the raw text."""

    topic: str
    points: float
    pattern: str
    words: str
    start: int
    end: int
    source: str = "lexicon"


@dataclass(frozen=True, slots=True)
class Prediction:
    """One topic and all that speaks for it, the heaviest first."""

    topic: str
    points: float
    evidence: tuple[Evidence, ...]

    @property
    def score(self) -> float:
        """Points on a scale from 0 to 1: each point halves the distance to certainty."""
        return 1 - 2**-self.points


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text speaks of. `topics` are sorted, the heaviest first; those with no evidence are absent."""

    lexicon_version: str
    corruption: Prediction
    topics: tuple[Prediction, ...]

    @classmethod
    def of(cls, lexicon_version: str, evidence: Iterable[Evidence]) -> Self:
        """Sum up `evidence`, whoever brings it."""
        by_topic: dict[str, list[Evidence]] = {CORRUPTION: []}
        for item in evidence:
            by_topic.setdefault(item.topic, []).append(item)
        predictions = {topic: _prediction(topic, items) for topic, items in by_topic.items()}
        corruption = predictions.pop(CORRUPTION)
        return cls(lexicon_version, corruption, tuple(sorted(predictions.values(), key=lambda p: (-p.points, p.topic))))


def read(text: str, lexicon: Lexicon) -> Reading:
    """Read `text` by the lexicon. Deterministic; takes well under a millisecond for a page."""
    return Reading.of(lexicon.version, evidence(text, lexicon))


def evidence(text: str, lexicon: Lexicon) -> Iterator[Evidence]:
    """All that the lexicon finds in `text`: words counted once a topic, excluded ones not at all."""
    found = list(tokens(text))
    raw = [token[0] for token in found]
    if text.isupper():
        raw = [word.lower() for word in raw]  # no abbreviation can be told in a text all in capitals
    steps = list(map(lexicon.steps_of, raw))
    for compiled, places in _counted(_matches(steps, lexicon)):
        start, end = found[min(places)].start(), found[max(places)].end()
        pattern = compiled.pattern
        words = " ".join(raw[place] for place in sorted(places))
        yield Evidence(pattern.topic, pattern.points, pattern.line, words, start, end)


def _matches(steps: list[frozenset[StepId]], lexicon: Lexicon) -> Iterator[tuple[Compiled, Places]]:
    present = _NOTHING.union(*steps)
    candidates = list(lexicon.candidates(present))
    first = {numbers[0] for candidate in candidates for numbers, _ in candidate.phrases}
    places: dict[StepId, list[int]] = {}
    for place, numbers in enumerate(steps):
        for number in numbers & first:
            places.setdefault(number, []).append(place)
    for candidate in candidates:
        found = [_occurrences(steps, places[numbers[0]], numbers, gaps) for numbers, gaps in candidate.phrases]
        if len(found) == 1:
            for taken in found[0]:
                yield candidate, taken
        else:
            for parts in product(*found):
                if _together(parts):
                    yield candidate, tuple(place for part in parts for place in part)


def _occurrences(
    steps: list[frozenset[StepId]], starts: list[int], numbers: tuple[StepId, ...], gaps: tuple[int, ...]
) -> list[Places]:
    """Where a phrase stands in the text."""
    if not gaps:
        return [(start,) for start in starts]
    return [taken for start in starts if (taken := _follow(steps, start, numbers, gaps))]


def _follow(
    steps: list[frozenset[StepId]], start: int, numbers: tuple[StepId, ...], gaps: tuple[int, ...]
) -> Places | None:
    """Places of a phrase's steps when its first one stands at `start`; the nearest words are taken."""
    taken = [start]
    for number, gap in zip(numbers[1:], gaps, strict=True):
        for place in range(taken[-1] + 1, min(taken[-1] + gap + 2, len(steps))):
            if steps[place] is BREAK:
                return None
            if number in steps[place]:
                taken.append(place)
                break
        else:
            return None
    return tuple(taken)


def _together(parts: tuple[Places, ...]) -> bool:
    """Whether phrases that may stand in any order are near each other and apart from each other."""
    starts = [part[0] for part in parts]
    return max(starts) - min(starts) <= WITHIN and len(set().union(*parts)) == sum(map(len, parts))


def _counted(matches: Iterable[tuple[Compiled, Places]]) -> Iterator[tuple[Compiled, Places]]:
    """Matches that count: not voided by an exclusion, each pattern once, no word twice for a topic."""
    void: dict[str, set[int]] = {}
    kept: list[tuple[Compiled, Places]] = []
    for compiled, places in matches:
        if compiled.pattern.points:
            kept.append((compiled, places))
        else:
            void.setdefault(compiled.pattern.topic, set()).update(range(min(places), max(places) + 1))
    kept.sort(key=lambda match: (-match[0].pattern.points, -len(match[1]), match[1], match[0].pattern.line))
    used: dict[str, set[int]] = {}
    seen: set[tuple[str, str]] = set()
    for compiled, places in kept:
        topic = compiled.pattern.topic
        taken = used.setdefault(topic, set())
        key = (topic, compiled.pattern.line)
        if key in seen or not void.get(topic, _EMPTY).isdisjoint(places) or taken.issuperset(places):
            continue
        seen.add(key)
        taken.update(places)
        yield compiled, places


_EMPTY: Final[frozenset[int]] = frozenset()


def _prediction(topic: str, items: list[Evidence]) -> Prediction:
    heaviest_first = sorted(items, key=lambda item: (-item.points, item.start, item.pattern))
    return Prediction(topic, sum(item.points for item in items), tuple(heaviest_first))
