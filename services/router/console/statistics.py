"""Statistics as a page to look at, to print and to take away: a period beside the one before."""

import tempfile
from collections.abc import Hashable, Iterator, Sequence
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
from services.contracts.dates import Day
from services.router import report, trail
from services.router.api_statistics import period_of, step_of, territories_of
from services.router.console import bars
from services.router.console.bars import Bar
from services.router.console.chart import Chart, Given, chart
from services.router.console.frame import Console
from services.router.console.kept import LONG, Answer, Count, Counting, Kept
from services.router.console.names import Names
from services.router.console.pages import HEADERS
from services.router.console.viewer import Viewer, signed_in
from services.router.console.words import Speech, speak
from services.router.periods import By, Period
from services.router.report import TOTAL, Line, Of, Report, Step, Taken
from services.router.requests import READ
from services.router.sheets import BOM, Cell, FileKind, Sheet, csv_lines
from services.router.statistics import Slice, Tell

_KEPT_SECONDS: Final = 10.0
_HOURS_TOLD: Final = 48
"""From so many hours on, days are told."""
COLUMNS: Final = ("issued", "accepted", "answered", "declined", "passed_on")
"""What is counted of each agency's referrals."""
_EMPTY: Final = BeforeValidator(lambda given: given or None)


class Asked(BaseModel):
    """The parameters of the page's address; an empty one narrows nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    since: Annotated[Day | None, _EMPTY] = None
    until: Annotated[Day | None, _EMPTY] = None
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
    QUALITY = "quality"


def routes(console: Console) -> APIRouter:
    """The page and its files."""
    api = APIRouter()
    reader = Depends(signed_in(READ))
    figures = _Figures(console)

    @api.get("/statistics", response_class=HTMLResponse)
    async def page(
        request: Request, viewer: Annotated[Viewer, reader], asked: Annotated[Asked, Query()]
    ) -> HTMLResponse:
        answer, faults = None, []
        names = await figures.names(viewer.language)
        try:
            answer = await figures.soon(asked, names)
        except Invalid as wrong:
            faults = [_fault(wrong, viewer.language)]
        found = answer.value if isinstance(answer, Answer) else None
        data = _shown(found, viewer.language) if found else {}
        narrowed = [names.territory(asked.district)] if asked.district and answer else []
        return console.pages.html(
            request,
            viewer,
            "statistics/page.html",
            422 if faults else 200,
            found=found,
            counted_at=answer.counted_at if isinstance(answer, Answer) else None,
            share=answer.share if isinstance(answer, Counting) else None,
            faults=faults,
            asked=asked,
            period=figures.period(asked, names) if answer else None,
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
        names = await figures.names(viewer.language)
        found = await figures.whole(asked, names)
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
    """Reports, kept for a while: a department looks at the same month together."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._kept: Kept[Report] = Kept(_KEPT_SECONDS, times=LONG)

    async def names(self, language: str) -> Names:
        router = self._console.desk.router
        async with self._console.database.reading() as tx:
            rules = await router.book.in_force(tx)
        return Names(rules.directory, rules.calendar.arrived_on(router.now()), language)

    def period(self, asked: Asked, names: Names) -> Period:
        """The days asked for. Raises `Invalid`."""
        return period_of(asked.since, asked.until, today=names.on)

    async def whole(self, asked: Asked, names: Names) -> Report:
        """The report, however long it takes. Raises `Invalid`."""
        return await self._kept.get(*self._counting(asked, names))

    async def soon(self, asked: Asked, names: Names) -> Answer[Report] | Counting[Report]:
        """The report, or how far it is. Raises `Invalid`."""
        return await self._kept.soon(*self._counting(asked, names), patience=self._console.patience)

    def _counting(self, asked: Asked, names: Names) -> tuple[Hashable, Count[Report]]:
        directory, least, period = names.directory, self._console.small_cell, self.period(asked, names)
        wanted = Slice(period, territories_of(asked.district, directory), asked.channel, asked.language)
        by = step_of(asked.by, period)

        async def made(tell: Tell) -> Report:
            async with self._console.database.reading() as tx:
                return await report.made(tx, directory, wanted, by=by, least=least, tell=tell)

        return (wanted, by, directory.version), made


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
        "agency_bars": list(_agency_bars(found, t)),
        "quality_bars": list(_quality_bars(found, t)),
        "hours": lambda hours: _hours(hours, t),
    }


def _agency_bars(found: Report, t: Speech) -> Iterator[tuple[str, list[Bar]]]:
    """What is compared by agency: how long they take, and what they do not keep."""
    for key in ("to_accept", "to_answer"):
        taken = [(one, getattr(one, key)) for one in found.agencies]
        told = [
            bars.Given(_name(one, t.language), it.median, _taken_words(it, t), it.nine_in_ten)
            for one, it in taken
            if it.median is not None
        ]
        yield key, bars.bars(told)
    for key in ("declined", "passed_on"):
        counts = [(_name(one, t.language), getattr(one, key)) for one in found.agencies]
        yield key, bars.bars(_told(name, count) for name, count in counts)


def _quality_bars(found: Report, t: Speech) -> Iterator[tuple[str, list[Bar]]]:
    """How many hands appeals went through, and how many decisions stood, as parts of all appeals."""
    total = found.line(TOTAL).now
    for key, counts in (("hand_overs", found.hand_overs), ("declines", found.declines)):
        yield key, bars.bars(_told(t(f"statistics.{key}_times", n=times), count) for times, count in counts.items())
    for key, counts in (("alone", {"alone": found.decided_alone}), ("overturned", found.overturned)):
        parts = [(t(f"statistics.{name}"), count, _percent(count, total, t.language)) for name, count in counts.items()]
        yield key, bars.bars((_told(name, count, share) for name, count, share in parts), most=total)


def _told(name: str, count: int | None, share: str | None = None) -> bars.Given:
    return bars.Given(name, count, None if count is None else f"{count} ({share})" if share else str(count))


def _taken_words(taken: Taken, t: Speech) -> str:
    return f"{_hours(taken.median, t)} ({t('statistics.nine_in_ten')}: {_hours(taken.nine_in_ten, t)})"


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
        case Table.QUALITY:
            return [t("statistics.row"), t("statistics.now")], list(_quality(found, t))


def _quality(found: Report, t: Speech) -> Iterator[list[Cell]]:
    for key, counts in (("hand_overs", found.hand_overs), ("declines", found.declines)):
        for times, count in counts.items():
            yield [t(f"statistics.{key}_times", n=times), count]
    for name, count in {"alone": found.decided_alone, **found.overturned}.items():
        yield [t(f"statistics.{name}"), count]


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
