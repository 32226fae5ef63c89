"""Bars, one under another, on one scale: each filled as far as its number, and outlined as far as another. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Given:
    """One bar: its name, its number and what is told of it; None where it is not told."""

    name: str
    number: int | None
    told: str | None
    beyond: int | None = None
    """A larger number of the same kind, as the time within which nine in ten were done."""


@dataclass(frozen=True)
class Bar:
    """The same as hundredths of the scale."""

    name: str
    told: str | None
    filled: float
    beyond: float


def bars(given: Iterable[Given], *, most: int | None = None) -> list[Bar]:
    """The bars on a scale up to `most`, or else up to the largest of their numbers."""
    found = list(given)
    scale = most or max((number for one in found for number in (one.number, one.beyond) if number), default=1)
    return [Bar(one.name, one.told, _share(one.number, scale), _share(one.beyond, scale)) for one in found]


def _share(number: int | None, scale: int) -> float:
    return round(100 * (number or 0) / scale, 1)
