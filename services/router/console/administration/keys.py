"""Keys: which systems, agencies and scripts may call a service, and what for. A secret is shown once.

Whoever sees a key's secret can do what it lets its holder do. So nobody hands out here what they may not do themselves,
nor what opens other people's appeals at intake or their letters at the notifier: that is done at the command line, with
the service's own administrator's key.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from services.chassis import clock, keys
from services.chassis.errors import Forbidden, NotFound, Refused
from services.contracts.calendar import ALMATY
from services.router import requests, trail
from services.router.console import asking
from services.router.console.administration import section
from services.router.console.frame import Console
from services.router.console.pages import ROOT, to
from services.router.console.peers import PeerAway, Said
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.requests import ADMINISTER, AGENCY, day_within

HOME: Final = f"{section.PATH}/keys"
SERVICES: Final = ("router", "intake", "notifier")
OVERLAPS: Final = (0, 24, 168, 720)

Service = Literal["router", "intake", "notifier"]
_OF_PEERS: Final[Mapping[Service, frozenset[str]]] = {
    "intake": frozenset({"appeals:write", "appeals:read", "appeals:notify"}),
    "notifier": frozenset({"notifications:read", "notifications:test"}),
}
"""What a key of theirs may be for that is handed out here: what a posting system needs."""
Known = dict[str, Any] | None


def routes(console: Console) -> APIRouter:
    """The lists, a new key, and a key's page."""
    api = APIRouter(prefix=HOME)
    _make(api, console)
    _one(api, console)
    return api


def _make(api: APIRouter, console: Console) -> None:
    administrator = Depends(signed_in(ADMINISTER))

    @api.get("")
    async def page(request: Request, viewer: Annotated[Viewer, administrator]) -> HTMLResponse:
        found = [(service, _sorted(await _listed(console, viewer, service))) for service in SERVICES]
        return section.html(console, request, viewer, "keys", found=found, shown_at=clock.now().isoformat())

    async def form_page(request: Request, viewer: Viewer, service: Service, form: Form, **more: Any) -> HTMLResponse:
        listed = await _listed(console, viewer, service)
        t = speak(viewer.language)
        offered = [one for one in listed["scopes"] if one != AGENCY] if listed else []
        known = [(one, _named(one, t), one) for one in offered if _may_hand_out(viewer, service, one)]
        scopes = known if listed else None
        shown: dict[str, Any] = {"service": service, "scopes_known": scopes, "form": form, **more}
        return section.html(console, request, viewer, "key_new", **shown)

    @api.get("/{service}/new")
    async def new(request: Request, viewer: Annotated[Viewer, administrator], service: Service) -> HTMLResponse:
        return await form_page(request, viewer, service, Form({}))

    @api.post("/{service}/new")
    async def make(request: Request, viewer: Annotated[Viewer, administrator], service: Service) -> Response:
        form = await form_of(request, viewer)
        try:
            wanted = _wanted(form)
            _check(viewer, service, wanted.scopes)
            secret = await _made(console, viewer, service, wanted)
        except (ValidationError, Refused) as error:
            faults = section.faults_of(error, viewer, _names(viewer))
            return await form_page(request, viewer, service, form, faults=faults)
        if isinstance(secret, Said):
            return await form_page(request, viewer, service, form, faults=asking.refused_by(secret, viewer))
        return _secret(console, request, viewer, wanted.owner, secret)


