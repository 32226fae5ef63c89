"""Tables of a report that other tables' sums could tell more of."""

import pytest

from services.router.report import _times


@pytest.mark.parametrize(
    ("found", "total", "told"),
    [
        ({1: 20, 2: 9, 3: 6, 4: 5}, 60, [20, 9, 11]),
        ({1: 20, 2: 9}, 60, [20, 9, 0]),
        ({1: 20, 2: 3}, 60, [None, None, None]),
        ({1: 20, 2: 6, 3: 2}, 60, [None, None, None]),
        ({1: 20, 2: 9, 3: 6, 4: 2}, 60, [20, None, None]),
        ({1: 20, 2: 3, 3: 7}, 60, [20, None, None]),
        ({1: 20, 2: 9, 3: 6, 5: 5}, 42, [None, None, None]),
        ({}, 60, [0, 0, 0]),
    ],
)
def test_few_appeals_are_not_told_by_the_sums_of_other_tables(found, total, told) -> None:
    """Neither those of a class nor those beyond it, nor those left: whoever knows all the times finds none small."""
    assert list(_times(found, total, 5).values()) == told


def test_without_a_threshold_all_is_told() -> None:
    """Once, twice, and more often."""
    assert _times({1: 3, 2: 1, 3: 1, 7: 1}, 6, 1) == {"1": 3, "2": 1, "3+": 2}
