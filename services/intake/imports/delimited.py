"""CSV files as spreadsheets write them: UTF-8 or Windows' code page, separated by semicolons, commas or tabs."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from services.intake.imports import columns
from services.intake.imports.files import Content, FileRefused

SAMPLE_BYTES: Final = 1024 * 1024
WINDOWS: Final = "kz1048"
"""cp1251 with the Kazakh letters in place of the Serbian and Ukrainian ones (STRK 1048): Russian reads the same."""

_DELIMITERS: Final = ";,\t"
_ESCAPED: Final = re.compile("[\udc80-\udcff]")
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")


def read(file: BinaryIO) -> Content:
    """The file's rows. Raises `FileRefused` when it is no text or has no header."""
    sample = file.read(SAMPLE_BYTES)
    file.seek(0)
    if b"\x00" in sample:
        raise FileRefused("import_not_text")
    text = io.TextIOWrapper(file, encoding=_encoding(sample), errors="surrogateescape", newline="")
    return columns.table(_lines(text))


def _encoding(sample: bytes) -> str:
    """Bytes that no UTF-8 has speak for Windows, unless the Cyrillic around them is UTF-8: then a row is damaged."""
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(sample)
    foreign = len(_ESCAPED.findall(text))
    return "utf-8-sig" if foreign <= len(_CYRILLIC.findall(text)) else WINDOWS


def _lines(text: io.TextIOWrapper) -> Iterator[columns.Line]:
    # strict: otherwise one forgotten quote makes the next person's appeal a part of this one
    reader = csv.reader(text, delimiter=_delimiter(text), strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, "row_unreadable"
            continue
        damaged = any(_ESCAPED.search(cell) for cell in cells)
        yield number, "row_undecodable" if damaged else cells


def _delimiter(text: io.TextIOWrapper) -> str:
    """The one by which the header says most that we know."""
    header = next((line for line in text if line.strip()), "")
    text.seek(0)
    return max(_DELIMITERS, key=lambda delimiter: columns.known(header.rstrip("\r\n").split(delimiter)))
