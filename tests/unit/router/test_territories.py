"""Territories are found in what people write, in every case of both languages, and only where they are meant."""

from itertools import product

import pytest

from services.router.directory_file import read_directory
from services.router.naming import Names, Wording
from services.router.territories import Gazetteer, Territory

GAZETTEER = read_directory().territories
DISTRICTS = [
    ("balkhash", "Балхашск", "Балқаш"),
    ("enbekshikazakh", "Енбекшиказахск", "Еңбекшіқазақ"),
    ("zhambyl", "Жамбылск", "Жамбыл"),
    ("ile", "Илийск", "Іле"),
    ("karasai", "Карасайск", "Қарасай"),
    ("kegen", "Кегенск", "Кеген"),
    ("raiymbek", "Райымбекск", "Райымбек"),
    ("talgar", "Талгарск", "Талғар"),
    ("uigur", "Уйгурск", "Ұйғыр"),
]
RUSSIAN_CASES = ["ий район", "ого района", "ому району", "им районом", "ом районе", "ий р-н", "ого р-на"]
KAZAKH_CASES = ["", "ның", "на", "н", "нда", "нан", "мен"]


RUSSIAN_PLACES = {
    "konaev": ["в Конаев", "в Конаеве", "из Конаева", "до Конаева"],
    "kegen": ["Кеген", "в Кегене", "из Кегена", "Кегену", "под Кегеном"],
    "balkhash": ["в Балхаш", "в Балхаше", "из Балхаша", "до Балхаша"],
    "enbekshikazakh": ["в Есик", "в Есике", "из Есика", "в Иссыке"],
    "karasai": ["в Карасае", "из Карасая", "в селе Иргели", "из Иргели"],
    "talgar": ["в Талгар", "в Талгаре", "из Талгара"],
}
KAZAKH_PLACES = {
    "konaev": ["Қонаевта", "Қонаевтағы", "Қонаевтан жазып отырмын:", "Қонаевқа көшіп келдік:"],
    "kegen": ["Кегеннің", "Кегенге", "Кегенде", "Кегеннен", "Кегендегі"],
    "balkhash": ["Балқашқа", "Балқашта", "Балқаштан", "Балқаштағы"],
    "karasai": ["Қарасайдың", "Қарасайға", "Қарасайда", "Қарасайдан", "Іргеліде", "Іргелі ауылында"],
    "talgar": ["Талғардың", "Талғарға", "Талғарда", "Талғардан"],
}


def territory(code: str, within: str | None = None, kk: str = "") -> Territory:
    wording = Wording(kk=(kk,)) if kk else Wording()
    return Territory(code=code, name=Names(kk=code, ru=code, en=code), within=within, anywhere=wording)


