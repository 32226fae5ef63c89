"""Edits of the directory's text: what they change, and that they leave the rest as it was written."""

from datetime import date

import pytest

from services.router.directory_edit import NoRecord, added, amended, closed
from services.router.directory_file import DEMO, parse_directory
from tests.small_rules import DIRECTORY

NEW_YEAR = date(2027, 1, 1)
EVE = date(2026, 12, 31)
ORDER = "приказ № 7"
TEXT = DEMO.read_text("utf-8")
BLOCKS = closed(DIRECTORY, "education-talgar", on=date(2026, 1, 1), successor=None)
"""Written out in full by that edit."""


def directory(text: str):
    return parse_directory(text, source="test")


def changed_lines(text: str) -> int:
    return len(set(text.splitlines()) - set(TEXT.splitlines()))


@pytest.mark.parametrize("text", [BLOCKS, DIRECTORY], ids=["blocks", "borrowed records"])
def test_a_closed_agency_keeps_its_record_to_its_last_day(text):
    """From the day on its successor stands in its place."""
    found = directory(closed(text, "land-relations", on=NEW_YEAR, successor="akimat"))

    assert found.agency("land-relations", EVE) is not None
    assert found.agency("land-relations", NEW_YEAR) is None
    assert found.in_place_of("land-relations", NEW_YEAR).code == "akimat"


@pytest.mark.parametrize("text", [BLOCKS, DIRECTORY], ids=["blocks", "borrowed records"])
def test_an_amended_agency_is_another_from_its_day(text):
    """Decisions of the days before still find it as it was."""
    found = directory(amended(text, "education", {"superior": None, "source": ORDER}, on=NEW_YEAR))
    before, after = found.agency("education", EVE), found.agency("education", NEW_YEAR)

    assert (before.superior, before.valid_to) == ("akimat", EVE)
    assert (after.superior, after.source, after.valid_to) == (None, ORDER, None)
    assert after.categories == before.categories


@pytest.mark.parametrize("text", [BLOCKS, DIRECTORY], ids=["blocks", "borrowed records"])
def test_what_is_amended_from_its_first_day_is_replaced(text):
    """It never stood otherwise."""
    once = amended(text, "education", {"source": ORDER}, on=NEW_YEAR)
    found = directory(amended(once, "education", {"source": "приказ № 8"}, on=NEW_YEAR))

    assert [record.source for record in found.agencies if record.code == "education"][1:] == ["приказ № 8"]


def test_what_defines_words_for_others_can_be_replaced():
    """The file is written out in full then."""
    first = directory(TEXT).agency("akimat", EVE).valid_from
    found = directory(amended(TEXT, "akimat", {"source": ORDER}, on=first))

    assert found.agency("akimat", EVE).source == ORDER
    assert len(found.agencies) == len(directory(TEXT).agencies)


def test_an_added_agency_stands_at_the_end():
    """Whatever is written of it."""
    facts = {"code": "archive", "name": {"kk": "Мұрағат", "ru": "Архив", "en": "Archive"}}
    found = directory(added(BLOCKS, {**facts, "level": "oblast", "valid_from": NEW_YEAR, "source": ORDER}))

    assert found.agencies[:-1] == directory(BLOCKS).agencies
    assert (found.agencies[-1].code, found.agencies[-1].name.kk) == ("archive", "Мұрағат")


def test_the_rest_stays_as_it_was_written():
    """Comments too: a person reads and edits the same file."""
    ended = closed(TEXT, "justice", on=NEW_YEAR, successor="justice-ministry")

    assert changed_lines(ended) == 3
    ending = "\n    valid_to: 2026-12-31\n    successor: justice-ministry\n"
    assert ended.replace(ending, "\n").replace("11+1", "11") == TEXT


def test_each_edit_counts_the_version_on():
    """A record of a decision names the very directory."""
    once = closed(DIRECTORY, "akimat", on=NEW_YEAR, successor=None)
    twice = closed(once, "akimat", on=date(2026, 12, 1), successor=None)

    assert [directory(text).version for text in (DIRECTORY, once, twice)] == ["small", "small+1", "small+2"]


@pytest.mark.parametrize(("code", "on"), [("nobody", NEW_YEAR), ("education", date(2021, 7, 1))])
def test_an_agency_that_is_not_there_on_the_day_before_cannot_be_closed(code, on):
    """Neither an unknown one nor one to come."""
    with pytest.raises(NoRecord):
        closed(BLOCKS, code, on=on, successor=None)
