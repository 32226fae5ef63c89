"""What a file of appeals is read into, whatever its format, and how much of it is taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from services.chassis.errors import Invalid

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_ROWS: Final = 100_000
MAX_ROW_BYTES: Final = 256 * 1024
"""Of one row as JSON; the longest text of an appeal has 20 000 characters."""


class Format(StrEnum):
    """Formats that are imported."""

    NDJSON = "ndjson"
    """One appeal a line, as in the body of `POST /v1/appeals`."""
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES: Final[Mapping[str, Format]] = {
    "application/x-ndjson": Format.NDJSON,
    "text/csv": Format.CSV,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Format.XLSX,
}


@dataclass(frozen=True)
class Row:
    """One row, not yet checked. `number` is what an editor or a spreadsheet shows at its side, from 1."""

    number: int
    form: Any = None
    key: Any = None
    """The row's own idempotency key, where the file gives one."""
    fault: str | None = None
    """Code of why there is no form."""


@dataclass(frozen=True)
class Content:
    """What is in a file: its rows, and for a table what its columns are called."""

    rows: Iterator[Row]
    columns: Mapping[str, str] = field(default_factory=dict)
    """Pointer into the form → the column's name in the file."""
    unknown_columns: Sequence[str] = ()


class FileRefused(Invalid):
    """The file as a whole cannot be imported; nothing of it was."""
