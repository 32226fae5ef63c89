"""Changes of the directory: an agency's facts, a new one, an end, the whole file. Each first shows what it would do."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from services.chassis.errors import Conflict, Invalid, Refused
from services.contracts.appeals import AppealKind
from services.router import listing
from services.router.agency import Level, Transport
from services.router.console.administration import agency_form, section
from services.router.console.administration.directory import HOME, day_of, in_force, open_of, records_of, tomorrow
from services.router.console.frame import Console
from services.router.console.pages import ROOT, to
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.directory import Directory
from services.router.editing import Edited, Editor, left_alone
from services.router.edits import Edit, agency_added, agency_amended, agency_closed, directory_replaced
from services.router.minimum import Field
from services.router.requests import RULES
from services.router.rule_requests import AmendedAgency, ClosedAgency, ImportedDirectory, NewAgency

_LINES_SHOWN: Final = 400
_UNSAID: Final = "———"
"""Stands for a reason while an edit is only looked at."""


@dataclass(frozen=True)
class _Planned:
    """What a form wants done, from which day on, and why."""

    edit: Edit
    on: date
    reason: str


def routes(console: Console) -> APIRouter:
    """The forms."""
    api = APIRouter(prefix=HOME)
    _new(api, console)
    _file(api, console)
    _amend(api, console)
    _close(api, console)
    return api


def _new(api: APIRouter, console: Console) -> None:
    editor = Depends(signed_in(RULES))

    @api.get("/new")
    async def page(request: Request, viewer: Annotated[Viewer, editor]) -> HTMLResponse:
        rules, today = await in_force(console)
        form = Form({"on": [tomorrow(today).isoformat()], "transport": [Transport.BY_HAND]})
        shown = _choices(rules.directory, viewer)
        told: dict[str, Any] = {"code": None, "plan": None, "base": rules.directory.version}
        return section.html(console, request, viewer, "agency_edit", form=form, **told, **shown)

    @api.post("/new")
    async def add(request: Request, viewer: Annotated[Viewer, editor]) -> Response:
        form = await form_of(request, viewer)
        rules, today = await in_force(console)

        def planned() -> _Planned:
            begins = day_of(form["on"]) or today
            agency = {**agency_form.facts(form), "code": form["code"], "valid_from": begins.isoformat()}
            new = NewAgency.model_validate({"agency": agency, "reason": form.get("reason") or _UNSAID})
            return _Planned(agency_added(new.record()), begins, new.reason)

        shown = {"code": None, **_choices(rules.directory, viewer)}
        return await _taken(console, request, viewer, form, planned, "agency_edit", shown, f"{HOME}/{form['code']}")


def _amend(api: APIRouter, console: Console) -> None:
    editor = Depends(signed_in(RULES))

    @api.get("/{code}/edit")
    async def page(request: Request, viewer: Annotated[Viewer, editor], code: str) -> HTMLResponse:
        rules, today = await in_force(console)
        record = records_of(rules.directory, code)[-1]
        form = agency_form.shown(record, max(today, record.valid_from))
        shown = _choices(rules.directory, viewer)
        told: dict[str, Any] = {"code": code, "plan": None, "base": rules.directory.version}
        return section.html(console, request, viewer, "agency_edit", form=form, **told, **shown)

    @api.post("/{code}/edit")
    async def amend(request: Request, viewer: Annotated[Viewer, editor], code: str) -> Response:
        form = await form_of(request, viewer)
        rules, today = await in_force(console)

        def planned() -> _Planned:
            day = day_of(form["on"]) or today
            record = rules.directory.agency(code, day) or records_of(rules.directory, code)[-1]
            changes = agency_form.changed(form, record)
            if not changes:
                raise Invalid("nothing_changes", pointer="#/on")
            given = AmendedAgency.model_validate({**changes, "on": day, "reason": form.get("reason") or _UNSAID})
            return _Planned(agency_amended(code, given.changed(), on=day), day, given.reason)

        shown = {"code": code, **_choices(rules.directory, viewer)}
        return await _taken(console, request, viewer, form, planned, "agency_edit", shown, f"{HOME}/{code}")


def _close(api: APIRouter, console: Console) -> None:
    editor = Depends(signed_in(RULES))

    async def about(viewer: Viewer, code: str) -> dict[str, Any]:
        rules, today = await in_force(console)
        record = records_of(rules.directory, code)[-1]
        async with console.database.reading() as tx:
            counted = (await listing.referrals_counted(tx)).get(code, {})
        others = [one for one in _agencies(rules.directory, viewer) if one[0] != code]
        return {"code": code, "record": record, "open_now": open_of(counted), "agencies": others, "today": today}

    @api.get("/{code}/close")
    async def page(request: Request, viewer: Annotated[Viewer, editor], code: str) -> HTMLResponse:
        shown = await about(viewer, code)
        form = Form({"on": [tomorrow(shown["today"]).isoformat()]})
        return section.html(console, request, viewer, "agency_close", form=form, plan=None, base="", **shown)

    @api.post("/{code}/close")
    async def close(request: Request, viewer: Annotated[Viewer, editor], code: str) -> Response:
        form = await form_of(request, viewer)
        shown = await about(viewer, code)

        def planned() -> _Planned:
            day = day_of(form["on"]) or shown["today"]
            told = {"on": day, "successor": form.get("successor"), "reason": form.get("reason") or _UNSAID}
            given = ClosedAgency.model_validate(told)
            return _Planned(agency_closed(code, on=given.on, successor=given.successor), day, given.reason)

        return await _taken(console, request, viewer, form, planned, "agency_close", shown, f"{HOME}/{code}")


def _file(api: APIRouter, console: Console) -> None:
    editor = Depends(signed_in(RULES))

    book = console.desk.router.book

    async def text_in_force() -> tuple[str, str]:
        async with console.database.reading() as tx:
            _, rules = await book.set_in_force(tx)
        return rules.directory, book.read(rules).directory.version

    @api.get("/file")
    async def page(request: Request, viewer: Annotated[Viewer, editor]) -> HTMLResponse:
        text, version = await text_in_force()
        form = Form({"directory": [text]})
        return section.html(console, request, viewer, "directory_file", form=form, plan=None, base=version)

    @api.get("/file.yaml")
    async def download(_viewer: Annotated[Viewer, editor]) -> Response:
        headers = {"content-disposition": 'attachment; filename="directory.yaml"', "cache-control": "no-store"}
        text, _ = await text_in_force()
        return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)

    @api.post("/file")
    async def replaced(request: Request, viewer: Annotated[Viewer, editor]) -> Response:
        form = await form_of(request, viewer)
        text = form["directory"].replace("\r\n", "\n") + "\n"
        _, today = await in_force(console)

        def planned() -> _Planned:
            given = ImportedDirectory.model_validate({"directory": text, "reason": form.get("reason") or _UNSAID})
            return _Planned(directory_replaced(given.directory), today, given.reason)

        return await _taken(console, request, viewer, form, planned, "directory_file", {}, HOME)


async def _taken(
    console: Console,
    request: Request,
    viewer: Viewer,
    form: Form,
    planned: Callable[[], _Planned],
    template: str,
    shown: Mapping[str, Any],
    onward: str,
) -> Response:
    """Show what an edit would do, or do it when the button says so. A reason is needed only for doing it.

    A form tells by `base` which directory it was filled in from: what another has changed since it would take back.
    """
    editor, plan = Editor(console.database, console.desk.router), None
    rules, _ = await in_force(console)
    has_changed = form["base"] not in {"", rules.directory.version}
    try:
        wanted, faults = planned(), []
        if form["act"] == "apply" and form.get("reason") and not has_changed:
            await editor.edit(wanted.edit, reason=wanted.reason, actor=viewer.actor(request))
            return to(f"{ROOT}{onward}", done="directory_changed")
        plan = _told(await editor.planned(wanted.edit), wanted.on, viewer)
        if form["act"] == "apply":
            raise Conflict("rules_changed") if has_changed else Invalid("missing", pointer="#/reason")
    except (ValidationError, Refused) as error:
        faults = section.faults_of(error, viewer, names(viewer))
    told: dict[str, Any] = {"form": form, "plan": plan, "base": rules.directory.version}
    return section.html(console, request, viewer, template, faults=faults, **told, **shown)


def _told(edited: Edited, on: date, viewer: Viewer) -> dict[str, Any]:
    """What would come of an edit: the lines of the file, and what nobody answers for any more."""
    before, after = edited.before.directory, edited.after.directory
    alone = [
        (
            getattr(after.categories[one["category"]].name, viewer.language)
            if one["category"] in after.categories
            else one["category"],
            [getattr(before.territories.territories[place].name, viewer.language) for place in one["territories"]],
        )
        for one in left_alone(before, after, on)
    ]
    lines = diff(edited.base.directory, edited.rules.directory)
    return {"alone": alone, "lines": lines[:_LINES_SHOWN], "left_out": max(0, len(lines) - _LINES_SHOWN)}


def diff(old: str, new: str) -> list[tuple[str, str]]:
    """Lines of a document that differ, with a few around: how each differs (`+`, `-`, `@` or a blank), and the line."""
    found = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    return [(line[:1], line[1:] if line[:1] != "@" else line) for line in found if not line.startswith(("---", "+++"))]


def names(viewer: Viewer) -> dict[str, str]:
    """What the page calls its fields."""
    t = speak(viewer.language)
    fields = ("on", "code", "name", "level", "categories", "territories", "contacts", "transport", "source", "reason")
    return {name: t(f"admin_directory.{name}") for name in fields}


def _choices(directory: Directory, viewer: Viewer) -> dict[str, Any]:
    language = viewer.language
    return {
        "agencies": _agencies(directory, viewer),
        "categories": [(one.code, getattr(one.name, language), "") for one in directory.categories.values()],
        "territories": [
            (one.code, getattr(one.name, language), "") for one in directory.territories.territories.values()
        ],
        "levels": list(Level),
        "transports": list(Transport),
        "kinds": list(AppealKind),
        "needed": list(Field),
    }


def _agencies(directory: Directory, viewer: Viewer) -> list[tuple[str, str]]:
    """Codes and names, one for each agency, by name."""
    named = {one.code: f"{getattr(one.name, viewer.language)} ({one.code})" for one in directory.agencies}
    return sorted(named.items(), key=lambda one: one[1])
