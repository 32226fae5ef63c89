"""An agency's form says what its record says, and only what differs is a change."""

from dataclasses import replace
from datetime import date

import pytest

from services.contracts.appeals import AppealKind
from services.router.agency import Agency
from services.router.console.administration import agency_form
from services.router.console.viewer import Form
from services.router.directory_file import read_directory
from services.router.minimum import Field, Need

AGENCIES = read_directory().agencies
ON = date(2026, 11, 26)


@pytest.mark.parametrize("record", AGENCIES, ids=[f"{one.code}-{one.valid_from}" for one in AGENCIES])
def test_a_form_that_nobody_touched_changes_nothing(record: Agency) -> None:
    assert agency_form.changed(agency_form.shown(record, ON), record) == {}


def test_what_is_typed_is_the_change_and_what_is_emptied_is_taken_away() -> None:
    (record, *_) = AGENCIES
    form = agency_form.shown(record, ON)
    typed = Form({**form.values, "name_ru": ["Иначе"], "categories": [], "known_as_ru": ["акимат*\n\n аким* "]})
    changed = agency_form.changed(typed, record)
    assert sorted(changed) == ["categories", "known_as", "name"]
    assert changed["name"] == {"kk": record.name.kk, "ru": "Иначе", "en": record.name.en}
    assert changed["categories"] is None
    assert changed["known_as"]["ru"] == ["акимат*", "аким*"]


def test_a_limited_kind_lists_what_is_told_and_an_unlimited_one_nothing() -> None:
    """A box ticked without the limit says nothing: everything is told."""
    need = Need(purpose=AppealKind.COMPLAINT, fields=(Field.NAME,))
    record = replace(AGENCIES[0], needs=(need,))
    form = agency_form.shown(record, ON)
    assert form.all("needs_complaint") == ["limited", Field.NAME]
    free = Form({**form.values, "needs_complaint": [Field.NAME], "needs_request": ["limited"]})
    assert agency_form.changed(free, record) == {"needs": [{"purpose": "request", "fields": []}]}
