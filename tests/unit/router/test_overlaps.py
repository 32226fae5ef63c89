"""Patterns of which one says all that the other says."""

import pytest

from services.contracts.appeals import Language
from services.router.lexicon import Pattern
from services.router.overlaps import Overlap, overlaps
from services.router.patterns import phrases


def pattern(line: str, level: str = "strong", topic: str = "land", language: Language = Language.RUSSIAN) -> Pattern:
    return Pattern(topic, level, line, phrases(line, language=language, classes={}))


@pytest.mark.parametrize(
    ("special", "general"),
    [
        ("участками", "участ*"),
        ("участк*", "участ*"),
        ("участок", "участок"),
        ("откат", "откат~"),
        ("земл* .. участок|надел", "земл* .. участ*|надел*"),
        ("земл* участок", "земл* .. участ*"),
        ("земл* & суд", "земл* & суд*"),
        ("ЖКХ", "ЖКХ|КСК"),
    ],
)
def test_a_pattern_that_another_one_covers_is_found(special, general):
    """The general one takes the same words wherever the special one does."""
    assert list(overlaps([pattern(general), pattern(special)])) == [Overlap(1, 0)]


@pytest.mark.parametrize(
    ("special", "general"),
    [
        ("участ*", "участками"),
        ("земл* .. участок", "земл* участок"),
        ("земл* участок", "участок"),
        ("земл* & участок", "участок & земл*"),
        ("жкх*", "ЖКХ"),
        ("земл*|надел*", "земл*"),
    ],
)
def test_a_pattern_that_may_take_other_words_is_left_alone(special, general):
    """Each match of it may be one that the other does not have."""
    assert Overlap(1, 0) not in overlaps([pattern(general), pattern(special)])


def test_a_heavier_special_pattern_has_its_reason():
    """It says more of the same words."""
    assert list(overlaps([pattern("участ*", "plain"), pattern("участками", "certain")])) == []


def test_of_two_levels_the_lighter_one_counts_for_nothing():
    """The same line on two levels."""
    assert list(overlaps([pattern("участ*", "plain"), pattern("участ*", "strong")])) == [Overlap(0, 1)]


def test_an_excluding_pattern_within_another_one_voids_it():
    """Whatever it takes is void."""
    found = list(overlaps([pattern("возле школ* участок"), pattern("возле школ*", "exclude")]))

    assert found == [Overlap(0, 1)]


def test_topics_are_told_apart():
    """The same words may speak for two categories."""
    assert list(overlaps([pattern("участ*"), pattern("участ*", topic="police")])) == []
