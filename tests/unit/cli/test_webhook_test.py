"""`joldau webhook test`: one that tells of nothing is sent, and its first attempt is waited for."""

import json

import httpx
import pytest

from services.cli import webhooks
from services.cli.failure import Exit

ID = "01a209eb-0906-770b-9bd2-477d4e3de26a"
REFUSED = {"number": 1, "outcome": "temporary", "code": "http_500", "duration_ms": 41}


@pytest.fixture
def receiver(joldau, monkeypatch):
    """What the notifier tells of the webhook, each time that it is asked."""
    monkeypatch.setattr(webhooks, "_LOOK_SECONDS", 0)

    def told(*states: str, attempts: tuple[dict, ...] = ()) -> None:
        left = list(states)

        def answer(request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                return httpx.Response(202, json={"id": ID, "state": "queued"})
            state = left.pop(0) if len(left) > 1 else left[0]
            return httpx.Response(200, json={"id": ID, "state": state, "attempts": attempts})

        joldau.answer = answer

    return told


def test_it_waits_until_the_receiver_has_answered(joldau, receiver):
    """Taken: exit code 0."""
    receiver("queued", "sending", "delivered")

    assert joldau("webhook", "test", "egov") == Exit.OK
    assert [(one.method, one.url.path) for one in joldau.asked] == [
        ("POST", "/v1/endpoints/egov/test"),
        *[("GET", f"/v1/notifications/{ID}")] * 3,
    ]
    assert "state\tdelivered" in joldau.out


def test_what_is_refused_is_shown_with_its_attempt(joldau, receiver):
    """And one line says where to look next."""
    receiver("temporary_failure", attempts=(REFUSED,))

    assert joldau("webhook", "test", "egov", "--json") == Exit.FAILURE
    assert json.loads(joldau.out)["attempts"] == [REFUSED]
    assert f"joldau notification show {ID}" in joldau.err


def test_no_answer_in_time_is_no_success(joldau, receiver):
    """Nothing waits for ever."""
    receiver("sending")

    assert joldau("webhook", "test", "egov", "--within", "0") == Exit.FAILURE
    assert "state\tsending" in joldau.out
