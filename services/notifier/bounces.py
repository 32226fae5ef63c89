"""Bounces: what a delivery status notification says of one of our e-mails (RFC 3464, RFC 3463). Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from typing import Final
from uuid import UUID

from services.notifier.notification import Permanent, Sent, Temporary

MESSAGE_ID: Final = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@", re.IGNORECASE)
STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
NO_SUCH_ADDRESS: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""No such mailbox or domain, a null MX, or a mailbox that is switched off: the address is dead."""


@dataclass(frozen=True)
class Bounce:
    """What became of the e-mail of a notification."""

    notification_id: UUID
    said: Sent | Permanent | Temporary
    dead: bool = False
    """Nothing will ever arrive at this address."""


def read(content: bytes) -> Bounce | None:
    """The bounce in a message; None when it is none, says nothing final, or is not of ours.

    A delay is nothing final. A failure with a 4.x.x status means that the mail server has given up trying.
    """
    message = message_from_bytes(content, policy=policy.compat32)
    found = MESSAGE_ID.search("\n".join(_original_ids(message)))
    fields = _report(message)
    if found is None or fields is None:
        return None
    action = str(fields.get("Action", "")).strip().lower()
    status = STATUS.search(str(fields.get("Status", "")))
    code = status[1] if status else "unknown"
    notification_id = UUID(found[1])
    if action == "delivered":
        return Bounce(notification_id, Sent(confirmed=True))
    if action != "failed":
        return None
    if code.startswith("4"):
        return Bounce(notification_id, Temporary(f"bounced_{code}"))
    return Bounce(notification_id, Permanent(f"bounced_{code}"), dead=code in NO_SUCH_ADDRESS)


def _report(message: Message) -> Message | None:
    """The fields of the recipient; a notice of ours has one."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            return next((b for b in blocks if isinstance(b, Message) and "Action" in b), None)
    return None


def _original_ids(message: Message) -> Iterator[str]:
    """Message-IDs of what has bounced: of the message that came back, or of its headers."""
    for part in message.walk():
        if part is not message and (found := part.get("Message-ID")):
            yield str(found)
        if part.get_content_type() == "text/rfc822-headers":
            yield str(part.get_payload())
