"""Tables as files: what a spreadsheet reads is what was there, and never a formula."""

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest

from services.router.sheets import BOM, Sheet, csv_lines

MOMENT = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
EVIL = ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://x";"y")']


@pytest.mark.parametrize("text", EVIL)
def test_a_text_that_a_program_would_run_is_a_text_in_csv(text):
    """A quotation mark stands before it, as spreadsheets mark a text."""
    ((cell,),) = csv.reader(io.StringIO(csv_lines([[text]], "ru"), newline=""), delimiter=";")

    assert cell == f"'{text}"


@pytest.mark.parametrize(("language", "separator"), [("kk", ";"), ("ru", ";"), ("en", ",")])
def test_csv_is_as_excel_reads_it(language, separator):
    """Split at what Excel splits at in that language; days and moments as people here write them."""
    lines = csv_lines([["Ә; «б», в", 3, None, date(2026, 11, 5), MOMENT]], language)

    (cells,) = csv.reader(io.StringIO(lines, newline=""), delimiter=separator)
    assert cells == ["Ә; «б», в", "3", "", "05.11.2026", "23.11.2026 12:30"]
    assert lines.endswith("\r\n")
    assert BOM.encode() == b"\xef\xbb\xbf"


def test_xlsx_holds_texts_numbers_days_and_moments_and_no_formula(tmp_path):
    """Read by another program, each cell is what it was."""
    path = tmp_path / "t.xlsx"
    sheet = Sheet(path, ["Нөмірі", "=2"])
    sheet.add([[text, None] for text in EVIL])
    sheet.add([[7, date(2026, 11, 5)], ["http://x.example", MOMENT]])
    sheet.close()

    rows = list(openpyxl.load_workbook(path).active.iter_rows())
    assert [cell.value for cell in rows[0]] == ["Нөмірі", "=2"]
    assert [(row[0].data_type, row[0].value.replace("_x000D_", "\r")) for row in rows[1:-2]] == [("s", t) for t in EVIL]
    assert [cell.value for cell in rows[-2]] == [7, datetime(2026, 11, 5)]  # noqa: DTZ001 - a day as a sheet has it
    assert [cell.value for cell in rows[-1]] == ["http://x.example", datetime(2026, 11, 23, 12, 30)]  # noqa: DTZ001
    assert all(cell.data_type != "f" for row in rows for cell in row)
