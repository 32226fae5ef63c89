"""The language in which the lexicon's patterns are written, one pattern a line.

==================  ==================================================================================
``школ*``           a word that begins so; a Kazakh stem ending in к, қ, п also matches г, ғ, б
``откат``           this very word
``су~``             this word with endings only (су, суды, судың; not сурет)
``ЖКХ``             all upper case: an abbreviation, matched in the raw text and in upper case only
``#``               a number
``a*|b*``           either
``{money}``         any word of the lexicon's class ``money``
``a* b*``           neighbours
``a* .. b*``        in this order in one sentence, at most `NEAR` words between
``a* & b*``         in any order, begun at most `WITHIN` words apart
==================  ==================================================================================
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.contracts.appeals import Language
from services.router.normalisation import fold

NEAR: Final = 3
WITHIN: Final = 12

_VOICED: Final = {"к": "г", "п": "б"}
_SHORTEST_VOICED: Final = 3


class PatternError(ValueError):
    """A line of the lexicon that cannot be read; the message quotes it."""


class Kind(StrEnum):
    """How a literal is compared with a word."""

    WHOLE = "whole"
    PREFIX = "prefix"
    INFLECTED = "inflected"
    ABBREVIATION = "abbreviation"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Literal:
    """What one word of a text is compared with."""

    kind: Kind
    stem: str
    language: Language


Step = frozenset[Literal]
"""The alternatives for one word."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other: the first step, then each next one with the words allowed before it."""

    steps: tuple[Step, ...]
    gaps: tuple[int, ...]


Classes = Mapping[str, Step]


def phrases(line: str, *, language: Language, classes: Classes) -> tuple[Phrase, ...]:
    """The phrases that must all be found for the pattern `line` to match. Raises PatternError."""
    return tuple(_phrase(part.split(), line, language, classes) for part in line.split("&"))


def step(words: str, *, language: Language, classes: Classes) -> Step:
    """The literals of one step, such as ``требу*|{ask}``. Raises PatternError."""
    found: set[Literal] = set()
    for word in words.split("|"):
        if word.startswith("{"):
            name = word.strip("{}")
            if name not in classes:
                raise PatternError(f"no class {name!r} in {words!r}")
            found |= classes[name]
        else:
            found |= _literals(word, language)
    return frozenset(found)


def _phrase(words: list[str], line: str, language: Language, classes: Classes) -> Phrase:
    steps: list[Step] = []
    gaps: list[int] = []
    gap = 0
    for word in words:
        if word == "..":
            gap = NEAR
            continue
        for part in re.split(r"-(?=\w)", word):  # a hyphen divides words in texts too
            steps.append(step(part, language=language, classes=classes))
            gaps.append(gap)
            gap = 0
    if not steps or gap:
        raise PatternError(f"a phrase without words in {line!r}")
    return Phrase(tuple(steps), tuple(gaps[1:]))


def _literals(word: str, language: Language) -> set[Literal]:
    if word == "#":
        return {Literal(Kind.NUMBER, "", language)}
    if word == "%":
        return {Literal(Kind.WHOLE, "%", language)}
    bare = word.rstrip("*~")
    if bare.isupper() and len(bare) > 1:
        return {Literal(Kind.ABBREVIATION, bare, language)}
    stem = fold(bare)
    if not stem or not bare.isalpha():
        raise PatternError(f"not a word: {word!r}")
    kind = Kind.PREFIX if word.endswith("*") else Kind.INFLECTED if word.endswith("~") else Kind.WHOLE
    stems = {stem}
    if kind is not Kind.WHOLE and language is Language.KAZAKH and len(stem) >= _SHORTEST_VOICED and stem[-1] in _VOICED:
        stems.add(stem[:-1] + _VOICED[stem[-1]])
    return {Literal(kind, stem, language) for stem in stems}
