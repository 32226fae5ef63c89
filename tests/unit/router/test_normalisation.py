"""One spelling for all the ways people type a word."""

import pytest

from services.router.normalisation import SENTENCE_ENDS, fold, tokens


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("билим болими", "білім бөлімі"),
        ("акимдик", "әкімдік"),
        ("əкімдік", "әкімдік"),
        ("mektep", "мектеп"),
        ("balabaqsha", "балабақша"),
        ("zher", "жер"),
        ("jer", "жер"),
        ("balalar", "балалар"),
        ("ákimdik", "әкімдік"),
        ("qarjy", "қаржы"),
        ("shkola", "школа"),
        ("vzyatka", "взятка"),
        ("зeмeльный", "земельный"),
        ("Aкимат", "акимат"),
        ("корупция", "коррупция"),
        ("комисия", "комиссия"),
        ("денги", "деньги"),
        ("раион", "район"),
        ("земельныи\u0306", "земельный"),
        ("взя\u00adтка", "взятка"),
        ("ЁЛКА", "елка"),
    ],
)
def test_spellings_of_one_word_fold_alike(typed: str, meant: str) -> None:
    """Missing Kazakh letters, Latin letters, mixed alphabets, accents and doubled letters make no difference."""
    assert fold(typed) == fold(meant)


@pytest.mark.parametrize(("one", "other"), [("жер", "жұр"), ("школа", "скала"), ("суд", "сад"), ("пара", "пора")])
def test_different_words_stay_different(one: str, other: str) -> None:
    """Folding is about spelling habits, not about sounding alike."""
    assert fold(one) != fold(other)


def test_tokens_tell_words_numbers_and_sentence_ends() -> None:
    """Places are those in the raw text; an abbreviation's point ends no sentence."""
    text = "Просят 200 тыс. тенге, 10%. Иначе — нет!"

    found = list(tokens(text))

    assert [token[0] for token in found] == ["Просят", "200", "тыс", "тенге", "10", "%", ".", "Иначе", "нет", "!"]
    assert all(text[token.start() : token.end()] == token[0] for token in found)
    assert found[-1][0] in SENTENCE_ENDS


def test_a_hyphen_divides_words() -> None:
    """Тамыр-таныс and тамыр таныс are the same two words."""
    assert [token[0] for token in tokens("тамыр-таныс")] == ["тамыр", "таныс"]
