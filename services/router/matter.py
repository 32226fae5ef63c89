"""Matters: under which category an appeal is counted, once it has been decided who is competent. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.contracts.appeals import AppealKind
from services.router.agency import Agency
from services.router.appeal import Appeal


def matter_of(appeal: Appeal, record: Mapping[str, Any], agency: Agency | None) -> str | None:
    """The category of an appeal by the record of a decision that gives it to `agency`, or to nobody yet.

    A person who chooses an agency says no category: it stays what the rules found, where the agency answers for that or
    is the superior of who is complained of; else it is the one that the agency answers for. None if it has several.
    """
    if agency is None:
        return next((option["category"] for option in record.get("candidates", ())), appeal.category)
    if thought := next(thought_of(agency.code, record), None):
        return thought
    if appeal.category in agency.categories or appeal.kind is AppealKind.COMPLAINT:
        return appeal.category
    return agency.categories[0] if len(agency.categories) == 1 else None


def thought_of(agency: str, record: Mapping[str, Any]) -> Iterator[str]:
    """The categories for which the rules thought of the agency, the likeliest first."""
    for option in record.get("candidates", ()):
        if agency in {option["addressee"], *(one["agency"] for one in option["agencies"])}:
            yield option["category"]
