"""How people really type: Kazakh letters that the keyboard lacks, lost commas, slips of the finger, mixed alphabets."""

import re
from collections.abc import Callable
from random import Random
from typing import Final

from services.cli.local.shares import happens

_KAZAKH: Final = str.maketrans("әғқңөұүһіӘҒҚҢӨҰҮҺІ", "агкноуухиАГКНОУУХИ")
_LATIN: Final = str.maketrans("аеорсхіАЕОРСХІКМТВН", "aeopcxiAEOPCXIKMTBH")
_PUNCTUATION: Final = re.compile(r"[«»]|[.,:;!?](?=\s|$)")
_WORD: Final = re.compile(r"[^\W\d_]{4,}")


def mistyped(text: str, *, kazakh: bool, rng: Random) -> str:
    """`text` as one writer would have typed it: often clean, sometimes hurried, sometimes careless. Digits stay."""
    if kazakh:
        missing = rng.choices((0, 1, 0.4), weights=(67, 18, 15))[0]  # a Russian keyboard; the extra row is far away
        text = "".join(c.translate(_KAZAKH) if happens(rng, missing) else c for c in text)
    slips = rng.choices((0, 0.02, 0.08), weights=(45, 40, 15))[0]
    text = _WORD.sub(lambda word: _slip(word[0], rng) if happens(rng, slips) else word[0], text)
    if happens(rng, 0.10):
        text = _PUNCTUATION.sub("", text)
    if happens(rng, 0.03):
        text = _WORD.sub(lambda word: word[0].translate(_LATIN) if happens(rng, 0.4) else word[0], text)
    return rng.choices((str, str.lower, str.upper), weights=(88, 10, 2))[0](text)


def _slip(word: str, rng: Random) -> str:
    return rng.choice(_SLIPS)(word, rng.randrange(1, len(word) - 1))


def _doubled(word: str, at: int) -> str:
    return word[:at] + word[at] + word[at:]


def _dropped(word: str, at: int) -> str:
    return word[:at] + word[at + 1 :]


def _swapped(word: str, at: int) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _latin(word: str, at: int) -> str:
    return word[:at] + word[at:].translate(_LATIN)


_SLIPS: Final[tuple[Callable[[str, int], str], ...]] = (_doubled, _dropped, _swapped, _latin)
