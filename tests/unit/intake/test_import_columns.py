"""What people write in tables: names of columns, words for codes, dates."""

from pathlib import Path

import pytest

from services.contracts.appeals import AppealKind, Channel, Language
from services.intake.form import AppealForm, ApplicantForm, Person
from services.intake.iin_bin import with_lost_zeros
from services.intake.imports import columns
from services.intake.imports.files import FileRefused
from services.intake.imports.vocabulary import COLUMNS, KEY, REQUIRED, WORDS

DOCUMENT = Path(__file__).parents[3] / "docs" / "imports.md"
NAMES = ["kind", "channel", "language", "text", "applicant_name"]


def form(**cells: str) -> dict:
    header, values = [*NAMES, *cells], ["complaint", "web", "ru", "т", "А", *cells.values()]
    (row,) = columns.table(iter([(1, header), (2, values)])).rows
    return row.form


def test_every_field_of_the_form_has_a_column():
    """A field that is added to the form must be importable from a table; documents are uploaded one by one."""
    own = {f"#/{name}" for name in AppealForm.model_fields if name not in {"applicant", "attachments"}}
    applicant = {f"#/applicant/{name}" for name in ApplicantForm.model_fields}

    assert set(COLUMNS) == own | applicant | {f"#/{KEY}"}
    assert set(REQUIRED) == {
        *(
            f"#/{name}"
            for name, field in AppealForm.model_fields.items()
            if field.is_required() and name != "applicant"
        ),
        *(f"#/applicant/{name}" for name, field in ApplicantForm.model_fields.items() if field.is_required()),
    }


def test_every_code_has_words():
    """Russian and Kazakh words stand for each code of the contracts."""
    codes = {"#/kind": AppealKind, "#/channel": Channel, "#/language": Language, "#/applicant/kind": Person}

    for pointer, known in codes.items():
        assert set(WORDS[pointer]) == set(known)


def test_no_name_or_word_means_two_things():
    """Names are told apart by letters alone."""
    names = [columns.known([name]) for known in COLUMNS.values() for name in known]
    spelled = [columns._plain(name) for known in COLUMNS.values() for name in known]  # noqa: SLF001 - what is compared

    assert all(names)
    assert len(spelled) == len(set(spelled))


def test_every_name_and_word_is_documented():
    """docs/imports.md shows what is understood."""
    text = DOCUMENT.read_text(encoding="utf-8")
    names = [name for known in COLUMNS.values() for name in known]
    words = [word for codes in WORDS.values() for known in codes.values() for word in known]

    assert [name for name in (*names, *words) if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    "header",
    [
        ["Вид обращения", "КАНАЛ", " Язык ", "Текст обращения:", "Ф.И.О. "],
        ["Жолданым түрі", "Арна", "Тілі", "Мазмұны", "Тегі, аты, әкесінің аты"],
        ["Kind", "channel", "LANGUAGE", "text*", "Applicant-Name"],
    ],
)
def test_names_are_known_in_three_languages(header):
    """Whatever the case, the punctuation and the blanks around."""
    content = columns.table(iter([(1, header)]))

    assert list(content.columns) == [*REQUIRED, "#/applicant/name"]
    assert content.unknown_columns == []


def test_words_stand_for_codes():
    """A registrar writes words; who writes codes is understood as well."""
    cells = {
        "kind": "Шағым", "channel": "Колл-центр", "language": "Қазақша", "text": "т", "фио": "А",
        "тип заявителя": "Юр­лицо".replace("\u00ad", ""), "контакты подтверждены": "Да",
    }  # fmt: skip
    (row,) = columns.table(iter([(1, list(cells)), (2, list(cells.values()))])).rows

    assert row.form == {
        "kind": "complaint",
        "channel": "call_centre",
        "language": "kk",
        "text": "т",
        "applicant": {"name": "А", "kind": "legal", "contacts_confirmed": True},
    }


def test_unknown_words_are_left_for_the_form_to_refuse():
    """Nothing is guessed."""
    assert form(received_at="вчера")["received_at"] == "вчера"
    assert form(applicant_kind="ИП")["applicant"]["kind"] == "ИП"


def test_a_word_of_a_code_stays_a_word_in_a_text():
    """Only columns of codes are translated."""
    assert form(territory="сайт", complained_of="Жалоба")["complained_of"] == "Жалоба"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("20.11.2026", "2026-11-20T00:00:00+05:00"),
        ("1.2.2026 09:30", "2026-02-01T09:30:00+05:00"),
        ("20.11.2026, 09:30:15", "2026-11-20T09:30:15+05:00"),
        ("2026-11-20", "2026-11-20T00:00:00+05:00"),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00+00:00"),
        ("2023-11-20 10:00", "2023-11-20T10:00:00+06:00"),
        ("31.02.2026", "2026-02-31T00:00"),
        ("11/20/2026", "11/20/2026"),
    ],
)
def test_moments_are_read_in_almaty_time(written, meant):
    """A time without a zone is local, by the zone's history (UTC+6 until March 2024); an impossible one stays so."""
    assert columns.moment(written) == meant


def test_lost_zeros_come_back_only_when_the_check_digit_fits():
    """A spreadsheet makes 101000109 of 000101000109; any other short number is a mistake to be seen."""
    assert with_lost_zeros("101000109") == "000101000109"
    assert with_lost_zeros("101000108") == "101000108"
    assert with_lost_zeros("нет") == "нет"


def test_names_out_of_a_file_are_cut_and_made_one_line():
    """They are shown back: in JSON, in CSV, on a terminal."""
    content = columns.table(iter([(1, [*NAMES, "a\x00\n" + "b" * 100])]))

    assert content.unknown_columns == ["a  " + "b" * 57]


def test_a_damaged_first_line_is_no_header():
    """Its code would otherwise be read as a name."""
    with pytest.raises(FileRefused, match="import_header_missing"):
        columns.table(iter([(1, "row_unreadable")]))
