"""The starting corpus keeps to what corpus/README.md says of it."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from services.router.normalisation import fold, tokens

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "corpus").glob("pass-*/*.jsonl"))
CLASSES = {"retained", "akimat", "education", "land-relations", "other", "review"}
REQUIRED = {"text", "lang", "expected", "topics", "corruption", "voice"}
PERSONAL = re.compile(r"\S@\S|\d{10,}|\+7|\b8[ -]?\(?7\d\d")


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def folded(text: str) -> tuple[str, ...]:
    return tuple(word for token in tokens(text) if (word := fold(token[0])).isalnum())


@pytest.fixture(scope="module")
def categories() -> set[str]:
    directory = yaml.safe_load((ROOT / "services/router/directory.demo.yaml").read_text(encoding="utf-8"))
    return {category["code"] for category in directory["categories"]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_line_has_the_promised_fields(path: Path, categories: set[str]) -> None:
    """Labels and topics come from closed lists, and corruption is told exactly where an appeal is retained."""
    for line in lines(path):
        assert REQUIRED <= set(line) <= REQUIRED | {"why"}, line
        assert line["text"] == line["text"].strip() != "", line
        assert line["lang"] in {"kk", "ru", "mixed"}, line
        assert line["expected"] in CLASSES, line
        assert line["corruption"] is (line["expected"] == "retained"), line
        assert set(line["topics"]) <= categories, line
        assert len(set(line["topics"])) == len(line["topics"]), line


def test_no_text_stands_twice() -> None:
    """Spelling and punctuation make no second text, in one pass or across passes."""
    seen = Counter(folded(line["text"]) for path in FILES for line in lines(path))

    assert [words for words, times in seen.items() if times > 1] == []


def test_no_text_holds_an_address_or_a_number_of_a_person() -> None:
    """Telephone numbers, IINs and e-mail addresses have no place here, not even invented ones."""
    assert [line["text"] for path in FILES for line in lines(path) if PERSONAL.search(line["text"])] == []


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=lambda folder: folder.name)
def test_every_pass_can_stand_alone(folder: Path) -> None:
    """A pass that is held out measures every class in both languages."""
    every = [line for path in FILES if path.parent == folder for line in lines(path)]
    counts = Counter((line["expected"], line["lang"]) for line in every)

    assert len(every) >= 500
    assert all(counts[name, lang] >= 15 for name in CLASSES for lang in ("kk", "ru")), counts
