"""How the notifier's rows look over HTTP."""

from typing import Any, Final

from sqlalchemy import Row

from services.chassis.logs import MASK
from services.notifier.notification import Channel

_NOTIFICATION: Final = (
    "id",
    "notification_id",
    "appeal_id",
    "revision",
    "channel",
    "notice",
    "language",
    "state",
    "reason",
    "changed_at",
    "next_attempt_at",
    "resend",
    "resent_by",
    "requested_at",
)
_ATTEMPT: Final = ("number", "started_at", "duration_ms", "outcome", "code", "reference", "text_version")
_ENDPOINT: Final = (
    "system",
    "url",
    "description",
    "created_at",
    "changed_at",
    "disabled_at",
    "disabled_because",
    "previous_until",
)


def notification(row: Row[Any]) -> dict[str, Any]:
    """A notification without what it says, its recipient masked."""
    shown = {name: getattr(row, name) for name in _NOTIFICATION}
    return {**shown, "attempts_begun": row.attempts, "recipient": masked(row.channel, row.recipient)}


def masked(channel: str, recipient: str) -> str:
    """Enough of a recipient to recognise it by: ``a•••@example.kz``. A posting system is nobody's secret."""
    if channel == Channel.WEBHOOK or not recipient:
        return recipient
    _, _, domain = recipient.rpartition("@")
    return f"{recipient[0]}{MASK}@{domain}"


def attempt(row: Row[Any]) -> dict[str, Any]:
    """One attempt."""
    return {name: getattr(row, name) for name in _ATTEMPT}


def endpoint(row: Row[Any]) -> dict[str, Any]:
    """An endpoint without its secrets."""
    return {name: getattr(row, name) for name in _ENDPOINT}
