"""The questions inside one appeal: told apart where the writer does so, and together where in doubt."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.appeals import AppealKind
from services.router.appeal import Outcome, Part, outcome_of
from services.router.decision import AskOperator, Refer, Retain, decide_registered
from services.router.parts import Speaks, asks, divide, located, rest_of, uncovered
from services.router.rules import Policy
from services.router.task import Question
from tests.small_rules import AT, appeal, rules


def parts(text: str, **changes) -> list[tuple[str, str]]:
    """Agency and text of each part; empty when it is not divided."""
    decided = decide_registered(appeal(text, **changes), rules(), at=AT)
    return [(one.verdict.agency, one.part.text_in(text)) for one in decided if one.part]


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("1) Нужна школа. 2) Нужен участок.", "1) Нужна школа.", "2) Нужен участок."),
        ("1. Нужна школа.\n2. Нужен участок.", "1. Нужна школа.", "2. Нужен участок."),
        ("Прошу:\n- открыть школу;\n- дать участок.", "- открыть школу;", "- дать участок."),
        ("Прошу, во-первых, школу, во-вторых, участок.", "во-первых, школу,", "во-вторых, участок."),
        ("Первое: школа закрыта. Второе: нет участка.", "Первое: школа закрыта.", "Второе: нет участка."),
        ("Прошу школу. Также прошу участок.", "Прошу школу.", "Также прошу участок."),
        ("Нет школы, а также нет участка.", "Нет школы,", "а также нет участка."),
        ("Школа закрыта. Кроме того, нет участка.", "Школа закрыта.", "Кроме того, нет участка."),
        ("Біріншіден, школа. Екіншіден, участок.", "Біріншіден, школа.", "Екіншіден, участок."),
        ("биринши: школа. екинши: участок.", None, None),
        ("Школа жоқ, сондай-ақ участок жоқ.", "Школа жоқ,", "сондай-ақ участок жоқ."),
        ("Школа жоқ. Оған қоса участок жоқ.", "Школа жоқ.", "Оған қоса участок жоқ."),
        ("Школа жоқ. Тағы бір мәселе: участок.", "Школа жоқ.", "Тағы бір мәселе: участок."),
    ],
)
def test_a_writer_tells_the_questions_apart(text, first, second):
    """By numbers, ordinals, dashes, «также» and its like, in both languages."""
    expected = [("education", first), ("land-relations", second)] if first else []

    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Нужны школа и участок.",
        "В школе холодно. Участок затопило.",
        "Школьный участок, а также школа.",
        "1) Школа закрыта. 2) Верните деньги за билет. 3) Нет участка.",
        "1) Школа закрыта. 2) В школе холодно.",
        "Школа на 5) этаже, участок на 7) этаже.",
        "Добрый день.",
    ],
)
def test_what_cannot_be_told_apart_stays_together(text):
    """Two bodies in one sentence, prose, a point that nobody understands, one body throughout."""
    assert parts(text) == []


def test_what_follows_belongs_to_what_it_follows():
    """A sentence that names no body goes on with the last one; what comes before all of them goes to none."""
    text = "Я мать троих. 1) Школа закрыта. Дети дома. 2) Нет участка. Ждём давно."

    assert parts(text) == [
        ("education", "1) Школа закрыта. Дети дома."),
        ("land-relations", "2) Нет участка. Ждём давно."),
    ]


def test_the_place_goes_with_the_part_that_needs_it():
    """The words before that name a place go with each part that names none itself; the form's place needs no words."""
    text = "Пишу из Талгара. 1) Школа закрыта. 2) В Кегене нет участка."

    assert parts(text) == [
        ("education-talgar", "Пишу из Талгара.\n1) Школа закрыта."),
        ("land-relations", "2) В Кегене нет участка."),
    ]
    assert parts(text, territory="Талгарский район")[0] == ("education-talgar", "1) Школа закрыта.")


