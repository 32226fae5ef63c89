"""The small text model: a linear reader of words, their pieces and pairs, fitted on texts with known answers.

It hears what a word list cannot: a scene told without the words of its class. It is data (`model.json`, written by
`joldau rules learn`, see docs/model.md), adds up weights and so can say which words weighed how much. Each distinct
word counts once in a text, wherever it stands, so all that a word brings is found once and remembered.
"""

import base64
import binascii
import json
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import repeat
from operator import mul
from typing import Final, NamedTuple

from services.router.normalisation import SENTENCE_ENDS, fold, tokens

START: Final[Traversable] = files(__package__) / "model.json"
"""The model that the service ships with, fitted on the starting corpus (`make model`)."""

PIECES: Final = (3, 5)
"""Shortest and longest piece of a word, in letters; a word's beginning and end count as letters."""
STEM: Final = 6
"""So many letters of a word stand for it in a pair."""
TIMES: Final = 3
"""A whole word and a pair count like so many pieces: a word has about twenty of them, many of which others share."""

_COURTESY: Final = (
    *("прошу", "просим", "просб", "помогите", "помоч", "содеиств", "принят", "примите", "меры", "мерах", "разбер"),
    *("разобрат", "расмотр", "обрашаюс", "здравствуите", "добрыи", "уважаем", "пожалуиста", "заранее", "сураимын"),
    *("сураимыз", "отинемин", "отинемиз", "шараларын", "шара", "колданууын", "колданын", "комектес", "курмети"),
    *("салеметсиз", "асалаум", "каиырлы"),
)
"""Beginnings of folded words that every appeal may have; they are read as if they were not there."""
_GREETING: Final = frozenset({"ден", "вечер", "утро", "утра", "кун", "кеш", "тан"})
"""Likewise, but as whole words: a good day."""

_NUMBER: Final = "0"
_EDGE: Final = "_"
_WHOLE: Final = "="
_PAIR: Final = "+"
_CACHED_WORDS: Final = 65_536

UNCLEAR: Final = "unclear"
"""The label of a text that tells of no one body's matter, or of two; the others are the lexicon's topics."""

Weight = tuple[float, ...]
"""What one word or pair adds to each label, and last to the square of a text's length."""


def spelled(token: str) -> str | None:
    """What a raw token of a text counts as; None where a sentence ends, and for what says nothing."""
    if token in SENTENCE_ENDS:
        return None
    word = _NUMBER if token.isdigit() else fold(token)
    return None if word.startswith(_COURTESY) or word in _GREETING else word or None


def pieces(word: str) -> frozenset[str]:
    """All that a folded word brings, each once: itself and its pieces."""
    shortest, longest = PIECES
    edged = f"{_EDGE}{word}{_EDGE}"
    found = (
        edged[start : start + length]
        for length in range(shortest, longest + 1)
        for start in range(len(edged) - length + 1)
    )
    return frozenset({_WHOLE + word, *found})


def pairs(words: Sequence[str | None]) -> Iterator[tuple[str, str]]:
    """Stems that stand side by side, or with one word between, within a sentence; each is followed by its second."""
    stems = [word and word[:STEM] for word in words]
    for place, first in enumerate(stems):
        for second in stems[place + 1 : place + 3]:
            if second is None:
                break
            if first is not None:
                yield first, second


def pair(first: str, second: str) -> str:
    """The name of a pair of stems among a model's features."""
    return f"{first}{_PAIR}{second}"


def is_pair(name: str) -> bool:
    """Whether a feature is a pair of stems."""
    return _PAIR in name


def features(text: str) -> Iterator[str]:
    """All that a text brings, for fitting: a piece comes as often as different words bring it; see `TIMES`."""
    words = [spelled(token[0]) for token in tokens(text)]
    for word in {word for word in words if word}:
        for piece in pieces(word):
            yield from repeat(piece, times(piece))
    for both in set(pairs(words)):
        yield from repeat(pair(*both), TIMES)


