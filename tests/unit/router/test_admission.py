"""What is put before a person before all else, in the order of the law."""

import pytest

from services.contracts.referrals import Scope
from services.router.admission import held
from services.router.decision import AskOperator, Because, Refer, Retain
from services.router.task import Question
from tests.small_rules import appeal

REFERRED = Refer("education", Scope.FULL, None, Because.COMPETENT)
THREATS = [
    "Дайте место, иначе подожгу детский сад, там заложена бомба.",
    "Я взорву школу.",
    "Ещё один отказ, и взорву.",
    "Мектепті жарамын.",
    "Мектепке бомба қойылған.",
    "Бәріңді өртеп жіберемін.",
    "Приду и всех убью.",
]


@pytest.mark.parametrize("text", THREATS)
@pytest.mark.parametrize("verdict", [REFERRED, AskOperator(Question.NOTHING_FOUND)])
@pytest.mark.parametrize("repeats", [(), ("JD-0",)])
def test_r_ret_2_a_threat_is_an_alarm_though_nothing_else_holds_it_up(text, verdict, repeats):
    """Named and new as it is, it does not go to an agency as if it asked for a place in a kindergarten."""
    found = held(appeal(text), verdict, repeats=repeats)

    assert found is not None
    assert (found.question, found.repeats) == (Question.ALARM, repeats)


@pytest.mark.parametrize(
    "text",
    [
        "Трубу взорвало, школа без воды.",
        "Жұмысқа жарамды адаммын.",
        "Қысым құбырды жарып жіберді.",
        "В школе нет бомбоубежища.",
    ],
)
def test_words_that_only_look_like_a_threat_alarm_nobody(text):
    """A burst pipe is a matter like another."""
    assert held(appeal(text), REFERRED, repeats=()) is None


@pytest.mark.parametrize("verdict", [Retain(Because.CORRUPTION), AskOperator(Question.POSSIBLE_CORRUPTION)])
def test_r_ret_2_what_tells_of_corruption_is_with_its_officer_whatever_it_threatens(verdict):
    """It is sealed and seen already."""
    assert held(appeal(THREATS[0]), verdict, repeats=("JD-0",)) is None
