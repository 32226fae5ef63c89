"""Recipients as operators, logs and other services may see them."""

from typing import Final

from services.chassis.logs import MASK
from services.notifier.notification import Channel

PHONE_SHOWN: Final = 2
"""Last digits of a telephone number that show."""


def masked(channel: str, recipient: str) -> str:
    """Enough of a recipient to recognise it by: ``a•••@example.kz``, ``+7•••34``. A posting system is no secret."""
    if channel == Channel.WEBHOOK or not recipient:  # a letter has its address elsewhere
        return recipient
    if channel == Channel.SMS:
        return f"{recipient[:2]}{MASK}{recipient[-PHONE_SHOWN:]}"
    _, _, domain = recipient.rpartition("@")
    return f"{recipient[0]}{MASK}@{domain}"
