"""Finding what an appeal repeats: earlier ones with the same words, of the same applicant or of others (a campaign)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.router import store, tables
from services.router.admission import ENDED
from services.router.appeal import Appeal
from services.router.likeness import ALIKE, keys, likeness, shingles

SHOWN: Final = 10
"""So many alike appeals are shown to a person."""
_COMPARED: Final = 50
"""So many candidates are compared for each appeal, the newest first."""


@dataclass(frozen=True)
class Alike:
    """An appeal beside another one."""

    row: Row[Any]
    share: float
    same_applicant: bool


@dataclass(frozen=True)
class Said:
    """What a new appeal says: its shingles, and the keys of its applicant's texts like it."""

    shingles: frozenset[int]
    own: list[int]

    @classmethod
    def by(cls, appeal: Appeal) -> Self:
        """What this appeal says. Who has no name has no texts of his own."""
        found = shingles(appeal.text)
        return cls(found, [] if appeal.anonymous else keys(found, of=appeal.applicant.name))


async def considered(tx: Transaction, said: Mapping[UUID, Said]) -> dict[UUID, list[str]]:
    """Registration numbers of what we have considered before of the same applicant in the same words, by appeal."""
    wanted = {key for one in said.values() for key in one.own}
    by_key: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in await store.alike(tx, wanted, outcomes=ENDED, limit=_COMPARED * len(said)) if wanted else ():
        by_key[row.key].append(row)
    numbers: dict[UUID, list[str]] = {}
    for appeal_id, one in said.items():
        earlier = {row.id: row for key in one.own for row in by_key[key]}.values()
        alike = [row for row in earlier if likeness(one.shingles, shingles(row.text)) >= ALIKE]
        numbers[appeal_id] = sorted(row.registration_number for row in alike)
    return numbers


async def remember(tx: Transaction, said: Mapping[UUID, Said]) -> None:
    """Keep the keys of new appeals."""
    kept = {appeal_id: {*keys(one.shingles), *one.own} for appeal_id, one in said.items()}
    rows = [{"key": key, "appeal_id": appeal_id} for appeal_id, found in kept.items() for key in found]
    await store.add(tx, tables.likeness, rows)


async def beside(tx: Transaction, row: Row[Any]) -> list[Alike]:
    """Appeals alike to one that is stored, those of its applicant first: for a person to look at."""
    said, whose = shingles(row.text), _name(row)
    by_key = await store.alike(tx, keys(said), limit=_COMPARED * len(keys(said)))
    others = {other.id: other for other in by_key if other.id != row.id}.values()
    found = [
        Alike(other, share, same_applicant=whose is not None and _name(other) == whose)
        for other in others
        if (share := likeness(said, shingles(other.text))) >= ALIKE
    ]
    return sorted(found, key=lambda one: (not one.same_applicant, -one.share, one.row.id))[:SHOWN]


def _name(row: Row[Any]) -> str | None:
    return None if row.anonymous else " ".join(sorted(row.applicant["name"].casefold().split()))
