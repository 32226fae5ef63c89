"""`joldau rules evaluate` and `joldau rules learn`, as they are called."""

import json
from pathlib import Path

import pytest

from services.cli.failure import Exit

ROWS = [
    {"text": "Начальник показал пальцами «пять» и улыбнулся.", "expected": "retained", "lang": "ru"},
    {"text": "Ауылда су жоқ, құбыр жарылған.", "expected": "akimat", "lang": "kk"},
    {"text": "Верните крепостное право в шахматы.", "expected": "education"},
]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def test_labelled_texts_are_measured(joldau, texts: Path) -> None:
    """Figures for machines are one line of JSON."""
    assert joldau("rules", "evaluate", str(texts), "--json") == Exit.OK

    figures = json.loads(joldau.out)
    assert figures["texts"] == len(ROWS)
    assert set(figures["languages"]) == {"ru", "kk"}
    assert figures["texts_per_second"] > 0
    assert {"accuracy", "macro_f1", "corruption_recall", "classes", "without_a_person"} <= set(figures)


def test_mistakes_are_shown_on_demand(joldau, texts: Path) -> None:
    """What was taken for something else, to be looked at."""
    assert joldau("rules", "evaluate", str(texts), "--mistakes", "--json") == Exit.OK

    shown = [json.loads(line) for line in joldau.out.splitlines()]
    assert ROWS[2]["text"] in [row["text"] for row in shown]
    assert all(row["expected"] != row["named"] for row in shown)


def test_the_lexicon_can_read_alone(joldau, texts: Path) -> None:
    """To see what the second reader is worth."""
    assert joldau("rules", "evaluate", str(texts), "--without-model") == Exit.OK
    assert joldau.out.startswith("all\t3\t")


def test_an_empty_file_is_a_mistake_of_the_call(joldau, tmp_path: Path) -> None:
    """No text, no figures."""
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")

    assert joldau("rules", "evaluate", str(tmp_path / "none.jsonl")) == Exit.USAGE
    assert joldau("rules", "evaluate", str(tmp_path / "missing.jsonl")) == Exit.USAGE
    assert "missing.jsonl" in joldau.err
