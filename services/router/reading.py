"""What an appeal's text speaks of: the corruption signal and the categories, each with its evidence.

Two independent, multi-label predictions: what a text is about never decides whether it tells of corruption.
The lexicon brings the evidence; a second reader, the small text model, its opinion beside it.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from services.router.lexicon import CORRUPTION, Compiled, Lexicon, Route
from services.router.model import Model, Opinion
from services.router.normalisation import tokens
from services.router.patterns import WITHIN
from services.router.words import BREAK, StepId

_NOTHING: Final[frozenset[StepId]] = frozenset()

Places = tuple[int, ...]
"""Numbers of the tokens that a pattern took."""


class Evidence(NamedTuple):
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
    opinion: Opinion | None = None
    """What the second reader thinks, where there is one."""

    @classmethod
    def of(cls, lexicon_version: str, evidence: Iterable[Evidence], opinion: Opinion | None = None) -> Self:
        """Sum up the `evidence`, and keep the second reader's `opinion` beside it."""
        by_topic: dict[str, list[Evidence]] = {CORRUPTION: []}
        for item in evidence:
            by_topic.setdefault(item.topic, []).append(item)
        predictions = {topic: _prediction(topic, items) for topic, items in by_topic.items()}
        corruption = predictions.pop(CORRUPTION)
        topics = tuple(sorted(predictions.values(), key=lambda p: (-p.points, p.topic)))
        return cls(lexicon_version, corruption, topics, opinion)


def read(text: str, lexicon: Lexicon, model: Model | None = None) -> Reading:
    """Read `text` by the lexicon, and by the model if there is one. Deterministic; well under a millisecond a page."""
    return Reading.of(lexicon.version, evidence(text, lexicon), model.read(text) if model else None)


def evidence(text: str, lexicon: Lexicon) -> Iterator[Evidence]:
    """All that the lexicon finds in `text`: words counted once a topic, excluded ones not at all."""
    found = _Found.of(text)
    for compiled, places in _counted(found.matches(lexicon)):
        yield found.evidence(compiled, places, points=compiled.points, pattern=compiled.pattern.line)


def voided(text: str, lexicon: Lexicon) -> Iterator[Evidence]:
    """What the lexicon finds and sets aside: worth nothing, its pattern the line that excludes it."""
    found = _Found.of(text)
    matches = found.matches(lexicon)
    excluding = [(compiled, places) for compiled, places in matches if not compiled.points]
    for compiled, places in matches:
        for line, stretch in excluding:
            if compiled.points and line.pattern.topic == compiled.pattern.topic and _covers(stretch, places):
                yield found.evidence(compiled, places, points=0.0, pattern=line.pattern.line)
                break


def _covers(stretch: Places, places: Places) -> bool:
    return any(min(stretch) <= place <= max(stretch) for place in places)


@dataclass(frozen=True, slots=True)
class _Found:
    """The tokens of a text, as they stand and as they are read."""

    places: list[re.Match[str]]
    raw: list[str]

    @classmethod
    def of(cls, text: str) -> Self:
        places = list(tokens(text))
        raw = [token[0] for token in places]
        if text.isupper():
            raw = [word.lower() for word in raw]  # no abbreviation can be told in a text all in capitals
        return cls(places, raw)

    def matches(self, lexicon: Lexicon) -> list[tuple[Compiled, Places]]:
        steps = [*map(lexicon.steps_of, self.raw), BREAK]  # also found before the first word, by its index of -1
        return _matches(steps, lexicon)

    def evidence(self, compiled: Compiled, taken: Places, *, points: float, pattern: str) -> Evidence:
        ordered = sorted(taken)
        start, end = self.places[ordered[0]].start(), self.places[ordered[-1]].end()
        words = " ".join([self.raw[place] for place in ordered])
        return Evidence(compiled.pattern.topic, points, pattern, words, start, end)


def _matches(steps: list[frozenset[StepId]], lexicon: Lexicon) -> list[tuple[Compiled, Places]]:
    candidates = lexicon.candidates(_NOTHING.union(*steps))
    first = {route.first for candidate in candidates for route in candidate.routes}
    places: dict[StepId, list[int]] = {}
    for place, numbers in enumerate(steps):
        if numbers and not first.isdisjoint(numbers):
            for number in first & numbers:
                places.setdefault(number, []).append(place)
    matches: list[tuple[Compiled, Places]] = []
    for candidate in candidates:
        found = _occurrences(steps, places, candidate.routes[0])
        if len(candidate.routes) > 1:
            others = [_occurrences(steps, places, route) for route in candidate.routes[1:]]
            found = [together for taken in found if (together := _gathered(taken, others))]
        matches += [(candidate, taken) for taken in found]
    return matches


def _occurrences(steps: list[frozenset[StepId]], places: Mapping[StepId, list[int]], route: Route) -> list[Places]:
    """Where a phrase stands in the text, in order."""
    starts = places[route.first]
    if not route.rest:
        return [(start,) for start in starts]
    return [taken for start in starts if (taken := _follow(steps, start, route))]


def _follow(steps: list[frozenset[StepId]], start: int, route: Route) -> Places | None:
    """Places of a route's steps, as they stand in the text, when its first one stands at `start`; the nearest words."""
    taken, last, direction = [start], start, route.direction
    for number, reach in route.rest:
        for place in range(last + direction, last + direction * (reach + 1), direction):
            if number in steps[place]:
                taken.append(place)
                last = place
                break
            if steps[place] is BREAK:
                return None
        else:
            return None
    return tuple(taken[::direction])


def _gathered(first: Places, others: list[list[Places]]) -> Places | None:
    """`first` and the nearest of each of the others, in any order; None where one of them is too far away."""
    together = first
    lowest = highest = first[0]
    for occurrences in others:
        low = bisect_left(occurrences, (highest - WITHIN,))
        high = bisect_left(occurrences, (lowest + WITHIN + 1,))
        apart = (taken for taken in occurrences[low:high] if not set(taken) & set(together))
        nearest = min(apart, key=lambda taken: abs(taken[0] - first[0]), default=None)
        if nearest is None:
            return None
        together += nearest
        lowest, highest = min(lowest, nearest[0]), max(highest, nearest[0])
    return together


def _counted(matches: Iterable[tuple[Compiled, Places]]) -> Iterator[tuple[Compiled, Places]]:
    """Matches that count: not voided by an exclusion, each pattern once, no word twice for a topic."""
    void: dict[str, set[int]] = {}
    kept: list[tuple[Compiled, Places]] = []
    for compiled, places in matches:
        if compiled.points:
            kept.append((compiled, places))
        else:
            void.setdefault(compiled.pattern.topic, set()).update(range(min(places), max(places) + 1))
    kept.sort(key=lambda match: (-match[0].points, -len(match[1]), match[1], match[0].pattern.line))
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
