"""Variables of the notices: their words, what is refused, and the table in the docs."""

from datetime import date
from pathlib import Path
from typing import Final

import pytest

from services.contracts.appeals import Language
from services.contracts.notifications import Notice
from services.notifier.notices import NOTICES, Kind, Own, UnusableVariables, as_markdown, date_in_words, in_words

DOCS: Final = Path(__file__).parents[3] / "docs" / "messages" / "notices.md"
WITHDRAWN: Final = {
    "registration_number": "ЖТ-2026-000123",
    "registered_on": "2026-11-23",
    "withdrawn_on": "2026-11-25",
    "status_url": "https://joldau.example/s/1",
}
REGISTERED: Final = WITHDRAWN | {"received_at": "2026-11-23T14:10:00+00:00", "accepted_by": "Ахметова А. Б., маман"}
REFERRED: Final = WITHDRAWN | {
    "referred_on": "2026-11-24",
    "agency_name": "Қарасай ауданының әкімдігі",
    "agency_contacts": "",
    "scope": "full",
    "answer_due_on": "",
}


def test_the_table_in_the_docs_is_the_one_in_force() -> None:
    """Intake's authors read the docs; `as_markdown` writes them."""
    assert DOCS.read_text(encoding="utf-8") == as_markdown()


def test_every_notice_has_its_variables() -> None:
    assert set(NOTICES) == {*Notice, *Own}


@pytest.mark.parametrize("notice", [Notice.REGISTERED, Notice.RETAINED])
def test_notices_of_what_stays_with_us_have_no_room_for_a_topic(notice: Notice) -> None:
    """R-SEC-5: of a sensitive appeal only the number, dates and page are told."""
    names = {variable.name for variable in NOTICES[notice]}

    assert all(variable.kind is not Kind.TEXT for variable in NOTICES[notice])
    assert not names & {"agency_name", "agency_contacts", "scope", "reason", "answer"}


def test_dates_are_written_in_words_of_the_language() -> None:
    assert date_in_words(date(2026, 11, 3), Language.KAZAKH) == "2026 жылғы 3 қараша"
    assert date_in_words(date(2026, 11, 3), Language.RUSSIAN) == "3 ноября 2026 года"


def test_a_time_is_shown_in_almaty() -> None:
    """R-CAL-1: UTC on the wire, five hours later on the wall."""
    words = in_words(Notice.REGISTERED, Language.RUSSIAN, REGISTERED)

    assert words["received_at"] == "23 ноября 2026 года, 19:10"


def test_a_time_before_march_2024_is_six_hours_ahead() -> None:
    """R-CAL-1: the offset is data of the zone, not a number."""
    old = REGISTERED | {"received_at": "2024-02-05T14:10:00+00:00"}

    assert in_words(Notice.REGISTERED, Language.RUSSIAN, old)["received_at"] == "5 февраля 2024 года, 20:10"


def test_an_optional_variable_may_be_empty_but_not_absent() -> None:
    absent = {name: value for name, value in REFERRED.items() if name != "answer_due_on"}

    assert in_words(Notice.REFERRED, Language.KAZAKH, REFERRED)["answer_due_on"] == ""
    with pytest.raises(UnusableVariables, match="referred: answer_due_on"):
        in_words(Notice.REFERRED, Language.KAZAKH, absent)


def test_a_variable_of_a_newer_intake_is_left_out() -> None:
    """Version N reads what N+1 sends."""
    assert "mood" not in in_words(Notice.WITHDRAWN, Language.KAZAKH, WITHDRAWN | {"mood": "good"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("registration_number", ""),
        ("registration_number", " \x00\n"),
        ("registered_on", "23.11.2026"),
        ("registered_on", "2026-02-30"),
        ("withdrawn_on", ""),
        ("status_url", "javascript:alert(1)"),
        ("status_url", "https://"),
        ("status_url", "https://joldau.example/a b"),
        ("status_url", "https://[half"),
    ],
)
def test_a_value_not_of_its_kind_is_named_and_never_quoted(name: str, value: str) -> None:
    with pytest.raises(UnusableVariables) as caught:
        in_words(Notice.WITHDRAWN, Language.RUSSIAN, WITHDRAWN | {name: value})

    assert caught.value.names == (name,)
    assert str(caught.value) == f"withdrawn: {name}"


@pytest.mark.parametrize(("name", "value"), [("received_at", "2026-11-23T14:10:00"), ("accepted_by", "\t")])
def test_a_time_needs_its_offset_and_a_line_its_words(name: str, value: str) -> None:
    with pytest.raises(UnusableVariables):
        in_words(Notice.REGISTERED, Language.RUSSIAN, REGISTERED | {name: value})


def test_a_scope_is_full_or_part() -> None:
    with pytest.raises(UnusableVariables):
        in_words(Notice.REFERRED, Language.RUSSIAN, REFERRED | {"scope": "most"})


def test_a_line_stays_one_line() -> None:
    """It may stand in a subject: no header can be smuggled in."""
    smuggled = WITHDRAWN | {"registration_number": "ЖТ-1\r\nBcc: everyone@joldau.example"}

    assert "\n" not in in_words(Notice.WITHDRAWN, Language.RUSSIAN, smuggled)["registration_number"]
