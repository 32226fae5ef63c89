"""The shadow's page: which rule set decides beside that in force, and how it fares."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from services.chassis.errors import NotFound, Refused
from services.router import shadow_store
from services.router.api_shadow import Shadowing
from services.router.console.administration import section
from services.router.console.administration.rules import HOME as RULES_HOME
from services.router.console.frame import Console
from services.router.console.pages import ROOT, to
from services.router.console.viewer import Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.requests import RULES, Reasoned
from services.router.shadow import Shadow

HOME: Final = f"{RULES_HOME}/shadow"
_CHANGES_SHOWN: Final = 50


def routes(console: Console) -> APIRouter:
    """The report, and beginning or ending it."""
    api = APIRouter(prefix=HOME)
    writer = Depends(signed_in(RULES))
    shadow = Shadow(console.database, console.desk.router)

    async def page(request: Request, viewer: Viewer, faults: list[section.Fault]) -> HTMLResponse:
        async with console.database.reading() as tx:
            standing = await shadow_store.standing(tx)
        try:
            report: dict[str, Any] | None = await shadow.report()
        except NotFound:
            report = None
        if report is not None:
            report["changes"] = report["changes"][:_CHANGES_SHOWN]
        return section.html(console, request, viewer, "shadow", faults=faults, standing=standing, report=report)

    @api.get("")
    async def shown(request: Request, viewer: Annotated[Viewer, writer]) -> HTMLResponse:
        return await page(request, viewer, [])

    @api.post("")
    async def act(request: Request, viewer: Annotated[Viewer, writer]) -> Response:
        """Begin with the version given, or end without one."""
        form = await form_of(request, viewer)
        try:
            version: str | None = None
            if form["act"] == "begin":
                version = Shadowing.model_validate({"version": form["version"], "reason": form["reason"]}).version
            why = Reasoned.model_validate({"reason": form["reason"]})
            await shadow.set(version, reason=why.reason, actor=viewer.actor(request))
        except (ValidationError, Refused) as error:
            names = {"reason": speak(viewer.language)("common.reason")}
            return await page(request, viewer, section.faults_of(error, viewer, names))
        return to(f"{ROOT}{HOME}", done="shadow_changed")

    return api
