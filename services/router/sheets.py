"""Tables as files that a spreadsheet opens, CSV and XLSX, written row by row. No cell is ever taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from xlsxwriter import Workbook

from services.contracts.calendar import ALMATY

Cell = str | int | date | datetime | None

BOM: Final = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""
_SEPARATORS: Final = {"kk": ";", "ru": ";", "en": ","}
"""What Excel splits a line at, by the language that it speaks."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A text that begins so is a formula to some program, full-width signs to Excel as well."""
_DAY: Final = "dd.mm.yyyy"
_MOMENT: Final = "dd.mm.yyyy hh:mm"
_WIDTHS: Final = (10, 42)
_SHEET_ROWS: Final = 1_048_576


class FileKind(StrEnum):
    """As what a table is handed out."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """Of the file."""
        if self is FileKind.CSV:
            return "text/csv; charset=utf-8"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_lines(rows: Iterable[Sequence[Cell]], language: str) -> str:
    """These rows as lines. The first of a file begins with `BOM`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=_SEPARATORS[language], lineterminator="\r\n")
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return buffer.getvalue()


class Sheet:
    """An XLSX file with one table, written row by row; a long one is never whole in memory."""

    def __init__(self, path: Path, heads: Sequence[str]) -> None:
        """Begin the file at `path` with the names of the columns."""
        self._book = Workbook(path, {"constant_memory": True, "strings_to_urls": False})
        self._sheet = self._book.add_worksheet()
        self._day = self._book.add_format({"num_format": _DAY})
        self._moment = self._book.add_format({"num_format": _MOMENT})
        self._rows = 1
        bold = self._book.add_format({"bold": True})
        least, most = _WIDTHS
        for column, words in enumerate(heads):
            self._sheet.set_column(column, column, min(max(len(words) + 2, least), most))
            self._sheet.write_string(0, column, words, bold)
        self._sheet.freeze_panes(1, 0)

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows. Raises ValueError for more than a sheet can hold."""
        for row in rows:
            if self._rows >= _SHEET_ROWS:
                raise ValueError("a sheet ends here")
            for column, cell in enumerate(row):
                self._write(column, cell)
            self._rows += 1

    def close(self) -> None:
        """Write the file."""
        self._book.close()

    def _write(self, column: int, cell: Cell) -> None:
        match cell:
            case None:
                pass
            case datetime():
                self._sheet.write_datetime(self._rows, column, _local(cell), self._moment)
            case date():
                self._sheet.write_datetime(self._rows, column, cell, self._day)
            case int():
                self._sheet.write_number(self._rows, column, cell)
            case str():
                self._sheet.write_string(self._rows, column, cell)


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return _local(cell).strftime("%d.%m.%Y %H:%M")
        case date():
            return cell.strftime("%d.%m.%Y")
        case int():
            return str(cell)
        case str():
            return guarded(cell)


def guarded(text: str, *, also: tuple[str, ...] = ()) -> str:
    """A text that no program takes for a formula: with an apostrophe where it could; `also` where it begins so."""
    return f"'{text}" if text.startswith((*_FORMULA, *also)) else text


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ALMATY).replace(tzinfo=None)
