"""One act on many cases: what is chosen, what would be done, and how it goes."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from services.chassis.errors import NotFound, Refused
from services.router import triage
from services.router.act import OF_MANY, Verb
from services.router.bulk import AT_MOST, Bulk, Preview
from services.router.console.desk_forms import CATALOGUE, Faults, faults_of, said
from services.router.console.desk_list import LIST, Filters, Narrowed, told_to
from services.router.console.frame import Console
from services.router.console.names import Names
from services.router.console.pages import to
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.requests import OPERATE, Code, missed

_REHEARSED: Final = "…" * 3
"""Stands for the reason while it is not given yet: what would be done does not depend on it."""

Chosen = Annotated[list[UUID], Query(max_length=AT_MOST)]


def routes(console: Console) -> APIRouter:
    """The preview, the act, and its progress."""
    api = APIRouter(prefix="/desk/bulk")
    operator, bulk = Depends(signed_in(OPERATE)), Bulk(console.holding)

    @api.get("", response_class=HTMLResponse)
    async def preview(
        request: Request,
        viewer: Annotated[Viewer, operator],
        narrowed: Filters,
        verb: Verb,
        task: Chosen = [],  # noqa: B006 - FastAPI copies it
        everything: Annotated[bool, Query(alias="all")] = False,  # noqa: FBT002 - a query parameter
        to_agency: Code | None = None,
    ) -> HTMLResponse:
        tasks = await _chosen(console, viewer, narrowed, task, everything=everything)
        form = Form({"agency": [to_agency or ""], "reason": [_REHEARSED]})
        return await _preview(console, bulk, request, viewer, narrowed, verb, tasks, form)

    @api.post("")
    async def start(request: Request, viewer: Annotated[Viewer, operator], narrowed: Filters) -> Response:
        form = await form_of(request, viewer)
        tasks, verb = form.ids("task")[:AT_MOST], next((one for one in OF_MANY if one == form["verb"]), None)
        if verb is None:
            raise NotFound("not_found")
        try:
            _, body = said(form, verb.value)
            bulk_id = await bulk.start(verb, tasks, body, viewer.actor(request))
        except (ValidationError, Refused) as error:
            faults = faults_of(error, viewer.language, field="verb")
            return await _preview(console, bulk, request, viewer, narrowed, verb, tasks, form, faults)
        return to(f"{LIST}/bulk/{bulk_id}")

    @api.get("/{bulk_id}", response_class=HTMLResponse)
    async def progress(request: Request, viewer: Annotated[Viewer, operator], bulk_id: UUID) -> HTMLResponse:
        found = await bulk.progress(bulk_id, by=viewer.by)
        if not found.total:
            raise NotFound("not_found")
        return console.pages.html(
            request,
            viewer,
            "desk/bulk_progress.html",
            progress=found,
            failed=[(row, CATALOGUE.text(row.refusal, viewer.language)) for row in found.failed],
            list_address=LIST,
            told=await told_to(console, viewer),
            onward=f"{LIST}/bulk/{bulk_id}",
            notice=None,
        )

    return api


async def _chosen(
    console: Console, viewer: Viewer, narrowed: Narrowed, tasks: list[UUID], *, everything: bool
) -> list[UUID]:
    """The tasks that were ticked, or all of the list, as many as one act may be on."""
    if not everything:
        return list(dict.fromkeys(tasks))
    wanted = narrowed.wanted(viewer, missed(console.desk))
    async with console.database.reading() as tx:
        return await triage.open_ids(tx, wanted, at=console.desk.router.now(), limit=AT_MOST)


async def _preview(  # noqa: PLR0913, PLR0917 - all that the page is made of
    console: Console,
    bulk: Bulk,
    request: Request,
    viewer: Viewer,
    narrowed: Narrowed,
    verb: Verb,
    tasks: list[UUID],
    form: Form,
    faults: Faults | None = None,
) -> HTMLResponse:
    if verb not in OF_MANY:
        raise NotFound("not_found")
    router = console.desk.router
    names = Names(router.rules.directory, router.rules.calendar.arrived_on(router.now()), viewer.language)
    is_complete = verb is not Verb.ASSIGN or form["agency"] in dict(names.agencies())
    found = Preview()
    if is_complete and tasks:
        _, body = said(Form({**form.values, "reason": [_REHEARSED]}), verb.value)
        found = await bulk.preview(verb, tasks, body, viewer.actor(request))
    shown: dict[str, Any] = {
        "verb": verb.value,
        "tasks": tasks,
        "found": found,
        "reasons": [(CATALOGUE.text(code, viewer.language), n) for code, n in found.reasons],
        "is_complete": is_complete,
        "form": Form({**form.values, "reason": [""]}) if form["reason"] == _REHEARSED else form,
        "faults": faults or [],
        "wrong": {field for field, _ in faults or []},
    }
    return console.pages.html(
        request,
        viewer,
        "desk/bulk.html",
        422 if faults else 200,
        **shown,
        names=names,
        narrowed=narrowed,
        back=narrowed.address,
        at_most=AT_MOST,
        told=await told_to(console, viewer),
        onward=narrowed.address,
        notice=None,
    )
