"""Statistics as a page to look at, to print and to take away: a period beside the one before."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from services.chassis import clock
from services.chassis.errors import Invalid
from services.contracts.appeals import Channel, Language
from services.router import report, trail
from services.router.api_statistics import period_of, step_of, territories_of
from services.router.console.chart import Chart, Given, chart
from services.router.console.frame import Console
from services.router.console.kept import Kept
from services.router.console.names import Names
from services.router.console.pages import HEADERS
from services.router.console.viewer import Viewer, signed_in
from services.router.console.words import Speech, speak
from services.router.periods import By, Period
from services.router.report import TOTAL, Line, Of, Report, Step
from services.router.requests import READ
from services.router.sheets import BOM, Cell, FileKind, Sheet, csv_lines
from services.router.statistics import Slice

_KEPT_SECONDS: Final = 10.0
_HOURS_TOLD: Final = 48
"""From so many hours on, days are told."""
COLUMNS: Final = ("issued", "accepted", "answered", "declined", "passed_on")
"""What is counted of each agency's referrals."""
_EMPTY: Final = BeforeValidator(lambda given: given or None)


class Asked(BaseModel):
    """The parameters of the page's address; an empty one narrows nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    since: Annotated[date | None, _EMPTY] = None
    until: Annotated[date | None, _EMPTY] = None
    district: Annotated[str | None, StringConstraints(max_length=63, pattern=r"^[a-z0-9_-]*$"), _EMPTY] = None
    channel: Annotated[Channel | None, _EMPTY] = None
    language: Annotated[Language | None, _EMPTY] = None
    by: Annotated[By | None, _EMPTY] = None

    def narrowing(self) -> dict[str, Any]:
        """What it asks for, without what it leaves open."""
        return self.model_dump(mode="json", exclude_none=True)


class Table(StrEnum):
    """Which table is taken away as a file."""

    ROWS = "rows"
    TREND = "trend"
    AGENCIES = "agencies"


def routes(console: Console) -> APIRouter:
    """The page and its files."""
    api = APIRouter()
    reader = Depends(signed_in(READ))
    figures = _Figures(console)

    @api.get("/statistics", response_class=HTMLResponse)
    async def page(
        request: Request, viewer: Annotated[Viewer, reader], asked: Annotated[Asked, Query()]
    ) -> HTMLResponse:
        found, faults = None, []
        try:
            found, names = await figures.asked_for(asked, viewer.language)
        except Invalid as wrong:
            names = await figures.names(viewer.language)
            faults = [_fault(wrong, viewer.language)]
        data = _shown(found, viewer.language) if found else {}
        narrowed = [names.territory(asked.district)] if asked.district and found else []
        return console.pages.html(
            request,
            viewer,
            "statistics/page.html",
            422 if faults else 200,
            found=found,
            faults=faults,
            asked=asked,
            period=found.asked.period if found else None,
            names=names,
            presets=_presets(names.on),
            columns=COLUMNS,
            narrowed=[*narrowed, *_narrowed(asked, viewer.language)],
            **_choices(viewer.language),
            **data,
        )

    @api.get("/statistics/{table}.{kind}")
    async def as_file(
        viewer: Annotated[Viewer, reader], table: Table, kind: FileKind, asked: Annotated[Asked, Query()]
    ) -> Response:
        """One table, exactly as it is shown: what is left out there is empty here."""
        found, names = await figures.asked_for(asked, viewer.language)
        heads, rows = _table(table, found, names)
        facts = {"table": table, "as": kind, **asked.narrowing()}
        async with console.database.transaction() as tx:
            trail.note(tx, trail.Act(viewer.by, "statistics.export", "-", clock.now(), facts))
        days = f"{found.asked.period.first}-{found.asked.period.last}"
        disposition = f'attachment; filename="joldau-{table}-{days}.{kind}"'
        headers = {**HEADERS, "content-disposition": disposition}
        return Response(_file(kind, heads, rows, viewer.language), media_type=kind.media_type, headers=headers)

    return api


class _Figures:
    """Reports, kept for a few seconds: a department looks at the same month together."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._kept: Kept[Report] = Kept(_KEPT_SECONDS)

    async def names(self, language: str) -> Names:
        router = self._console.desk.router
        async with self._console.database.reading() as tx:
            rules = await router.book.in_force(tx)
        return Names(rules.directory, rules.calendar.arrived_on(router.now()), language)

    async def asked_for(self, asked: Asked, language: str) -> tuple[Report, Names]:
        """The report, and what the directory calls things. Raises `Invalid`."""
        names = await self.names(language)
        directory, least = names.directory, self._console.small_cell
        period = period_of(asked.since, asked.until, today=names.on)
        wanted = Slice(period, territories_of(asked.district, directory), asked.channel, asked.language)
        by = step_of(asked.by, period)

        async def made() -> Report:
            async with self._console.database.reading() as tx:
                return await report.made(tx, directory, wanted, by=by, least=least)

        return await self._kept.get((wanted, by, directory.version), made), names


def _fault(wrong: Invalid, language: str) -> tuple[str, str]:
    """The field that is wrong, and what is said of it."""
    field = {"query:to": "until", "query:by": "by", "query:territory": "district"}[str(wrong.pointer)]
    return field, speak(language)(f"statistics.fault_{field}")


def _narrowed(asked: Asked, language: str) -> Iterator[str]:
    """What the figures are narrowed to, in words: a printed page shows no form."""
    t = speak(language)
    if asked.channel:
        yield t(f"terms.channel_{asked.channel}")
    if asked.language:
        yield t(f"terms.language_{asked.language}")


