"""The flow picture: how counts run through columns of boxes, laid out in a plane. Pure; what draws it only copies.

Each path names one box in each column. Boxes are as high as their counts, in the order given or the largest first;
between two columns the paths that share both boxes are one band.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

OTHERS: Final = "…"
"""The box for all that a column has no room for."""
Path = tuple[str, ...]


@dataclass(frozen=True)
class Plane:
    """How much room there is, in units of the picture."""

    width: float = 960
    height: float = 420
    box: float = 14
    """Width of a box."""
    gap: float = 12
    """Between two boxes of a column, as far as there is room."""
    least: float = 2
    """Least height of a box, so that one in a thousand is seen."""


@dataclass(frozen=True)
class Box:
    """One name in one column."""

    column: int
    name: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Band:
    """What runs from a box to one in the next column."""

    column: int
    source: str
    target: str
    count: int
    outline: str
    """As the `d` of an SVG path, closed."""


@dataclass(frozen=True)
class Picture:
    """Boxes and the bands between them."""

    plane: Plane
    boxes: Sequence[Box]
    bands: Sequence[Band]


def folded(paths: Mapping[Path, int], column: int, most: int) -> dict[Path, int]:
    """The paths with at most so many boxes in a column: the smallest become one."""
    sizes: Counter[str] = Counter()
    for path, count in paths.items():
        sizes[path[column]] += count
    if len(sizes) <= most:
        return dict(paths)
    kept = {name for name, _ in sorted(sizes.items(), key=lambda one: (-one[1], one[0]))[: most - 1]}
    found: Counter[Path] = Counter()
    for path, count in paths.items():
        name = path[column] if path[column] in kept else OTHERS
        found[*path[:column], name, *path[column + 1 :]] += count
    return dict(found)


def laid_out(paths: Mapping[Path, int], plane: Plane = Plane(), orders: Mapping[int, Sequence[str]] = {}) -> Picture:
    """The picture of these paths, all of them of one length.

    `orders` says in which order a column's boxes stand; what it does not name comes after, the largest first.
    """
    counted = {path: count for path, count in paths.items() if count > 0}
    if not counted:
        return Picture(plane, (), ())
    columns = len(next(iter(counted)))
    names = [_ordered(counted, column, orders.get(column, ())) for column in range(columns)]
    scale = min(_scale(sizes, plane) for sizes in names)
    boxes = {
        (box.column, box.name): box
        for column, sizes in enumerate(names)
        for box in _stacked(sizes, column, columns, scale, plane)
    }
    bands = [band for column in range(columns - 1) for band in _bands(counted, column, boxes)]
    return Picture(plane, tuple(boxes.values()), tuple(bands))


def _ordered(paths: Mapping[Path, int], column: int, order: Sequence[str]) -> dict[str, int]:
    """The boxes of a column with their counts, from above."""
    sizes: Counter[str] = Counter()
    for path, count in paths.items():
        sizes[path[column]] += count
    places = {name: place for place, name in enumerate(order)}
    last = len(places)

    def place(name: str) -> tuple[bool, int, int, str]:
        return name == OTHERS, places.get(name, last), -sizes[name], name

    return {name: sizes[name] for name in sorted(sizes, key=place)}


def _scale(sizes: Mapping[str, int], plane: Plane) -> float:
    """Height of one count, so that a column with its gaps and its least boxes has room."""
    room = plane.height - _gap(len(sizes), plane) * (len(sizes) - 1) - plane.least * len(sizes)
    return room / sum(sizes.values())


def _gap(boxes: int, plane: Plane) -> float:
    """Never more than half of the height is left free."""
    return min(plane.gap, plane.height / 2 / max(boxes - 1, 1))


def _stacked(sizes: Mapping[str, int], column: int, columns: int, scale: float, plane: Plane) -> list[Box]:
    """A column's boxes, its middle in the middle of the plane."""
    gap = _gap(len(sizes), plane)
    heights = [plane.least + count * scale for count in sizes.values()]
    y = (plane.height - sum(heights) - gap * (len(heights) - 1)) / 2
    x = (plane.width - plane.box) * column / max(columns - 1, 1)
    found = []
    for (name, count), height in zip(sizes.items(), heights, strict=True):
        found.append(Box(column, name, count, _rounded(x), _rounded(y), plane.box, _rounded(height)))
        y += height + gap
    return found


def _bands(paths: Mapping[Path, int], column: int, boxes: Mapping[tuple[int, str], Box]) -> list[Band]:
    """Bands out of a column; on each side in the order of the boxes on the other one, so that few of them cross."""
    counts: Counter[tuple[str, str]] = Counter()
    for path, count in paths.items():
        counts[path[column], path[column + 1]] += count
    left = {pair: (boxes[column, pair[0]], boxes[column + 1, pair[1]]) for pair in counts}
    begins = _starts(counts, left, side=0)
    ends = _starts(counts, left, side=1)
    return [
        Band(column, *pair, counts[pair], _outline(begins[pair], ends[pair], *left[pair]))
        for pair in sorted(counts, key=lambda pair: (left[pair][0].y, left[pair][1].y))
    ]


def _starts(
    counts: Mapping[tuple[str, str], int], between: Mapping[tuple[str, str], tuple[Box, Box]], *, side: int
) -> dict[tuple[str, str], tuple[float, float]]:
    """Where each band begins and how high it is, at the boxes on one side."""
    filled: dict[str, float] = {}
    found = {}
    for pair in sorted(counts, key=lambda pair: (between[pair][side].y, between[pair][1 - side].y)):
        box = between[pair][side]
        height = box.height * counts[pair] / box.count
        top = filled.get(box.name, box.y)
        filled[box.name] = top + height
        found[pair] = (top, height)
    return found


def _outline(begin: tuple[float, float], end: tuple[float, float], source: Box, target: Box) -> str:
    left, right = source.x + source.width, target.x
    middle = _rounded((left + right) / 2)
    (y0, h0), (y1, h1) = begin, end
    points = [_rounded(y) for y in (y0, y1, y1 + h1, y0 + h0)]
    return (
        f"M{left} {points[0]}C{middle} {points[0]} {middle} {points[1]} {right} {points[1]}"
        f"V{points[2]}C{middle} {points[2]} {middle} {points[3]} {left} {points[3]}Z"
    )


def _rounded(length: float) -> float:
    return round(length, 1)
