"""Joldau's count beside the truth, which was never sent to it."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from services.cli.local.article import Category
from services.cli.local.counting import category_of, count

LOCAL = frozenset({"land", "other_leb", "social_protection"})


@dataclass
class Truth:
    """As much of an appeal of the year."""

    truth: Category


@dataclass
class Known:
    """As much of a posted appeal as the count looks at."""

    id: UUID
    appeal: Truth


def known(*truths: Category) -> list[Known]:
    return [Known(UUID(int=n), Truth(truth)) for n, truth in enumerate(truths)]


def record(outcome: str, *, topic: str = "land", question: str | None = None) -> dict[str, object]:
    return {"verdict": {"outcome": outcome, "question": question}, "candidates": [{"category": topic}]}


@pytest.mark.parametrize(
    ("made", "category"),
    [
        (record("retain"), Category.CORRUPTION),
        (record("refer", topic="land"), Category.LAND),
        (record("refer", topic="construction_hcs"), Category.CONSTRUCTION_UTILITIES),
        (record("refer", topic="social_protection"), Category.OTHER_LEB),
        (record("refer", topic="police"), Category.OTHER_BODIES),
        (record("ask", topic="consumer", question="by_hand"), Category.OTHER_BODIES),
        (record("ask", topic="land", question="no_superior"), Category.LAND),
        (record("ask", question="possible_corruption"), None),
        (record("ask", question="disagreement"), None),
        ({"verdict": {"outcome": "ask", "question": "nothing_found"}, "candidates": []}, None),
    ],
)
def test_record_puts_its_appeal_in_a_row(made, category) -> None:
    """A question about who is to have it leaves what it is about decided."""
    assert category_of(made, LOCAL) is category


def test_count_is_honest() -> None:
    """Right, wrong and undecided are apart, and corruption sent away is counted by itself."""
    appeals = known(Category.LAND, Category.LAND, Category.CORRUPTION, Category.CORRUPTION, Category.EDUCATION)
    decided = [Category.LAND, Category.EDUCATION, Category.OTHER_LEB, None, None]
    result = count(appeals, dict(zip((one.id for one in appeals), decided, strict=True)))

    assert (result.right, result.wrong, result.undecided, result.corruption_missed) == (1, 2, 2, 1)
    shown = {row.label: (row.truth, row.counted) for row in result.rows}
    assert shown["received"] == (5, 5)
    assert shown["land"] == (2, 1)
    assert shown["education"] == (1, 1)
    assert shown["within competence"] == (2, 0)
    assert shown["left to an operator"] == (0, 2)
