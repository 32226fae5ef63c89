"""The HTTP client towards the outside: where it connects, and what it takes along."""

import gzip
import ssl
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

import pytest

from services.chassis.outbound import EVERYWHERE, Failure, IPAddress, Outbound, OutboundFailed

if TYPE_CHECKING:
    from tests.integration.notifier.conftest import Receiver

ONE: Final = (ip_network("127.0.0.1/32"),)


class Names:
    """A name server that says what a test wants, in turn; the last answer stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[IPAddress]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [ip_address(address) for address in answer]


async def failure(http: Outbound, url: str) -> Failure:
    with pytest.raises(OutboundFailed) as caught:
        await http.request("POST", url)
    return caught.value.failure


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_this_machine_is_refused_however_it_is_written(receiver: "Receiver", host: str, scheme: str) -> None:
    async with receiver.listening(), Outbound() as http:
        found = await failure(http, receiver.url(host, scheme=scheme))

    assert found is Failure.REFUSED
    assert receiver.connections == 0


async def test_one_private_address_among_public_ones_refuses_the_name(receiver: "Receiver") -> None:
    """Else the order of the answers would decide."""
    async with receiver.listening(), Outbound(resolver=Names(["93.184.215.14", "127.0.0.1"])) as http:
        found = await failure(http, receiver.url("receiver.example", scheme="https"))

    assert found is Failure.REFUSED
    assert receiver.connections == 0


async def test_the_address_checked_is_the_address_connected_to(
    receiver: "Receiver", another_receiver: "Receiver"
) -> None:
    """DNS rebinding: the second answer, a forbidden one, is never asked for while connecting, and refused later."""
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    async with receiver.listening("127.0.0.1"):
        another_receiver.port = receiver.port
        async with another_receiver.listening("127.0.0.2"), Outbound(allowed=ONE, resolver=names) as http:
            first = await http.request("POST", receiver.url("receiver.example"), headers={"connection": "close"})
            asked_for_the_first = len(names.asked)
            second = await failure(http, receiver.url("receiver.example"))

    assert (first.status, asked_for_the_first) == (204, 1)
    assert second is Failure.REFUSED
    assert (receiver.connections, another_receiver.connections) == (1, 0)


async def test_a_kept_connection_stays_with_its_checked_address(receiver: "Receiver") -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    async with receiver.listening(), Outbound(allowed=ONE, resolver=names) as http:
        for _ in range(3):
            await http.request("POST", receiver.url("receiver.example"))

    assert (receiver.connections, len(receiver.requests), len(names.asked)) == (1, 3, 1)


async def test_tls_and_host_name_the_receiver_not_its_address(receiver: "Receiver", trusting: ssl.SSLContext) -> None:
    """Connecting to an address costs neither SNI nor the certificate's check nor virtual hosts."""
    async with (
        receiver.listening(tls=True),
        Outbound(allowed=ONE, resolver=Names(["127.0.0.1"]), tls=trusting) as http,
    ):
        answer = await http.request("POST", receiver.url("receiver.example", scheme="https"))

    assert answer.status == 204
    assert receiver.names == ["receiver.example"]
    assert receiver.requests[0].headers["host"] == f"receiver.example:{receiver.port}"


async def test_a_certificate_for_another_name_is_refused(receiver: "Receiver", trusting: ssl.SSLContext) -> None:
    async with (
        receiver.listening(tls=True),
        Outbound(allowed=ONE, resolver=Names(["127.0.0.1"]), tls=trusting) as http,
    ):
        found = await failure(http, receiver.url("impostor.example", scheme="https"))

    assert found is Failure.TLS
    assert receiver.requests == []


async def test_a_certificate_that_nobody_trusts_is_refused(receiver: "Receiver") -> None:
    async with receiver.listening(tls=True), Outbound(allowed=ONE, resolver=Names(["127.0.0.1"])) as http:
        found = await failure(http, receiver.url("receiver.example", scheme="https"))

    assert found is Failure.TLS


async def test_plain_http_is_for_allowed_networks_only() -> None:
    """On the open Internet anyone on the way could read the appeal's status."""
    async with Outbound(allowed=ONE, resolver=Names(["93.184.215.14"])) as http:
        assert await failure(http, "http://receiver.example/hook") is Failure.REFUSED


async def test_the_next_address_is_tried_when_one_is_dead(receiver: "Receiver") -> None:
    async with receiver.listening(), Outbound(allowed=EVERYWHERE, resolver=Names(["127.0.0.3", "127.0.0.1"])) as http:
        answer = await http.request("POST", receiver.url("receiver.example"))

    assert answer.status == 204


async def test_a_name_that_does_not_exist_is_said_to() -> None:
    async def nowhere(_host: str, _port: int) -> Sequence[IPAddress]:
        raise OSError("no such name")

    async with Outbound(resolver=nowhere) as http:
        assert await failure(http, "https://receiver.example/hook") is Failure.UNRESOLVED


async def test_a_proxy_in_the_environment_is_ignored(
    receiver: "Receiver", another_receiver: "Receiver", monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would resolve and connect behind the guard's back."""
    async with receiver.listening(), another_receiver.listening():
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, another_receiver.url())
        async with Outbound(allowed=ONE) as http:
            answer = await http.request("POST", receiver.url())

    assert answer.status == 204
    assert another_receiver.connections == 0


async def test_a_cookie_is_not_kept(receiver: "Receiver") -> None:
    receiver.answer = b"HTTP/1.1 204 No Content\r\nSet-Cookie: who=you; Path=/\r\n\r\n"
    async with receiver.listening(), Outbound(allowed=ONE) as http:
        for _ in range(2):
            await http.request("POST", receiver.url())

    assert len(receiver.requests) == 2
    assert all("cookie" not in request.headers for request in receiver.requests)


async def test_a_body_is_kept_to_its_bound_and_never_unpacked(receiver: "Receiver") -> None:
    """A small answer that unpacks to a gigabyte stays small."""
    packed = gzip.compress(bytes(10_000_000))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    receiver.answer = head.encode() + packed
    async with receiver.listening(), Outbound(allowed=ONE, keep=100) as http:
        answer = await http.request("POST", receiver.url())

    assert answer.body == packed[:100]
    assert receiver.requests[0].headers["accept-encoding"] == "identity"
