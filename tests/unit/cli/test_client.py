"""Where the services are, with which key, and what their answers mean."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.client import ACCESS_FILE, Access, Client, Service, access
from services.cli.failure import Exit, Failed

LEFT = {"intake": "http://127.0.0.1:1", "router": "http://127.0.0.1:2", "notifier": "http://127.0.0.1:3", "key": "left"}


@pytest.fixture
def left_by_up(tmp_path: Path) -> Path:
    (tmp_path / ACCESS_FILE).write_text(json.dumps(LEFT))
    return tmp_path


def client(answer: Any, *, key: str | None = "jld_key", language: str = "en") -> Client:
    return Client(
        Service.INTAKE, Access("http://intake.example", key), language=language, transport=httpx.MockTransport(answer)
    )


def test_access_without_anything_is_the_usual_port(tmp_path: Path) -> None:
    """A service started by hand is found; the key has to be given."""
    assert access(Service.ROUTER, {}, tmp_path) == Access("http://127.0.0.1:8082", None)


def test_access_is_what_up_has_left(left_by_up: Path) -> None:
    """After `joldau up` nothing needs to be set."""
    assert access(Service.ROUTER, {}, left_by_up) == Access(LEFT["router"], "left")


def test_environment_goes_before_the_file(left_by_up: Path) -> None:
    """A key for one service goes before the key for all."""
    environ = {"JOLDAU_KEY": "all", "JOLDAU_INTAKE_KEY": "one", "JOLDAU_INTAKE_URL": "https://intake.example/"}

    assert access(Service.INTAKE, environ, left_by_up) == Access("https://intake.example", "one")
    assert access(Service.ROUTER, environ, left_by_up) == Access(LEFT["router"], "all")


def test_key_in_the_file_goes_to_no_other_address(left_by_up: Path) -> None:
    """Whoever points a command elsewhere does not hand out the local key."""
    assert access(Service.INTAKE, {"JOLDAU_INTAKE_URL": "https://intake.example"}, left_by_up).key is None


def test_request_carries_key_and_language() -> None:
    """Services answer in the language of the person."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={})

    client(answer, language="kk").get("/v1/appeals", status="referred", agency=None)

    assert asked[0].headers["authorization"] == "Bearer jld_key"
    assert asked[0].headers["accept-language"] == "kk"
    assert asked[0].url.query == b"status=referred"


def test_pages_follow_the_cursor_up_to_the_limit() -> None:
    """No more is asked for than is wanted."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url.query, "ascii"))
        size = int(request.url.params["limit"])
        return httpx.Response(200, json={"items": [{}] * size, "next_cursor": "next"})

    items = list(client(answer).pages("/v1/appeals", limit=450))

    assert len(items) == 450
    assert asked == ["limit=200", "limit=200&cursor=next", "limit=50&cursor=next"]


def test_pages_end_with_the_list() -> None:
    """A list may be shorter than the limit."""
    pages = iter([{"items": [{}], "next_cursor": "next"}, {"items": [{}], "next_cursor": None}])

    assert len(list(client(lambda _: httpx.Response(200, json=next(pages))).pages("/v1/appeals", limit=450))) == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, Exit.USAGE),
        (401, Exit.USAGE),
        (403, Exit.USAGE),
        (404, Exit.NOT_FOUND),
        (409, Exit.CONFLICT),
        (410, Exit.NOT_FOUND),
        (422, Exit.USAGE),
        (429, Exit.AWAY),
        (500, Exit.FAILURE),
        (502, Exit.AWAY),
        (503, Exit.AWAY),
    ],
)
def test_answer_decides_the_exit_code(status: int, code: Exit) -> None:
    """Scripts can tell a wrong call from an outage."""
    with pytest.raises(Failed) as failed:
        client(lambda _: httpx.Response(status)).get("/v1/appeals")

    assert failed.value.code is code


def test_problem_becomes_one_line() -> None:
    """What is wrong, where, and by which trace support finds it."""
    problem = {
        "title": "The request has faults: see the list of errors.",
        "code": "body_invalid",
        "trace_id": "t-1",
        "errors": [{"pointer": "#/text", "code": "missing", "detail": "A required field."}],
    }
    with pytest.raises(Failed) as failed:
        client(lambda _: httpx.Response(422, json=problem)).post("/v1/appeals", {})

    assert str(failed.value) == (
        "The request has faults: see the list of errors. #/text: A required field. [body_invalid, trace t-1]"
    )


def test_answer_of_a_stranger_is_told_as_it_is() -> None:
    """Not everything at an address speaks problem+json."""
    with pytest.raises(Failed, match=r"intake answered 502 at http://intake\.example/v1/appeals"):
        client(lambda _: httpx.Response(502, text="<html>")).get("/v1/appeals")


def test_service_that_is_away_says_what_to_do() -> None:
    """An outage is no fault of the caller."""

    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Failed, match=r"http://intake.example \(ConnectError\): start it with `joldau up`") as failed:
        client(refuse).get("/v1/appeals")

    assert failed.value.code is Exit.AWAY


def test_without_a_key_nothing_is_sent() -> None:
    """The advice comes at once."""
    with pytest.raises(Failed, match="set JOLDAU_KEY"):
        client(lambda _: pytest.fail("nobody should be asked"), key=None).get("/v1/appeals")
