"""By which stems words are found: whatever form they stand in, in Kazakh and Russian."""

import pytest

from services.router.normalisation import fold
from services.router.stems import ASKED, asked, asked_name, keys_of, keys_of_name, stems


@pytest.mark.parametrize(
    "forms",
    [
        pytest.param("мектеп мектебі мектептің мектептер мектебіміз мектепке", id="school-kk"),
        pytest.param("су суды судың суға сумен сулар", id="water-kk"),
        pytest.param("үй үйі үйде үйдің үйге", id="house-kk"),
        pytest.param("жер жерді жеріне жерлер", id="land-kk"),
        pytest.param("балабақша балабақшаға балабақшада", id="kindergarten-kk"),
        pytest.param("әкімдік әкімдіктің әкімдікке", id="akimat-kk"),
        pytest.param("школа школу школы школе", id="school-ru"),
        pytest.param("земля земли землю землей", id="land-ru"),
        pytest.param("участок участка участки участков участком", id="plot-ru"),
        pytest.param("дорога дороги дорогу дорог дорогой", id="road-ru"),
        pytest.param("автобус автобуса автобустың автобусы", id="bus-mixed"),
        pytest.param("Ахметов Ахметова Ахметову", id="name"),
    ],
)
def test_every_form_of_a_word_finds_every_other(forms):
    """Any two of them have a stem in common."""
    found = {form: stems(fold(form)) for form in forms.split()}

    strangers = [(one, other) for one in found for other in found if not found[one] & found[other]]
    assert strangers == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("школа", "дорога"), ("су", "жер"), ("участок", "учитель"), ("мектеп", "мешіт"), ("вода", "водитель")],
)
def test_different_words_do_not_find_each_other(one, other):
    """They have no stem in common."""
    assert not stems(fold(one)) & stems(fold(other))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        pytest.param("әкімдік жолы", "Әкімдіктің алдындағы жол бұзылған.", id="kk"),
        pytest.param("акимдик жол", "Әкімдіктің алдындағы жол бұзылған.", id="without-kazakh-letters"),
        pytest.param("ремонт дороги", "Просим отремонтировать: нужен ремонт, дорогу размыло.", id="ru"),
        pytest.param("дом 15", "Во дворе дома 15 нет света.", id="number"),
        pytest.param("ЗЕМЛЯ!", "Отвод земли затянули.", id="shouting"),
    ],
)
def test_a_query_finds_a_text_with_all_its_words(query, text):
    """Of each word one key at least is among the text's."""
    found = keys_of(text)

    assert asked(query)
    assert all(word & found for word in asked(query))


def test_a_query_does_not_find_a_text_that_lacks_a_word():
    """One of two is not enough."""
    found = keys_of("Нет света во дворе.")

    assert not all(word & found for word in asked("свет и вода"))


def test_a_query_has_no_more_words_than_count():
    """The rest is passed over, and so are signs and single letters."""
    assert len(asked(" ".join(f"слово{'а' * n}{n:02}" for n in range(30)))) == ASKED
    assert asked("?! я .") == []


def test_names_and_texts_do_not_find_each_other():
    """Who looks for a word never finds whose appeal it is, and the other way round."""
    name = "Сынақбаев Тест"

    assert all(word & keys_of_name(name) for word in asked_name("сынакбаев"))
    assert not keys_of_name(name) & keys_of(name)
