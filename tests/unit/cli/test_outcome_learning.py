"""`joldau rules learn --from-outcomes`: what it learns, what stays, and when it writes nothing."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from services.cli.failure import Exit
from services.cli.outcome_learning import Outcome, relearn
from services.router.model import parse_model
from services.router.rules import Policy
from tests.small_model import document
from tests.small_rules import rule_set

WEIGHTS = {
    "corruption": {"=взятка": 3.0},
    "unclear": {"=помогите": 3.0},
    "education": {"=школа": 3.0, "=библиотека": 0.0},
    "roads": {"=дорога": 3.0},
    "land": {"=участок": 3.0},
}
BIAS = {"corruption": -6.0, "unclear": -2.0, "education": -1.0, "roads": -1.0, "land": -1.0}
BASE = json.dumps(document(WEIGHTS, bias=BIAS)).encode()
RULES = rule_set(model=BASE)
LIBRARY, ROAD = "Библиотека закрыта", "Дорога разбита"


def row(n: int, text: str, topic: str, *, declined: bool = False) -> dict[str, Any]:
    """What the router tells of one outcome."""
    body = {"education": "education", "roads": "akimat"}[topic]
    return {
        "id": str(n),
        "text": text,
        "lang": "ru",
        "expected": None if declined else body,
        "topics": [] if declined else [topic],
        "not_topics": [topic] if declined else [],
        "at": f"2026-11-01T00:{n // 60:02}:{n % 60:02}+00:00",
        "how": "accepted",
    }


def past(count: int = 240) -> Iterator[dict[str, Any]]:
    """Libraries are education, and the model in force has not heard of them."""
    for n in range(count):
        yield row(n, *((LIBRARY, "education") if n % 2 else (ROAD, "roads")))


def learnt(rows, **limits: int):
    outcomes = [Outcome.of(one) for one in rows]
    return relearn(outcomes, RULES.rules(Policy.UNSURE), BASE, **{"least_of_each": 20, **limits})


def test_topics_are_learnt_and_all_else_stays():
    """Corruption and doubt are read as before, bit by bit, and so is a topic of which there are no outcomes."""
    found = learnt(past())
    before, after = parse_model(BASE), parse_model(json.dumps(found.document).encode())
    text = "Библиотека закрыта, взятка, участок, помогите"
    old, new = before.read(text).logits, after.read(text).logits

    assert found.topics == ("education", "roads")
    assert found.is_better
    assert new["education"] > old["education"]
    assert {label: new[label] for label in ("corruption", "unclear", "land")} == {
        label: old[label] for label in ("corruption", "unclear", "land")
    }
    assert (after.blend, after.version == before.version) == (before.blend, False)


def test_it_is_measured_on_the_newest_that_it_has_not_seen():
    """The last fifth by time, in whatever order they are told."""
    found = learnt(reversed(list(past())))

    assert (len(found.before), len(found.after)) == (48, 48)
    assert sum(answer.right for answer in found.after) == 48


def test_a_decline_says_what_a_text_is_not():
    """And nothing of what it is."""
    declined = Outcome.of(row(1, LIBRARY, "education", declined=True))

    assert (declined.is_of("education"), declined.is_of("roads")) == (False, None)
    assert Outcome.of(row(1, LIBRARY, "education")).is_of("roads") is False


def test_a_topic_with_few_outcomes_is_not_learnt():
    """It stays as it is in force."""
    assert learnt(past(), least_of_each=121).topics == ()


@pytest.fixture
def router(joldau) -> Callable[..., None]:
    """The router of the command line, with these outcomes, a hundred a page."""

    def has(rows) -> None:
        told = list(rows)

        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/v1/rules/in-force":
                return httpx.Response(200, json={"model": "sha256"})
            if request.url.path != "/v1/outcomes":
                return httpx.Response(200, content=getattr(RULES, request.url.path.rsplit("/", 1)[1]))
            begin = int(request.url.params.get("cursor", 0))
            following = str(begin + 100) if begin + 100 < len(told) else None
            lines = [*told[begin : begin + 100], {"next_cursor": following}]
            return httpx.Response(200, text="".join(f"{json.dumps(line)}\n" for line in lines))

        joldau.answer = answer

    return has


def test_a_better_model_is_written(joldau, router, tmp_path):
    """It can be proposed; both rule sets are measured on the same texts."""
    router(past())

    assert joldau("rules", "learn", "--from-outcomes", "--out", str(tmp_path / "model.json")) == Exit.OK
    assert [line.split("\t")[:2] for line in joldau.out.splitlines()[:2]] == [["in force", "48"], ["learnt", "48"]]
    assert "Learnt: education, roads." in joldau.err
    parse_model((tmp_path / "model.json").read_bytes())


@pytest.mark.parametrize(
    ("count", "more", "told"),
    [
        (100, (), "takes 200 outcomes"),
        (240, ("--least", "200", "121"), "No topic has 121 outcomes"),
    ],
)
def test_too_few_outcomes_are_told(joldau, router, tmp_path, count, more, told):
    """Nothing is written."""
    router(past(count))
    out = tmp_path / "model.json"

    assert joldau("rules", "learn", "--from-outcomes", "--out", str(out), *more) == Exit.FAILURE
    assert told in joldau.err
    assert not out.exists()


def test_a_model_that_is_no_better_is_written_by_force_alone(joldau, router, tmp_path):
    """Here all is known already: there is nothing to gain."""
    router(row(n, *(("Школа", "education") if n % 2 else (ROAD, "roads"))) for n in range(240))
    out = tmp_path / "model.json"
    call = ("rules", "learn", "--from-outcomes", "--out", str(out))

    assert (joldau(*call), out.exists()) == (Exit.FAILURE, False)
    assert "no better" in joldau.err
    assert (joldau(*call, "--force"), out.exists()) == (Exit.OK, True)


def test_texts_or_outcomes(joldau, tmp_path):
    """One of the two."""
    out = ("--out", str(tmp_path / "model.json"))

    assert joldau("rules", "learn", *out) == Exit.USAGE
    assert joldau("rules", "learn", str(tmp_path), "--from-outcomes", *out) == Exit.USAGE


def test_what_it_takes_is_told_where_it_is_not_installed(joldau, monkeypatch, tmp_path):
    """The extra is optional."""
    monkeypatch.setitem(sys.modules, "sklearn", None)

    assert joldau("rules", "learn", "--from-outcomes", "--out", str(tmp_path / "model.json")) == Exit.USAGE
    assert "joldau[learn]" in joldau.err
