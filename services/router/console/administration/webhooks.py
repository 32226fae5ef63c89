"""Webhooks: where posting systems are told of changes, how that goes, and what can be done when it does not."""

from datetime import datetime, time
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from services.chassis.errors import NotFound
from services.contracts.calendar import ALMATY
from services.router.console import asking
from services.router.console.administration import section
from services.router.console.frame import Console
from services.router.console.pages import ROOT, to
from services.router.console.peers import PeerAway, Said
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.requests import ADMINISTER, day_within

HOME: Final = f"{section.PATH}/webhooks"
OVERLAPS: Final = (0, 24, 168)
_FIELDS: Final = ("url", "description", "owner_email", "owner_language")
_TRIES_SHOWN: Final = 20


def routes(console: Console) -> APIRouter:
    """The list, a system's endpoint, and one notice to it with its attempts."""
    api = APIRouter(prefix=HOME)
    _list(api, console)
    _one(api, console)
    _notice(api, console)
    return api


def _list(api: APIRouter, console: Console) -> None:
    administrator = Depends(signed_in(ADMINISTER))

    @api.get("")
    async def page(request: Request, viewer: Annotated[Viewer, administrator]) -> HTMLResponse:
        found = await _endpoints(console, viewer)
        return section.html(console, request, viewer, "webhooks", rows=found)

    @api.get("/new")
    async def new(request: Request, viewer: Annotated[Viewer, administrator]) -> HTMLResponse:
        return section.html(console, request, viewer, "webhook_new", form=Form({}))

    @api.post("/new")
    async def register(request: Request, viewer: Annotated[Viewer, administrator]) -> Response:
        form = await form_of(request, viewer)
        system = form["system"]
        if not system:
            faults = [("system", speak(viewer.language)("admin_webhooks.system_needed"))]
            return section.html(console, request, viewer, "webhook_new", form=form, faults=faults)
        said = await _asked(console, viewer, ("PUT", _path(system), _body(form)), ("endpoint.set", system))
        if not said.ok:
            faults = asking.refused_by(said, viewer)
            return section.html(console, request, viewer, "webhook_new", form=form, faults=faults)
        if "secret" in said.body:
            return _secret(console, request, viewer, system, said)
        return to(f"{ROOT}{HOME}/{quote(system, safe='')}", done="webhook_set")


def _one(api: APIRouter, console: Console) -> None:
    administrator = Depends(signed_in(ADMINISTER))

    async def endpoint_page(
        request: Request, viewer: Viewer, system: str, form: Form | None = None, said: Said | None = None
    ) -> HTMLResponse:
        rows = await _endpoints(console, viewer)
        found = [one for one in rows if one["system"] == system] if rows is not None else [None]
        if not found:
            raise NotFound("not_found")
        tries = await asking.got(console, viewer, "notifier", "/v1/notifications", system=system, limit=_TRIES_SHOWN)
        faults = asking.refused_by(said, viewer) if said else []
        shown: dict[str, Any] = {"system": system, "row": found[0], "overlaps": OVERLAPS, "form": form}
        shown["tries"] = tries["items"] if tries else []
        return section.html(console, request, viewer, "webhook", faults=faults, **shown)

    @api.get("/{system}")
    async def one(request: Request, viewer: Annotated[Viewer, administrator], system: str) -> HTMLResponse:
        return await endpoint_page(request, viewer, system)

    @api.post("/{system}")
    async def act(request: Request, viewer: Annotated[Viewer, administrator], system: str) -> Response:
        """Change and enable, rotate the secret, try, recover, remove: the button says which."""
        form = await form_of(request, viewer)
        wanted, kind = _request(form, system)
        said = await _asked(console, viewer, wanted, (kind, system))
        if not said.ok:
            return await endpoint_page(request, viewer, system, form, said)
        if kind == "endpoint.rotate":
            return _secret(console, request, viewer, system, said)
        if kind == "endpoint.remove":
            return to(f"{ROOT}{HOME}", done="webhook_removed")
        return to(f"{ROOT}{HOME}/{quote(system, safe='')}", done=f"webhook_{kind.removeprefix('endpoint.')}")


