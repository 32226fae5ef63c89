"""Invented applicants: no name, number or address here is anybody's.

An IIN has month 00 and century digit 0, a BIN has month 00: no person or firm can have them, yet the check digits
are right (orders of the Minister of Internal Affairs No. 521 and of the Minister of Justice No. 423, June 2023).
"""

from random import Random
from typing import Any, Final

from services.cli.local.phrases import Author, Voice, load
from services.cli.local.scene import Scene
from services.cli.local.shares import happens
from services.contracts.appeals import Channel, Language

_FIRST_WEIGHTS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_WEIGHTS: Final = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_NO_DIGIT: Final = 10
_HAS_EMAIL: Final = {Channel.WEB: 0.95, Channel.CALL_CENTRE: 0.45, Channel.RECEPTION: 0.5, Channel.POST: 0.35}
_HAS_ADDRESS: Final = {Channel.WEB: 0.7, Channel.CALL_CENTRE: 0.55, Channel.RECEPTION: 0.9, Channel.POST: 1.0}
_ELDER_HAS_EMAIL: Final = 0.08
_HAS_PHONE: Final = 0.9
_HAS_NUMBER: Final = 0.75
_CONFIRMS: Final = 0.8
_DOMAINS: Final = ("mail.example", "pochta.example", "example.com", "example.org")


def applicant(
    rng: Random, scene: Scene, *, by: Author, voice: Voice, channel: Channel, language: Language, serial: int
) -> dict[str, Any]:
    """Who sends the appeal; `serial` keeps e-mail addresses apart."""
    is_legal = by in (Author.FIRM, Author.FARM)
    has_email = _ELDER_HAS_EMAIL if voice is Voice.ELDER else _HAS_EMAIL[channel]
    contacts = {
        "email": f"applicant.{serial:04}@{rng.choice(_DOMAINS)}" if happens(rng, has_email) else None,
        "phone": f"+7700000{rng.randrange(10_000):04}" if happens(rng, _HAS_PHONE) else None,
        "postal_address": scene.tell(_words(language)["address"]) if happens(rng, _HAS_ADDRESS[channel]) else None,
    }
    number = _bin(rng) if is_legal else _iin(rng)
    return {
        "kind": "legal" if is_legal else "natural",
        "name": scene.tell(_words(language)["firms"][by]) if is_legal else _name(rng, by, language),
        "iin_bin": number if happens(rng, _HAS_NUMBER) else None,
        **contacts,
        "contacts_confirmed": any(contacts.values()) and happens(rng, _CONFIRMS),
    }


def unnamed(rng: Random, scene: Scene, language: Language) -> dict[str, Any]:
    """Somebody who would not give a name (АППК art. 88)."""
    return {
        "kind": "natural",
        "name": scene.tell(rng.choice(_words(language)["unnamed"])),
        "iin_bin": None,
        "email": None,
        "phone": None,
        "postal_address": None,
        "contacts_confirmed": False,
    }


def check_digit(digits: str) -> int | None:
    """Twelfth digit of the IIN or BIN that begins with these eleven; None where no valid number begins so."""
    for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS):
        digit = sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11
        if digit != _NO_DIGIT:
            return digit
    return None


def _name(rng: Random, by: Author, language: Language) -> str:
    people = load(f"{language}/people.yaml")[by]
    surname, given, patronymic = (rng.choice(people[part]) for part in ("surnames", "given", "patronymics"))
    forms = (f"{surname} {given} {patronymic}", f"{surname} {given}", f"{surname} {given[0]}.{patronymic[0]}.")
    return rng.choices(forms, weights=(75, 18, 7))[0]


def _iin(rng: Random) -> str:
    return _with_check_digit(rng, f"{rng.randrange(100):02}00{rng.randrange(32):02}0")


def _bin(rng: Random) -> str:
    return _with_check_digit(rng, f"{rng.randrange(100):02}0040")


def _with_check_digit(rng: Random, beginning: str) -> str:
    width = 11 - len(beginning)
    while True:
        digits = beginning + f"{rng.randrange(10**width):0{width}}"
        digit = check_digit(digits)
        if digit is not None:
            return f"{digits}{digit}"


def _words(language: Language) -> Any:
    return load(f"{language}/words.yaml")