def test_both_parts_of_one_agency_are_one():
    """What goes to one agency goes as a whole: also a complaint, which goes to the superior of both."""
    text = "1) Школа закрыта. 2) Нет участка."

    (decision,) = decide_registered(
        appeal(text, kind=AppealKind.COMPLAINT, complained_of="Управление образования"), rules(), at=AT
    )

    assert decision.part is None


def test_an_agency_without_a_system_has_its_part_by_hand():
    """One part goes at once, the other waits for a person."""
    first, second = decide_registered(appeal("1) Школа закрыта. 2) Прокурор молчит."), rules(), at=AT)

    assert isinstance(first.verdict, Refer)
    assert second.verdict == AskOperator(Question.BY_HAND, ("prosecution",))


@pytest.mark.parametrize("policy", Policy)
def test_beside_corruption_nothing_is_divided(policy):
    """R-SEC-2: the whole is ours; the other matter is seen, for a person."""
    given = appeal("1) Требуют взятку. 2) Прошу починить дорогу.")

    (decision,) = decide_registered(given, rules(policy), at=AT)

    assert isinstance(decision.verdict, Retain)
    assert [one.part.text_in(given.text) for one in decision.seen] == ["2) Прошу починить дорогу."]


def test_what_goes_with_the_bribe_is_no_other_matter():
    """Prose about one story has no part for others."""
    (decision,) = decide_registered(appeal("В школе прошу справку. Там требуют взятку."), rules(), at=AT)

    assert decision.seen == ()


@given(st.lists(st.sampled_from(["Школа закрыта", "нет участка", "\n", " ", "1)", "2)", ". ", "а также", "я"])))
def test_parts_are_quoted_from_the_text_and_do_not_overlap(words):
    """Whatever the text, spans are in order, within it, and share no letter but for the place they all need."""
    text = "".join(words)
    spoken = [
        Speaks(at, at + 5, body, 2.0)
        for body, word in (("education", "Школа"), ("land", "участ"))
        for at in range(len(text))
        if text.startswith(word, at)
    ]
    found = divide(text, spoken)
    if found is None:
        return

    spans = sorted(span for places in (*found.spans.values(), found.before) for span in places)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= following[0] for one, following in pairwise(spans))


def test_a_quotation_is_found_whatever_the_white_space():
    """Line by line; what does not stand there is not found."""
    text = "Нужна  школа,\nи нужен участок."

    assert located(text, "Нужна школа") == ((0, 12),)
    assert located(text, "участок.\nНужна школа") == ((0, 12), (22, 30))
    assert located(text, "нет") is None
    assert located(text, " ") is None


def test_the_rest_is_what_nobody_took():
    """White space is no rest."""
    assert rest_of("раз два три", [(4, 7)]) == ((0, 4), (7, 11))
    assert rest_of("раз ", [(0, 3)]) == ()


def test_what_speaks_or_asks_must_be_taken():
    """A sentence with a known matter, or with a demand, is a question."""
    text = "Добрый день. Школа закрыта. Прошу ответить."
    spoken = [Speaks(13, 18, "education", 2.0)]

    assert uncovered(text, [], spoken) == (12, 27)
    assert uncovered(text, [(13, 18)], spoken) == (27, 43)
    assert uncovered(text, [(13, 43)], spoken) is None


@pytest.mark.parametrize("text", ["Прошу", "сұраймын", "Көмектесіңіздер", "верните деньги", "нужна вода"])
def test_a_demand_is_known_by_its_words(text):
    """In both languages."""
    assert asks(text)
    assert not asks("Школа. Мектеп.")


def test_the_least_settled_part_says_what_becomes_of_the_whole():
    """In review before ours before referred; a replaced part says nothing."""
    review, ours, sent = (
        Part(number=n, outcome=outcome)
        for n, outcome in enumerate((Outcome.IN_REVIEW, Outcome.RETAINED, Outcome.REFERRED))
    )

    assert outcome_of([sent, review, ours]) is Outcome.IN_REVIEW
    assert outcome_of([sent, ours]) is Outcome.RETAINED
    assert outcome_of([sent, Part(number=9, replaced=True)]) is Outcome.REFERRED
