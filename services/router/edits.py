"""Edits of a rule set, as values: what each changes, and how it is noted in the trail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.chassis.errors import NotFound
from services.contracts.calendar import Override
from services.router import directory_edit
from services.router.rulebook import Noted
from services.router.rules import RuleSet


@dataclass(frozen=True)
class Edit:
    """One edit."""

    change: Callable[[RuleSet], RuleSet]
    """Raises `NoRecord` for an agency that the directory does not have."""
    noted: Noted


def directory_replaced(text: str) -> Edit:
    """A whole directory in the place of that in force."""
    return _of_directory(lambda _: text, Noted("directory.import", "-"))


def agency_added(record: Mapping[str, Any]) -> Edit:
    """An agency's first record."""
    return _of_directory(lambda text: directory_edit.added(text, record), Noted("agency.add", str(record["code"])))


def agency_amended(code: str, changes: Mapping[str, Any], *, on: date) -> Edit:
    """An agency changed from a day on."""
    return _of_directory(lambda text: directory_edit.amended(text, code, changes, on=on), Noted("agency.amend", code))


def agency_closed(code: str, *, on: date, successor: str | None) -> Edit:
    """An agency closed from a day on."""
    return _of_directory(
        lambda text: directory_edit.closed(text, code, on=on, successor=successor), Noted("agency.close", code)
    )


def day_put(told: Override) -> Edit:
    """A day that is a working day, or off, by an act."""

    def change(rules: RuleSet) -> RuleSet:
        return _with_days(rules, {**_days(rules), told.day: told})

    return Edit(change, Noted("calendar.set", told.day.isoformat()))


def day_removed(day: date) -> Edit:
    """A day that is again what the published holidays say. Raises `NotFound` when it is no other."""

    def change(rules: RuleSet) -> RuleSet:
        days = _days(rules)
        if days.pop(day, None) is None:
            raise NotFound("day_not_overridden")
        return _with_days(rules, days)

    return Edit(change, Noted("calendar.unset", day.isoformat()))


def _of_directory(change: Callable[[str], str], noted: Noted) -> Edit:
    return Edit(lambda rules: replace(rules, directory=change(rules.directory)), noted)


def _days(rules: RuleSet) -> dict[date, Override]:
    return {one.day: one for one in rules.overrides}


def _with_days(rules: RuleSet, days: Mapping[date, Override]) -> RuleSet:
    return replace(rules, overrides=tuple(days[day] for day in sorted(days)))