def _choices(language: str) -> dict[str, list[tuple[str, str]]]:
    t = speak(language)
    return {
        "channel_choices": [(one.value, t(f"terms.channel_{one}")) for one in Channel],
        "language_choices": [(one.value, t(f"terms.language_{one}")) for one in Language],
        "step_choices": [(one.value, t(f"statistics.by_{one}")) for one in By],
    }


def _presets(today: date) -> list[tuple[str, Period]]:
    """Periods that are often asked for."""
    month = Period(today.replace(day=1), today)
    quarter = Period(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), today)
    year = Period(today.replace(month=1, day=1), today)
    last = month.first.replace(day=1)
    before = Period(*_month_before(last))
    return [("month", month), ("last_month", before), ("quarter", quarter), ("year", year)]


def _month_before(first: date) -> tuple[date, date]:
    last = date.fromordinal(first.toordinal() - 1)
    return last.replace(day=1), last


def _shown(found: Report, language: str) -> dict[str, Any]:
    t = speak(language)
    return {
        "lines": [(line, _share(line, found, language), _change(line)) for line in found.lines if not _is_void(line)],
        "chart": _chart(found.steps, found.by, language),
        "trend": [(_step_words(step, found.by, language), step) for step in found.steps],
        "agencies": [(one, _name(one, language)) for one in found.agencies],
        "alone": _percent(found.decided_alone, found.line(TOTAL).now, language),
        "hours": lambda hours: _hours(hours, t),
    }


def _is_void(line: Line) -> bool:
    """Whether a row of other bodies, or without a matter, says nothing: there are many such categories."""
    return line.now == line.before == 0 and (line.within == "other" or line.key.endswith(":unnamed"))


def _share(line: Line, found: Report, language: str) -> str | None:
    """How much of the row it is part of."""
    return _percent(line.now, found.line(line.within).now, language) if line.within else None


def _percent(part: int | None, whole: int | None, language: str) -> str | None:
    if part is None or not whole:
        return None
    return f"{_decimal(100 * part / whole, language)} %"


def _decimal(number: float, language: str) -> str:
    """With one place, and a comma where people write one."""
    told = f"{number:.1f}"
    return told if language == "en" else told.replace(".", ",")


def _change(line: Line) -> str | None:
    if line.now is None or line.before is None:
        return None
    difference = line.now - line.before
    told = f"{difference:+d}" if difference else "0"
    percent = f" ({100 * difference / line.before:+.0f} %)" if line.before and difference else ""
    return (told + percent).replace("-", "\N{MINUS SIGN}")


def _chart(steps: Sequence[Step], by: By, language: str) -> Chart:
    t = speak(language)
    given = []
    for step in steps:
        numbers = [t("statistics.left_out") if n is None else n for n in (step.registered, step.outside)]
        words = t("statistics.column", step=_step_words(step, by, language), total=numbers[0], part=numbers[1])
        given.append(
            Given(
                step.registered,
                step.outside,
                words,
                f"{step.period.first:%m.%Y}" if by is By.MONTH else f"{step.period.first:%d.%m}",
            )
        )
    return chart(given)


def _step_words(step: Step, by: By, language: str) -> str:
    first, last = step.period.first, step.period.last
    if by is By.MONTH and step.period.days > 1:
        return f"{speak(language)(f'statistics.month_{first.month}')} {first.year}"
    return f"{first:%d.%m.%Y}" if first == last else f"{first:%d.%m}–{last:%d.%m.%Y}"


def _name(one: Of, language: str) -> str:
    return str(getattr(one.names, language)) if one.names else one.agency


def _hours(hours: int | None, t: Speech) -> str | None:
    if hours is None:
        return None
    return str(
        t("statistics.hours", n=hours)
        if hours < _HOURS_TOLD
        else t("statistics.days", n=_decimal(hours / 24, t.language))
    )


def _table(table: Table, found: Report, names: Names) -> tuple[list[str], list[list[Cell]]]:
    """Heads and rows of a file."""
    t = speak(names.language)
    periods = [f"{one.first:%d.%m.%Y}–{one.last:%d.%m.%Y}" for one in (found.asked.period, found.asked.period.before)]
    match table:
        case Table.ROWS:
            heads = [t("statistics.row"), *periods]
            return heads, [[_indented(line, names.language), line.now, line.before] for line in found.lines]
        case Table.TREND:
            heads = [t("statistics.step"), t("statistics.registered"), t("statistics.outside")]
            return heads, [
                [_step_words(step, found.by, names.language), step.registered, step.outside] for step in found.steps
            ]
        case Table.AGENCIES:
            heads = [t("statistics.agency"), *(t(f"statistics.{column}") for column in COLUMNS), *_time_heads(t)]
            return heads, [_of(one, names.language) for one in found.agencies]


def _time_heads(t: Speech) -> Iterator[str]:
    for what in ("to_accept", "to_answer"):
        for rank in ("median", "nine_in_ten"):
            yield f"{t(f'statistics.{what}')}, {t(f'statistics.{rank}')}, {t('statistics.in_hours')}"


def _of(one: Of, language: str) -> list[Cell]:
    times = (one.to_accept.median, one.to_accept.nine_in_ten, one.to_answer.median, one.to_answer.nine_in_ten)
    return [_name(one, language), *(getattr(one, column) for column in COLUMNS), *times]


def _indented(line: Line, language: str) -> str:
    return "\N{NO-BREAK SPACE}" * 4 * line.depth + str(getattr(line.names, language))


def _file(kind: FileKind, heads: list[str], rows: list[list[Cell]], language: str) -> bytes:
    if kind is FileKind.CSV:
        return (BOM + csv_lines([heads, *rows], language)).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        sheet = Sheet(path, heads)
        sheet.add(rows)
        sheet.close()
        return path.read_bytes()
