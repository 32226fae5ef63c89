"""The invented texts of the demo's year and where they come from: files under `year/`, one folder a language.

In a text `[a|b]` is a choice, `<m|f>` follows the writer's gender and `{slot}` names a thing, a place or a time:
`scene.py` fills them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.chassis import yaml_documents
from services.cli.local.article import Category
from services.contracts.appeals import AppealKind, Language

_FOLDER: Final = Path(__file__).with_name("year")


class Voice(StrEnum):
    """Who is heard in a text, and so how it reached the service."""

    CLERK = "clerk"
    """The call centre's summary, 3 to 15 words."""
    NOTE = "note"
    """What an official wrote down at a reception or on the phone."""
    PLAIN = "plain"
    LETTER = "letter"
    FORMAL = "formal"
    """A lawyer, or somebody who writes like one."""
    ELDER = "elder"
    COLLECTIVE = "collective"


class Author(StrEnum):
    """Who can have written a text."""

    ANYBODY = "anybody"
    MAN = "m"
    WOMAN = "f"
    FIRM = "firm"
    FARM = "farm"


@dataclass(frozen=True)
class Phrase:
    """One text written by hand, with the matter it is about and whom it may complain of."""

    template: str
    voice: Voice
    matter: str
    against: tuple[str | None, ...]
    by: Author
    kind: AppealKind | None
    also: Category | None
    """The second demand's category, where there are two."""


@dataclass(frozen=True)
class Place:
    """A district, or a city of the region, with its names in both languages."""

    reception: bool
    names: Mapping[Language, Mapping[str, Any]]

    @property
    def is_district(self) -> bool:
        return "district" in self.names[Language.RUSSIAN]


@cache
def phrases(category: Category, language: Language) -> tuple[Phrase, ...]:
    """All texts of a category, in the order of the file."""
    matters = load(f"{language}/{category}.yaml")
    return tuple(
        _phrase(matter, entry.get("against", [None]), dict(text))
        for matter, entry in matters.items()
        for text in entry["texts"]
    )


@cache
def places() -> tuple[Place, ...]:
    """Where appeals come from: the districts of Almaty region and its centre."""
    return tuple(
        Place(reception=entry["reception"], names={language: entry[language] for language in Language})
        for entry in load("places.yaml")
    )


@cache
def load(name: str) -> Any:
    """One of the year's files, as YAML gives it."""
    return yaml_documents.read((_FOLDER / name).read_text("utf-8"))


def _phrase(matter: str, of_matter: list[str | None], text: dict[str, Any]) -> Phrase:
    against = [text.pop("against")] if "against" in text else of_matter
    by, kind, also = (text.pop(key, None) for key in ("by", "kind", "also"))
    ((voice, template),) = text.items()
    return Phrase(
        template=template.strip(),
        voice=Voice(voice),
        matter=matter,
        against=tuple(against),
        by=Author(by or Author.ANYBODY),
        kind=AppealKind(kind) if kind else None,
        also=Category(also) if also else None,
    )
