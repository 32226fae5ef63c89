"""What is wrong with a rule set, and on which line."""

from datetime import date

import pytest

from services.router.rule_check import questionable, unusable
from services.router.rules import RuleSet, read_set
from tests.small_rules import DIRECTORY

ON = date(2026, 11, 23)
LEXICON = """\
version: x
classes:
  soil: {ru: земл* надел*}   # a flow mapping
topics:
  land:
    body: land-relations
    strong:
      ru: |
        участ*
        {soil} .. аренд*   // the rest is a comment

  education: {body: education, strong: {ru: школ*}}
  roads: {body: akimat, strong: {ru: дорог*}}
  water: {body: akimat, strong: {ru: вод*}}
  prosecution: {body: prosecution, strong: {ru: прокурор*}}
  space: {body: space, strong: {ru: космодром*}}
"""


def rule_set(lexicon: str = LEXICON, directory: str = DIRECTORY) -> RuleSet:
    return RuleSet(lexicon=lexicon, directory=directory)


def told(problems) -> list[str]:
    return [str(problem) for problem in problems]


def test_a_right_lexicon_has_no_problems():
    """What can be read is usable."""
    assert unusable(rule_set()) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("{soil} .. аренд*", "{sand} .. аренд*", "lexicon:10: no class 'sand' in '{sand}'"),
        ("        участ*\n", "        участ* ..\n", "lexicon:9: a phrase without words in 'участ* ..'"),
        ("    strong:\n", "    heavy:\n", "lexicon:8: no level 'heavy' in topic 'land'"),
        ("      ru: |", "      xx: |", "lexicon:8: no language 'xx' in topic 'land', strong"),
        ("    body: land-relations\n", "", "lexicon:6: topic 'land' names no body"),
        ("version: x\n", "", "lexicon:1: the section 'version' is missing"),
        ("земл* надел*", "", "lexicon:3: class 'soil' has no words"),
        ("  roads:", "  land:", "lexicon:13: 'land' is given twice in topics"),
        ("classes:", "classes: [", "lexicon:2: while parsing"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(old, new, found):
    """The line of the file, as an editor counts it."""
    assert any(one.startswith(found) for one in told(unusable(rule_set(LEXICON.replace(old, new)))))


def test_a_directory_that_cannot_be_used_is_told_with_its_line():
    """As it is at the start."""
    wrong = DIRECTORY.replace("superior: education\n", "superior: nobody\n")
    (found,) = unusable(rule_set(directory=wrong), directory="directory.yaml")

    assert (found.where, found.what) == ("directory.yaml:28: agencies: education-talgar", "there is no agency 'nobody'")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("участ*\n", "участ*\n        участок\n", "lexicon:10: участок: adds nothing in land: strong line 9"),
        ("аренд*   // the rest is a comment", "аренд*\n      kk: ужас", None),
        ("{soil} .. аренд*", "аренд*", "lexicon:3: class 'soil' is used by no line"),
        ("  water:", "  fire:", "lexicon:14: topic 'fire' is no category of the directory"),
        ("  water:", "  fire:", "directory: category 'water' has no line in the lexicon"),
        ("", "", "directory: category 'space' is answered for by nobody on 2026-11-23"),
    ],
)
def test_what_has_no_effect_is_told_with_its_line(old, new, found):
    """It can be read, and is surely not meant so."""
    problems = told(questionable(rule_set(LEXICON.replace(old, new)), on=ON))

    assert any(one.startswith(found) for one in problems) if found else len(problems) == 1


def test_the_shipped_rules_can_be_used():
    """Nobody starts with what would be refused, nor with what a check complains of."""
    assert unusable(read_set()) == questionable(read_set(), on=ON) == []
