"""Whom a text complains of by its own words, and that a mere mention is no complaint (R-CMP-8)."""

from datetime import date

import pytest

from services.router.accusation import complained_of_in
from services.router.directory import UNLISTED
from services.router.directory_file import read_directory

ON = date(2026, 11, 23)
DEMO = read_directory()


def found(text: str, near: str | None = None) -> frozenset[str] | None:
    return complained_of_in(text, DEMO, near=near, on=ON)


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("Жалоба на бездействие управления земельных отношений: не выделяют земельный участок.", {"land-relations"}),
        ("Жалуюсь на управление образования, акимат области.", {"education", "akimat"}),
        ("Хочу пожаловаться на акимат Кегенского района.", {"akimat-kegen"}),
        ("Жалоба на отдел образования в Талгарском районе.", {"education-talgar"}),
        ("Жалоба на аппарат акима г. Конаев.", {"akimat-konaev"}),
        ("Жалуюсь на всех. Жалоба на отдел полиции Илийского района.", {"police-ile"}),
        ("Терпим незаконные действия отдела образования Талгарского района.", {"education-talgar"}),
        ("Прошу обжаловать отказ управления земельных отношений.", {"land-relations"}),
        ("Жалоба на школу.", {UNLISTED}),
        ("Жер қатынастары басқармасының үстінен шағым түсіремін.", {"land-relations"}),
        ("Жер катынастары баскармасынын устинен тагы да арызданамын.", {"land-relations"}),
        ("Талғар ауданы білім бөлімінің әрекетсіздігіне шағым.", {"education-talgar"}),
        ("Іле ауданы әкімінің шешіміне шағымданамын.", {"akimat-ile"}),
    ],
)
def test_r_cmp_8_the_body_named_beside_the_complaint_is_complained_of(text: str, bodies: set[str]) -> None:
    """In Russian it follows, in Kazakh it stands before, with Kazakh letters or without."""
    assert found(text) == bodies
    assert found(text.upper()) == bodies


@pytest.mark.parametrize(
    "text",
    [
        "Прошу управление земельных отношений выделить участок.",
        "Управление образования ответило, что мест нет.",
        "Моя жалоба на имя акима осталась без ответа.",
        "Жалоба на рассмотрении в управлении образования.",
        "Я не жалуюсь на акимат, прошу совета.",
        "Обжаловал в прокуратуру области.",
        "Решение я обжаловал, прокуратура области ответила.",
        "Білім басқармасына бардым, қызметкердің әрекетсіздігі таң қалдырды.",
        "Из-за бездействия подрядчика прошу управление образования вмешаться.",
        "Жер қатынастары басқармасына өтініш бердім.",
        "Білім басқармасына шағым жаздым.",
    ],
)
def test_a_mere_mention_is_no_complaint(text: str) -> None:
    """Who is asked, has answered, or has a complaint before it, is not who it is about."""
    assert found(text) == frozenset()


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("Жалоба на школу, прошу акимат области разобраться.", {UNLISTED}),
        ("Жалоба на отдел образования Талгарского района, прошу управление образования помочь.", {"education-talgar"}),
        ("Жалуюсь на акимат Кегенского района в прокуратуру области.", {"akimat-kegen"}),
    ],
)
def test_who_is_asked_to_help_is_not_complained_of(text: str, bodies: set[str]) -> None:
    """What a complaint says ends where its request begins."""
    assert found(text) == bodies


@pytest.mark.parametrize(
    "text", ["Жалуюсь на всех.", "Жалоба на чиновников", "Жалоба на: отказ.", "Оның үстінен шағым жазамын."]
)
def test_r_cmp_8_a_complaint_of_somebody_unclear_is_said_to_be_one(text: str) -> None:
    """It is for a person to tell."""
    assert found(text) is None


def test_a_body_without_a_place_is_meant_where_the_appeal_is() -> None:
    """There are many departments of education; that of the applicant's district is meant, and never an other one."""
    assert found("Жалоба на отдел образования.") is None
    assert found("Жалоба на отдел образования.", "talgar") == {"education-talgar"}
    assert found("Жалоба на отдел образования Кегенского района.", "talgar") == {"education-kegen"}
