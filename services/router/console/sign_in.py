"""Signing in and out, and what an operator chooses for themselves: language and theme."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.chassis import clock
from services.chassis.problems import LANGUAGES
from services.router import operators, trail
from services.router.console.frame import Console
from services.router.console.pages import ROOT, to
from services.router.console.viewer import (
    COOKIE,
    LANGUAGE_COOKIE,
    THEMES,
    Viewer,
    form_of,
    inside,
    open_form,
)
from services.router.console.viewer import signed_in as let_in
from services.router.requests import AUDIT, READ

_YEAR_SECONDS: Final = 365 * 24 * 3600
_ANYBODY: Final = (READ, AUDIT)

Next = Annotated[str | None, Query(max_length=2_000)]


def routes(console: Console) -> APIRouter:
    """The sign-in page and its forms."""
    api = APIRouter()
    anybody = Depends(let_in(*_ANYBODY))

    @api.get("/sign-in", response_class=HTMLResponse)
    async def page(request: Request, next: Next = None) -> HTMLResponse:  # noqa: A002 - a query parameter
        return console.pages.html(
            request, None, "sign_in/sign_in.html", next=inside(next, f"{ROOT}/"), login="", fault=None
        )

    @api.post("/sign-in", response_model=None)
    async def sign_in(request: Request) -> Response:
        form, at = await open_form(request), clock.now()
        onward, login = inside(form.get("next"), f"{ROOT}/"), form["login"].lower()
        row = await operators.checked(console.database, login, form["password"], at=at)
        if row is None:
            async with console.database.transaction() as tx:
                known = await operators.by_login(tx, login)
                # what was typed may be a password: only a login that exists is written down
                trail.note(tx, trail.Act(known.login if known else "-", "sign_in.refused", "-", at, {}))
            shown = {"next": onward, "login": login, "fault": "sign_in.wrong"}
            return console.pages.html(request, None, "sign_in/sign_in.html", 401, **shown)
        async with console.database.transaction() as tx:
            secret = await operators.begin_session(tx, row.id, at=at)
            trail.note(tx, trail.Act(row.login, "sign_in", row.login, at, {}))
        return signed_in(to(onward), secret)

    @api.post("/sign-out")
    async def sign_out(request: Request, viewer: Annotated[Viewer, anybody]) -> Response:
        await form_of(request, viewer)
        async with console.database.transaction() as tx:
            await operators.end_session(tx, request.cookies[COOKIE])
            trail.note(tx, trail.Act(viewer.login, "sign_out", viewer.login, clock.now(), {}))
        answer = to(f"{ROOT}/sign-in")
        answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return answer

    @api.post("/preferences")
    async def prefer(request: Request, viewer: Annotated[Viewer, anybody]) -> Response:
        form = await form_of(request, viewer)
        chosen = {"language": form["language"]} if form["language"] in LANGUAGES else {}
        if form["theme"] in THEMES:
            chosen["theme"] = form["theme"]
        if chosen:
            async with console.database.transaction() as tx:
                await operators.change(tx, viewer.account_id, **chosen)
        answer = to(inside(form.get("next"), f"{ROOT}/"))
        if "language" in chosen:
            answer.set_cookie(LANGUAGE_COOKIE, chosen["language"], max_age=_YEAR_SECONDS, secure=True, samesite="lax")
        return answer

    return api


def signed_in(answer: Response, secret: str) -> Response:
    """An answer that lets the browser keep the session: over TLS, for this host alone, out of reach of scripts."""
    answer.set_cookie(COOKIE, secret, path="/", secure=True, httponly=True, samesite="lax")
    return answer
