"""Fitting the small text model, on a slice of the starting corpus."""

import json
from pathlib import Path

import pytest

from services.cli.failure import Exit, Failed
from services.cli.learning import fit, read_examples, version_of
from services.router.model import START, parse_model
from services.router.rules import read_rules

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "corpus"
PASSES = ("pass-one", "pass-two")


@pytest.fixture(scope="module")
def slices(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every third text of two passes: enough to fit in a few seconds."""
    folders = []
    for name in PASSES:
        files = sorted((CORPUS / name).glob("*.jsonl"))
        lines = [line for path in files for line in path.read_text("utf-8").splitlines(keepends=True)]
        folder = tmp_path_factory.mktemp("corpus") / name
        folder.mkdir()
        (folder / "slice.jsonl").write_text("".join(lines[::3]), encoding="utf-8")
        folders.append(folder)
    return folders


def test_what_is_fitted_can_be_read_and_is_measured_unseen(slices: list[Path]) -> None:
    """The document is a model; each group is measured by one that has not seen it."""
    examples = read_examples(slices)
    said: list[str] = []
    fitted = fit(examples, read_rules(model=None).lexicon, measured_on="pass-", say=said.append)

    model = parse_model(json.dumps(fitted.document).encode())
    assert {"corruption", "unclear", "education", "land"} <= set(model.labels)
    assert model.blend.body_logit > 0
    assert {group: len(answers) for group, answers in fitted.answers.items()} == {
        name: sum(example.group == name for example in examples) for name in PASSES
    }
    right = [answer.right for answers in fitted.answers.values() for answer in answers]
    assert sum(right) / len(right) > 0.6
    assert any("without pass-one" in line for line in said)


def test_one_group_is_not_enough(slices: list[Path]) -> None:
    """A model that cannot be measured on texts it has not seen is not fitted."""
    with pytest.raises(Failed) as failed:
        fit(read_examples(slices[:1]), read_rules(model=None).lexicon, measured_on="", say=print)

    assert failed.value.code is Exit.USAGE


def test_the_model_that_ships_was_fitted_on_the_corpus_as_it_stands() -> None:
    """A changed corpus needs `make model`."""
    examples = read_examples([CORPUS, ROOT / "tests" / "data" / "reading" / "tuning.jsonl"])

    assert json.loads(START.read_bytes())["version"] == version_of(examples)


@pytest.mark.parametrize("line", ["[]", '{"text": "a"}', "{", '{"text": 1, "expected": "other"}'])
def test_a_line_that_is_no_labelled_text_is_named(tmp_path: Path, line: str) -> None:
    """The file and the line, and what it needs."""
    path = tmp_path / "texts.jsonl"
    path.write_text(f'{{"text": "a", "expected": "other"}}\n{line}\n', encoding="utf-8")

    with pytest.raises(Failed, match=r"texts\.jsonl:2"):
        read_examples([path])
