"""The directory: which agency answers for what, where and when, who stands above it and who takes its place.

It is data with validity dates: asked about a day, it answers as the law stood on that day.
"""

from collections.abc import Iterable
from datetime import date
from types import MappingProxyType
from typing import Final

from services.router.agency import Agency, Category, Transport
from services.router.directory_check import DirectoryError, problems
from services.router.lexicon import Lexicon
from services.router.naming import NO_WORDING, Wording
from services.router.reading import evidence
from services.router.territories import Gazetteer

UNLISTED: Final = "(unlisted)"
"""Stands for bodies too small to be listed, such as schools, and private ones: no agency is below them or above."""


class Directory:
    """Agencies, categories and territories, checked as a whole. Immutable: an edited directory is a new one."""

    def __init__(
        self,
        *,
        version: str,
        territories: Gazetteer,
        categories: Iterable[Category],
        agencies: Iterable[Agency],
        unlisted: Wording = NO_WORDING,
    ) -> None:
        """Take the records. `unlisted` are words for bodies that stand for `UNLISTED`.

        Raises DirectoryError with all that is wrong.
        """
        self.version: Final = version
        self.territories: Final = territories
        self.categories: Final = MappingProxyType({category.code: category for category in categories})
        self.agencies: Final = tuple(agencies)
        self._records: Final = _by_code(self.agencies)
        self._answering: Final = {
            code: tuple(agency for agency in self.agencies if code in agency.categories) for code in self.categories
        }
        if found := problems(self.agencies, self.categories, territories):
            raise DirectoryError(found)
        self._named: Final = Lexicon(
            version,
            {},
            (
                *(pattern for agency in self.agencies for pattern in agency.patterns()),
                *unlisted.patterns(UNLISTED, "plain"),
            ),
        )

    def agency(self, code: str, on: date) -> Agency | None:
        """The record in force on the day; None for an unknown, closed or future agency."""
        return next((record for record in self._records.get(code, ()) if record.is_valid(on)), None)

    def candidates(self, category: str, territory: str | None, on: date) -> tuple[Agency, ...]:
        """The agencies that answer for the category there, the most local first; empty if there is none.

        An unknown territory, or None, is the whole oblast.
        """
        here = [agency for agency in self._answering.get(category, ()) if agency.is_valid(on)]
        found = (a for place in self.territories.lineage(territory) for a in here if place in a.territories)
        return tuple(dict.fromkeys(found))

    def in_place_of(self, code: str, on: date) -> Agency | None:
        """The agency itself, or who has taken its place by that day; None if nobody has."""
        seen: set[str] = set()
        while code not in seen:
            seen.add(code)
            record = self._standing(code, on)
            if record is None or record.is_valid(on):
                return record
            if record.successor is None or on < record.valid_from:
                return None
            code = record.successor
        return None

    def superior_of(self, code: str, on: date) -> Agency | None:
        """Who considers complaints about the agency; None where nobody in the directory may: a person decides."""
        agency = self.in_place_of(code, on)
        if agency is None or agency.superior is None:
            return None
        superior = self.in_place_of(agency.superior, on)
        # a merger may have put the superior's powers below, or into, the body complained of
        return None if superior is None or self.is_at_or_below(superior.code, code, on) else superior

    def is_at_or_below(self, code: str, other: str, on: date) -> bool:
        """Whether `code` is `other`, stands in its place, or is subordinate to it by either line, at any depth."""
        heir = self.in_place_of(other, on)
        tops = {other} | ({heir.code} if heir else set())
        seen: set[str] = set()
        waiting = [code]
        while waiting:
            body = waiting.pop()
            if body in tops:
                return True
            if body not in seen:
                seen.add(body)
                waiting += self._above(body, on)
        return False

    def named_in(self, text: str, on: date, *, near: str | None = None) -> frozenset[str] | None:
        """Codes of the bodies that words such as «аким Карасайского района» name; None if it is not clear.

        `UNLISTED` is among them when it names a body too small to be listed. A name without a place is taken at its
        highest, the oblast's body, or where the oblast has none so named, `near`.
        """
        place = self.territories.of_form(text)
        found = {item.topic for item in evidence(text, self._named)}
        records = [(code, record) for code in found if (record := self._standing(code, on))]
        for where in (place,) if place else (self.territories.root, near):
            if named := {code for code, record in records if where in record.territories}:
                return frozenset(named | (found & {UNLISTED}))
        return frozenset(found & {UNLISTED}) or None

    def queue_codes(self) -> tuple[str, ...]:
        """Codes of all agencies with a queue of their own, closed and future ones too: a queue outlives its agency."""
        return tuple(sorted({agency.code for agency in self.agencies if agency.transport is Transport.AMQP}))

    def transport_of(self, code: str, on: date) -> Transport:
        """How an agency is reached: a closed one as on its last day, and one that is not listed by hand."""
        record = self._standing(code, on)
        return record.transport if record else Transport.BY_HAND

    def _standing(self, code: str, on: date) -> Agency | None:
        """The record in force, else the last one before the day, else the first one after it."""
        records = self._records.get(code, ())
        begun = [record for record in records if record.valid_from <= on]
        return begun[-1] if begun else next(iter(records), None)

    def _above(self, code: str, on: date) -> set[str]:
        """Bodies directly above, by reporting or by complaint, and those that have taken their places."""
        record = self._standing(code, on)
        named = {body for body in (record.parent, record.superior) if body} if record else set()
        return named | {heir.code for body in named if (heir := self.in_place_of(body, on))}


def _by_code(agencies: Iterable[Agency]) -> dict[str, tuple[Agency, ...]]:
    records: dict[str, list[Agency]] = {}
    for agency in sorted(agencies, key=lambda agency: agency.valid_from):
        records.setdefault(agency.code, []).append(agency)
    return {code: tuple(found) for code, found in records.items()}
