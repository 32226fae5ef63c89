"""One slip of the finger in a long word."""

import pytest

from services.router.slips import Slips

SLIPS = Slips(["светофор", "коммунал", "балабакша", "вода"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("светфора", "светофор"),
        ("светоофор", "светофор"),
        ("свеотфор", "светофор"),
        ("светафора", "светофор"),
        ("балабкшада", "балабакша"),
    ],
)
def test_one_slip_is_read_over(typed: str, meant: str) -> None:
    """A letter missing, added, moved, or a vowel heard for another."""
    assert SLIPS.stems(typed) == {meant}


@pytest.mark.parametrize("word", ["вада", "кветофор", "светлофон", "коммуник", "ветофор", "св"])
def test_other_words_stay_themselves(word: str) -> None:
    """Short stems, first letters, word ends and two slips are left alone."""
    assert SLIPS.stems(word) == set()
