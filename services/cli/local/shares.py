"""How the year divides: over categories, languages, channels and kinds. Only the categories are the article's own."""

from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Final, TypeVar

from services.cli.local.article import Category
from services.cli.local.phrases import Voice
from services.contracts.appeals import AppealKind, Channel, Language

T = TypeVar("T")

LANGUAGES: Final = MappingProxyType({Language.KAZAKH: 45, Language.RUSSIAN: 55})

# a sister office reports every third one about police and prisons
OTHER_BODIES: Final = MappingProxyType(
    {
        "police": 52,
        "prison": 16,
        "courts": 22,
        "bailiffs": 24,
        "prosecutors": 8,
        "health": 27,
        "social": 20,
        "banks_consumer": 18,
        "central_bodies": 14,
    }
)

CHANNELS: Final[Mapping[Voice, Mapping[Channel, int]]] = {
    Voice.CLERK: {Channel.CALL_CENTRE: 1},
    Voice.NOTE: {Channel.CALL_CENTRE: 50, Channel.RECEPTION: 50},
    Voice.PLAIN: {Channel.WEB: 70, Channel.CALL_CENTRE: 20, Channel.RECEPTION: 10},
    Voice.LETTER: {Channel.WEB: 50, Channel.POST: 30, Channel.RECEPTION: 20},
    Voice.FORMAL: {Channel.WEB: 55, Channel.POST: 45},
    Voice.ELDER: {Channel.RECEPTION: 55, Channel.POST: 45},
    Voice.COLLECTIVE: {Channel.POST: 40, Channel.RECEPTION: 35, Channel.WEB: 25},
}

_LOCAL: Final = {AppealKind.APPLICATION: 55, AppealKind.COMPLAINT: 35, AppealKind.MESSAGE: 10}
KINDS: Final[Mapping[Category, Mapping[AppealKind, int]]] = {
    Category.CORRUPTION: {AppealKind.MESSAGE: 72, AppealKind.APPLICATION: 18, AppealKind.COMPLAINT: 10},
    Category.AKIMAT_DECISIONS: {AppealKind.COMPLAINT: 62, AppealKind.APPLICATION: 34, AppealKind.MESSAGE: 4},
    Category.LAND: _LOCAL,
    Category.EDUCATION: _LOCAL,
    Category.CONSTRUCTION_UTILITIES: _LOCAL,
    Category.OTHER_LEB: _LOCAL,
    Category.OTHER_BODIES: {AppealKind.COMPLAINT: 50, AppealKind.APPLICATION: 42, AppealKind.MESSAGE: 8},
}


def shared_out(total: int, weights: Mapping[T, int]) -> dict[T, int]:
    """`total` divided in proportion to whole `weights`, by largest remainders."""
    whole = sum(weights.values())
    shares = {key: total * weight // whole for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: -(total * weights[key] % whole))
    for key in by_remainder[: total - sum(shares.values())]:
        shares[key] += 1
    return shares


def weighted(rng: Random, weights: Mapping[T, int]) -> T:
    """One key, drawn by its weight."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def happens(rng: Random, share: float) -> bool:
    """True in this share of the draws."""
    return rng.random() < share
