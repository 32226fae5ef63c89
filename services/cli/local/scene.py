"""The particulars of one appeal: the same village, sum and date wherever its text names them."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from services.cli.local.phrases import Place, load
from services.contracts.appeals import Language

_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")
_GENDER: Final = re.compile(r"<([^<>|]*)\|([^<>|]*)>")
_SLOT: Final = re.compile(r"\{(\w+)\}")
_SENTENCE_START: Final = re.compile(r"(^|[.!?]\s+|\n\s*)$")
_AMOUNTS: Final = {
    "small": (10, 95, 5),
    "sum": (150, 2_000, 50),
    "mid": (2_000, 9_500, 500),
    "big": (4_000, 180_000, 1_000),
}  # thousands of tenge


class Scene:
    """The particulars of one appeal: what every slot means in it."""

    def __init__(self, rng: Random, *, language: Language, place: Place, on: date, feminine: bool) -> None:
        words = load(f"{language}/words.yaml")
        names = place.names[language]
        self._rng = rng
        self._feminine = feminine
        self._facts: dict[str, str] = {k: v for k, v in names.items() if k != "villages"}
        self._facts["village"] = rng.choice(names["villages"])
        for slot, values in words["slots"].items():
            self._put(slot, rng.choice(values))
        for slot, (low, high, step) in _AMOUNTS.items():
            self._put(slot, _amount(rng.randrange(low, high + 1, step), words, rng))
        self._put_dates(words, on)
        self._put_numbers(words, on)

    def tell(self, template: str) -> str:
        """`template` with its choices made and its slots filled."""
        text = _GENDER.sub(lambda pair: pair[2 if self._feminine else 1], template)  # first: choices have bars as well
        text = _CHOICE.sub(lambda choice: self._rng.choice(choice[1].split("|")), text)
        text = _SLOT.sub(self._fill, text)
        return re.sub(r" {2,}", " ", text).strip()

    def _fill(self, slot: re.Match[str]) -> str:
        value = self._facts[slot[1]]
        at_start = _SENTENCE_START.search(slot.string[max(0, slot.start() - 4) : slot.start()])
        return value[0].upper() + value[1:] if at_start else value

    def _put(self, slot: str, value: str | Mapping[str, str]) -> None:
        if isinstance(value, str):
            self._facts[slot] = value
            return
        self._facts[slot] = value["nom"]
        self._facts.update({f"{slot}_{form}": word for form, word in value.items()})

    def _put_dates(self, words: Mapping[str, Any], on: date) -> None:
        recent = on - timedelta(days=self._rng.randint(2, 45))
        earlier = recent - timedelta(days=self._rng.randint(30, 400))
        pattern = self._rng.choice(words["dates"])
        self._put("date", _dated(pattern, recent, words))
        self._put("earlier", _dated(pattern, earlier, words))
        self._put("month", words["months"][recent.month - 1])
        self._put("oldyear", str(self._rng.randint(2008, 2019)))

    def _put_numbers(self, words: Mapping[str, Any], on: date) -> None:
        rng = self._rng
        numbers = {"a": rng.randint(1, 9), "b": rng.randint(2, 40), "c": rng.randint(101, 999)}
        self._put(
            "ref", rng.choice(words["papers"]).format(**numbers, year=on.year, serial=f"{rng.randint(1, 9999):05}")
        )
        self._put("house", str(rng.randint(2, 148)))
        self._put("no", str(rng.randint(1, 60)))
        # in Russian a noun after these is always in the genitive plural
        self._put("percent", str(rng.choice((5, 7, 8, 10, 12, 15, 20, 25, 30))))
        self._put("hectares", str(rng.choice((5, 6, 8, 10, 12, 15, 18, 20, 25, 30, 36, 40))))
        self._put("age", str(rng.choice((65, 66, 67, 68, 69, 70, 75, 76, 77, 78, 79, 80))))
        self._put("area", rng.choice(("0,06", "0,08", "0,10", "0,12", "0,15", "0,25")))


def _amount(thousands: int, words: Mapping[str, Any], rng: Random) -> str:
    million = thousands / 1000
    patterns = words["millions" if million >= 1 and thousands % 100 == 0 else "thousands"]
    plain = thousands * 1000
    return str(rng.choice(patterns)).format(
        plain=plain,
        spaced=f"{plain:,}".replace(",", " "),
        thousand=thousands,
        million=f"{million:g}".replace(".", ","),
    )


def _dated(pattern: str, day: date, words: Mapping[str, Any]) -> str:
    month = words["months"][day.month - 1]
    return pattern.format(
        day=day.day,
        month=month["nom"],
        month_gen=month.get("gen", month["nom"]),
        dd=f"{day.day:02}",
        mm=f"{day.month:02}",
        year=day.year,
    )