@pytest.mark.parametrize(
    ("code", "words"),
    [(code, russian + ending) for (code, russian, _), ending in product(DISTRICTS, RUSSIAN_CASES)]
    + [(code, f"{kazakh} ауданы{ending}") for (code, _, kazakh), ending in product(DISTRICTS, KAZAKH_CASES)],
)
def test_each_district_in_each_case(code: str, words: str) -> None:
    """A form's value and a sentence both name the district, whatever the grammar."""
    assert GAZETTEER.of_form(words) == code
    assert GAZETTEER.of_form(words.upper()) == code
    assert GAZETTEER.mentioned_in(f"Біз {words} туралы / мы пишем: {words}, помогите.") == (code,)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (code, words)
        for places in (RUSSIAN_PLACES, KAZAKH_PLACES)
        for code, listed in places.items()
        for words in listed
    ],
)
def test_a_bare_name_counts_in_the_cases_that_say_where(code: str, words: str) -> None:
    """Nobody writes the word «district» of the place where he lives; nor always the Kazakh letters."""
    plain = words.translate(str.maketrans("әғқңөұүһіІҚ", "агкноуухииК"))

    assert GAZETTEER.mentioned_in(f"Пишу вам: {words} нет воды. Су жоқ.") == (code,)
    assert GAZETTEER.mentioned_in(f"Пишу вам: {plain} нет воды. Су жоқ.") == (code,)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param("karasai", "karasai", id="our code"),
        pytest.param(" 195200000 ", "karasai", id="KATO"),
        pytest.param("Карасай", "karasai", id="bare name"),
        pytest.param("Карасай ауданы", "karasai", id="Kazakh without Kazakh letters"),
        pytest.param("Qarasai audany", "karasai", id="Kazakh in Latin letters"),
        pytest.param("г. Каскелен", "karasai", id="district's centre"),
        pytest.param("Алматинская область, Карасайский район, г. Каскелен", "karasai", id="the smallest of several"),
        pytest.param("Алматинская область", "almaty-region", id="the whole oblast"),
        pytest.param("Есік", "enbekshikazakh", id="a word that means a door elsewhere"),
        pytest.param("г. Конаев", "konaev", id="city"),
        pytest.param("Қонаев қаласында", "konaev", id="city in Kazakh, locative"),
        pytest.param("Раимбекский район", "raiymbek", id="the other Russian spelling"),
        pytest.param("Жамбылская область", None, id="another oblast"),
        pytest.param("Жамбыл облысы", None, id="another oblast in Kazakh"),
        pytest.param("город Балхаш", None, id="a city elsewhere"),
        pytest.param("Карасайский и Талгарский районы", None, id="two districts"),
        pytest.param("или где-нибудь ещё", None, id="the Russian word for or"),
        pytest.param("", None, id="nothing"),
        pytest.param(None, None, id="not given"),
    ],
)
def test_a_forms_value(value: str | None, code: str | None) -> None:
    """A form's value means one territory or none; doubt is none."""
    assert GAZETTEER.of_form(value) == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        pytest.param("Есік ашылмайды, үйге кіре алмаймыз.", (), id="a door"),
        pytest.param("Уйгурский театр закрыли на ремонт.", (), id="a people"),
        pytest.param("По улице Конаева и по улице Карасай батыра нет света.", (), id="streets"),
        pytest.param("На Конаева, 5 и на улице Жамбыла нет света.", (), id="streets by their bare names"),
        pytest.param("Специалист Конаев отказал, жалуюсь на Конаева. Қонаевтың шешімі.", (), id="a surname"),
        pytest.param("Қонаевқа өтініш бердім, Қонаевтан жауап жоқ.", (), id="a surname in Kazakh"),
        pytest.param("Были в городе Балхаше, на озере Балхаш.", (), id="a town and a lake elsewhere"),
        pytest.param("Іргелі жоба керек.", (), id="a word that a village's name means"),
        pytest.param("Живу в Талгаре, земля в Илийском районе.", ("talgar", "ile"), id="two, in order"),
        pytest.param("Алматы облысы, Кеген ауданы, Қарқара ауылы.", ("kegen",), id="the smallest of those around it"),
    ],
)
def test_a_free_text_names_a_place_only_where_it_surely_does(text: str, codes: tuple[str, ...]) -> None:
    """Words that may mean something else count in a form and nowhere else."""
    assert GAZETTEER.mentioned_in(text) == codes


def test_the_lineage_goes_up_to_the_whole() -> None:
    """An unknown place, or none, is the whole oblast."""
    assert GAZETTEER.lineage("karasai") == ("karasai", "almaty-region")
    assert GAZETTEER.lineage(None) == GAZETTEER.lineage("atlantis") == ("almaty-region",)


@pytest.mark.parametrize(
    ("territories", "wrong"),
    [
        pytest.param([territory("a"), territory("b")], "not 2", id="two roots"),
        pytest.param([], "not 0", id="none"),
        pytest.param([territory("a"), territory("a")], "twice", id="listed twice"),
        pytest.param([territory("a"), territory("b", "c")], "within c, which is not listed", id="within nothing"),
        pytest.param([territory("a"), territory("b", "c"), territory("c", "b")], "within itself", id="a circle"),
        pytest.param([territory("a", kk="*")], "not a word", id="unreadable wording"),
    ],
)
def test_territories_that_are_no_tree_are_refused(territories: list[Territory], wrong: str) -> None:
    """A wrong gazetteer is refused at the start, with what is wrong."""
    with pytest.raises(ValueError, match=wrong):
        Gazetteer(territories)
