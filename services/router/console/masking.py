"""Personal data as everybody at the console sees it until it is revealed: enough to recognise, not enough to use."""

from collections.abc import Mapping
from typing import Any, Final

from services.chassis.logs import MASK

FIELDS: Final = ("name", "phone", "email", "postal_address")
_DIGITS_SHOWN: Final = 2


def masked(applicant: Mapping[str, Any]) -> dict[str, str]:
    """What an appeal keeps of its applicant, field by field; what is not there is left out."""
    return {name: _MASKS[name](str(applicant[name])) for name in FIELDS if applicant.get(name)}


def _initials(name: str) -> str:
    return " ".join(f"{word[0]}{MASK}" for word in name.split())


def _ends(phone: str) -> str:
    return f"{phone[:2]}{MASK}{phone[-_DIGITS_SHOWN:]}"


def _domain(email: str) -> str:
    return f"{email[0]}{MASK}@{email.rpartition('@')[2]}"


def _nothing(_address: str) -> str:
    return MASK


_MASKS: Final = {"name": _initials, "phone": _ends, "email": _domain, "postal_address": _nothing}
