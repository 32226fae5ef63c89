"""Every problem and every question has words in three languages."""

import re
from pathlib import Path

import pytest

import services.router
from services.chassis.problems import TEXTS
from services.router.task import Question
from services.router.texts import PROBLEMS, QUESTIONS

SOURCES = [path.read_text("utf-8") for path in Path(services.router.__path__[0]).rglob("*.py")]
ERRORS = "Away|Conflict|Forbidden|Gone|NotFound|Invalid|Refused"
RAISED = {code for text in SOURCES for code in re.findall(rf"(?:(?:{ERRORS})\(|page\(request, \d+, )\"(\w+)\"", text)}


def test_every_problem_that_is_raised_has_words():
    """A code without a text would be an error while telling of an error; a text without a code is dead."""
    assert PROBLEMS.keys() == RAISED - TEXTS.keys()


@pytest.mark.parametrize("question", Question)
def test_every_question_has_words(question):
    """An operator reads what is asked, in kk, ru and en."""
    assert len({*QUESTIONS[question]}) == 3
