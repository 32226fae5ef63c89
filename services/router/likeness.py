"""How alike two appeals are: their words as shingles, and keys by which alike ones are found without comparing all.

The keys are a minhash in bands: the same text has all of them in common, a slightly changed one some of them, and
different texts none. A person is shown what is found (R-RET-1, R-SIM-1); nothing is ever returned by it alone.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from services.router.normalisation import fold, tokens

ALIKE: Final = 0.8
"""From this share of common shingles on, an appeal repeats another."""

_SHINGLE: Final = 3
_BANDS: Final = 3
_ROWS: Final = 4
_BINS: Final = _BANDS * _ROWS


def shingles(text: str) -> frozenset[int]:
    """Hashes of every three words in a row, spelling and punctuation aside; of all words where they are fewer."""
    words = [word for match in tokens(text) if (word := _folded(match[0]) or match[0].strip("!?;…\n.%"))]
    runs = range(max(1, len(words) - _SHINGLE + 1))
    return frozenset(_hash(" ".join(words[i : i + _SHINGLE])) for i in runs)


def likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """Share of the shingles of both that they have in common, from 0 to 1."""
    return len(one & other) / len(one | other)


def keys(found: Iterable[int], *, of: str | None = None) -> list[int]:
    """The keys of a text by its shingles, as 64-bit integers; with `of`, those of this applicant's texts alone."""
    smallest: dict[int, int] = {}
    for shingle in found:
        place = shingle % _BINS
        smallest[place] = min(shingle, smallest.get(place, shingle))
    filled = list(_filled(smallest))
    bands = (filled[band * _ROWS : (band + 1) * _ROWS] for band in range(_BANDS))
    whose = "" if of is None else " ".join(sorted(fold(word) for word in of.split()))
    return [_hash(f"{band} {values} {whose}") for band, values in enumerate(bands)]


_folded = lru_cache(65_536)(fold)


def _filled(smallest: dict[int, int]) -> Iterator[int]:
    """The bins in order; an empty one takes the value of the next that is not."""
    for place in range(_BINS):
        yield next(smallest[at % _BINS] for at in range(place, place + _BINS) if at % _BINS in smallest)


def _hash(words: str) -> int:
    return int.from_bytes(blake2b(words.encode(), digest_size=8).digest(), "big", signed=True)
