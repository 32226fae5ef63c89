"""Slips of the finger: words that would begin with a long stem of the lexicon but for one letter.

A letter left out, added or moved, or a vowel heard for another, inside a stem of at least `SHORTEST` letters, and only
in a word that means nothing otherwise: short stems and word ends would meet other words. Symmetric deletes (as in
SymSpell) find the stem without comparing the word with each.
"""

from collections.abc import Iterable, Iterator
from typing import Final

SHORTEST: Final = 7
_CONFUSED: Final = frozenset(map(frozenset, ("оа", "еи", "ея", "иы", "ею")))


class Slips:
    """Finds the stems that a folded word was probably meant to begin with."""

    def __init__(self, stems: Iterable[str]) -> None:
        self._stems: Final[dict[str, set[str]]] = {}
        self._longest = 0
        for stem in stems:
            if len(stem) >= SHORTEST:
                self._longest = max(self._longest, len(stem))
                for shortened in (stem, *_shortened(stem)):
                    self._stems.setdefault(shortened, set()).add(stem)

    def stems(self, word: str) -> set[str]:
        """The longest stems that `word` begins with when one slip is allowed; usually none."""
        for length in range(min(len(word), self._longest + 1), SHORTEST - 2, -1):
            beginning = word[:length]
            near = {s for shortened in (beginning, *_shortened(beginning)) for s in self._stems.get(shortened, ())}
            if found := {stem for stem in near if _is_slip(beginning, stem)}:
                return found
        return set()


def _shortened(word: str) -> Iterator[str]:
    """`word` without one of its inner letters."""
    return (word[:place] + word[place + 1 :] for place in range(1, len(word) - 1))


def _is_slip(typed: str, meant: str) -> bool:
    """Whether `typed` is `meant` with one slip inside; both begin and end alike."""
    if typed[0] != meant[0] or typed[-2:] != meant[-2:]:
        return False
    if len(typed) != len(meant):
        shorter, longer = sorted((typed, meant), key=len)
        return shorter in _shortened(longer)
    match [(place, pair) for place, pair in enumerate(zip(typed, meant, strict=True)) if pair[0] != pair[1]]:
        case [(_, pair)]:
            return frozenset(pair) in _CONFUSED
        case [(one, pair), (other, swapped)]:
            return other == one + 1 and pair == swapped[::-1]
        case _:
            return False
