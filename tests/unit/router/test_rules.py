"""The version of a set of rules."""

from pathlib import Path

import pytest

from services.router.directory_file import DEMO
from services.router.rules import LEXICON, Policy, read_rules


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    copies = {"lexicon": tmp_path / "lexicon.yaml", "directory": tmp_path / "directory.yaml"}
    copies["lexicon"].write_text(LEXICON.read_text("utf-8"), "utf-8")
    copies["directory"].write_text(DEMO.read_text("utf-8"), "utf-8")
    return copies


def test_the_same_files_are_the_same_version(files):
    """Wherever they lie."""
    assert read_rules(**files).version == read_rules().version


@pytest.mark.parametrize("changed", ["lexicon", "directory"])
def test_any_change_of_a_file_is_another_version(files, changed):
    """A record names the very rules that made it."""
    with files[changed].open("a", encoding="utf-8") as file:
        file.write("# a word\n")

    assert read_rules(**files).version != read_rules().version


def test_the_policy_is_told_apart_from_the_version():
    """It is in every record by itself."""
    assert read_rules(policy=Policy.ALWAYS).version == read_rules().version
