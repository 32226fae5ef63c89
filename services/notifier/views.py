"""How the notifier's rows look over HTTP."""

from typing import Any, Final

from sqlalchemy import Row

from services.notifier.masking import masked
from services.notifier.providers import TEST

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
    "destination",
    "reference",
    "referral_id",
    "sensitive",
    "dead_end",
)
_ATTEMPT: Final = (
    "number",
    "started_at",
    "duration_ms",
    "outcome",
    "code",
    "reference",
    "text_version",
    "destination",
    "segments",
    "answer",
)
_FINDING: Final = ("outcome", "because", "found_at", "found_by")
_SUPPRESSION: Final = ("id", "channel", "masked", "reason", "created_at", "created_by")
_DESTINATION: Final = ("channel", "name", "failures", "failing_since", "resting_until", "changed_at")
_EDIT: Final = ("name", "version", "created_at", "created_by", "because")
_ENDPOINT: Final = (
    "system",
    "url",
    "description",
    "created_at",
    "changed_at",
    "disabled_at",
    "disabled_because",
    "previous_until",
    "owner_email",
    "owner_language",
    "warned_at",
)


def notification(row: Row[Any]) -> dict[str, Any]:
    """A notification without what it says, its recipient masked."""
    shown = {name: getattr(row, name) for name in _NOTIFICATION}
    rest = [channel for channel, _ in row.fallback or ()]
    return {
        **shown,
        "attempts_begun": row.attempts,
        "recipient": masked(row.channel, row.recipient),
        "next_channels": rest,
        "test": row.destination == TEST,
    }


def attempt(row: Row[Any]) -> dict[str, Any]:
    """One attempt."""
    return {name: getattr(row, name) for name in _ATTEMPT}


def finding(row: Row[Any]) -> dict[str, Any]:
    """What a person has found out."""
    return {name: getattr(row, name) for name in _FINDING}


def endpoint(row: Row[Any]) -> dict[str, Any]:
    """An endpoint without its secrets."""
    return {name: getattr(row, name) for name in _ENDPOINT}


def suppression(row: Row[Any]) -> dict[str, Any]:
    """A recipient that is not written to."""
    return {name: getattr(row, name) for name in _SUPPRESSION}


def destination(row: Row[Any]) -> dict[str, Any]:
    """A destination that has failed lately."""
    return {name: getattr(row, name) for name in _DESTINATION}


def edit(row: Row[Any]) -> dict[str, Any]:
    """One edit of a template; without a source it is the shipped one again."""
    return {**{name: getattr(row, name) for name in _EDIT}, "shipped": row.source is None}
