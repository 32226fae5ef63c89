"""The calendar's pages: which days of a year are working days, and days that an act makes others."""

import calendar as weeks
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from services.chassis.errors import Invalid, NotFound, Refused
from services.contracts.calendar import FIRST_DAY, LAST_DAY, DayKind, Override, WorkingCalendar
from services.router.console.administration import section
from services.router.console.administration.directory import in_force
from services.router.console.frame import Console
from services.router.console.pages import ROOT, to
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.editing import Editor
from services.router.edits import Edit, day_put, day_removed
from services.router.requests import OPERATE, RULES, day_within
from services.router.rule_requests import ChangedDay, RemovedDay

HOME: Final = f"{section.PATH}/calendar"
READERS: Final = (OPERATE, RULES)
_FRIDAY: Final = 4
_SHOWN: Final = 50

Year = Annotated[str, Query(max_length=4, pattern=r"^\d*$")]


def routes(console: Console) -> APIRouter:
    """A year, and a day."""
    api = APIRouter(prefix=HOME)
    _year(api, console)
    _day(api, console)
    return api


def _year(api: APIRouter, console: Console) -> None:
    @api.get("")
    async def page(
        request: Request, viewer: Annotated[Viewer, Depends(signed_in(*READERS))], year: Year = ""
    ) -> HTMLResponse:
        """Twelve months; a year that the calendar does not know is the nearest that it does."""
        rules, today = await in_force(console)
        wanted = min(max(int(year or today.year), FIRST_DAY.year), LAST_DAY.year)
        found = rules.calendar
        months = [(month, _weeks(found, wanted, month, today)) for month in range(1, 13)]
        acts = [one for one in found.overrides if one.day.year == wanted]
        nearby = [one for one in (wanted - 1, wanted + 1) if FIRST_DAY.year <= one <= LAST_DAY.year]
        worked = sum(one["works"] for _, rows in months for week in rows for one in week if one)
        shown: dict[str, Any] = {"year": wanted, "months": months, "acts": acts, "nearby": nearby, "worked": worked}
        return section.html(console, request, viewer, "calendar", today=today, **shown)


def _day(api: APIRouter, console: Console) -> None:
    editor = Editor(console.database, console.desk.router)

    async def page(
        request: Request, viewer: Viewer, day: date, form: Form, *, faults: Sequence[section.Fault] = (), **more: Any
    ) -> HTMLResponse:
        rules, _ = await in_force(console)
        act = next((one for one in rules.calendar.overrides if one.day == day), None)
        shown = {"day": day, "act": act, "works": rules.calendar.is_working_day(day), "form": form, "moved": None}
        return section.html(console, request, viewer, "calendar_day", faults=faults, **{**shown, **more})

    @api.get("/{given}")
    async def one(
        request: Request, viewer: Annotated[Viewer, Depends(signed_in(*READERS))], given: str
    ) -> HTMLResponse:
        day = _known(given)
        rules, _ = await in_force(console)
        other = DayKind.OFF if rules.calendar.is_working_day(day) else DayKind.WORKING
        return await page(request, viewer, day, Form({"kind": [other]}))

    @api.post("/{given}")
    async def change(request: Request, viewer: Annotated[Viewer, Depends(signed_in(RULES))], given: str) -> Response:
        """Show which days due would differ, or make the day another; `remove` lets it be what it was."""
        day, form = _known(given), await form_of(request, viewer)
        removes = form["change"] == "remove"
        try:
            edit, reason = _removal(day, form) if removes else _change(day, form)
            if form["act"] == "apply":
                await editor.edit(edit, reason=reason, actor=viewer.actor(request))
                return to(f"{ROOT}{HOME}/{day}", done="day_changed")
            moved = await editor.moved(await editor.planned(edit), day)
        except (ValidationError, Refused) as error:
            names = {"source": speak(viewer.language)("admin_calendar.source")}
            return await page(request, viewer, day, form, faults=section.faults_of(error, viewer, names))
        told: dict[str, Any] = {"moved": moved[:_SHOWN], "differing": len(moved), "removes": removes}
        return await page(request, viewer, day, form, **told)


def _change(day: date, form: Form) -> tuple[Edit, str]:
    given = ChangedDay.model_validate({"kind": form["kind"], "source": form["source"]})
    return day_put(Override(day, given.kind, given.source)), given.source


def _removal(day: date, form: Form) -> tuple[Edit, str]:
    try:
        given = RemovedDay.model_validate({"reason": form["source"]})
    except ValidationError:
        raise Invalid("missing", pointer="#/source") from None
    return day_removed(day), given.reason


def _known(given: str) -> date:
    try:
        return day_within(given)
    except ValueError:
        raise NotFound("not_found") from None


def _weeks(known: WorkingCalendar, year: int, month: int, today: date) -> list[list[dict[str, Any] | None]]:
    """A month's weeks from Monday on; None where a day is another month's."""
    acts = {one.day: one.source for one in known.overrides}

    def shown(day: date) -> dict[str, Any]:
        works, usual = known.is_working_day(day), day.weekday() <= _FRIDAY
        kind = "act" if day in acts else "moved" if works is not usual else "usual"
        return {"day": day, "works": works, "kind": kind, "source": acts.get(day), "today": day == today}

    found = weeks.Calendar().monthdatescalendar(year, month)
    return [[shown(day) if day.month == month else None for day in week] for week in found]
