"""When two texts are alike, and that alike ones are found by their keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.likeness import ALIKE, keys, likeness, shingles

LETTER = (
    "Прошу принять меры: на нашей улице третий месяц не горят фонари, дети возвращаются из школы в темноте, "
    "акимат на два наших письма не ответил, по телефону отвечают, что денег в бюджете нет и не будет до весны."
)
TEXTS = st.text(alphabet="абвгдежз әқұ .,!\n", max_size=200)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(LETTER.upper(), id="capitals"),
        pytest.param(LETTER.replace(",", " —").replace("ё", "е"), id="punctuation"),
        pytest.param(LETTER + " С уважением, жители.", id="a few words more"),
    ],
)
def test_the_same_letter_in_another_dress_is_alike_and_found(other):
    """Spelling, case and punctuation make no other appeal; neither does a greeting."""
    one, two = shingles(LETTER), shingles(other)

    assert likeness(one, two) >= ALIKE
    assert set(keys(one)) & set(keys(two))


def test_another_letter_on_the_same_matter_is_not_alike():
    """Two neighbours who tell of the same lamps in their own words."""
    other = shingles("Фонари на улице Абая не горят с осени, ходим с фонариками, акимат молчит, просим помочь.")

    assert likeness(shingles(LETTER), other) < 0.1


def test_the_keys_of_an_applicant_are_his_own():
    """However the name is ordered; another name has none of them in common."""
    found = shingles(LETTER)

    assert keys(found, of="Тест Сынақбаев") == keys(found, of="сынакбаев ТЕСТ")
    assert not set(keys(found, of="Тест Сынақбаев")) & {*keys(found, of="Другой"), *keys(found)}


@given(TEXTS)
def test_every_text_has_keys_that_fit_their_column_and_is_alike_to_itself(text):
    """An empty one too."""
    found = shingles(text)

    assert likeness(found, found) == 1
    assert all(-(2**63) <= key < 2**63 for key in keys(found))
