"""Templates of notices: what applicants are told, with a preview, every version, and the way back."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.chassis.errors import NotFound
from services.router.console import asking
from services.router.console.administration import section
from services.router.console.frame import Console
from services.router.console.pages import ROOT, to
from services.router.console.peers import PeerAway, Said
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.requests import ADMINISTER

HOME: Final = f"{section.PATH}/templates"
_MISSING: Final = 404

Language = Literal["kk", "ru"]
Name = Annotated[str, Path(pattern=r"^[a-z_]{1,60}$")]


def routes(console: Console) -> APIRouter:
    """The list, and a template."""
    api = APIRouter(prefix=HOME)
    administrator = Depends(signed_in(ADMINISTER))

    @api.get("")
    async def page(request: Request, viewer: Annotated[Viewer, administrator]) -> HTMLResponse:
        told = await asking.got(console, viewer, "notifier", "/v1/templates")
        rows = _by_name(told["items"], viewer) if told else None
        return section.html(console, request, viewer, "templates", rows=rows)

    @api.get("/{language}/{name}")
    async def template(
        request: Request, viewer: Annotated[Viewer, administrator], language: Language, name: Name
    ) -> HTMLResponse:
        return await _page(console, request, viewer, (language, name), Form({}))

    @api.post("/{language}/{name}")
    async def change(
        request: Request, viewer: Annotated[Viewer, administrator], language: Language, name: Name
    ) -> Response:
        """Preview what is typed, put it in force, or go back to a version: the button says which."""
        form, path = await form_of(request, viewer), f"/v1/templates/{language}/{name}"
        if form["act"] == "preview":
            return await _page(console, request, viewer, (language, name), form)
        body: dict[str, Any] = {"because": form["reason"]}
        if form["act"].startswith("back-"):
            body["version"] = int(form["act"].removeprefix("back-"))
        else:
            body["source"] = _source(form)
        try:
            act = ("template.edit", f"{language}/{name}")
            said = await asking.done(console, viewer, "notifier", ("PUT", path, body), act)
        except PeerAway:
            said = asking.away("notifier", viewer)
        if said.ok:
            return to(f"{ROOT}{HOME}/{language}/{name}", done="template_changed")
        return await _page(console, request, viewer, (language, name), form, refused=said)

    return api


async def _page(
    console: Console,
    request: Request,
    viewer: Viewer,
    which: tuple[str, str],
    form: Form,
    refused: Said | None = None,
) -> HTMLResponse:
    path, preview = f"/v1/templates/{which[0]}/{which[1]}", None
    faults = asking.refused_by(refused, viewer) if refused else []
    try:
        shown = await console.peers.get("notifier", path, viewer.language)
        if shown.status == _MISSING:
            raise NotFound("not_found")
        draft = {"source": _source(form)} if form["source"] else {}
        seen = await console.peers.ask("notifier", "POST", f"{path}/preview", viewer.language, draft)
        preview = seen.body if seen.ok else None
    except PeerAway:
        shown = Said(0, None)
    if preview and not preview["usable"]:
        unusable = speak(viewer.language)("admin_notices.unusable")
        faults = faults or [("source", f"{unusable} {preview['because']}")]
    source = form["source"] or (shown.body["source"] if shown.ok else "")
    told: dict[str, Any] = {"language_of": which[0], "name": which[1], "known": shown.body if shown.ok else None}
    told |= {"source": source, "reason": form["reason"], "preview": preview, "previewed": form["act"] == "preview"}
    return section.html(console, request, viewer, "template", faults=faults, **told)


def _source(form: Form) -> str:
    return form["source"].replace("\r\n", "\n") + "\n"


def _by_name(items: list[dict[str, Any]], viewer: Viewer) -> list[dict[str, Any]]:
    """Templates by what they are, with the languages there are."""
    t, found = speak(viewer.language), dict[str, dict[str, Any]]()
    for item in items:
        language, _, name = item["name"].partition("/")
        key = f"admin_notices.notice_{name}"
        row = found.setdefault(name, {"name": name, "words": t(key) if t.has(key) else name, "languages": []})
        row["languages"].append((language, item["edited"]))
    return sorted(found.values(), key=lambda row: row["words"])
