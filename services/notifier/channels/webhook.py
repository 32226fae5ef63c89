"""Webhooks to posting systems, signed by Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks).

The receiver verifies the signature, refuses an old `webhook-timestamp`, and knows a repetition by `webhook-id`. So the
same notification may be sent any number of times, and an attempt whose answer was lost is simply made again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from standardwebhooks import Webhook

from services.chassis.outbound import Answer, Failure, Outbound, OutboundFailed
from services.notifier.notification import Outcome, Permanent, Sent, Temporary

LONGEST_SECONDS: Final = 8
"""Digits of a Retry-After that are read: three years."""
LONGEST_ANSWER: Final = 500
"""So many characters of an answer are kept."""
_BYTES_A_CHARACTER: Final = 4


@dataclass(frozen=True)
class OutgoingWebhook:
    """One attempt to tell a posting system."""

    notification_id: UUID
    """The `webhook-id`, the same at every attempt."""
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    """``whsec_…``: the current one first, and during a rotation the one before it."""
    body: bytes = field(repr=False)
    at: datetime
    """Time of this attempt: the `webhook-timestamp`."""
    is_test: bool = False
    """It tells of nothing, so that what is answered may be kept."""


class WebhookDriver:
    """Posts webhooks. Address guard, deadline and bounds are those of `Outbound`."""

    def __init__(self, http: Outbound) -> None:
        self._http = http

    async def send(self, outgoing: OutgoingWebhook) -> Outcome:
        """Make one attempt. Only 2xx is delivery; a redirect is never followed, 410 ends it for good."""
        try:
            answer = await self._http.request(
                "POST", outgoing.url, headers=signed_headers(outgoing), content=outgoing.body
            )
        except OutboundFailed as error:
            # no answer proves nothing, but the receiver knows our id: what may have arrived is safely sent again
            code = error.failure.value
            return Permanent(code) if error.failure is Failure.URL else Temporary(code)
        outcome = outcome_of(answer, at=outgoing.at)
        return replace(outcome, answer=beginning(answer.body)) if outgoing.is_test else outcome

    async def rest(self) -> None:
        """Nothing to do: idle connections close by themselves within seconds."""


def webhook_body(event: str, occurred_at: datetime, payload: Mapping[str, Any]) -> bytes:
    """The body, made once: every attempt sends the same bytes. `event` is such as ``appeal.status_changed``."""
    body = {"type": event, "timestamp": occurred_at.astimezone(UTC).isoformat(), "data": payload}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def signed_headers(outgoing: OutgoingWebhook) -> dict[str, str]:
    """The headers of an attempt: id, timestamp, and a signature by each secret."""
    webhook_id = str(outgoing.notification_id)
    body = outgoing.body.decode()
    signatures = (Webhook(secret).sign(webhook_id, outgoing.at, body) for secret in outgoing.secrets)
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(outgoing.at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def beginning(body: bytes) -> str | None:
    """How an answer begins, as one line without control characters; None where it says nothing."""
    text = body[: _BYTES_A_CHARACTER * LONGEST_ANSWER].decode("utf-8", "replace")
    plain = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(plain.split())[:LONGEST_ANSWER] or None


def outcome_of(answer: Answer, *, at: datetime) -> Sent | Temporary | Permanent:
    """What the receiver's answer means."""
    code = f"http_{answer.status}"
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Sent(reference=code, confirmed=True)
    if answer.status == HTTPStatus.GONE:
        return Permanent(code, gone=True)
    return Temporary(code, retry_after(answer.headers.get("retry-after"), at=at))


def retry_after(value: str | None, *, at: datetime) -> timedelta | None:
    """How long the receiver asks us to wait (RFC 9110, 10.2.3): seconds or a date. None when it is not readable."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=int(value[:LONGEST_SECONDS]))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - at, timedelta())
