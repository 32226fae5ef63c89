"""`joldau agency` and `joldau directory`: edits of the directory, and what is told of them."""

import json

import pytest
import yaml
from pydantic import TypeAdapter

from services.cli.agencies import EXAMPLE
from services.cli.failure import Exit
from services.router.agency import Agency

DONE = {"number": 2, "version": "0a1b", "directory": "x+1", "answered_by_nobody": []}


@pytest.fixture
def edited(joldau):
    joldau.answers(**DONE)
    return joldau


def asked(joldau) -> tuple[str, str, dict]:
    (request,) = joldau.asked
    return request.method, request.url.path, json.loads(request.content)


def test_an_agency_is_closed_in_favour_of_another(edited):
    """From a day on, with the act."""
    line = "agency close land --successor akimat --on 2027-01-01 --reason decree --json"

    assert edited(*line.split()) == 0
    assert asked(edited) == (
        *("POST", "/v1/agencies/land/closure"),
        {"on": "2027-01-01", "successor": "akimat", "reason": "decree"},
    )
    assert json.loads(edited.out) == DONE


def test_facts_are_amended_as_yaml(edited):
    """Lists, maps and nothing at all."""
    line = "agency amend land --on 2027-01-01 --reason decree --set superior=null --set categories=[land,roads]"

    assert edited(*line.split()) == 0
    assert asked(edited) == (
        *("PATCH", "/v1/agencies/land"),
        {"on": "2027-01-01", "reason": "decree", "superior": None, "categories": ["land", "roads"]},
    )


def test_what_nobody_answers_for_is_said_aloud(joldau):
    """A person has to see to it."""
    joldau.answers(**DONE | {"answered_by_nobody": [{"category": "land", "territories": ["talgar"]}]})

    assert joldau(*["agency", "close", "land", "--on", "2027-01-01", "--reason", "decree"]) == 0
    assert "Nobody answers for land any more in talgar" in joldau.err


def test_the_example_is_a_record_that_can_be_added(edited):
    """A person begins from it."""
    edited("agency", "add", "--example")
    edited.stdin = edited.out

    assert edited("agency", "add", "-", "--reason", "decree") == 0
    assert TypeAdapter(Agency).validate_python(asked(edited)[2]["agency"]).code == yaml.safe_load(EXAMPLE)["code"]


@pytest.mark.parametrize(
    "line",
    [
        "agency add",
        "agency amend land --on 2027-01-01 --reason decree --set superior",
        "agency amend land --on 2027-01-01 --reason decree --set superior=[",
    ],
)
def test_a_wrong_call_sends_nothing(joldau, line):
    """It says what is missing."""
    assert joldau(*line.split()) == Exit.USAGE
    assert joldau.asked == []


def test_a_directory_is_imported_whole(edited):
    """From a file or a pipe."""
    edited.stdin = "version: x\n"

    assert edited("directory", "import", "-", "--reason", "decree") == 0
    assert asked(edited) == ("PUT", "/v1/directory", {"directory": "version: x\n", "reason": "decree"})
