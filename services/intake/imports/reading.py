"""The process that reads one file: `python -m services.intake.imports.reading FORMAT <file >batches`.

What strangers send is read apart from intake, with bounded memory and time: a forged workbook of 5 KB makes its
parser ask for 500 GB and abort. It writes frames, each a length and so many bytes: packed batches of rows, and last
the summary.
"""

import json
import resource
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO, Final

from services.intake.imports import delimited, ndjson, spreadsheet
from services.intake.imports.files import MAX_ROW_BYTES, MAX_ROWS, Content, FileRefused, Format, Row

BATCH_ROWS: Final = 50
"""Rows that are registered together; a posted appeal may have to wait for so many."""

MEMORY_BYTES: Final = 1024 * 1024 * 1024
OUTPUT_BYTES: Final = 256 * 1024 * 1024
CPU_SECONDS: Final = 60

READERS: Final[Mapping[Format, Callable[[BinaryIO], Content]]] = {
    Format.NDJSON: ndjson.read,
    Format.CSV: delimited.read,
    Format.XLSX: spreadsheet.read,
}

_LENGTH: Final = struct.Struct(">I")


def main() -> None:
    """Read stdin, write stdout. Whatever goes wrong beyond a refusal ends this process, and that is all."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the appeals
    for frame in frames(sys.stdin.buffer, Format(sys.argv[1])):
        sys.stdout.buffer.write(_LENGTH.pack(len(frame)) + frame)
    sys.stdout.buffer.flush()


def frames(file: BinaryIO, kind: Format) -> Iterator[bytes]:
    """Batches of rows, and last the summary: what the file holds, or why it is refused."""
    count = 0
    try:
        content = READERS[kind](file)
        while rows := list(islice(content.rows, BATCH_ROWS)):
            count += len(rows)
            if count > MAX_ROWS:
                raise FileRefused("import_too_many_rows")  # noqa: TRY301 - one way out for all refusals
            yield zlib.compress(b"\n".join(map(_line, rows)), 1)
        if not count:
            raise FileRefused("import_empty")  # noqa: TRY301 - as above
    except FileRefused as refused:
        yield _json({"refused": refused.code, "faults": list(refused.faults)})
        return
    yield _json({"rows": count, "columns": dict(content.columns), "unknown_columns": list(content.unknown_columns)})


def batches(output: BinaryIO) -> tuple[Sequence[bytes], Mapping[str, Any]]:
    """What `main` wrote: the batches and the summary. Raises `FileRefused`."""
    read = []
    while length := output.read(_LENGTH.size):
        read.append(output.read(_LENGTH.unpack(length)[0]))
    summary = json.loads(read.pop())
    if "refused" in summary:
        raise FileRefused(summary["refused"], faults=summary["faults"])
    return read, summary


def rows(batch: bytes) -> list[Row]:
    """The rows of a batch."""
    return [Row(*json.loads(line)) for line in zlib.decompress(batch).split(b"\n")]


def _line(row: Row) -> bytes:
    line = _json([row.number, row.form, row.key, row.fault])
    return line if len(line) <= MAX_ROW_BYTES else _json([row.number, None, None, "row_too_long"])


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


if __name__ == "__main__":
    main()
