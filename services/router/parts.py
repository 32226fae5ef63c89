"""The questions inside one appeal: its text is cut into units, and those that speak of one body are gathered.

What cannot be told apart stays together: two bodies in one sentence, or a point of a list that speaks of nobody known.
Every stretch is a place in the raw text. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from services.router.normalisation import SENTENCE_ENDS, tokens

Span = tuple[int, int]

CLEAR: Final = 0.5
"""A unit speaks of one body if that one leads by this share of its points."""

_PLAIN: Final = str.maketrans("әғқңөұүһіё", "агкноуухие")
_NUMBER: Final = re.compile(r"(?:^|(?<=[\s:;,]))(\d{1,2})(?:\)(?=\s?\S)|\.(?=\s?[^\W\d]))")  # 1) or 1.
_POINT: Final = re.compile(
    r"(?:^|(?<=\n))\s*[-–—•*](?=\s?\S)"  # a dash at the beginning of a line
    r"|\bво-?\s?первых\b|\bво-?\s?вторых\b|\bв-?\s?третьих\b|\bв-?\s?четвертых\b"
    r"|\b(?:перв|втор|трет)(?:ый|ое|ий|ье)(?: вопрос\w*)?(?=\s?[:–—-])"
    r"|\bбиринши(?:ден|си)\b|\bекинши(?:ден|си)\b|\bушинши(?:ден|си)\b|\bтортиншиден\b"
)
_BESIDES: Final = re.compile(
    r"\bа также\b|\bтакже\s+(?:прош|прос|треб|нуж|сообщ|хот)\w*|\b(?:прошу|просим) также\b"
    r"|\bкроме (?:того|этого)\b|\bпомимо (?:того|этого)\b|\bи еще\b|\bеще (?:прошу|просим|один вопрос|одна просьба)\b"
    r"|\bзаодно\b|\bсондай-?ак\b|\bсонымен (?:катар|бирге)\b|\bтагы бир\b|\bодан болек\b|\b(?:бу|о)ган коса\b"
    r"|\bайтпакшы\b|(?<=, )ари\b"
)
_DEMAND: Final = re.compile(
    r"\bпро(?:шу|сим|сьба)\b|\bтребу(?:ю|ем)\b|\b(?:нуж|необходим)\w*|\bпомогите\b|\bпримите\b|\bпересмотр\w*"
    r"|\b\w{3,}[ийь]те\b|\bсурай\w*|\bотин(?:ем|им|иш)\w*|\bталап ет\w*|\b\w+(?:низ|низдер|ныз|ныздар|нуз|нуздер)\b"
)


class Speaks(NamedTuple):
    """What speaks for a body, and where."""

    start: int
    end: int
    body: str
    points: float


@dataclass(frozen=True)
class Division:
    """A text told apart by bodies."""

    spans: dict[str, tuple[Span, ...]]
    """For each body, in the order in which the text comes to it, where it is spoken of."""
    before: tuple[Span, ...]
    """What stands before all of it: who writes, from where."""
    listed: bool
    """Whether the writer told them apart himself: he comes to another body only with a new point, or with «also»."""


@dataclass(frozen=True)
class _Unit:
    start: int
    end: int
    begins_point: bool


def divide(text: str, evidence: Iterable[Speaks]) -> Division | None:
    """Tell the questions of a text apart; None where it asks one, or it cannot be done surely."""
    spoken = sorted(evidence)
    units = _joined(_units(text), spoken)
    told = [_body(unit, spoken) for unit in units]
    if None in told or not _every_point_known(units, told):
        return None
    gathered: dict[str, list[Span]] = {}
    before: list[Span] = []
    last, listed = "", True
    for unit, body in zip(units, told, strict=True):
        listed = listed and (unit.begins_point or not last or body in {"", last})
        last = body or last
        places = gathered.setdefault(last, []) if last else before
        if places and places[-1][1] == unit.start:
            places[-1] = (places[-1][0], unit.end)
        else:
            places.append((unit.start, unit.end))
    if len(gathered) < 2:  # noqa: PLR2004 - one question is no division
        return None
    spans = {body: tuple(places) for body, places in gathered.items()}
    return Division(spans, tuple(before), listed=listed)


def asks(text: str) -> bool:
    """Whether a text holds the words of a demand."""
    return _DEMAND.search(_plain(text)) is not None


def sentences(text: str) -> Iterator[Span]:
    """Where the sentences of a text stand, without the blanks around them."""
    start = 0
    for end in [token.end() for token in tokens(text) if token[0] in SENTENCE_ENDS] + [len(text)]:
        if text[start:end].strip():
            yield start, end
        start = end


def located(text: str, quote: str) -> tuple[Span, ...] | None:
    """Where a quotation stands in the text, whatever the white space; paragraph by paragraph; None if it does not."""
    found: list[Span] = []
    for paragraph in filter(None, map(str.split, quote.splitlines())):
        place = re.search(r"\s+".join(map(re.escape, paragraph)), text)
        if place is None:
            return None
        found.append(place.span())
    return tuple(sorted(found)) or None


def rest_of(text: str, taken: Iterable[Span]) -> tuple[Span, ...]:
    """What remains of the text."""
    rest: list[Span] = []
    at = 0
    for start, end in [*sorted(taken), (len(text), len(text))]:
        if text[at:start].strip():
            rest.append((at, start))
        at = max(at, end)
    return tuple(rest)


def uncovered(text: str, taken: Sequence[Span], evidence: Iterable[Speaks]) -> Span | None:
    """The first unit that speaks of a body or asks for something, of which nothing is taken."""
    spoken = list(evidence)
    for unit in _units(text):
        speaks = asks(text[unit.start : unit.end]) or any(_meets(unit, item.start, item.end) for item in spoken)
        if speaks and not any(_meets(unit, start, end) for start, end in taken):
            return unit.start, unit.end
    return None


def _plain(text: str) -> str:
    """The text in small letters without Kazakh ones, each letter at its place."""
    lowered = text.lower()
    return (lowered if len(lowered) == len(text) else text).translate(_PLAIN)


def _units(text: str) -> list[_Unit]:
    """Sentences, points of a list, and what is joined on by «а также» and its like."""
    plain = _plain(text)
    points = {found.start() for pattern in (_POINT, _BESIDES) for found in pattern.finditer(plain)}
    points |= set(_counted(plain))
    cuts = points | {token.end() for token in tokens(text) if token[0] in SENTENCE_ENDS}
    places = sorted({0, *cuts, len(text)})
    found = [_Unit(start, end, start in points) for start, end in pairwise(places)]
    return [unit for unit in found if text[unit.start : unit.end].strip()]


def _counted(plain: str) -> Iterator[int]:
    """Where the writer counts 1, 2, 3: other numbers with a bracket are floors and paragraphs."""
    following = 1
    for found in _NUMBER.finditer(plain):
        if int(found[1]) == following:
            following += 1
            yield found.start()


def _joined(units: Sequence[_Unit], spoken: Sequence[Speaks]) -> list[_Unit]:
    """The units, where evidence reaches over several of them as one."""
    joined: list[_Unit] = []
    for unit in units:
        if joined and any(item.start < joined[-1].end and item.end > unit.start for item in spoken):
            joined[-1] = _Unit(joined[-1].start, unit.end, joined[-1].begins_point)
        else:
            joined.append(unit)
    return joined


def _body(unit: _Unit, spoken: Sequence[Speaks]) -> str | None:
    """The body a unit speaks of; empty when it speaks of none, None when that is not clear."""
    points: dict[str, float] = {}
    for item in spoken:
        if _meets(unit, item.start, item.end):
            points[item.body] = points.get(item.body, 0.0) + item.points
    if not points:
        return ""
    best, *others = sorted(points.items(), key=lambda found: (-found[1], found[0]))
    return None if others and 1 - others[0][1] / best[1] < CLEAR else best[0]


def _every_point_known(units: Sequence[_Unit], told: Sequence[str | None]) -> bool:
    """Whether each point of a list, up to the next one, speaks of a body: else it asks what we do not understand."""
    known = True
    for unit, body in zip(units, told, strict=True):
        if unit.begins_point:
            if not known:
                return False
            known = bool(body)
        else:
            known = known or bool(body)
    return known


def _meets(unit: _Unit, start: int, end: int) -> bool:
    return start < unit.end and end > unit.start
