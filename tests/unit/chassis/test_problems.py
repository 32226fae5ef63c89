"""Problems speak Kazakh, Russian and English, and never repeat what was sent."""

import json
import re
from pathlib import Path

import pytest

from services.chassis.problems import TEXTS, Catalogue, pointers, preferred
from services.intake.attachments.texts import PROBLEMS as ATTACHMENTS
from services.intake.imports.texts import PROBLEMS as IMPORTS
from services.intake.texts import PROBLEMS

INTAKE = PROBLEMS | IMPORTS | ATTACHMENTS
SERVICES = Path(__file__).parents[3] / "services"
RAISED = re.compile(r"(?:Refused|Invalid|Forbidden|NotFound|Conflict|Gone|Unauthenticated)\(\s*\"([a-z_]+)\"")


@pytest.mark.parametrize("part", ["chassis", "intake"])
def test_every_code_that_is_raised_has_its_texts(part):
    """A code without a text would be a server error instead of an answer."""
    known = TEXTS | (INTAKE if part == "intake" else {})
    sources = (SERVICES / part).rglob("*.py")
    raised = {code for path in sources for code in RAISED.findall(path.read_text(encoding="utf-8"))}

    assert raised
    assert raised <= set(known)


def test_every_text_says_something_in_each_language():
    """No language is a copy of another."""
    for code, texts in (TEXTS | INTAKE).items():
        assert len(set(texts)) == 3, code
        assert all(text.strip() for text in texts), code


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("kk", "kk"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en;q=0.1, kk-KZ;q=0.7, ru;q=0.3", "kk"),
        ("fr, de", "en"),
        ("ru;q=x", "en"),
        (";;,q=1,", "en"),
    ],
)
def test_the_callers_language_is_chosen_by_weight(header, language):
    """RFC 9110, and nothing breaks on nonsense."""
    assert preferred(header) == language


def test_a_problem_has_the_members_of_rfc_9457_and_ours():
    """type, title, status, and code, trace_id, errors with pointers."""
    response = Catalogue({}).problem(422, "body_invalid", language="ru", trace_id="t", pointer="#/text")
    body = json.loads(response.body)

    assert set(body) == {"type", "title", "status", "code", "trace_id", "errors"}
    assert body["errors"][0]["pointer"] == "#/text"
    assert response.headers["content-type"] == "application/problem+json"


def test_pointers_are_those_of_rfc_6901():
    """Slash and tilde are escaped; parameters are named."""
    errors = [
        {"loc": ("body", "a/b", "c~d", 0), "type": "missing"},
        {"loc": ("query", "limit"), "type": "less_than_equal"},
        {"loc": ("path", "appeal_id"), "type": "uuid_parsing"},
    ]

    assert pointers(errors) == [
        {"pointer": "#/a~1b/c~0d/0", "code": "missing"},
        {"pointer": "query:limit", "code": "out_of_range"},
        {"pointer": "path:appeal_id", "code": "not_a_uuid"},
    ]
