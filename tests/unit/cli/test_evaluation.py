"""Figures of labelled texts."""

import pytest

from services.cli.evaluation import Answer, measured, share

ANSWERS = [
    Answer("kk", "retained", "retained", alone=True),
    Answer("kk", "retained", "akimat", alone=True),
    Answer("ru", "akimat", "akimat", alone=True),
    Answer("ru", "akimat", "retained", alone=False),
    Answer("ru", "other", "other", alone=False),
    Answer("", "review", "review", alone=False),
]


def test_figures_of_answers_counted_by_hand() -> None:
    """Accuracy counts what a text is taken for; coverage and mistakes what needs no person."""
    figures = measured(ANSWERS)

    assert figures["accuracy"]["share"] == pytest.approx(4 / 6, abs=1e-4)
    assert figures["classes"]["retained"]["precision"]["share"] == 0.5
    assert figures["classes"]["retained"]["recall"] == figures["corruption_recall"]
    assert figures["macro_f1"] == pytest.approx((0.5 + 0.5 + 1 + 1) / 4)
    alone = figures["without_a_person"]
    assert alone["coverage"]["share"] == 0.5
    assert alone["wrong"]["share"] == pytest.approx(1 / 3, abs=1e-4)
    assert (alone["sent"], alone["sent_wrong"]["share"], alone["corruption_sent"]) == (2, 0.5, 1)
    assert figures["confusion"]["retained"] == {"akimat": 1, "retained": 1}


def test_languages_are_measured_apart() -> None:
    """Kazakh and Russian must be decided alike; a text without a language counts only in the whole."""
    figures = measured(ANSWERS)["languages"]

    assert {language: one["texts"] for language, one in figures.items()} == {"kk": 2, "ru": 3}
    assert figures["kk"]["accuracy"]["share"] == 0.5


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)]
)
def test_a_share_comes_with_the_bounds_of_wilson(part: int, whole: int, low: float, high: float) -> None:
    """Small numbers say little, and the bounds say so; the last one is an example from the literature."""
    assert share(part, whole)["low"] == pytest.approx(low, abs=5e-4)
    assert share(part, whole)["high"] == pytest.approx(high, abs=5e-4)


def test_nothing_has_no_share() -> None:
    """No text, no figure: never a zero that looks like one."""
    assert share(0, 0) == {"share": None, "low": None, "high": None}
