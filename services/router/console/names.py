"""What the directory calls agencies, categories and places, in the viewer's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.router.agency import Agency, Level
from services.router.directory import Directory

_NEARNESS: Final = {Level.OBLAST: 0, Level.CENTRAL: 1, Level.DISTRICT: 2, Level.SETTLEMENT: 3}
"""In which order agencies are offered."""


@dataclass(frozen=True)
class Names:
    """What the directory calls its records, in one language."""

    directory: Directory
    on: date
    language: str

    def agency(self, code: str | None) -> str:
        """The name of an agency; the code of one that is not listed."""
        record = self.record(code) if code else None
        return self.of(record) if record else code or "—"

    def record(self, code: str) -> Agency | None:
        """The record in force, else any that it has had."""
        found = self.directory.agency(code, self.on)
        return found or next((one for one in self.directory.agencies if one.code == code), None)

    def category(self, code: str | None) -> str:
        found = self.directory.categories.get(code) if code else None
        return self.of(found) if found else code or "—"

    def territory(self, code: str | None) -> str:
        found = self.directory.territories.territories.get(code) if code else None
        return self.of(found) if found else "—"

    def categories(self, codes: Sequence[str]) -> str:
        return ", ".join(map(self.category, codes)) or "—"

    def territories_of(self, codes: Sequence[str]) -> str:
        return ", ".join(map(self.territory, codes)) or "—"

    def of(self, record: Any) -> str:
        return str(getattr(record.name, self.language))

    def agencies(self, near: str | None = None) -> list[tuple[str, str]]:
        """Agencies that can be chosen today: those of the place first, then the oblast's, each by name."""
        valid = [one for one in self.directory.agencies if one.is_valid(self.on)]
        valid.sort(key=lambda one: (near not in one.territories, _NEARNESS[one.level], self.of(one)))
        return [(one.code, self.of(one)) for one in valid]

    def territories(self) -> list[tuple[str, str]]:
        return _by_name({one.code: self.of(one) for one in self.directory.territories.territories.values()})

    def every_agency(self) -> list[tuple[str, str]]:
        """All agencies that the directory has had, by name."""
        return _by_name({one.code: self.agency(one.code) for one in self.directory.agencies})

    def every_category(self) -> list[tuple[str, str]]:
        return _by_name({code: self.category(code) for code in self.directory.categories})


def _by_name(known: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(known.items(), key=lambda one: one[1])