def times(name: str) -> int:
    """How often a feature counts each time that it is met."""
    return TIMES if name.startswith(_WHOLE) or is_pair(name) else 1


class Clue(NamedTuple):
    """A word that speaks for a label, with its place in the raw text and how much it weighs, in logits."""

    words: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """What a point of the lexicon and a logit of the model are worth together, in logits (`weighing`)."""

    corruption_bias: float
    corruption_logit: float
    corruption_point: float
    corruption_length: float
    """For the natural logarithm of the text's length in letters: the longer it is, the thinner its signs."""
    body_logit: float
    body_point: float
    unclear_bias: float
    unclear_logit: float
    unclear_gap: float
    """For each logit by which the first body is ahead of the second."""
    unclear_lead: float
    """For each point of the lexicon by which the first body is ahead of the second."""
    unclear_first: float = 0.0
    """For each logit of the first body: where nothing is heard, nobody is clear."""
    unclear_length: float = 0.0
    """As `corruption_length`."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a model thinks of a text: a logit for each label, before any is weighed against the lexicon."""

    model: "Model"
    text: str
    logits: Mapping[str, float]
    heard: bool = True
    """Whether any of its words says something; else the logits are those of a text of which nothing is known."""

    def clues(self, label: str) -> tuple[Clue, ...]:
        """The words that speak most for `label`, the heaviest first."""
        return self.model.clues(self.text, label) if label in self.logits else ()


class Rows:
    """What each feature adds, side by side in one array: a row is taken out when a word needs it."""

    def __init__(
        self, names: Sequence[str], counts: Sequence[int], texts: int, columns: Sequence[tuple[float, Sequence[int]]]
    ) -> None:
        """`counts`: in how many of the `texts` each is. `columns`: for each label its step, and each one's steps.

        Raises ValueError unless each has one of each.
        """
        self.names: Final = {name: place for place, name in enumerate(names)}
        if any(len(given) != len(self.names) for given in (names, counts, *(steps for _, steps in columns))):
            raise ValueError("a model has not as many features as counts and weights")
        rarity = [math.log((1 + texts) / (1 + count)) + 1 for count in counts]
        worth = [rare * times(name) for rare, name in zip(rarity, names, strict=True)]
        self._width: Final = len(columns) + 1
        self._all: Final = array("d", bytes(8 * len(names) * self._width))
        for place, (step, steps) in enumerate(columns):
            self._all[place :: self._width] = array("d", map(mul, map(mul, repeat(step), steps), worth))
        self._all[len(columns) :: self._width] = array("d", map(mul, rarity, worth))

    def __getitem__(self, name: str) -> Weight:
        begin = self.names[name] * self._width
        return tuple(self._all[begin : begin + self._width])


