"""Small cells are left out, and cannot be worked out from what is left."""

from itertools import product
from random import Random

import pytest

from services.router.suppression import Cell, hidden

LEAST = 5


def table(**counts: int) -> list[Cell]:
    """A total of these parts."""
    return [Cell("total", sum(counts.values())), *(Cell(key, count, "total") for key, count in counts.items())]


@pytest.mark.parametrize(
    ("counts", "left_out"),
    [
        ({"a": 10, "b": 20}, set()),
        ({"a": 10, "b": 0}, set()),
        ({"a": 5, "b": 20}, set()),
        ({"a": 4, "b": 20, "c": 9}, {"a", "c"}),
        ({"a": 4, "b": 3, "c": 9}, {"a", "b"}),
        ({"a": 1, "b": 2, "c": 9}, {"a", "b", "c"}),
        ({"a": 2, "b": 0, "c": 0}, {"a", "total"}),
        ({"a": 2, "b": 1, "c": 0}, {"a", "b", "total"}),
    ],
)
def test_one_small_cell_takes_another_with_it(counts, left_out):
    """Alone it would be the total less the others; where nothing is beside it, the total goes."""
    assert hidden(table(**counts), LEAST) == left_out


def test_a_threshold_of_one_hides_nothing():
    """It is how suppression is turned off."""
    assert hidden(table(a=1, b=20), 1) == frozenset()


def test_the_total_is_the_last_to_go():
    """What is left out beside a cell is left out deeper down before what is above it is."""
    cells = [
        *(Cell("total", 12), Cell("deciding", 1, "total"), Cell("outside", 11, "total")),
        *(Cell("land", 2, "outside"), Cell("school", 9, "outside")),
    ]

    assert hidden(cells, LEAST) == {"deciding", "outside", "land", "school"}


def test_what_is_within_a_cell_does_not_tell_it():
    """A cell left out to cover another takes one with it from within."""
    cells = [
        *(Cell("total", 42), Cell("ours", 2, "total"), Cell("outside", 40, "total")),
        *(Cell("land", 30, "outside"), Cell("school", 10, "outside")),
    ]

    assert hidden(cells, LEAST) == {"ours", "outside", "school"}


@pytest.mark.parametrize("seed", range(15))
def test_nobody_works_a_small_cell_out(seed):
    """Of all tables that agree with what is shown, one has it at the threshold or above: every sum was tried."""
    random = Random(seed)  # noqa: S311 - nothing secret
    leaves = {name: random.choice([0, 1, 2, 3, 5, 6, 8]) for name in ("x1", "x2", "y1", "y2", "z")}
    above = {"x1": "x", "x2": "x", "y1": "y", "y2": "y", "x": "total", "y": "total", "z": "total"}
    counts = _summed(leaves, above)
    order = ("total", "x", "y", "z", "x1", "x2", "y1", "y2")
    left_out = hidden([Cell(key, counts[key], above.get(key)) for key in order], LEAST)
    most = dict.fromkeys(left_out, 0)
    unknown = [name for name in leaves if name in left_out]
    for guess in product(range(9), repeat=len(unknown)):
        tried = _summed({**leaves, **dict(zip(unknown, guess, strict=True))}, above)
        if all(tried[key] == count for key, count in counts.items() if key not in left_out):
            most = {key: max(tried[key], highest) for key, highest in most.items()}

    assert all(most[key] >= LEAST for key, count in counts.items() if 0 < count < LEAST)


def _summed(leaves, above):
    counts = {**leaves, **dict.fromkeys(("x", "y", "total"), 0)}
    for name, count in leaves.items():
        while (name := above.get(name)) is not None:
            counts[name] += count
    return counts
