"""Parked messages' pages: all that wait, of the three services, one by one or many at once."""

import json
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.chassis import parked
from services.chassis.errors import Forbidden, NotFound
from services.router.console.administration import section
from services.router.console.administration.parked_doors import SERVICES, Door, Service
from services.router.console.frame import Console
from services.router.console.pages import ROOT, to
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.requests import ADMINISTER, OPERATE, SEALED

HOME: Final = f"{section.PATH}/parked"
WHO: Final = (OPERATE, ADMINISTER)
STATES: Final = (parked.WAITING, parked.REDRIVEN, parked.DISCARDED)
FIELDS: Final = 3
"""So many fields can be repaired at once without seeing the rest."""
PAGE: Final = 50
_SHORTEST_REASON: Final = 3

Words = Annotated[str, Query(max_length=255)]


def routes(console: Console) -> APIRouter:
    """The list, and one message."""
    api = APIRouter(prefix=HOME)
    _list(api, console)
    _one(api, console)
    return api


def _list(api: APIRouter, console: Console) -> None:
    who = Depends(signed_in(*WHO))

    async def page(
        request: Request, viewer: Viewer, filters: dict[str, str], cursor: str = "", **more: Any
    ) -> HTMLResponse:
        """What waits, newest first. The `cursor` names the last message that was shown of each service."""
        wanted = [one for one in SERVICES if filters["service"] in {"", one}]
        state = filters["state"] if filters["state"] in STATES else parked.WAITING
        queue, after = filters["queue"] or None, dict(_place(one) for one in cursor.split() if one)
        found = {
            one: await Door(console, viewer, one).listed(queue=queue, state=state, limit=PAGE + 1, after=after.get(one))
            for one in wanted
        }
        rows = [{**row, "service": one} for one, items in found.items() for row in items or ()]
        rows.sort(key=lambda row: _moment(row["parked_at"]), reverse=True)
        after |= {row["service"]: row["id"] for row in rows[:PAGE]}
        shown: dict[str, Any] = {"filters": filters, "state": state, "states": STATES, "services": SERVICES}
        shown |= {"rows": rows[:PAGE], "is_first": not cursor}
        shown["following"] = " ".join(f"{one}/{last}" for one, last in after.items()) if len(rows) > PAGE else None
        shown["away"] = [one for one, items in found.items() if items is None]
        return section.html(console, request, viewer, "parked", **shown, **more)

    @api.get("")
    async def listed(
        request: Request,
        viewer: Annotated[Viewer, who],
        service: Words = "",
        queue: Words = "",
        state: Words = "",
        cursor: Words = "",
    ) -> HTMLResponse:
        return await page(request, viewer, {"service": service, "queue": queue, "state": state}, cursor)

    @api.post("")
    async def many(request: Request, viewer: Annotated[Viewer, who]) -> Response:
        """Put back, or give up, all that are ticked."""
        form = await form_of(request, viewer)
        chosen, t = [_place(one) for one in form.all("message")], speak(viewer.language)
        filters = {name: form[name] for name in ("service", "queue", "state")}
        if form["act"] not in {"redrive", "discard"}:
            raise NotFound("not_found")
        if not chosen:
            return await page(request, viewer, filters, faults=[("messages", t("admin_parked.choose"))])
        if form["act"] == "discard" and len(form["reason"]) < _SHORTEST_REASON:
            return await page(request, viewer, filters, faults=[("reason", t("admin_parked.why_needed"))])
        failed, away = 0, set[Service]()
        for service, parked_id in chosen:
            if service in away:  # nobody waits for each of fifty
                failed += 1
                continue
            door = Door(console, viewer, service)
            discards = form["act"] == "discard"
            faults = await (door.discard(parked_id, form["reason"]) if discards else door.redrive(parked_id, {}))
            failed += bool(faults)
            if faults == door.away:
                away.add(service)
        told = {name: value or None for name, value in filters.items()}
        return to(f"{ROOT}{HOME}", **told, done="parked_settled", n=len(chosen) - failed, failed=failed)


def _one(api: APIRouter, console: Console) -> None:
    who = Depends(signed_in(*WHO))

    async def page(
        request: Request, viewer: Viewer, door: Door, parked_id: UUID, form: Form | None = None, **more: Any
    ) -> HTMLResponse:
        shown: dict[str, Any] = {"row": await door.one(parked_id), "service": door.service, "form": form or Form({})}
        shown |= {"revealed": None, "may_reveal": viewer.may(SEALED), "places": range(FIELDS), **more}
        return section.html(console, request, viewer, "parked_one", **shown)

    @api.get("/{service}/{parked_id}")
    async def one(request: Request, viewer: Annotated[Viewer, who], service: Service, parked_id: UUID) -> HTMLResponse:
        return await page(request, viewer, Door(console, viewer, service), parked_id)

    @api.post("/{service}/{parked_id}")
    async def act(request: Request, viewer: Annotated[Viewer, who], service: Service, parked_id: UUID) -> Response:
        """Put back, repaired or not; give up; or show as it came: the button says which."""
        form, door, verb = await form_of(request, viewer), Door(console, viewer, service), ""
        if form["act"] in {"discard", "reveal"} and len(form["reason"]) < _SHORTEST_REASON:
            faults = [("reason", speak(viewer.language)("admin_parked.why_needed"))]
            return await page(request, viewer, door, parked_id, form, faults=faults)
        match form["act"]:
            case "reveal":
                if not viewer.may(SEALED):  # nobody knows yet whether it tells of corruption
                    raise Forbidden("appeal_sealed")
                body = await door.revealed(parked_id, form["reason"])
                return await page(request, viewer, door, parked_id, form, revealed=body)
            case "redrive":
                verb, faults = "redrive", await door.redrive(parked_id, _repair(form))
            case "discard":
                verb, faults = "discard", await door.discard(parked_id, form["reason"])
            case _:
                raise NotFound("not_found")
        if faults:
            return await page(request, viewer, door, parked_id, form, faults=faults)
        return to(f"{ROOT}{HOME}", done=f"parked_{verb}")


def _repair(form: Form) -> dict[str, Any]:
    """What is to be otherwise: the whole body, or some fields by their pointers."""
    if form["body"]:
        return {"body": form["body"]}
    pairs = ((form[f"pointer_{n}"], form[f"value_{n}"]) for n in range(FIELDS))
    fields = {pointer: _value(value) for pointer, value in pairs if pointer}
    return {"set": fields} if fields else {}


def _value(given: str) -> Any:
    """JSON where it is, else a text."""
    try:
        return json.loads(given)
    except ValueError:
        return given


def _place(given: str) -> tuple[Service, UUID]:
    service, _, parked_id = given.partition("/")
    try:
        found = next(one for one in SERVICES if one == service)
        return found, UUID(parked_id)
    except (StopIteration, ValueError):
        raise NotFound("parked_not_found") from None


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
