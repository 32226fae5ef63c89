"""XLSX files: the first visible sheet."""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from services.intake.imports import columns
from services.intake.imports.files import Content, FileRefused

MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
MAX_RATIO: Final = 200
"""Unpacked to packed; a sheet of plain repetition has about 30."""

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How both an .xls and an encrypted .xlsx begin (MS-CFB)."""
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
"""The stream's name in an encrypted .xlsx (MS-OFFCRYPTO §2.3.4.4)."""


def read(file: BinaryIO) -> Content:
    """The rows of the first visible sheet. Raises `FileRefused` when it is encrypted, broken or no XLSX at all."""
    start = file.read(len(_OLE))
    if start == _OLE:
        raise FileRefused("import_encrypted" if _ENCRYPTED in file.read() else "import_not_xlsx")
    if not start:
        raise FileRefused("import_empty")
    _refuse_other_archives(file)
    try:
        book = CalamineWorkbook.from_filelike(file)
        names = [s.name for s in book.sheets_metadata if s.typ is SheetTypeEnum.WorkSheet and _visible(s.visible)]
        sheet = book.get_sheet_by_name(names[0]) if names else None
    except CalamineError as error:
        raise FileRefused("import_unreadable") from error
    if sheet is None:
        raise FileRefused("import_empty")
    return columns.table(_lines(sheet))


def _refuse_other_archives(file: BinaryIO) -> None:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise FileRefused("import_not_xlsx") from error
    if "xl/workbook.xml" not in {member.filename for member in members}:
        raise FileRefused("import_not_xlsx")
    packed, unpacked = sum(m.compress_size for m in members), sum(m.file_size for m in members)
    if unpacked > min(MAX_UNPACKED_BYTES, MAX_RATIO * packed):
        raise FileRefused("import_unreadable")
    file.seek(0)


def _visible(visible: SheetVisibleEnum) -> bool:
    return visible is SheetVisibleEnum.Visible


def _lines(sheet: CalamineSheet) -> Iterator[columns.Line]:
    yield from enumerate(sheet.iter_rows(), 1)
