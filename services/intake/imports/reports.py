"""CSV reports, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

_ROWS: Final = 500
_BOM: Final = "\ufeff"
"""Without it Excel reads UTF-8 as the local code page."""
_DELIMITER: Final = ";"
"""What Excel expects where Russian or Kazakh is set; the importer understands it too."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

Items = Sequence[Mapping[str, Any]]


async def written(
    header: Sequence[str], look: Callable[[int, int], Awaitable[tuple[Items, int | None]]]
) -> AsyncIterator[str]:
    """The report, page by page; `look` takes a cursor and a limit, and gives items and the next cursor."""
    yield _BOM + _text([header])
    cursor: int | None = 0
    while cursor is not None:
        items, cursor = await look(cursor, _ROWS)
        yield _text([[_cell(item[column]) for column in header] for item in items])


def guarded(text: str) -> str:
    """`text`, with an apostrophe in front where a spreadsheet would run it as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(item["code"] for item in value)
    return "" if value is None else guarded(str(value))


def _text(lines: Sequence[Sequence[str]]) -> str:
    target = io.StringIO()
    csv.writer(target, delimiter=_DELIMITER).writerows(lines)
    return target.getvalue()
