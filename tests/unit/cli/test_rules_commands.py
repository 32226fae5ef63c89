"""`joldau rules`: files that become rule sets."""

import json

import pytest

from services.cli.failure import Exit

LEXICON = "version: x\nclasses:\ntopics:\n"
DIRECTORY = "version: x\nagencies:\n"


def test_files_are_proposed_by_what_they_are(joldau, tmp_path):
    """Whatever their names."""
    (tmp_path / "one").write_text(LEXICON)
    (tmp_path / "two").write_text(DIRECTORY)
    joldau.answers(201, version="0a1b", is_new=True)

    assert joldau("rules", "propose", str(tmp_path / "two"), str(tmp_path / "one"), "--note", "roads", "--json") == 0
    assert json.loads(joldau.asked[0].content) == {"lexicon": LEXICON, "directory": DIRECTORY, "note": "roads"}
    assert json.loads(joldau.out) == {"version": "0a1b", "is_new": True}


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["something"], "neither a lexicon"),
        ([LEXICON, LEXICON], "a second lexicon"),
    ],
)
def test_other_files_are_a_wrong_call(joldau, tmp_path, texts, told):
    """Nothing is sent."""
    files = [tmp_path / str(n) for n in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)

    assert joldau("rules", "propose", *map(str, files)) == Exit.USAGE
    assert told in joldau.err
    assert joldau.asked == []