def _one(api: APIRouter, console: Console) -> None:
    administrator = Depends(signed_in(ADMINISTER))

    async def key_page(request: Request, viewer: Viewer, service: Service, key_id: UUID, **more: Any) -> HTMLResponse:
        listed = await _listed(console, viewer, service)
        found = [one for one in listed["items"] if str(one["id"]) == str(key_id)] if listed else [None]
        if not found:
            raise NotFound("key_not_found")
        t, row = speak(viewer.language), {**found[0], "state": _state(found[0])} if found[0] else None
        rights = [(one, _named(one, t)) for one in row["scopes"]] if row else []
        more["may_rotate"] = all(_may_hand_out(viewer, service, one) for one, _ in rights)
        shown: dict[str, Any] = {"row": row, "rights": rights, "service": service, "overlaps": OVERLAPS, **more}
        return section.html(console, request, viewer, "key", **shown)

    @api.get("/{service}/{key_id}")
    async def one(
        request: Request, viewer: Annotated[Viewer, administrator], service: Service, key_id: UUID
    ) -> HTMLResponse:
        return await key_page(request, viewer, service, key_id)

    @api.post("/{service}/{key_id}")
    async def act(
        request: Request, viewer: Annotated[Viewer, administrator], service: Service, key_id: UUID
    ) -> Response:
        """Rotate, or revoke: the button says which."""
        form = await form_of(request, viewer)
        said: str | Said | None
        try:
            if form["act"] == "revoke":
                said = await _revoked(console, viewer, service, key_id)
            else:
                _check(viewer, service, await _scopes(console, viewer, service, key_id))
                hours = int(form["overlap"]) if form["overlap"].isdecimal() else OVERLAPS[2]
                said = await _rotated(console, viewer, service, key_id, min(hours, keys.LONGEST_OVERLAP_HOURS))
        except Refused as error:
            return await key_page(request, viewer, service, key_id, faults=section.faults_of(error, viewer))
        if isinstance(said, Said):
            return await key_page(request, viewer, service, key_id, faults=asking.refused_by(said, viewer))
        if said is None:
            return to(f"{ROOT}{HOME}", done="key_revoked")
        return _secret(console, request, viewer, form["owner"], said)


async def _listed(console: Console, viewer: Viewer, service: Service) -> Known:
    """All keys of a service and its scopes; None when it cannot be asked."""
    if service == "router":
        async with console.database.reading() as tx:
            items = [keys.shown(row) for row in await keys.listed(tx)]
        return {"items": items, "scopes": sorted(requests.SCOPES)}
    told: Known = await asking.got(console, viewer, service, "/v1/keys")
    return told


async def _scopes(console: Console, viewer: Viewer, service: Service, key_id: UUID) -> list[str]:
    """What a key is for. Raises `NotFound`."""
    listed = await _listed(console, viewer, service)
    found = [one["scopes"] for one in listed["items"] if str(one["id"]) == str(key_id)] if listed else []
    if not found:
        raise NotFound("key_not_found")
    return list(found[0])


def _may_hand_out(viewer: Viewer, service: Service, scope: str) -> bool:
    """Whether a key with this scope may be made, or its secret shown, here. Agencies' keys are: none of us has one."""
    if service == "router":
        return viewer.may(scope) or scope.startswith(AGENCY)
    return scope in _OF_PEERS[service]


def _check(viewer: Viewer, service: Service, scopes: Iterable[str]) -> None:
    if not all(_may_hand_out(viewer, service, one) for one in scopes):
        raise Forbidden("key_beyond_viewer", pointer="#/scopes")


async def _made(console: Console, viewer: Viewer, service: Service, wanted: keys.NewKey) -> str | Said:
    """The secret of a new key, or why the service refused."""
    if service != "router":
        body = wanted.model_dump(mode="json")
        facts = {"service": service, "owner": wanted.owner, "scopes": wanted.scopes}
        return await _asked(console, viewer, service, ("POST", "/v1/keys", body), ("key.make", wanted.owner), facts)
    keys.check_scopes(wanted.scopes, requests.SCOPES)
    at = clock.now()
    async with console.database.transaction() as tx:
        key_id, secret = await keys.issue(tx, wanted.owner, wanted.scopes, at=at, expires_at=wanted.expires_at)
        facts = {"owner": wanted.owner, "scopes": wanted.scopes}
        trail.note(tx, trail.Act(viewer.by, "key.make", str(key_id), at, facts))
    return secret


