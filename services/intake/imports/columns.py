"""Tables: a header says which column is which field, and each line becomes a form as it would be posted.

Names and words are compared without regard to case, to punctuation and to ё.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.intake.iin_bin import with_lost_zeros
from services.intake.imports.files import Content, FileRefused, Row
from services.intake.imports.vocabulary import COLUMNS, IIN_BIN, KEY, RECEIVED_AT, REQUIRED, WORDS

ALMATY: Final = ZoneInfo("Asia/Almaty")

Cell = Any
"""Text, or what a spreadsheet makes of a number, a time or a yes."""
Line = tuple[int, Sequence[Cell] | str]
"""A line's number with its cells, or with the code of why there are none."""

MAX_NAME: Final = 60
MAX_UNKNOWN: Final = 50


def table(lines: Iterator[Line]) -> Content:
    """A table's rows. Raises `FileRefused` when its first line is no header, or lacks a required column."""
    header = next((cells for _, cells in lines if not _blank(cells)), None)
    if header is None:
        raise FileRefused("import_empty")
    names = [] if isinstance(header, str) else [_shown(str(cell)) for cell in header]
    pointers = [_POINTERS.get(_plain(name)) for name in names]
    _refuse_bad_header([pointer for pointer in pointers if pointer])
    unknown = [name for name, pointer in zip(names, pointers, strict=True) if name and not pointer]
    return Content(
        (_row(number, cells, pointers) for number, cells in lines if not _blank(cells)),
        {pointer: name for name, pointer in zip(names, pointers, strict=True) if pointer},
        unknown[:MAX_UNKNOWN],
    )


def known(names: Iterable[str]) -> int:
    """How many of these are names of columns."""
    return sum(_plain(name) in _POINTERS for name in names)


def moment(text: str) -> str:
    """A date, or a date and time, as people and spreadsheets write it, in Almaty's time; else `text` as it is."""
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, clock = found.groups()
        text = f"{year}-{month:0>2}-{day:0>2}T{clock or '00:00'}"
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (at if at.tzinfo else at.replace(tzinfo=ALMATY)).isoformat()


_DAY_FIRST: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s+(\d{2}:\d{2}(?::\d{2})?))?")


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFC", name).casefold().replace("ё", "е")
    return re.sub(r"[\W_]+", " ", letters).strip()


_POINTERS: Final = {_plain(name): pointer for pointer, names in COLUMNS.items() for name in names}
_CODES: Final = {
    (pointer, _plain(word)): code
    for pointer, codes in WORDS.items()
    for code, words in codes.items()
    for word in (*words, str(code))
}


def _refuse_bad_header(found: list[str]) -> None:
    if not found:
        raise FileRefused("import_header_missing")
    if repeated := sorted({pointer for pointer in found if found.count(pointer) > 1}):
        code = "import_column_repeated"
        raise FileRefused(code, faults=[{"pointer": pointer, "code": code} for pointer in repeated])
    if missing := [pointer for pointer in REQUIRED if pointer not in found]:
        faults = [{"pointer": pointer, "code": "missing"} for pointer in missing]
        raise FileRefused("import_columns_missing", faults=faults)


def _blank(cells: Sequence[Cell] | str) -> bool:
    return not isinstance(cells, str) and not any(str(cell).strip() for cell in cells)


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else " " for c in name).strip()[:MAX_NAME]


def _row(number: int, cells: Sequence[Cell] | str, pointers: Sequence[str | None]) -> Row:
    if isinstance(cells, str):
        return Row(number, fault=cells)
    if not _blank(cells[len(pointers) :]):
        return Row(number, fault="row_too_wide")
    form: dict[str, Any] = {"applicant": {}}
    for pointer, cell in zip(pointers, cells, strict=False):
        value = None if pointer is None else _value(pointer, cell)
        if pointer is None or value is None:
            continue
        *above, name = pointer.removeprefix("#/").split("/")
        (form[above[0]] if above else form)[name] = value
    return Row(number, form, form.pop(KEY, None))


def _value(pointer: str, cell: Cell) -> Any:
    text = _written(cell)
    if not text:
        return None
    if pointer == RECEIVED_AT:
        return moment(text)
    if pointer == IIN_BIN:
        return with_lost_zeros(text)
    return _CODES.get((pointer, _plain(text)), text)


def _written(cell: Cell) -> str:
    """A cell as it is read on the screen; a spreadsheet knows only numbers with a fraction."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).strip()
