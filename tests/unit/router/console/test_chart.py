"""The chart of columns."""

import pytest

from services.router.console.chart import Given, chart, round_step


@pytest.mark.parametrize(("most", "step"), [(0, 1), (4, 1), (5, 2), (8, 2), (9, 5), (81, 50), (201, 100), (4001, 2000)])
def test_ticks_are_round(most: int, step: int) -> None:
    """One, two or five of each power of ten, and all columns fit under the last one."""
    assert round_step(most) == step
    assert 4 * step >= most


def test_columns_are_as_high_as_they_count() -> None:
    """The filled part within the whole; what is not told has no height."""
    drawn = chart([Given(80, 20, "a", "1"), Given(40, 40, "b", "2"), Given(None, None, "c", "3")], height=100)
    one, two, three = drawn.columns

    assert (one.height, one.filled) == (100.0, 25.0)
    assert (two.height, two.filled) == (50.0, 50.0)
    assert (three.height, three.filled) == (None, None)
    assert [tick.number for tick in drawn.ticks] == [0, 20, 40, 60, 80]
    assert one.x + one.width <= two.x


def test_only_some_columns_have_a_label() -> None:
    """So many that they can be read; nothing at all is a chart too."""
    drawn = chart([Given(1, 0, "", str(n)) for n in range(100)])

    assert sum(bool(column.label) for column in drawn.columns) <= 12
    assert chart([]).columns == []
