"""The working calendar over HTTP: which days differ from the published holidays, and by which act."""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request

from services.chassis.keys import Caller, require
from services.contracts.calendar import FIRST_DAY, LAST_DAY, Override, WorkingCalendar
from services.router import views
from services.router.desk import Desk
from services.router.draft import Actor
from services.router.editing import Editor
from services.router.edits import Edit, day_put, day_removed
from services.router.requests import OPERATE, RULES, actor_of
from services.router.rule_requests import ChangedDay, RemovedDay

Day = Annotated[date, Path(ge=FIRST_DAY, le=LAST_DAY)]
Year = Annotated[int, Query(ge=FIRST_DAY.year, le=LAST_DAY.year)]

_SATURDAY: Final = 5
_SHOWN: Final = 200
"""So many days due that differ are listed; all of them are counted."""


def routes(desk: Desk) -> APIRouter:
    """All endpoints on the calendar."""
    api = APIRouter(prefix="/v1/calendar", tags=["calendar"])
    reader, writer = Depends(require(OPERATE)), Depends(require(RULES))
    editor = Editor(desk.database, desk.router)

    async def calendar() -> WorkingCalendar:
        async with desk.database.reading() as tx:
            return (await desk.router.book.in_force(tx)).calendar

    async def changed(day: date, edit: Edit, *, reason: str, preview: bool, actor: Actor) -> dict[str, Any]:
        done = await editor.planned(edit) if preview else await editor.edit(edit, reason=reason, actor=actor)
        moved = await editor.moved(done, day)
        told = {"differing": len(moved), "items": [views.moved(one) for one in moved[:_SHOWN]]}
        said = {"preview": True} if preview else {"number": done.number, "version": done.after.version}
        return {**said, "due_dates": told}

    @api.get("")
    async def year(_caller: Annotated[Caller, reader], year: Year) -> dict[str, Any]:
        """Days of a year on which work is otherwise than the day of the week says, or an act says something."""
        known = await calendar()
        found = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
        items = [_shown(day, known) for day in found if day.year == year and _is_remarkable(day, known)]
        return {"items": items}

    @api.get("/{day}")
    async def day(_caller: Annotated[Caller, reader], day: Day) -> dict[str, Any]:
        """Whether a day is a working day, and by which act if by one."""
        return _shown(day, await calendar())

    @api.put("/{day}")
    async def put(request: Request, caller: Annotated[Caller, writer], day: Day, given: ChangedDay) -> dict[str, Any]:
        """Say that a day is a working day, or off. Days due that would differ are told, and stay."""
        edit, actor = day_put(Override(day, given.kind, given.source)), actor_of(caller, request)
        return await changed(day, edit, reason=given.source, preview=given.preview, actor=actor)

    @api.post("/{day}/removal")
    async def remove(
        request: Request, caller: Annotated[Caller, writer], day: Day, given: RemovedDay
    ) -> dict[str, Any]:
        """Let a day be again what the published holidays say."""
        actor = actor_of(caller, request)
        return await changed(day, day_removed(day), reason=given.reason, preview=given.preview, actor=actor)

    return api


def _is_remarkable(day: date, calendar: WorkingCalendar) -> bool:
    usual = day.weekday() < _SATURDAY
    return calendar.is_working_day(day) is not usual or any(one.day == day for one in calendar.overrides)


def _shown(day: date, calendar: WorkingCalendar) -> dict[str, Any]:
    act = next((one.source for one in calendar.overrides if one.day == day), None)
    return {"day": day, "working": calendar.is_working_day(day), "weekday": day.isoweekday(), "source": act}
