"""The registers as pages: lists of appeals and of referrals, saved views of them, and looking for a person."""

from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from services.chassis import clock
from services.chassis.ids import new_id
from services.contracts.appeals import AppealKind, Channel, Language
from services.contracts.referrals import ReferralState
from services.router import saved_views, trail
from services.router.appeal import Outcome
from services.router.console.asked import Asked, cursor_of, keys_of_person, place_in
from services.router.console.frame import Console
from services.router.console.names import Names
from services.router.console.pages import ROOT, to
from services.router.console.registers import APPEALS, REFERRALS, REGISTERS, Register, Sight
from services.router.console.viewer import Viewer, form_of, inside, signed_in
from services.router.console.words import speak
from services.router.requests import OPERATE, READ, SEALED, missed

PAGE: Final = 50
COUNTED: Final = 1_000
"""So far rows are counted; beyond it nobody wants to know, and it would cost."""
_FIRST: Final = {"appeals": "outcome", "referrals": "state"}
_SEEN: Final = {"q", "person", "agency", "category"}
"""Filters that are seen at once, the first one by register."""
_NAME_LONG: Final = 100


def routes(console: Console) -> APIRouter:
    """Both lists, and what belongs to them."""
    api = APIRouter()
    reader, operator = Depends(signed_in(READ)), Depends(signed_in(OPERATE))

    @api.get("/appeals", response_class=HTMLResponse)
    async def appeals(
        request: Request, viewer: Annotated[Viewer, reader], asked: Annotated[Asked, Query()]
    ) -> HTMLResponse:
        return await _page(console, request, viewer, asked, APPEALS)

    @api.get("/referrals", response_class=HTMLResponse)
    async def referrals(
        request: Request, viewer: Annotated[Viewer, reader], asked: Annotated[Asked, Query()]
    ) -> HTMLResponse:
        return await _page(console, request, viewer, asked, REFERRALS)

    @api.post("/person")
    async def person(request: Request, viewer: Annotated[Viewer, operator]) -> RedirectResponse:
        """Look for an applicant by name. It is noted who looks, and the name is in no address."""
        form = await form_of(request, viewer)
        keys = keys_of_person(form["person-name"][:_NAME_LONG])
        if keys:
            async with console.database.transaction() as tx:
                trail.note(tx, trail.Act(viewer.by, "appeal.look_for_person", "-", clock.now(), {}))
        return to(f"{ROOT}/{_area(form['area'])}", person=keys or None)

    @api.post("/views")
    async def save(request: Request, viewer: Annotated[Viewer, reader]) -> RedirectResponse:
        """Keep a list as it is narrowed, ordered and set out."""
        form = await form_of(request, viewer)
        area, query, name = _area(form["area"]), form["query"], form["name"][:_NAME_LONG]
        if name:
            kept = saved_views.view_of(
                id=new_id(),
                owner=viewer.login,
                area=area,
                name=name,
                query=query[:2_000],
                shared=bool(form.get("shared")),
                at=clock.now(),
            )
            async with console.database.transaction() as tx:
                await saved_views.save(tx, kept)
        return to(f"{ROOT}/{area}" + (f"?{query}" if query else ""), said="saved" if name else "nameless")

    @api.post("/views/{view_id}/removal")
    async def remove(request: Request, viewer: Annotated[Viewer, reader], view_id: UUID) -> RedirectResponse:
        form = await form_of(request, viewer)
        async with console.database.transaction() as tx:
            area = await saved_views.remove(tx, view_id, viewer.login)
        return to(inside(form.get("next"), f"{ROOT}/{area}"))

    return api


async def _page(console: Console, request: Request, viewer: Viewer, asked: Asked, register: Register) -> HTMLResponse:
    order = asked.order(register.orders, register.order)
    by, late = register.orders[order.name], missed(console.desk)
    async with console.database.reading() as tx:
        wanted = await asked.wanted(tx, viewer, late=late)
        after = place_in(asked.cursor, by)
        rows = await register.page(tx, wanted, order, after=after, limit=PAGE + 1)
        count = await register.counted(tx, wanted, most=COUNTED + 1)
        sight = await sight_of(console, tx, viewer, late)
        items = await register.shown(tx, rows[:PAGE], sight)
        views = await saved_views.listed(tx, viewer.login, register.area)
    query = _query(asked)
    return console.pages.html(
        request,
        viewer,
        "lists/list.html",
        area=register.area,
        asked=asked,
        sort=asked.sort or register.order,
        orders=register.orders,
        columns=register.columns,
        chosen=register.chosen(asked.columns),
        items=items,
        count=count,
        most=COUNTED,
        following=cursor_of(rows[PAGE - 1], by) if len(rows) > PAGE else None,
        is_first=asked.cursor is None,
        is_narrowed=bool(asked.narrowing()),
        first=_FIRST[register.area],
        is_more=bool(asked.narrowing().keys() - {*_SEEN, _FIRST[register.area]}),
        choices=choices(sight),
        views=[{**one._asdict(), "is_here": one.query == query} for one in views],
        query=query,
        request_query=request.url.query,
        said=_said(request, viewer),
    )


async def sight_of(console: Console, tx: Any, viewer: Viewer, late: date) -> Sight:
    """With whose eyes rows are looked at."""
    rules = await console.desk.router.book.in_force(tx)
    today = rules.calendar.arrived_on(console.desk.router.now())
    names = Names(rules.directory, today, viewer.language)
    return Sight(names, rules.calendar, late, reads_sealed=viewer.may(SEALED))


def choices(sight: Sight) -> dict[str, list[tuple[str, str]]]:
    """What each filter can be set to, in words."""
    coded = {"outcome": Outcome, "state": ReferralState, "channel": Channel, "kind": AppealKind, "language": Language}
    return {
        **{name: [(one.value, sight.term(name, one.value)) for one in values] for name, values in coded.items()},
        "agency": sight.names.every_agency(),
        "category": sight.names.every_category(),
        "district": sight.names.territories(),
    }


def _query(asked: Asked) -> str:
    """The list's address without its page, as a view keeps it: without the person that was looked for."""
    kept = {name: value for name, value in asked.narrowing().items() if name != "person"}
    if asked.sort:
        kept["sort"] = asked.sort
    return urlencode({**kept, **({"columns": asked.columns} if asked.columns else {})}, doseq=True)


def _area(given: str) -> str:
    return given if given in REGISTERS else APPEALS.area


def _said(request: Request, viewer: Viewer) -> str | None:
    told = {"saved": "lists.saved", "nameless": "lists.nameless"}.get(request.query_params.get("said", ""))
    return speak(viewer.language)(told) if told else None
