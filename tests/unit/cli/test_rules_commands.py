"""`joldau rules`: files that become rule sets."""

import base64
import gzip
import json

import httpx
import pytest

from services.chassis.web import MAX_BODY_BYTES
from services.cli.failure import Exit
from services.cli.rule_files import packed
from services.router.model import START
from tests.small_rules import DIRECTORY as DIRECTORY_TEXT
from tests.small_rules import rule_set

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


REPORT = {"tried": 1, "changed": 1, "items": [{"id": "7", "from": "review:nothing_found", "to": "akimat"}]}


def test_rules_are_tried_on_the_routers_own_past(joldau, tmp_path):
    """How far it is goes to stderr, what would change to stdout."""
    (tmp_path / "new.yaml").write_text(LEXICON)
    lines = [{"done": 1, "of": 1}, {"report": REPORT}]
    joldau.answer = lambda _: httpx.Response(200, text="\n".join(map(json.dumps, lines)))

    assert joldau("rules", "try", str(tmp_path / "new.yaml"), "--on", "db", "--since", "2026-10-01") == 0
    asked = {"lexicon": LEXICON, "since": "2026-10-01", "until": None, "limit": 10_000, "as_of": None}
    assert json.loads(joldau.asked[0].content) == asked
    assert "1 of 1 appeals" in joldau.err
    assert "7\treview:nothing_found\takimat\t" in joldau.out.splitlines()


def test_a_trial_that_is_broken_off_is_told(joldau):
    """Without a report there is none."""
    joldau.answer = lambda _: httpx.Response(200, text='{"done": 1, "of": 2}\n')

    assert joldau("rules", "try", "0a1b", "--on", "db") == Exit.AWAY


def test_rules_are_tried_on_an_archive_of_ones_own(joldau, tmp_path):
    """No service is asked, when both sets are on this machine."""
    (tmp_path / "new.yaml").write_text(rule_set().lexicon.replace("дорог*", "дорог*\n\n        мост*"))
    (tmp_path / "directory.yaml").write_text(DIRECTORY_TEXT)
    (tmp_path / "past").write_text('{"id": "7", "text": "Мост разбит.", "outcome": "akimat"}\n\n{"text": "Взятка"}\n')
    new = [str(tmp_path / name) for name in ("new.yaml", "directory.yaml")]

    assert joldau("rules", "try", *new, "--on", str(tmp_path / "past"), "--against", "shipped", "--json") == 0
    report = json.loads(joldau.out)
    assert (report["tried"], report["outcomes"]["known"]) == (2, 1)
    assert joldau.asked == []


@pytest.mark.parametrize("line", ["[]", "{}", '{"text": "x", "kind": "song"}', "text"])
def test_what_is_no_archive_is_a_wrong_call(joldau, tmp_path, line):
    """It names the line."""
    (tmp_path / "past").write_text(f'{{"text": "x"}}\n{line}\n')
    (tmp_path / "new").write_text(DIRECTORY_TEXT)
    call = ("rules", "try", str(tmp_path / "new"), "--on", str(tmp_path / "past"), "--against", "shipped")

    assert joldau(*call) == Exit.USAGE
    assert "Line 2 of the archive" in joldau.err


def test_files_are_checked_by_file_and_line(joldau, tmp_path):
    """Exit code 1, and nobody is asked when both documents are given."""
    (tmp_path / "lexicon").write_text(rule_set().lexicon.replace("дорог*", "дорог*\n\n        дороги"))
    (tmp_path / "directory").write_text(DIRECTORY_TEXT)
    code = joldau("rules", "check", str(tmp_path / "lexicon"), str(tmp_path / "directory"), "--json")
    found = [json.loads(line) for line in joldau.out.splitlines()]

    assert code == Exit.FAILURE
    assert [(one["severity"], one["where"].startswith(str(tmp_path))) for one in found] == [("warning", True)] * 2
    assert any("дороги: adds nothing in roads" in one["what"] for one in found)
    assert joldau.asked == []


MODEL = '{"version": "x", "features": [], "blend": {}}'


def test_a_model_is_proposed_packed(joldau, tmp_path):
    """It is long; it is told by what only a model has."""
    (tmp_path / "model.json").write_text(MODEL)
    joldau.answers(201, version="0a1b", is_new=True)

    assert joldau("rules", "propose", str(tmp_path / "model.json"), "--json") == 0
    sent = json.loads(joldau.asked[0].content)
    assert gzip.decompress(base64.b64decode(sent.pop("model"))).decode() == MODEL
    assert sent == {"note": "-"}


def test_the_model_that_ships_can_be_proposed():
    """The router takes no body of more than two MiB."""
    assert len(packed(START.read_text("utf-8"))) < MAX_BODY_BYTES


def test_one_document_is_printed_at_a_time(joldau):
    """As the router has it."""
    joldau.answer = lambda _: httpx.Response(200, text=MODEL)

    assert joldau("rules", "show", "0a1b", "--model") == 0
    assert (joldau.out, joldau.asked[0].url.path) == (MODEL, "/v1/rules/0a1b/model")
    assert joldau("rules", "show", "--model", "--lexicon") == Exit.USAGE


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ((), ("GET", "/v1/shadow", b"")),
        (("report",), ("GET", "/v1/shadow/report", b"")),
        (("0a1b", "--reason", "why"), ("POST", "/v1/shadow", b'{"version":"0a1b","reason":"why"}')),
        (("--stop", "--reason", "why"), ("POST", "/v1/shadow/end", b'{"reason":"why"}')),
    ],
)
def test_a_shadow_is_begun_seen_and_stopped(joldau, call, asked):
    """One request each."""
    joldau.answers(items=[], version="0a1b")

    assert joldau("rules", "shadow", *call) == 0
    (request,) = joldau.asked
    assert (request.method, request.url.path, request.content) == asked


@pytest.mark.parametrize("call", [("0a1b",), ("--stop",), ("0a1b", "--stop", "--reason", "why"), ("report", "--stop")])
def test_a_shadow_without_a_reason_is_a_wrong_call(joldau, call):
    """Nothing is asked."""
    assert joldau("rules", "shadow", *call) == Exit.USAGE
    assert joldau.asked == []


def test_a_wrong_file_is_an_error(joldau, tmp_path):
    """What cannot be read comes alone: the rest cannot be told."""
    (tmp_path / "lexicon").write_text(LEXICON.replace("classes:", "classes: x"))
    joldau.environ = {}

    assert joldau("rules", "check", str(tmp_path / "lexicon")) == Exit.FAILURE
    assert "2 errors, 0 warnings" in joldau.err