class Model:
    """A fitted model. Immutable but for a bounded memory of words already looked up."""

    def __init__(self, version: str, labels: Sequence[str], bias: Sequence[float], rows: "Rows", blend: Blend) -> None:
        self.version: Final = version
        self.labels: Final = tuple(labels)
        self.blend: Final = blend
        self._bias: Final = tuple(bias)
        self._rows: Final = rows
        self._nothing: Final[Weight] = (0.0,) * (len(self.labels) + 1)
        self._word: Final = lru_cache(_CACHED_WORDS)(self._looked_up)
        self._following: Final = _following(rows)

    def read(self, text: str) -> Opinion:
        """Read `text`. Deterministic; takes a fraction of a millisecond for a page."""
        weighed = self._weighed([token[0] for token in tokens(text)])
        *sums, square = map(sum, zip(*(weighed.values() or (self._nothing,)), strict=True))
        length = math.sqrt(square) or 1.0
        logits = [bias + whole / length for bias, whole in zip(self._bias, sums, strict=True)]
        return Opinion(self, text, dict(zip(self.labels, logits, strict=True)), heard=square > 0)

    def with_blend(self, blend: Blend) -> "Model":
        """The same model, weighed otherwise."""
        return Model(self.version, self.labels, self._bias, self._rows, blend)

    def clues(self, text: str, label: str, *, most: int = 5) -> tuple[Clue, ...]:
        """The words that speak most for `label`, the heaviest first: by what they add above the average label."""
        found = list(tokens(text))
        raw = [token[0] for token in found]
        weighed = self._weighed(raw)
        length = math.sqrt(sum(weight[-1] for weight in weighed.values())) or 1.0
        at = self.labels.index(label)
        clues: list[Clue] = []
        for name, first, last in self._places(raw):
            adds = weighed.pop(name, self._nothing)[:-1]  # each once, where it stands first
            above = (adds[at] - sum(adds) / len(adds)) / length
            if above > 0:
                words = text[found[first].start() : found[last].end()]
                clues.append(Clue(words, found[first].start(), found[last].end(), above))
        return tuple(sorted(clues, key=lambda clue: (-clue.weight, clue.start))[:most])

    def _weighed(self, raw: Iterable[str]) -> dict[str, Weight]:
        """Every distinct word and known pair of a text, with its weight."""
        met: dict[str, Weight] = {}
        first = second = _NONE_FOLLOWS
        for word, stem, weight, following in map(self._word, raw):
            if word is None:
                first = second = _NONE_FOLLOWS
                continue
            met[word] = weight
            for name in (first.get(stem), second.get(stem)):
                if name is not None:
                    met[name] = self._rows[name]
            first, second = second, following
        return met

    def _places(self, raw: Sequence[str]) -> Iterator[tuple[str, int, int]]:
        """Names of words and possible pairs, each with its first and last place."""
        spelt = [self._word(token) for token in raw]
        for place, (word, stem, _, _) in enumerate(spelt):
            if word is not None:
                yield word, place, place
                yield from (
                    (pair(spelt[before].stem, stem), before, place) for before in range(max(0, place - 2), place)
                )

    def _looked_up(self, token: str) -> "_Known":
        word = spelled(token)
        if word is None:
            return _Known(None, "", self._nothing, _NONE_FOLLOWS)
        stem = word[:STEM]
        rows = [self._rows[piece] for piece in pieces(word) if piece in self._rows.names]
        weight = tuple(map(sum, zip(*(rows or (self._nothing,)), strict=True)))
        return _Known(word, stem, weight, self._following.get(stem, _NONE_FOLLOWS))


Following = Mapping[str, str]
"""Stems that make a pair with a stem before them, each with the pair's name."""

_NONE_FOLLOWS: Final[Following] = {}


class _Known(NamedTuple):
    """A token that has been looked up; its word is None where it ends a sentence."""

    word: str | None
    stem: str
    weight: Weight
    following: Following


def parse_model(document: bytes) -> Model:
    """Read a model's document. Raises ValueError for one that is none."""
    try:
        data = json.loads(document)
        labels, names, counts = data["labels"], data["features"], data["counts"]
        columns = [(data["steps"][label], unpacked(data["weights"][label])) for label in labels]
        rows = Rows(names, counts, data["texts"], columns)
        bias = [data["bias"][label] for label in labels]
        return Model(data["version"], labels, bias, rows, Blend(**data["blend"]))
    except (KeyError, TypeError, AttributeError, ArithmeticError, IndexError, binascii.Error) as fault:
        raise ValueError(f"no model that can be read: {fault!r}") from fault


def unpacked(weights: str) -> Sequence[int]:
    """A label's weights, as a document has them: so many steps each, as signed bytes in base64."""
    return array("b", base64.b64decode(weights, validate=True))


def _following(rows: Rows) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name in rows.names:
        first, joined, second = name.partition(_PAIR)
        if joined:
            found.setdefault(first, {})[second] = name
    return found
