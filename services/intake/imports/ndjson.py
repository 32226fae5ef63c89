"""Files with one JSON object a line."""

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, Final

from pydantic_core import from_json

from services.intake.imports.files import Content, FileRefused, Row
from services.intake.imports.vocabulary import KEY

_BOM: Final = b"\xef\xbb\xbf"


def read(file: BinaryIO) -> Content:
    """The file's rows. Raises `FileRefused` when it is not one object a line."""
    lines = ((number, line) for number, line in enumerate(_lines(file), 1) if line)
    first = next(lines, None)
    if first is None:
        raise FileRefused("import_empty")
    if not first[1].startswith(b"{") or first[1] == b"{":  # an array, or an object laid out over several lines
        raise FileRefused("import_not_ndjson")
    return Content(_row(number, line) for number, line in chain([first], lines))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    first = True
    for line in file:
        yield (line.removeprefix(_BOM) if first else line).strip()
        first = False


def _row(number: int, line: bytes) -> Row:
    try:
        form = from_json(line)
    except ValueError:
        return Row(number, fault="row_not_json")
    key = form.pop(KEY, None) if isinstance(form, dict) else None
    return Row(number, form, key)
