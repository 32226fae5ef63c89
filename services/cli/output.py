"""What commands print: data on stdout, the rest on stderr. Tables for people, TSV for shells, NDJSON for machines."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

Item = Mapping[str, Any]

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Output:
    """Where a command prints and in which form. Colours and tables only on a terminal; NO_COLOR is honoured."""

    out: TextIO
    err: TextIO
    as_json: bool = False
    no_color: bool = False

    def rows(self, items: Iterable[Item], columns: Sequence[str]) -> None:
        """A list: these columns, such as ``facts.agency``, as a table or TSV; or each whole item as a line of JSON."""
        if self.as_json:
            for item in items:
                self._line(_json(item))
        elif self.out.isatty():
            self._table(items, columns)
        else:
            for item in items:
                self._line("\t".join(_cell(_at(item, column)) for column in columns))

    def record(self, item: Item) -> None:
        """One thing: a line for each of its facts, or one line of JSON."""
        if self.as_json:
            self._line(_json(item))
        elif self.out.isatty():
            facts = [(path, _text(value)) for path, value in flattened(item)]
            width = max((len(path) for path, _ in facts), default=0)
            for path, text in facts:
                self._line(f"{path:<{width}}  {text}")
        else:
            for path, value in flattened(item):
                self._line(f"{path}\t{_cell(value)}")

    def line(self, text: str) -> None:
        """A line of a text for people."""
        self._line(_text(text))

    def note(self, text: str) -> None:
        """A line for the person, never for a pipe."""
        self.err.write(f"{text}\n")
        self.err.flush()

    def console(self, *, on_err: bool = False) -> "Console":
        """A console of rich on stdout, or on stderr for progress."""
        from rich.console import Console  # noqa: PLC0415 - heavy: `joldau --help` does without

        return Console(
            file=self.err if on_err else self.out,
            no_color=self.no_color or None,
            highlight=False,
            markup=False,  # what people wrote is shown as they wrote it
            emoji=False,
        )

    def _table(self, items: Iterable[Item], columns: Sequence[str]) -> None:
        """Columns as wide as they need: an id that is cut or folded is of no use to anybody."""
        lines = [[_short(_at(item, column)) for column in columns] for item in items]
        headings = [column.rpartition(".")[2].replace("_", " ").upper() for column in columns]
        widths = [max(map(len, cells)) for cells in zip(headings, *lines, strict=True)]
        for line in (headings, *lines):
            self._line("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

    def _line(self, text: str) -> None:
        self.out.write(f"{text}\n")


def flattened(item: Item, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every fact of a nested thing with its path: ``referrals.0.agency``. What is empty is left out."""
    for name, value in item.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from flattened(value, f"{path}.")
        elif isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
            yield from flattened({str(n): part for n, part in enumerate(value)}, f"{path}.")
        elif value not in (None, [], ""):
            yield path, value


def _at(item: Item, path: str) -> Any:
    value: Any = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _json(item: Item) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return _CONTROLS.sub("�", text)  # an appeal must not be able to command the operator's terminal


def _short(value: Any) -> str:
    """A value for one line of a table; a moment in the terminal's own time, to the minute."""
    text = " ".join(_text(value).split())
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}" if _MOMENT.match(text) else text


def _cell(value: Any) -> str:
    """A value that stays in its column."""
    return _text(value).translate(_ESCAPED)
