"""SMS to applicants, through gateways that differ in what they can be asked.

A gateway that honours our id is told again; one that can be asked by it is asked first; where neither is possible an
SMS without an answer stays in doubt. What is certain not to have been taken is Temporary, never Unknown.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

import phonenumbers

from services.chassis.outbound import Answer, Failure, Outbound, OutboundFailed
from services.notifier.notification import Outcome, Permanent, Sent, Temporary, Unknown

Report = Sent | Permanent | Temporary
"""What a receipt says: delivered or taken, refused for good, or given up."""


class InDoubt(StrEnum):
    """What can be done when an answer is missing."""

    REPEAT = "repeat"
    """Send again under the same id: the gateway takes it once."""
    ASK = "ask"
    """Ask by our id what became of it; send again only what it does not know."""
    LEAVE = "leave"
    """Nothing: a person decides."""


@dataclass(frozen=True)
class OutgoingSms:
    """One attempt to tell an applicant."""

    client_id: UUID
    """Ours, the same at every attempt."""
    to: str = field(repr=False)
    """E.164."""
    text: str = field(repr=False)
    in_doubt: bool = False
    """The attempt before may have been taken by this very gateway."""


@dataclass(frozen=True)
class Receipt:
    """A delivery receipt: what it is of, by our id or by the gateway's own, and what it says."""

    said: Report
    client_id: UUID | None = None
    reference: str | None = None


class Gateway(Protocol):
    """A provider of SMS."""

    in_doubt: InDoubt

    async def send(self, outgoing: OutgoingSms) -> Outcome:
        """Make one attempt."""
        ...

    async def ask(self, outgoing: OutgoingSms) -> Outcome | None:
        """What became of an SMS whose answer is missing; None when the gateway has never seen it."""
        ...

    def receipt(self, fields: dict[str, str]) -> Receipt | None:
        """Read a delivery receipt; None for one that says nothing final. Raises ValueError when it is none of ours."""
        ...


async def attempted(gateway: Gateway, outgoing: OutgoingSms) -> Outcome:
    """Make one attempt, asking first where the one before is in doubt."""
    if outgoing.in_doubt and gateway.in_doubt is InDoubt.ASK:
        known = await gateway.ask(outgoing)
        if known is not None:
            return known
    outcome = await gateway.send(outgoing)
    if outgoing.in_doubt and gateway.in_doubt is not InDoubt.ASK and isinstance(outcome, Temporary | Permanent):
        return Unknown(outcome.code)  # this one was not taken, but the one before may have been
    return outcome


_NOT_TAKEN: Final = frozenset({Failure.UNRESOLVED, Failure.REFUSED, Failure.UNREACHABLE, Failure.TLS, Failure.URL})
_ANSWER_LOST: Final = frozenset({502, 504})
"""Said by what stands before a gateway: the gateway itself may have taken it."""
_NOT_NOW: Final = frozenset({408, 425, 429})
"""Refusals of this moment, not of the SMS: too slow, too early, too often (RFC 9110, 8470, 6585)."""


async def called(
    http: Outbound, method: str, url: str, *, headers: dict[str, str] | None = None, content: bytes = b""
) -> Answer | Outcome:
    """Call a gateway: its answer, or what the lack of one means, or of a gateway that can take nothing now."""
    try:
        answer = await http.request(method, url, headers=headers, content=content)
    except OutboundFailed as error:
        code = error.failure.value
        return Temporary(code) if error.failure in _NOT_TAKEN else Unknown(code)
    code = f"http_{answer.status}"
    if answer.status in _ANSWER_LOST:
        return Unknown(code)
    return Temporary(code) if answer.status >= 500 or answer.status in _NOT_NOW else answer  # noqa: PLR2004 - RFC 9110


def takes_sms(number: str) -> bool:
    """Whether an SMS can arrive there: a number in E.164 that is not known to be one of a fixed line."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(parsed) != phonenumbers.PhoneNumberType.FIXED_LINE


@dataclass(frozen=True)
class Segments:
    """How an SMS goes over the air."""

    encoding: str
    count: int


_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")


def segments(text: str) -> Segments:
    """Parts that an SMS takes (3GPP TS 23.038, 23.040): of 160 septets, or 70 UTF-16 units with Cyrillic.

    Joined parts hold 153 and 67. No character is split: neither an escape and its letter, nor a surrogate pair.
    """
    if all(letter in _BASIC or letter in _EXTENDED for letter in text):
        return Segments("gsm-7", _parts([1 + (letter in _EXTENDED) for letter in text], alone=160, joined=153))
    return Segments("ucs-2", _parts([1 + (ord(letter) > 0xFFFF) for letter in text], alone=70, joined=67))  # noqa: PLR2004


def _parts(widths: list[int], *, alone: int, joined: int) -> int:
    if sum(widths) <= alone:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > joined:
            count, used = count + 1, 0
        used += width
    return count
