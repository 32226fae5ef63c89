"""The working calendar over HTTP: which days differ from the published holidays, and by which act."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request

from services.chassis.errors import NotFound
from services.chassis.keys import Caller, require
from services.contracts.calendar import FIRST_DAY, LAST_DAY, Override, WorkingCalendar
from services.router import due_dates, listing, views
from services.router.desk import Desk
from services.router.draft import Actor
from services.router.editing import Editor, with_overrides
from services.router.requests import OPERATE, RULES, actor_of
from services.router.rule_requests import ChangedDay, RemovedDay
from services.router.rules import Rules

Day = Annotated[date, Path(ge=FIRST_DAY, le=LAST_DAY)]
Year = Annotated[int, Query(ge=FIRST_DAY.year, le=LAST_DAY.year)]

_SATURDAY: Final = 5
_SHOWN: Final = 200
"""So many days due that differ are listed; all of them are counted."""


def routes(desk: Desk) -> APIRouter:
    """All endpoints on the calendar."""
    api = APIRouter(prefix="/v1/calendar", tags=["calendar"])
    reader, writer = Depends(require(OPERATE)), Depends(require(RULES))
    days = _Days(desk, Editor(desk.database, desk.router))

    @api.get("")
    async def year(_caller: Annotated[Caller, reader], year: Year) -> dict[str, Any]:
        """Days of a year on which work is otherwise than the day of the week says, or an act says something."""
        calendar = await days.calendar()
        found = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
        items = [_shown(day, calendar) for day in found if day.year == year and _is_remarkable(day, calendar)]
        return {"items": items}

    @api.get("/{day}")
    async def day(_caller: Annotated[Caller, reader], day: Day) -> dict[str, Any]:
        """Whether a day is a working day, and by which act if by one."""
        return _shown(day, await days.calendar())

    @api.put("/{day}")
    async def put(request: Request, caller: Annotated[Caller, writer], day: Day, given: ChangedDay) -> dict[str, Any]:
        """Say that a day is a working day, or off. Days due that would differ are told, and stay."""
        told = Override(day, given.kind, given.source)

        def change(overrides: dict[date, Override]) -> None:
            overrides[day] = told

        actor = actor_of(caller, request)
        return await days.changed(day, change, reason=given.source, preview=given.preview, actor=actor)

    @api.post("/{day}/removal")
    async def remove(
        request: Request, caller: Annotated[Caller, writer], day: Day, given: RemovedDay
    ) -> dict[str, Any]:
        """Let a day be again what the published holidays say."""

        def change(overrides: dict[date, Override]) -> None:
            if overrides.pop(day, None) is None:
                raise NotFound("day_not_overridden")

        actor = actor_of(caller, request)
        return await days.changed(day, change, reason=given.reason, preview=given.preview, actor=actor)

    return api


class _Days:
    """The calendar in force, and its changes."""

    def __init__(self, desk: Desk, editor: Editor) -> None:
        self._desk, self._editor = desk, editor

    async def calendar(self) -> WorkingCalendar:
        async with self._desk.database.reading() as tx:
            return (await self._desk.router.book.in_force(tx)).calendar

    async def changed(
        self, day: date, change: Callable[[dict[date, Override]], None], *, reason: str, preview: bool, actor: Actor
    ) -> dict[str, Any]:
        """Change the calendar, or only say what would come of it."""
        if preview:
            plan = await self._editor.planned(with_overrides(change))
            return {"preview": True, "due_dates": await self._moved(day, plan.before, plan.after)}
        edited = await self._editor.edit(with_overrides(change), reason=reason, actor=actor)
        moved = await self._moved(day, edited.before, edited.after)
        return {"number": edited.number, "version": edited.after.version, "due_dates": moved}

    async def _moved(self, day: date, before: Rules, after: Rules) -> dict[str, Any]:
        async with self._desk.database.reading() as tx:
            rows = await listing.open_due_from(tx, day)
        found = list(due_dates.moved(iter(rows), before, after))
        return {"differing": len(found), "items": [views.moved(one) for one in islice(found, _SHOWN)]}


def _is_remarkable(day: date, calendar: WorkingCalendar) -> bool:
    usual = day.weekday() < _SATURDAY
    return calendar.is_working_day(day) is not usual or any(one.day == day for one in calendar.overrides)


def _shown(day: date, calendar: WorkingCalendar) -> dict[str, Any]:
    act = next((one.source for one in calendar.overrides if one.day == day), None)
    return {"day": day, "working": calendar.is_working_day(day), "weekday": day.isoweekday(), "source": act}
