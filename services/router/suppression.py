"""Small cells: what a published table of counts leaves out, so that nobody is recognised in it. Pure.

A count below the threshold is left out, and as many others with it as it takes that it cannot be worked out from what
is left: whoever knows all the sums still finds that it may be as large as the threshold, or larger.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_UNKNOWN: Final = 10**12
"""More than anything that is counted."""


@dataclass(frozen=True)
class Cell:
    """A count in a tree of them: those `within` a cell add up to it."""

    key: str
    count: int
    within: str | None = None


def hidden(cells: Sequence[Cell], least: int) -> frozenset[str]:
    """Keys of the cells to leave out, where a count from 1 to one below `least` is small."""
    tree = _Tree(cells)
    small = [cell.key for cell in sorted(cells, key=lambda cell: cell.count) if 0 < cell.count < least]
    found = set(small)
    while exposed := next((key for key in small if tree.highest(found)[key] < least), None):
        found |= tree.covering(exposed, found)
    return frozenset(found)


class _Tree:
    """The cells with what lies above and below each; a cell stands before those within it."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells: Final[Mapping[str, Cell]] = {cell.key: cell for cell in cells}
        self.below: Final[dict[str | None, list[str]]] = defaultdict(list)
        for cell in cells:
            self.below[cell.within].append(cell.key)

    def highest(self, left_out: Collection[str]) -> Mapping[str, int]:
        """The largest that each cell can be, for whoever knows all that is not left out."""
        low: dict[str, int] = {}
        high: dict[str, int] = {}
        for key, cell in reversed(list(self.cells.items())):
            within = self.below.get(key, ())
            if key not in left_out:
                low[key] = high[key] = cell.count
            else:
                low[key] = sum(low[one] for one in within)
                high[key] = sum(high[one] for one in within) if within else _UNKNOWN
        for key in self.cells:
            within = self.below.get(key, ())
            lows, highs = sum(low[one] for one in within), sum(high[one] for one in within)
            for one in within:
                least, most = low[one], high[one]
                low[one] = max(least, low[key] - (highs - most))
                high[one] = min(most, high[key] - (lows - least))
        return high

    def covering(self, key: str, left_out: Collection[str]) -> set[str]:
        """What more is left out to hide a cell: the smallest beside it, or within what is left out there, or above."""
        while True:
            above = self.cells[key].within
            beside = [one for one in self.below[above] if one != key]
            while beside:
                if shown := [one for one in beside if one not in left_out and self.cells[one].count]:
                    return set(self._down(min(shown, key=lambda one: (one in self.below, self.cells[one].count))))
                beside = [one for outer in beside if outer in left_out for one in self.below.get(outer, ())]
            if above is None or above not in left_out:
                return {above or key}
            key = above

    def _down(self, key: str) -> list[str]:
        """A cell and the smallest one within it, and so on: what is within it would tell how large it is."""
        within = [one for one in self.below.get(key, ()) if self.cells[one].count]
        return [key, *(self._down(min(within, key=lambda one: self.cells[one].count)) if within else ())]
