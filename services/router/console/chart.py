"""A chart of columns, laid out: one for each step, its lower part filled, on round numbers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_WIDTH: Final = 900.0
_HEIGHT: Final = 220.0
_TICKS: Final = 4
_LABELS: Final = 12
_WIDEST: Final = 48.0


@dataclass(frozen=True)
class Given:
    """One column: how much it is, how much of that is filled, and its words; None where it is not told."""

    total: int | None
    part: int | None
    words: str
    label: str


@dataclass(frozen=True)
class Column:
    """The same in the plane."""

    x: float
    width: float
    height: float | None
    filled: float | None
    words: str
    label: str


@dataclass(frozen=True)
class Tick:
    """A round number beside the axis."""

    number: int
    y: float


@dataclass(frozen=True)
class Chart:
    """All of it."""

    width: float
    height: float
    columns: Sequence[Column]
    ticks: Sequence[Tick]


def chart(given: Sequence[Given], *, width: float = _WIDTH, height: float = _HEIGHT) -> Chart:
    """The columns side by side; only so many have a label that they can be read."""
    step = round_step(max((one.total or 0 for one in given), default=0))
    top = step * _TICKS
    place = width / max(len(given), 1)
    every = -(-len(given) // _LABELS)

    def high(number: int | None) -> float | None:
        return None if number is None else round(height * number / top, 1)

    wide = min(place * 0.8, _WIDEST)
    columns = [
        Column(
            x=round(n * place + (place - wide) / 2, 1),
            width=round(wide, 1),
            height=high(one.total),
            filled=high(one.part),
            words=one.words,
            label=one.label if n % every == 0 else "",
        )
        for n, one in enumerate(given)
    ]
    ticks = [Tick(n * step, round(height - height * n / _TICKS, 1)) for n in range(_TICKS + 1)]
    return Chart(width, height, columns, ticks)


def round_step(most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, … of which as many as there are ticks are enough."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * _TICKS >= most:
                return step
        size *= 10
