"""When a reading is sure, and when a person must look."""

from dataclasses import replace

import pytest

from services.router.judgement import Doubt, Judgement, Verdict, judge, with_clues
from services.router.lexicon import parse
from services.router.model import UNCLEAR
from services.router.reading import Evidence, Reading
from tests.small_model import model

LEXICON = parse(
    {
        "version": "1",
        "classes": {},
        "topics": {
            "corruption": {"body": "retained"},
            "roads": {"body": "akimat"},
            "water": {"body": "akimat"},
            "land": {"body": "land-relations"},
        },
    }
)


def reading(*found: tuple[str, float]) -> Reading:
    return Reading.of("1", (Evidence(topic, points, topic, topic, 0, 1) for topic, points in found))


@pytest.mark.parametrize(
    ("found", "verdict", "doubt", "likeliest"),
    [
        ([("corruption", 4), ("land", 9)], Verdict.RETAIN, None, "retained"),
        ([("corruption", 2), ("land", 9)], Verdict.UNSURE, Doubt.POSSIBLE_CORRUPTION, "retained"),
        ([("corruption", 1), ("land", 9)], Verdict.UNSURE, Doubt.POSSIBLE_CORRUPTION, "land-relations"),
        ([("corruption", 1)] * 5, Verdict.UNSURE, Doubt.POSSIBLE_CORRUPTION, "retained"),
        ([], Verdict.UNSURE, Doubt.NOTHING_FOUND, None),
        ([("land", 0.5)], Verdict.UNSURE, Doubt.TOO_LITTLE, "land-relations"),
        ([("land", 2), ("roads", 2)], Verdict.UNSURE, Doubt.DISAGREEMENT, "akimat"),
        ([("land", 4), ("roads", 2)], Verdict.REFER, None, "land-relations"),
        ([("roads", 2), ("water", 2)], Verdict.REFER, None, "akimat"),
    ],
)
def test_verdicts(found: list[tuple[str, float]], verdict: Verdict, doubt: Doubt | None, likeliest: str | None) -> None:
    """Corruption is weighed first and hints of it never decide; categories of one body do not compete."""
    judgement = judge(reading(*found), LEXICON)

    assert (judgement.verdict, judgement.doubt, judgement.likeliest) == (verdict, doubt, likeliest)


def test_every_candidate_is_shown_with_its_evidence() -> None:
    """The operator sees all that competed and by how much the best one leads."""
    judgement = judge(reading(("land", 4), ("roads", 1), ("water", 2)), LEXICON)

    assert [(one.body, one.category, one.points) for one in judgement.candidates] == [
        ("land-relations", "land", 4),
        ("akimat", "water", 3),
    ]
    assert judgement.margin == pytest.approx(0.25)
    assert {item.topic for item in judgement.candidates[1].evidence} == {"roads", "water"}


def test_a_score_is_points_on_a_scale_to_one() -> None:
    """Each point halves the distance to certainty."""
    judgement = judge(reading(("land", 2)), LEXICON)

    assert judgement.candidates[0].score == pytest.approx(0.75)


WEIGHTS = {
    "corruption": {"=конверт": 3.46},
    "roads": {"=ямы": 3.46},
    "water": {"=кран": 3.46},
    "land": {"=сотки": 3.46},
    UNCLEAR: {"=привет": 3.46},
}
BIASES = dict.fromkeys(WEIGHTS, -3.0)


def both(text: str, *found: tuple[str, float]) -> Judgement:
    opinion = model(WEIGHTS, bias=BIASES, counts=dict.fromkeys(("=конверт", "=ямы", "=кран", "=сотки"), 10)).read(text)
    return judge(replace(reading(*found), opinion=opinion), LEXICON)


@pytest.mark.parametrize(
    ("text", "found", "verdict", "doubt", "likeliest"),
    [
        ("конверт", [("corruption", 1)], Verdict.RETAIN, None, "retained"),
        ("конверт", [], Verdict.RETAIN, None, "retained"),
        ("конверт сотки", [], Verdict.UNSURE, Doubt.POSSIBLE_CORRUPTION, "retained"),
        ("сотки", [("corruption", 2)], Verdict.UNSURE, Doubt.POSSIBLE_CORRUPTION, "land-relations"),
        ("сотки", [], Verdict.REFER, None, "land-relations"),
        ("ямы", [("roads", 1)], Verdict.REFER, None, "akimat"),
        ("ямы кран", [], Verdict.REFER, None, "akimat"),
        ("ямы сотки", [], Verdict.UNSURE, Doubt.DISAGREEMENT, "akimat"),
        ("привет", [], Verdict.UNSURE, Doubt.NOTHING_FOUND, None),
        ("привет", [("land", 0.5)], Verdict.UNSURE, Doubt.TOO_LITTLE, None),
    ],
)
def test_verdicts_of_both_readers(
    text: str, found: list[tuple[str, float]], verdict: Verdict, doubt: Doubt | None, likeliest: str | None
) -> None:
    """A probability decides: of corruption first, then of one body; between two a person does."""
    judgement = both(text, *found)

    assert (judgement.verdict, judgement.doubt, judgement.likeliest) == (verdict, doubt, likeliest), judgement.odds


def test_a_candidate_has_the_category_that_both_hear_most() -> None:
    """Within a body: the model's word and the lexicon's together say which matter it is."""
    assert both("кран").candidates[0].category == "water"
    assert both("привет", ("roads", 3)).candidates[0].category == "roads"


def test_clues_are_shown_as_evidence_of_the_model() -> None:
    """Whoever is asked why sees the words of both readers, and whose each is."""
    text = "сотки"
    opinion = model(WEIGHTS, bias=BIASES).read(text)
    judgement = judge(replace(reading(("land", 1)), opinion=opinion), LEXICON)

    shown = with_clues(judgement, opinion).candidates[0].evidence

    assert [(item.source, item.words) for item in shown] == [("lexicon", "land"), ("model", "сотки")]
    assert with_clues(judgement, None) == judgement
