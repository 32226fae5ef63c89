"""Problems speak Kazakh, Russian and English, and never repeat what was sent."""

import json
import re
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, SecretStr, StringConstraints, ValidationError

from services.chassis.problems import LANGUAGES, TEXTS, Catalogue, pointers, preferred
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


class Lengths(BaseModel):
    """A field of each kind that has a length."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=5)] = "abc"
    line: Annotated[str, Field(min_length=1)] = "a"
    secret: Annotated[SecretStr, Field(min_length=12, max_length=20)] = SecretStr("x" * 12)
    parts: Annotated[list[int], Field(min_length=2, max_length=3)] = [1, 2]


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        (
            {"text": " ab "},
            (
                "Тым қысқа: кемінде 3 таңба болуы керек.",
                "Слишком коротко: нужно не меньше 3 знаков.",
                "Too short: 3 characters at least.",
            ),
        ),
        (
            {"text": "abcdef"},
            (
                "Тым ұзын: 5 таңбадан аспауы керек.",
                "Слишком длинно: можно не больше 5 знаков.",
                "Too long: 5 characters at most.",
            ),
        ),
        ({"line": ""}, ("Бос қалдырмаңыз.", "Не оставляйте пустым.", "Do not leave it empty.")),
        (
            {"secret": "x"},
            (
                "Тым қысқа: кемінде 12 таңба болуы керек.",
                "Слишком коротко: нужно не меньше 12 знаков.",
                "Too short: 12 characters at least.",
            ),
        ),
        (
            {"parts": [1]},
            (
                "Тым аз: тізімде кемінде 2 мән болуы керек.",
                "Слишком мало: в списке нужно не меньше 2 значений.",
                "Too few: 2 items in the list at least.",
            ),
        ),
        (
            {"parts": [1, 2, 3, 4]},
            (
                "Тым көп: тізімде ең көбі 3 мән бола алады.",
                "Слишком много: в списке можно не больше 3 значений.",
                "Too many: 3 items in the list at most.",
            ),
        ),
    ],
)
def test_a_wrong_length_says_how_long_a_value_must_be_or_may_be(given, texts):
    """In the reader's language, of characters and of items; programs have the limit as a number."""
    with pytest.raises(ValidationError) as caught:
        Lengths.model_validate(given)
    (fault,) = pointers([{**one, "loc": ("body", *one["loc"])} for one in caught.value.errors()])
    response = Catalogue({}).problem(422, "body_invalid", language="ru", trace_id="t", errors=[fault])
    (answered,) = json.loads(response.body)["errors"]

    assert tuple(Catalogue({}).told(fault, language) for language in LANGUAGES) == texts
    assert answered["detail"] == texts[1]
    assert str(answered["limit"]) in texts[1] or answered["limit"] == 1
    assert answered["code"] in {"too_short", "too_long"}
