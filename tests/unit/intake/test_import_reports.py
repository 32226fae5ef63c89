"""CSV reports that a spreadsheet opens and does not run."""

import pytest

from services.intake.imports.reports import guarded, written


@pytest.mark.parametrize("text", ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_what_a_spreadsheet_would_run_is_quoted(text):
    """OWASP, CSV injection."""
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "#/text", "ФИО", "JD-2026-000001", "1=1"])
def test_anything_else_is_left_alone(text):
    """An apostrophe too many would be a change."""
    assert guarded(text) == text


async def test_a_report_goes_on_until_there_is_no_next_page():
    """Byte order mark, semicolons, quotes where they are needed; codes of warnings in one cell."""
    pages = {
        0: ([{"row": 2, "column": "=ФИО", "codes": [{"code": "a"}, {"code": "b"}]}], 2),
        2: ([{"row": 3, "column": 'a;"b"', "codes": []}, {"row": 4, "column": None, "codes": []}], None),
    }

    async def look(cursor: int, _limit: int):
        return pages[cursor]

    text = "".join([part async for part in written(("row", "column", "codes"), look)])

    assert text == "\ufeffrow;column;codes\r\n2;'=ФИО;a b\r\n" + '3;"a;""b""";\r\n4;;\r\n'
