"""Bars on one scale."""

from services.router.console.bars import Given, bars


def test_bars_are_as_long_as_their_numbers() -> None:
    """The largest of all fills the scale; what is not told has no length."""
    one, two, three = bars([Given("a", 5, "5", beyond=20), Given("b", 10, "10"), Given("c", None, None)])

    assert (one.filled, one.beyond) == (25.0, 100.0)
    assert (two.filled, two.beyond) == (50.0, 0.0)
    assert (three.told, three.filled) == (None, 0.0)


def test_bars_are_parts_of_a_whole() -> None:
    """Where one is given; nothing at all is no bar, and zeros are no error."""
    assert [one.filled for one in bars([Given("a", 5, "5")], most=50)] == [10.0]
    assert bars([]) == []
    assert [one.filled for one in bars([Given("a", 0, "0")])] == [0.0]
