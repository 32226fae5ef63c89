"""The webhook itself: its signature, and what a receiver's answers mean."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from services.chassis import clock
from services.chassis.outbound import Answer
from services.notifier.channels.webhook import (
    OutgoingWebhook,
    beginning,
    outcome_of,
    retry_after,
    signed_headers,
    webhook_body,
)
from services.notifier.notification import Outcome, Permanent, Sent, Temporary

ID: Final = UUID("01890000-0000-7000-8000-000000000001")
NOW: Final = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
OLD_SECRET, NEW_SECRET, STRANGE_SECRET = (f"whsec_{b64encode(bytes([n] * 32)).decode()}" for n in (1, 2, 3))


def outgoing(*secrets: str, at: datetime) -> OutgoingWebhook:
    body = webhook_body("appeal.status_changed", NOW, {"status": "referred", "agency": "Қарасай ауданының әкімдігі"})
    return OutgoingWebhook(ID, "https://receiver.example/hook", secrets, body, at)


@pytest.mark.parametrize("known", [OLD_SECRET, NEW_SECRET])
def test_a_receiver_with_either_secret_can_verify_during_a_rotation(known: str) -> None:
    """Checked with the reference library of Standard Webhooks."""
    sent = outgoing(NEW_SECRET, OLD_SECRET, at=clock.now())

    verified = Webhook(known).verify(sent.body, signed_headers(sent))
    assert verified["data"]["agency"] == "Қарасай ауданының әкімдігі"


def test_a_receiver_with_another_secret_refuses() -> None:
    sent = outgoing(NEW_SECRET, at=clock.now())

    with pytest.raises(WebhookVerificationError):
        Webhook(STRANGE_SECRET).verify(sent.body, signed_headers(sent))


def test_a_changed_body_is_refused() -> None:
    sent = outgoing(NEW_SECRET, at=clock.now())

    with pytest.raises(WebhookVerificationError):
        Webhook(NEW_SECRET).verify(sent.body.replace(b"referred", b"answered"), signed_headers(sent))


def test_each_attempt_has_its_own_timestamp_and_the_same_id() -> None:
    """A late attempt is fresh to the receiver, and still the same webhook."""
    now = clock.now()
    first, later = (signed_headers(outgoing(NEW_SECRET, at=at)) for at in (now, now + timedelta(hours=5)))

    assert first["webhook-id"] == later["webhook-id"] == str(ID)
    assert int(later["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 18_000
    assert first["webhook-signature"] != later["webhook-signature"]


def test_the_body_has_type_time_and_data() -> None:
    """Standard Webhooks, "Payload structure"."""
    body = json.loads(outgoing(NEW_SECRET, at=NOW).body)

    assert set(body) == {"type", "timestamp", "data"}
    assert (body["type"], body["timestamp"]) == ("appeal.status_changed", "2026-11-23T05:00:00+00:00")


def test_neither_secret_nor_url_is_in_the_repr() -> None:
    shown = repr(outgoing(NEW_SECRET, at=NOW))

    assert "whsec_" not in shown
    assert "receiver.example" not in shown


@pytest.mark.parametrize(
    ("status", "asked", "outcome"),
    [
        (200, None, Sent("http_200", confirmed=True)),
        (204, None, Sent("http_204", confirmed=True)),
        (299, None, Sent("http_299", confirmed=True)),
        (301, None, Temporary("http_301")),
        (307, None, Temporary("http_307")),
        (400, None, Temporary("http_400")),
        (404, None, Temporary("http_404")),
        (410, "60", Permanent("http_410", gone=True)),
        (429, "60", Temporary("http_429", timedelta(seconds=60))),
        (503, "60", Temporary("http_503", timedelta(seconds=60))),
        (500, None, Temporary("http_500")),
    ],
)
def test_an_answer_means(status: int, asked: str | None, outcome: Outcome) -> None:
    """2xx alone is delivery; 410 alone is final; all else is tried again."""
    headers = {} if asked is None else {"retry-after": asked}

    assert outcome_of(Answer(status, headers, b""), at=NOW) == outcome


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"", None),
        (b" \r\n\t", None),
        (b'{"error":\r\n\t"no such route"}\x1b[31m\x00', '{"error": "no such route"} [31m'),
        ("қате: \u202eқолтаңба".encode(), "қате: қолтаңба"),
        (b"\xff\xfe<html>", "\ufffd\ufffd<html>"),
        ("ә".encode() * 600, "ә" * 500),
        ("😀".encode() * 600, "😀" * 500),
        (b" " * 64 * 1024, None),
    ],
)
def test_of_an_answer_the_beginning_is_kept_in_one_line(body: bytes, kept: str | None) -> None:
    """Without control characters, which could play tricks on a terminal; at most 500 characters."""
    assert beginning(body) == kept


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("9" * 5000, 99_999_999),
        ("Mon, 23 Nov 2026 05:10:00 GMT", 600),
        ("Mon, 23 Nov 2026 04:00:00 GMT", 0),
        ("Monday, 23-Nov-26 05:10:00 GMT", 600),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(value: str, seconds: int) -> None:
    """RFC 9110, 10.2.3."""
    assert retry_after(value, at=NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    [None, "", "soon", "-5", "1.5", "٥", "Mon, 99 Nov 2026 05:10:00 GMT", f"Mon, 1 Nov {'9' * 30} 05:10:00 GMT"],
)
def test_an_unreadable_retry_after_is_none(value: str | None) -> None:
    assert retry_after(value, at=NOW) is None


@given(st.text())
def test_no_retry_after_whatever_can_break_us(value: str) -> None:
    """The header is the receiver's to choose."""
    asked = retry_after(value, at=NOW)

    assert asked is None or asked >= timedelta(0)
