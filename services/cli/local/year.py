"""The demo's year: 1715 invented appeals of a regional anti-corruption service, in the shares of the source article.

Every text, name and number is made up. What an appeal is really about (`truth`) stays here: Joldau sees the body only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import Random
from typing import Any, Final

from services.cli.local.applicants import applicant, unnamed
from services.cli.local.arrivals import arrival
from services.cli.local.article import ARTICLE, RECEIVED, Category
from services.cli.local.mistyping import mistyped
from services.cli.local.phrases import Author, Phrase, Place, load, phrases, places
from services.cli.local.scene import Scene
from services.cli.local.shares import CHANNELS, KINDS, LANGUAGES, OTHER_BODIES, happens, shared_out, weighted
from services.contracts.appeals import AppealKind, Channel, Language

_UNNAMED: Final = 0.05
"""Of those who tell of corruption by telephone or post."""
_OPENED: Final = 0.4
_CLOSED: Final = 0.5
_ADDRESSED: Final = 0.6
_COMPLAINT_NAMES_WHOM: Final = 0.75
_OTHERS_NAME_WHOM: Final = 0.35
_TERRITORY_GIVEN: Final = 0.85


@dataclass(frozen=True)
class YearAppeal:
    """One appeal of the year: the body for ``POST /v1/appeals``, and what it is really about, which is never sent."""

    body: dict[str, Any]
    truth: Category
    matter: str
    """What exactly: its group in the files of texts, such as ``police`` or ``plots``."""
    also: Category | None
    """The second demand's category, where the text makes two."""


def year(seed: int, count: int = RECEIVED) -> Iterator[YearAppeal]:
    """The year in the order of arrival: the same for the same seed; a smaller `count` keeps the article's shares."""
    rng = Random(seed)  # noqa: S311 - invented texts, not secrets

    @cache
    def deck(language: Language, category: Category, matter: str | None) -> Iterator[Phrase]:
        texts = [phrase for phrase in phrases(category, language) if matter in (None, phrase.matter)]
        return _dealt(texts, rng)

    appeals = []
    for serial, (category, matter) in enumerate(_plan(rng, count)):
        language = weighted(rng, LANGUAGES)
        appeals.append(_appeal(rng, next(deck(language, category, matter)), category, language, serial))
    yield from sorted(appeals, key=lambda appeal: datetime.fromisoformat(appeal.body["received_at"]))


def _plan(rng: Random, count: int) -> list[tuple[Category, str | None]]:
    plan: list[tuple[Category, str | None]] = []
    for category, share in shared_out(count, ARTICLE).items():
        matters = shared_out(share, OTHER_BODIES) if category is Category.OTHER_BODIES else {None: share}
        plan += [(category, matter) for matter, n in matters.items() for _ in range(n)]
    rng.shuffle(plan)  # or serials would tell the category
    return plan


def _dealt(texts: list[Phrase], rng: Random) -> Iterator[Phrase]:
    """Every text once before any comes again."""
    while True:
        yield from rng.sample(texts, len(texts))


def _appeal(rng: Random, phrase: Phrase, category: Category, language: Language, serial: int) -> YearAppeal:
    channel = weighted(rng, CHANNELS[phrase.voice])
    kind = phrase.kind or weighted(rng, KINDS[category])
    against = _against(rng, phrase, kind)
    by = rng.choice((Author.MAN, Author.WOMAN)) if phrase.by is Author.ANYBODY else phrase.by
    place = _place(rng, channel, needs_district="{district" in f"{phrase.template}{against}")
    received_at = arrival(rng, channel)
    scene = Scene(rng, language=language, place=place, on=received_at.date(), feminine=by is Author.WOMAN)
    if category is Category.CORRUPTION and channel in (Channel.CALL_CENTRE, Channel.POST) and happens(rng, _UNNAMED):
        sender = unnamed(rng, scene, language)
    else:
        sender = applicant(rng, scene, by=by, voice=phrase.voice, channel=channel, language=language, serial=serial)
    body = {
        "kind": kind.value,
        "channel": channel.value,
        "language": language.value,
        "text": mistyped(_text(rng, phrase, language, scene), kazakh=language is Language.KAZAKH, rng=rng),
        "received_at": received_at.isoformat(),
        "applicant": sender,
        "addressed_to": _addressee(rng, channel, language),
        "complained_of": scene.tell(against) if against else None,
        "territory": place.names[language]["territory"] if happens(rng, _TERRITORY_GIVEN) else None,
    }
    return YearAppeal(body=body, truth=category, matter=phrase.matter, also=phrase.also)


def _text(rng: Random, phrase: Phrase, language: Language, scene: Scene) -> str:
    words = load(f"{language}/words.yaml")
    opening = rng.choice(words["openings"].get(phrase.voice, [""])) if happens(rng, _OPENED) else ""
    closing = rng.choice(words["closings"].get(phrase.voice, [""])) if happens(rng, _CLOSED) else ""
    return scene.tell(f"{opening} {phrase.template} {closing}")


def _against(rng: Random, phrase: Phrase, kind: AppealKind) -> str | None:
    named = _COMPLAINT_NAMES_WHOM if kind is AppealKind.COMPLAINT else _OTHERS_NAME_WHOM
    return rng.choice(phrase.against) if happens(rng, named) else None


def _addressee(rng: Random, channel: Channel, language: Language) -> str | None:
    if channel is Channel.CALL_CENTRE or not happens(rng, _ADDRESSED):
        return None
    return str(rng.choice(load(f"{language}/words.yaml")["addressees"]))


def _place(rng: Random, channel: Channel, *, needs_district: bool) -> Place:
    """A place that the text can name, and where the service receives people if it was told there."""
    return rng.choice(
        [
            place
            for place in places()
            if (place.is_district or not needs_district) and (place.reception or channel is not Channel.RECEPTION)
        ]
    )
