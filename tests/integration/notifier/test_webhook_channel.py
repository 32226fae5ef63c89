"""Webhooks against a real receiver that takes, refuses, redirects, stalls and floods."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final

import pytest
from standardwebhooks import Webhook

from services.chassis import clock, ids
from services.chassis.outbound import Outbound
from services.notifier.channels.webhook import OutgoingWebhook, WebhookDriver, webhook_body
from services.notifier.notification import Outcome, Permanent, Sent, Temporary

if TYPE_CHECKING:
    from tests.integration.notifier.conftest import Receiver

LOOPBACK: Final = (ip_network("127.0.0.1/32"),)
SECRET, OLD_SECRET = (f"whsec_{b64encode(bytes([n] * 32)).decode()}" for n in (1, 2))


@pytest.fixture
async def webhooks() -> AsyncIterator[WebhookDriver]:
    """A driver that may reach this machine, and waits for two seconds at most."""
    async with Outbound(timeout=2.0, allowed=LOOPBACK) as http:
        yield WebhookDriver(http)


def outgoing(url: str) -> OutgoingWebhook:
    now = clock.now()
    body = webhook_body("appeal.status_changed", now, {"status": "referred", "note": "Қарасай"})
    return OutgoingWebhook(ids.new_id(), url, (SECRET, OLD_SECRET), body, now)


@pytest.mark.parametrize("known", [SECRET, OLD_SECRET])
async def test_a_receiver_verifies_what_arrives(webhooks: WebhookDriver, receiver: "Receiver", known: str) -> None:
    """With the reference library, and with either secret of a rotation."""
    async with receiver.listening():
        sent = outgoing(receiver.url())
        outcome = await webhooks.send(sent)

    [request] = receiver.requests
    assert outcome == Sent("http_204", confirmed=True)
    assert request.line == "POST /hook HTTP/1.1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == str(sent.notification_id)
    assert Webhook(known).verify(request.body, request.headers) == json.loads(sent.body)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("200 OK", Sent("http_200", confirmed=True)),
        ("400 Bad Request", Temporary("http_400")),
        ("410 Gone", Permanent("http_410", gone=True)),
        ("429 Too Many Requests\r\nRetry-After: 90", Temporary("http_429", timedelta(seconds=90))),
        ("503 Service Unavailable\r\nretry-after: 90", Temporary("http_503", timedelta(seconds=90))),
        ("500 Internal Server Error", Temporary("http_500")),
    ],
)
async def test_an_answer_means(webhooks: WebhookDriver, receiver: "Receiver", answer: str, outcome: Outcome) -> None:
    receiver.answer = f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode()
    async with receiver.listening():
        found = await webhooks.send(outgoing(receiver.url()))

    assert found == outcome


async def test_a_date_in_retry_after_counts_from_the_attempt(webhooks: WebhookDriver, receiver: "Receiver") -> None:
    async with receiver.listening():
        sent = outgoing(receiver.url())
        moment = format_datetime(sent.at.replace(microsecond=0) + timedelta(minutes=10), usegmt=True)
        receiver.answer = f"HTTP/1.1 503 Busy\r\nRetry-After: {moment}\r\nContent-Length: 0\r\n\r\n".encode()
        outcome = await webhooks.send(sent)

    assert isinstance(outcome, Temporary)
    assert outcome.retry_after is not None
    assert timedelta(minutes=9, seconds=59) < outcome.retry_after <= timedelta(minutes=10)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(
    webhooks: WebhookDriver, receiver: "Receiver", another_receiver: "Receiver", status: int
) -> None:
    """Else whoever answers could send our signed body anywhere."""
    async with receiver.listening(), another_receiver.listening():
        location = another_receiver.url()
        receiver.answer = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        outcome = await webhooks.send(outgoing(receiver.url()))

    assert outcome == Temporary(f"http_{status}")
    assert another_receiver.connections == 0


async def never(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def hang_up_in_the_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    await writer.drain()
    writer.transport.abort()


async def talk_nonsense(writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 post.example ESMTP\r\n\r\n")


async def drip_a_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def flood_with_a_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


@pytest.mark.parametrize(
    ("misbehave", "outcome"),
    [
        (never, Temporary("timeout")),
        (drip_a_head, Temporary("timeout")),
        (hang_up, Temporary("connection_broken")),
        (hang_up_in_the_head, Temporary("connection_broken")),
        (talk_nonsense, Temporary("connection_broken")),
        (flood_with_a_head, Temporary("connection_broken")),
    ],
)
async def test_no_readable_answer_in_time_is_tried_again(
    webhooks: WebhookDriver, receiver: "Receiver", misbehave: object, outcome: Outcome
) -> None:
    """A byte now and then prolongs nothing: the deadline is for the whole exchange."""
    receiver.answer = misbehave  # type: ignore[assignment] # parametrize knows no types
    async with receiver.listening():
        found = await webhooks.send(outgoing(receiver.url()))

    assert found == outcome


async def flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        await writer.drain()


async def test_an_endless_answer_is_cut_and_its_status_counts(webhooks: WebhookDriver, receiver: "Receiver") -> None:
    """The receiver has said yes; the rest of what it says is not read."""
    receiver.answer = flood
    async with receiver.listening():
        outcome = await webhooks.send(outgoing(receiver.url()))
        await receiver.left.wait()

    assert outcome == Sent("http_200", confirmed=True)


async def test_a_receiver_that_is_away_is_tried_again(webhooks: WebhookDriver, receiver: "Receiver") -> None:
    async with receiver.listening():
        pass

    assert await webhooks.send(outgoing(receiver.url())) == Temporary("unreachable")


async def test_a_private_address_is_not_called_but_tried_again(webhooks: WebhookDriver) -> None:
    """A name server may be wrong for an hour: the endpoint is given its three days."""
    assert await webhooks.send(outgoing("https://192.168.0.1/hook")) == Temporary("address_refused")


@pytest.mark.parametrize("url", ["ftp://receiver.example/hook", "https:///hook", "hook"])
async def test_an_unusable_url_is_final(webhooks: WebhookDriver, url: str) -> None:
    assert await webhooks.send(outgoing(url)) == Permanent("url_unusable")
