"""`joldau calendar`: days that an act has moved, and which days due would be others."""

import json

import pytest

from services.cli.failure import Exit

DUE = {"registration_number": "JD-1", "agency": "akimat", "state": "issued", "due_on": "2027-01-05"}
DUE_DATES = {"differing": 1, "items": [{**DUE, "would_be": "2027-01-04", "id": "1"}]}


@pytest.fixture
def changed(joldau):
    joldau.answers(number=2, version="0a1b", due_dates=DUE_DATES)
    return joldau


def test_a_day_is_set_with_its_act(changed):
    """What would be due on another day is listed, and said not to be moved."""
    assert changed("calendar", "set", "2027-01-04", "working", "--source", "decree 7") == 0

    (request,) = changed.asked
    assert (request.method, request.url.path) == ("PUT", "/v1/calendar/2027-01-04")
    assert json.loads(request.content) == {"kind": "working", "source": "decree 7", "preview": False}
    assert "1 open days due would be others" in changed.err
    assert "JD-1\takimat\tissued\t2027-01-05\t2027-01-04\t1" in changed.out.splitlines()


def test_a_day_is_let_go_as_json(changed):
    """One line with all of it."""
    assert changed("calendar", "unset", "2027-01-04", "--reason", "repealed", "--preview", "--json") == 0
    assert json.loads(changed.asked[0].content) == {"reason": "repealed", "preview": True}
    assert json.loads(changed.out)["due_dates"] == DUE_DATES


def test_another_kind_of_day_is_a_wrong_call(joldau):
    """Nothing is sent."""
    assert joldau("calendar", "set", "2027-01-04", "short", "--source", "decree 7") == Exit.USAGE
    assert joldau.asked == []
