"""When a reading is sure, and when a person must look."""

import pytest

from services.router.judgement import Doubt, Verdict, judge
from services.router.lexicon import parse
from services.router.reading import Evidence, Reading

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