def _notice(api: APIRouter, console: Console) -> None:
    administrator = Depends(signed_in(ADMINISTER))

    async def found(viewer: Viewer, system: str, notice_id: UUID) -> dict[str, Any] | None:
        """A notice to this system; None while the notifier is away. Raises `NotFound`, of one to anybody else too."""
        row: dict[str, Any] | None = await asking.one(console, viewer, "notifier", f"/v1/notifications/{notice_id}")
        if row is not None and (row["channel"], row["recipient"]) != ("webhook", system):
            raise NotFound("not_found")
        return row

    @api.get("/{system}/{notice_id}")
    async def page(
        request: Request, viewer: Annotated[Viewer, administrator], system: str, notice_id: UUID
    ) -> HTMLResponse:
        row = await found(viewer, system, notice_id)
        return section.html(console, request, viewer, "webhook_notice", system=system, row=row)

    @api.post("/{system}/{notice_id}")
    async def resend(
        request: Request, viewer: Annotated[Viewer, administrator], system: str, notice_id: UUID
    ) -> Response:
        await form_of(request, viewer)
        if (row := await found(viewer, system, notice_id)) is None:  # whose it is cannot be told
            said = asking.away("notifier", viewer)
        else:
            wanted = ("POST", f"/v1/notifications/{notice_id}/resend", None)
            said = await _asked(console, viewer, wanted, ("notification.resend", str(notice_id)))
        if said.ok:
            return to(f"{ROOT}{HOME}/{quote(system, safe='')}", done="webhook_resent")
        faults = asking.refused_by(said, viewer)
        return section.html(console, request, viewer, "webhook_notice", faults=faults, system=system, row=row)


async def _endpoints(console: Console, viewer: Viewer) -> list[dict[str, Any]] | None:
    """Endpoints with how they fare; None when the notifier is away."""
    told = await asking.got(console, viewer, "notifier", "/v1/endpoints")
    health = await asking.got(console, viewer, "notifier", "/v1/providers")
    if told is None:
        return None
    failing = {one["name"]: one for one in (health or {"items": []})["items"] if one["channel"] == "webhook"}
    return [{**row, "health": failing.get(row["system"]), "state": _state(row, failing)} for row in told["items"]]


def _state(row: dict[str, Any], failing: dict[str, Any]) -> str:
    if row["disabled_at"]:
        return "disabled"
    return "failing" if failing.get(row["system"], {}).get("failures") else "good"


async def _asked(console: Console, viewer: Viewer, wanted: tuple[str, str, Any], act: tuple[str, str]) -> Said:
    try:
        return await asking.done(console, viewer, "notifier", wanted, act)
    except PeerAway:
        return asking.away("notifier", viewer)


def _request(form: Form, system: str) -> tuple[tuple[str, str, Any], str]:
    """What a button asks of the notifier, and how that is noted. Raises `NotFound` for a button that there is not."""
    path, hours = _path(system), form["overlap"]
    match form["act"]:
        case "set":
            return ("PUT", path, _body(form)), "endpoint.set"
        case "rotate":
            return ("POST", f"{path}/rotate", {"overlap_hours": int(hours) if hours.isdecimal() else 24}), (
                "endpoint.rotate"
            )
        case "test":
            return ("POST", f"{path}/test", None), "endpoint.test"
        case "recover":
            return ("POST", f"{path}/recover", {"since": _since(form["since"])}), "endpoint.recover"
        case "remove":
            return ("DELETE", path, None), "endpoint.remove"
        case _:
            raise NotFound("not_found")


def _since(given: str) -> str:
    """The beginning of a day in Almaty; what is no day is left for the notifier to refuse."""
    try:
        return datetime.combine(day_within(given), time.min, ALMATY).isoformat()
    except ValueError:
        return given


def _body(form: Form) -> dict[str, Any]:
    return {name: form[name] for name in _FIELDS if form[name]}


def _path(system: str) -> str:
    return f"/v1/endpoints/{quote(system, safe='')}"


def _secret(console: Console, request: Request, viewer: Viewer, system: str, said: Said) -> HTMLResponse:
    t = speak(viewer.language)
    shown = [(t("admin_webhooks.system"), system), (t("admin_webhooks.secret"), said.body["secret"])]
    return section.html(console, request, viewer, "secret", shown=shown, back=f"{HOME}/{quote(system, safe='')}")
