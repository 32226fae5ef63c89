"""The directory's pages: which agency answers for what, and when; changing one, closing one, replacing all of it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from services.chassis.errors import Invalid, NotFound
from services.router import listing
from services.router.agency import Agency, Transport
from services.router.console.administration import section
from services.router.console.frame import Console
from services.router.console.viewer import Viewer, signed_in
from services.router.directory import Directory
from services.router.requests import READ, day_within
from services.router.rules import Rules
from services.router.store import OPEN

HOME: Final = f"{section.PATH}/directory"
PAGE: Final = 50

Words = Annotated[str, Query(max_length=200)]


def routes(console: Console) -> APIRouter:
    """The list, and an agency's card."""
    api = APIRouter(prefix=HOME)
    reader = Depends(signed_in(READ))

    @api.get("")
    async def page(
        request: Request,
        viewer: Annotated[Viewer, reader],
        q: Words = "",
        on: Words = "",
        transport: Words = "",
        cursor: Words = "",
    ) -> HTMLResponse:
        """The directory as it stands on a day, by code."""
        rules, today = await in_force(console)
        day = day_of(on) or today
        found = sorted(_searched(rules.directory, q, day, transport), key=lambda one: one.code)
        rows = [one for one in found if one.code > cursor][: PAGE + 1]
        shown: dict[str, Any] = {"q": q, "on": day.isoformat(), "transport": transport, "transports": list(Transport)}
        shown |= {"rows": rows[:PAGE], "following": rows[PAGE - 1].code if len(rows) > PAGE else None}
        shown |= {"count": len(found), "is_first": not cursor, "version": rules.directory.version, "today": today}
        return section.html(console, request, viewer, "agencies", **shown)

    @api.get("/{code}")
    async def card(request: Request, viewer: Annotated[Viewer, reader], code: str) -> HTMLResponse:
        """An agency with all its records, the newest first."""
        rules, today = await in_force(console)
        records = records_of(rules.directory, code)
        async with console.database.reading() as tx:
            counted = (await listing.referrals_counted(tx)).get(code, {})
        standing = rules.directory.agency(code, today)
        shown: dict[str, Any] = {
            "records": records[::-1],
            "standing": standing,
            "today": today,
            "directory": rules.directory,
        }
        return section.html(console, request, viewer, "agency", code=code, open_now=open_of(counted), **shown)

    return api


async def in_force(console: Console) -> tuple[Rules, date]:
    """The rules in force, and today in Almaty."""
    router = console.desk.router
    async with console.database.reading() as tx:
        rules = await router.book.in_force(tx)
    return rules, rules.calendar.arrived_on(router.now())


def day_of(given: str) -> date | None:
    """A day that a form or an address says. Raises `Invalid`."""
    try:
        return day_within(given) if given else None
    except ValueError:
        raise Invalid("day_malformed", pointer="#/on") from None


def records_of(directory: Directory, code: str) -> list[Agency]:
    """An agency's records, the first one first. Raises `NotFound`."""
    records = sorted((one for one in directory.agencies if one.code == code), key=lambda one: one.valid_from)
    if not records:
        raise NotFound("agency_unknown")
    return records


def open_of(counted: dict[str, int]) -> int:
    """How many of the referrals counted by state are open."""
    return sum(number for state, number in counted.items() if state in OPEN)


def tomorrow(today: date) -> date:
    """The first day that a change can be made for without haste."""
    return today + timedelta(days=1)


def _searched(directory: Directory, q: str, day: date, transport: str) -> Sequence[Agency]:
    """Agencies valid on the day whose code, name, category or place has all the words."""
    words = q.lower().split()

    def text_of(one: Agency) -> str:
        categories = [directory.categories[code].name for code in one.categories]
        places = [directory.territories.territories[code].name for code in one.territories]
        names: list[Any] = [one.name, *categories, *places]
        return " ".join([one.code, *(f"{name.kk} {name.ru} {name.en}" for name in names)]).lower()

    return [
        one
        for one in directory.agencies
        if one.is_valid(day)
        and (not transport or one.transport == transport)
        and (not words or all(word in text_of(one) for word in words))
    ]
