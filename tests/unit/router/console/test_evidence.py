"""How what spoke for a decision is marked in the text."""

import pytest

from services.router.console.evidence import Run, marked, shown_parts
from services.router.judgement import MODEL

TEXT = "участок и школа"


def item(start: int, end: int, source: str = "lexicon") -> dict:
    return {"start": start, "end": end, "source": source}


def record(*candidates: list[dict], corruption: tuple[dict, ...] = ()) -> dict:
    return {"candidates": [{"evidence": found} for found in candidates], "corruption": {"evidence": list(corruption)}}


@pytest.mark.parametrize(
    ("found", "runs"),
    [
        ({}, [Run(TEXT)]),
        (record([item(0, 7)], [item(10, 15)]), [Run("участок", (1,)), Run(" и "), Run("школа", (2,))]),
        (record([item(0, 9)], [item(8, 15)]), [Run("участок ", (1,)), Run("и", (1, 2)), Run(" школа", (2,))]),
        (record(corruption=(item(0, 7),)), [Run("участок", (0,)), Run(" и школа")]),
        (record([item(0, 7), item(0, 7)]), [Run("участок", (1,)), Run(" и школа")]),
        (record([item(0, 7), item(7, 9)]), [Run("участок и", (1,)), Run(" школа")]),
        (record([item(0, 7, MODEL)]), [Run("участок", is_weak=True), Run(" и школа")]),
        (record([item(0, 7, MODEL), item(0, 3)]), [Run("уча", (1,)), Run("сток", is_weak=True), Run(" и школа")]),
        (record([item(10, 99)]), [Run(TEXT)]),
    ],
    ids=["none", "two", "across", "corruption", "twice", "neighbours", "model", "both", "outside"],
)
def test_the_text_is_told_whole_with_its_marks(found, runs):
    """Nothing of the text is lost or told twice, whatever overlaps."""
    told = marked(TEXT, found)

    assert told == runs
    assert "".join(run.text for run in told) == TEXT


def test_parts_are_told_with_their_words():
    """Several places of one part follow each other."""
    seen = [{"part": {"number": 2, "spans": [[0, 7], [10, 15]]}}]

    assert list(shown_parts(TEXT, seen)) == [(2, "участок\nшкола")]