async def _rotated(console: Console, viewer: Viewer, service: Service, key_id: UUID, hours: int) -> str | Said:
    if service != "router":
        request = ("POST", f"/v1/keys/{key_id}/rotate", {"overlap_hours": hours})
        return await _asked(console, viewer, service, request, ("key.rotate", str(key_id)), {"service": service})
    at = clock.now()
    async with console.database.transaction() as tx:
        made, secret = await keys.rotate(tx, key_id, overlap=timedelta(hours=hours), at=at)
        trail.note(tx, trail.Act(viewer.by, "key.rotate", str(key_id), at, {"made": str(made)}))
    return secret


async def _revoked(console: Console, viewer: Viewer, service: Service, key_id: UUID) -> Said | None:
    if service != "router":
        request, act = ("DELETE", f"/v1/keys/{key_id}", None), ("key.revoke", str(key_id))
        try:
            said = await asking.done(console, viewer, service, request, act, service=service)
        except PeerAway:
            return asking.away(service, viewer)
        return None if said.ok else said
    at = clock.now()
    async with console.database.transaction() as tx:
        await keys.revoke(tx, key_id, at=at)
        trail.note(tx, trail.Act(viewer.by, "key.revoke", str(key_id), at, {}))
    return None


async def _asked(
    console: Console,
    viewer: Viewer,
    service: Literal["intake", "notifier"],
    request: tuple[str, str, Any],
    act: tuple[str, str],
    facts: dict[str, Any],
) -> str | Said:
    try:
        said = await asking.done(console, viewer, service, request, act, **facts)
    except PeerAway:
        return asking.away(service, viewer)
    return str(said.body["key"]) if said.ok else said


def _wanted(form: Form) -> keys.NewKey:
    scopes = form.all("scopes") + ([f"{AGENCY}{form['agency']}"] if form["agency"] else [])
    told = {"owner": form["owner"], "scopes": scopes, "expires_at": _end_of(form["expires"])}
    return keys.NewKey.model_validate(told)


def _end_of(given: str) -> datetime | str | None:
    """The end of a day in Almaty; what is no day is left for the form to refuse."""
    try:
        return datetime.combine(day_within(given) + timedelta(days=1), time.min, ALMATY) if given else None
    except ValueError:
        return given


def _secret(console: Console, request: Request, viewer: Viewer, owner: str, secret: str) -> HTMLResponse:
    t = speak(viewer.language)
    shown = [(t("admin_keys.owner"), owner), (t("admin_keys.key"), secret)]
    return section.html(console, request, viewer, "secret", shown=shown, back=HOME)


def _sorted(listed: Known) -> list[dict[str, Any]] | None:
    """Keys that are good first, by owner, each with its state."""
    if listed is None:
        return None
    items = [{**one, "state": _state(one)} for one in listed["items"]]
    return sorted(items, key=lambda one: (one["state"] in {"revoked", "expired"}, one["owner"]))


def _state(row: dict[str, Any]) -> str:
    ends = datetime.fromisoformat(str(row["expires_at"])) if row["expires_at"] else None
    if row["revoked_at"]:
        return "revoked"
    if ends is None:
        return "good"
    return "expired" if ends <= clock.now() else "ending"


def _named(scope: str, t: Any) -> str:
    """What a scope lets its holder do, in words; of an agency's, its code."""
    kind, colon, code = scope.partition(":")
    if kind + colon == AGENCY:
        return str(t("admin_keys.of_agency", code=code))
    key = f"admin_keys.scope_{scope.replace(':', '_').replace('-', '_')}"
    return str(t(key)) if t.has(key) else scope


def _names(viewer: Viewer) -> dict[str, str]:
    t = speak(viewer.language)
    return {name: t(f"admin_keys.{name}") for name in ("owner", "scopes", "expires_at")}
