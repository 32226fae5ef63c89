"""Signing in and out, and what an operator chooses for themselves: language and theme."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.errors import NotFound
from services.chassis.problems import LANGUAGES
from services.router import operators, trail
from services.router.console import oidc
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
    signed_in,
)
from services.router.requests import AUDIT, READ, named

log = structlog.get_logger()

HOME: Final = f"{ROOT}/"
OIDC_COOKIE: Final = "__Host-joldau-sign-in"
_CLOSED: Final[dict[str, Any]] = {"path": "/", "secure": True, "httponly": True, "samesite": "lax"}
"""A cookie over TLS, for this host alone, out of reach of scripts."""
_TEN_MINUTES: Final = 600
_YEAR_SECONDS: Final = 365 * 24 * 3600

Code = Annotated[str, Query(max_length=2_000)]
Next = Annotated[str | None, Query(max_length=2_000)]


@dataclass(frozen=True)
class Door:
    """Lets people in."""

    console: Console

    def page(
        self,
        request: Request,
        onward: str,
        login: str = "",
        fault: str | None = None,
        status: int = 200,
        seconds: int = 0,
    ) -> HTMLResponse:
        """The sign-in page, which leads `onward`."""
        told = {"next": onward, "login": login, "fault": fault, "elsewhere": self.console.oidc is not None}
        return self.console.pages.html(request, None, "sign_in/sign_in.html", status, seconds=seconds, **told)

    async def open(self, row: Row[Any], onward: str, at: datetime) -> Response | None:
        """Begin a session of this account; None when it has got another password since its owner was let in.

        The browser remembers its language for when the session has ended.
        """
        async with self.console.database.transaction() as tx:
            if not await operators.is_as_it_was(tx, row):
                return None
            secret = await operators.begin_session(tx, row.id, at=at)
            trail.note(tx, trail.Act(named(row.login), "sign_in", row.login, at, {}))
        answer = to(onward)
        answer.set_cookie(COOKIE, secret, **_CLOSED)
        _remember_language(answer, row.language)
        return answer

    async def refuse(self, login: str, at: datetime) -> None:
        """Note that somebody was not let in. What was typed may be a password: a login that nobody has is not kept."""
        async with self.console.database.transaction() as tx:
            known = await operators.by_login(tx, login)
            trail.note(tx, trail.Act(named(known.login) if known else "-", "sign_in.refused", "-", at, {}))


def _remember_language(answer: Response, language: str) -> None:
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_SECONDS, secure=True, samesite="lax")


def routes(console: Console) -> APIRouter:
    """The sign-in page and its forms."""
    api, door = APIRouter(), Door(console)
    _add_password(api, door)
    _add_elsewhere(api, door)
    _add_own(api, console)
    return api


def _add_password(api: APIRouter, door: Door) -> None:
    @api.get("/sign-in", response_class=HTMLResponse)
    async def page(request: Request, next: Next = None) -> HTMLResponse:  # noqa: A002 - a query parameter
        return door.page(request, inside(next, HOME))

    @api.post("/sign-in", response_model=None)
    async def sign_in(request: Request) -> Response:
        form, at = await open_form(request), clock.now()
        onward, login = inside(form.get("next"), HOME), form["login"].lower()
        address = request.client.host if request.client else ""
        if seconds := door.console.doorstep.wait(address, at=at):
            log.warning("sign_in.throttled", seconds=seconds)
            answer = door.page(request, onward, login, "sign_in.too_often", 429, seconds)
            answer.headers["retry-after"] = str(seconds)
            return answer
        row = await operators.checked(door.console.database, login, form["password"], at=at)
        opened = await door.open(row, onward, at) if row else None
        if opened is None:
            await door.refuse(login, at)
            return door.page(request, onward, login, "sign_in.wrong", 401)
        door.console.doorstep.give_back(address)
        return opened


def _add_elsewhere(api: APIRouter, door: Door) -> None:
    def service() -> oidc.SignIn:
        if door.console.oidc is None:
            raise NotFound("not_found")
        return door.console.oidc

    @api.get("/sign-in/oidc", response_model=None)
    async def leave(next: Next = None) -> Response:  # noqa: A002 - a query parameter
        """Go to the sign-in service."""
        attempt = oidc.Attempt.begun(inside(next, HOME))
        answer = to(await service().address(attempt))
        answer.set_cookie(OIDC_COOKIE, attempt.kept(), max_age=_TEN_MINUTES, **_CLOSED)
        return answer

    @api.get(oidc.CALLBACK, response_model=None)
    async def come_back(request: Request, state: Code = "", code: Code = "") -> Response:
        """Come back from it, with a code that says who."""
        at, attempt = clock.now(), oidc.Attempt.read(request.cookies.get(OIDC_COOKIE))
        answer = None
        if attempt is not None and code:
            row = await service().account(door.console.database, attempt, state=state, code=code, at=at)
            answer = await door.open(row, inside(attempt.next, HOME), at) if row else None
        if answer is None:
            await door.refuse("", at)
            return door.page(request, HOME, fault="sign_in.no_account", status=401)
        answer.delete_cookie(OIDC_COOKIE, **_CLOSED)
        return answer


def _add_own(api: APIRouter, console: Console) -> None:
    anybody = Depends(signed_in(READ, AUDIT))

    @api.post("/sign-out")
    async def sign_out(request: Request, viewer: Annotated[Viewer, anybody]) -> Response:
        await form_of(request, viewer)
        async with console.database.transaction() as tx:
            await operators.end_session(tx, request.cookies[COOKIE])
            trail.note(tx, trail.Act(viewer.by, "sign_out", viewer.login, clock.now(), {}))
        answer = to(f"{ROOT}/sign-in")
        answer.delete_cookie(COOKIE, **_CLOSED)
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
        answer = to(inside(form.get("next"), HOME))
        if "language" in chosen:
            _remember_language(answer, chosen["language"])
        return answer
