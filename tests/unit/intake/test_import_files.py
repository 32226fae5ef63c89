"""Files of appeals, read into rows: encodings, delimiters, spreadsheets, and every file that is refused."""

import io
import json
import struct
import zipfile
import zlib
from datetime import date, datetime, timedelta

import openpyxl
import pytest

from services.intake.imports import files, reading
from services.intake.imports.files import FileRefused, Format

HEADER = "Вид;Канал;Язык;Текст;ФИО"
LINE = "жалоба;сайт;русский;Нет воды;Сынақбаев Тест"
FORM = {
    "kind": "complaint",
    "channel": "web",
    "language": "ru",
    "text": "Нет воды",
    "applicant": {"name": "Сынақбаев Тест"},
}


def read(kind, content: bytes):
    """The rows of a file and its summary, as the reading process hands them over."""
    packed = b"".join(struct.pack(">I", len(f)) + f for f in reading.frames(io.BytesIO(content), kind))
    batches, summary = reading.batches(io.BytesIO(packed))
    return [row for batch in batches for row in reading.rows(batch)], summary


def refusal(kind, content: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(kind, content)
    return caught.value


def csv(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join((HEADER, *lines, "")).encode(encoding)


def xlsx(*rows, change=None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change is not None:
        change(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "kz1048"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_in_each_encoding_with_each_delimiter(encoding, delimiter):
    """As Excel, LibreOffice and old registries write it; a Kazakh name survives the Windows code page."""
    rows, summary = read(Format.CSV, csv(LINE, encoding=encoding).replace(b";", delimiter.encode()))

    assert [(row.number, row.form, row.fault) for row in rows] == [(2, FORM, None)]
    assert summary["rows"] == 1
    assert summary["columns"]["#/applicant/name"] == "ФИО"


def test_cp1251_reads_like_kz1048_for_russian():
    """The Kazakh code page changes no Russian letter."""
    line = "жалоба;сайт;русский;«Ёлки» — №5;Щукин Юрий"
    rows, _ = read(Format.CSV, csv(line, encoding="cp1251"))

    assert rows[0].form["text"] == "«Ёлки» — №5"
    assert rows[0].form["applicant"] == {"name": "Щукин Юрий"}


def test_a_damaged_row_of_utf8_does_not_turn_the_file_into_another_encoding():
    """One foreign byte costs its row; the others must not become mojibake."""
    content = csv(LINE, LINE, LINE).replace("Нет".encode(), b"\xcd\xe5\xf2", 1)
    rows, _ = read(Format.CSV, content)

    assert [row.fault for row in rows] == ["row_undecodable", None, None]
    assert rows[2].form == FORM


def test_misplaced_quotes_cost_their_rows_and_never_mix_two_appeals():
    """A forgotten quote swallows lines up to the next one; what follows is read as usual."""
    open_quote = LINE.replace("Нет воды", '"Нет воды')
    quoted = LINE.replace("Нет воды", '"Нет воды"')
    rows, _ = read(Format.CSV, csv(LINE, open_quote, LINE, quoted, LINE))

    assert [row.fault for row in rows] == [None, "row_unreadable", None]
    assert rows[-1].form == FORM


def test_a_text_of_several_lines_keeps_them():
    """RFC 4180: line breaks may stand within quotes."""
    rows, _ = read(Format.CSV, csv(LINE.replace("Нет воды", '"Нет\n""воды"""')))

    assert rows[0].form["text"] == 'Нет\n"воды"'


def test_rows_are_numbered_as_a_spreadsheet_does():
    """Blank lines count and are no rows."""
    rows, summary = read(Format.CSV, csv("", LINE, ";;;;", LINE))

    assert [row.number for row in rows] == [3, 5]
    assert summary["rows"] == 2


def test_a_row_may_be_shorter_than_the_header_but_not_longer():
    """Editors drop empty cells at the end; more cells mean a misread line."""
    rows, _ = read(Format.CSV, csv("жалоба;сайт", LINE + ";;", LINE + ";ещё"))

    assert rows[0].form == {"kind": "complaint", "channel": "web", "applicant": {}}
    assert [row.fault for row in rows] == [None, None, "row_too_wide"]


def test_unknown_columns_are_told_once_and_left_out():
    """What we do not know must be visible, not silently lost."""
    content = csv(LINE + ";x;y").replace(HEADER.encode(), f"{HEADER};Примечание;Үй\t№".encode())
    rows, summary = read(Format.CSV, content)

    assert summary["unknown_columns"] == ["Примечание", "Үй №"]
    assert rows[0].form == FORM


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        (Format.CSV, b"", "import_empty"),
        (Format.CSV, csv(), "import_empty"),
        (Format.CSV, b"\r\n\r\n", "import_empty"),
        (Format.CSV, f"{LINE}\n{LINE}".encode(), "import_header_missing"),
        (Format.CSV, csv(LINE, encoding="utf-16"), "import_not_text"),
        (Format.CSV, xlsx(HEADER.split(";")), "import_not_text"),
        (Format.CSV, csv(LINE).replace("Вид".encode(), "Канал".encode()), "import_column_repeated"),
        (Format.NDJSON, b"", "import_empty"),
        (Format.NDJSON, b"\n\n", "import_empty"),
        (Format.NDJSON, b'[{"kind": "complaint"}]', "import_not_ndjson"),
        (Format.NDJSON, b'{\n  "kind": "complaint"\n}', "import_not_ndjson"),
        (Format.NDJSON, csv(LINE), "import_not_ndjson"),
        (Format.XLSX, b"", "import_empty"),
        (Format.XLSX, csv(LINE), "import_not_xlsx"),
        (Format.XLSX, xlsx(), "import_empty"),
        (Format.XLSX, xlsx(HEADER.split(";")), "import_empty"),
        (Format.XLSX, xlsx(["a", "b"], ["c", "d"]), "import_header_missing"),
        (Format.XLSX, xlsx(HEADER.split(";"))[:-30], "import_not_xlsx"),
        (Format.XLSX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "import_not_xlsx"),
        (
            Format.XLSX,
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "import_encrypted",
        ),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(kind, content, code):
    """Each with the reason that tells what to do."""
    assert refusal(kind, content).code == code


def test_missing_columns_are_named_all_at_once():
    """Who mends a header wants to mend it once."""
    refused = refusal(Format.CSV, "Вид;ФИО\nжалоба;Т\n".encode())

    assert refused.code == "import_columns_missing"
    assert [fault["pointer"] for fault in refused.faults] == ["#/channel", "#/language", "#/text"]


def test_xlsx_cells_are_read_as_they_are_seen():
    """Numbers lose their fraction, dates get Almaty's zone, lost zeros of an IIN come back."""
    header = [*HEADER.split(";"), "ИИН", "Дата поступления", "Телефон", "Контакты подтверждены"]
    cells = [*LINE.split(";"), 101000109, datetime.fromisoformat("2026-11-20T10:05"), 87000000001, True]
    rows, _ = read(Format.XLSX, xlsx(header, cells, [None] * 9, [*cells[:6], date(2026, 11, 20)]))

    applicant = {"name": "Сынақбаев Тест", "iin_bin": "000101000109", "phone": "87000000001"}
    assert rows[0].form == {
        **FORM,
        "applicant": {**applicant, "contacts_confirmed": True},
        "received_at": "2026-11-20T10:05:00+05:00",
    }
    assert [row.number for row in rows] == [2, 4]
    assert rows[1].form["received_at"] == "2026-11-20T00:00:00+05:00"


def test_xlsx_gives_text_for_whatever_a_cell_holds():
    """A duration in the column of the text is no crash."""
    rows, _ = read(Format.XLSX, xlsx(HEADER.split(";"), ["жалоба", "сайт", "ru", timedelta(hours=30), 0.5]))

    assert rows[0].form["text"] == "1 day, 6:00:00"
    assert rows[0].form["applicant"] == {"name": "0.5"}


def test_xlsx_takes_the_first_visible_sheet_wherever_it_begins():
    """Hidden sheets hold lists of choices; a table may begin below and to the right."""

    def change(book) -> None:
        book.active.sheet_state = "hidden"
        sheet = book.create_sheet()
        for column, (name, value) in enumerate(zip(HEADER.split(";"), LINE.split(";"), strict=True), 3):
            sheet.cell(4, column, name)
            sheet.cell(5, column, value)

    rows, _ = read(Format.XLSX, xlsx(["скрыто"], change=change))

    assert [(row.number, row.form) for row in rows] == [(5, FORM)]


def test_a_workbook_that_unpacks_to_far_more_is_refused_unopened():
    """A zip bomb declares itself by its ratio."""
    target = io.BytesIO(xlsx(HEADER.split(";"), LINE.split(";")))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(20_000_000))

    assert refusal(Format.XLSX, target.getvalue()).code == "import_unreadable"


def test_ndjson_lines_are_bodies_of_posted_appeals():
    """With a mark of byte order or without; a line may bring its own idempotency key."""
    line = json.dumps({**FORM, "idempotency_key": "k-1"})
    rows, summary = read(Format.NDJSON, f"\ufeff{line}\n\n{json.dumps(FORM)}\n".encode())

    assert [(row.number, row.form, row.key) for row in rows] == [(1, FORM, "k-1"), (3, FORM, None)]
    assert (summary["columns"], summary["unknown_columns"]) == ({}, [])


@pytest.mark.parametrize("line", [b"{", b'{"a":"\xff"}', b'{"text": "\\ud800"}', b"[" * 100_000, b'{"a":1}{"b":2}'])
def test_a_line_that_is_no_json_costs_only_itself(line):
    """Wherever it stands but first."""
    rows, _ = read(Format.NDJSON, b"\n".join([json.dumps(FORM).encode(), line, json.dumps(FORM).encode()]))

    assert [row.fault for row in rows] == [None, "row_not_json", None]


def test_a_row_longer_than_any_appeal_costs_only_itself():
    """Nobody's text has so many characters."""
    long = json.dumps({**FORM, "text": "x" * files.MAX_ROW_BYTES})
    rows, _ = read(Format.NDJSON, f"{long}\n{json.dumps(FORM)}".encode())

    assert [(row.number, row.fault) for row in rows] == [(1, "row_too_long"), (2, None)]


def test_too_many_rows_are_refused():
    """A limit that the text of the problem tells."""
    assert refusal(Format.NDJSON, b"{} \n" * (files.MAX_ROWS + 1)).code == "import_too_many_rows"


def test_batches_are_packed():
    """What waits to be registered takes little room."""
    frame = next(reading.frames(io.BytesIO(csv(*[LINE] * 50)), Format.CSV))

    assert len(frame) < 500
    assert zlib.decompress(frame).count(b"\n") == 49
