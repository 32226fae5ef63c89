"""The console, assembled: an application of its own inside the router's, whose errors are pages."""

from functools import partial
from typing import Annotated, Final
from urllib.parse import quote

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sse_starlette import EventSourceResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.chassis.errors import DatabaseUnavailable, Invalid, Refused
from services.chassis.problems import Catalogue
from services.chassis.web import trace_of
from services.router.console import (
    administration,
    appeal,
    audit,
    desk_bulk,
    desk_list,
    desk_page,
    exports,
    lists,
    notices,
    overview,
    sign_in,
    statistics,
    steering,
    unsent,
)
from services.router.console.administration import section
from services.router.console.frame import Console
from services.router.console.pages import HEADERS, ROOT, STATIC, asked_for
from services.router.console.viewer import COOKIE, FormOutdated, NotSignedIn, Viewer, language_shown, signed_in
from services.router.requests import AUDIT, OPERATE, READ
from services.router.texts import PROBLEMS

log = structlog.get_logger()

AREAS: Final = (
    ("overview", "/", (READ,)),
    ("desk", "/desk", (OPERATE,)),
    ("appeals", "/appeals", (READ,)),
    ("referrals", "/referrals", (READ,)),
    ("notices", notices.HOME, (OPERATE,)),
    ("statistics", "/statistics", (READ,)),
    ("administration", section.PATH, section.MENU),
    ("trail", "/trail", (AUDIT,)),
)
"""Entries of the menu: key of `menu` in the words, path, scopes of which one is needed."""
_CATALOGUE: Final = Catalogue(PROBLEMS)


def create(console: Console) -> FastAPI:
    """The application to be mounted at `ROOT`."""
    readable = [Depends(_readable)]
    app = FastAPI(
        title="console", docs_url=None, redoc_url=None, openapi_url=None, telemetry=None, dependencies=readable
    )
    app.state.database = console.database
    for area in (
        *(
            sign_in,
            overview,
            desk_bulk,
            desk_list,
            desk_page,
            lists,
            exports,
            appeal,
            steering,
            notices,
            statistics,
            audit,
        ),
        *administration.AREAS,
    ):
        app.include_router(area.routes(console))
    app.mount("/static", _Kept(directory=STATIC))
    _add_live(app, console)
    _add_strangers(app, console)
    _add_errors(app, console)
    return app


def _readable(request: Request) -> None:
    """Refuse an address with NUL, which is in no text of ours and which PostgreSQL takes in none."""
    if "\x00" in request.scope["path"] or "%00" in request.url.query:
        raise Invalid("page_address_wrong")


class _Kept(StaticFiles):
    """Our own files. One whose address tells its content is kept by a browser; any other is asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        kept = "public, max-age=31536000, immutable" if scope["query_string"].startswith(b"v=") else "no-cache"
        answer.headers.update({"cache-control": kept, "x-content-type-options": "nosniff"})
        return answer


def _add_live(app: FastAPI, console: Console) -> None:
    @app.get("/live", response_model=None)
    async def live(request: Request, _viewer: Annotated[Viewer, Depends(signed_in(READ, AUDIT))]) -> Response:
        known = request.headers.get("last-event-id")
        headers = {name: HEADERS[name] for name in ("cache-control", "x-content-type-options")}
        return EventSourceResponse(
            console.live.changes(known, session=request.cookies[COOKIE]), headers=headers, ping=15, send_timeout=10
        )


def _error_page(console: Console, request: Request, status: int, code: str) -> HTMLResponse:
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    language = viewer.language if viewer else language_shown(request)
    words = _CATALOGUE.text(code, language)
    return console.pages.html(request, viewer, "error.html", status, words=words, code=code, trace=trace_of(request))


def _add_strangers(app: FastAPI, console: Console) -> None:
    """What is answered to whom nobody knows, or not any more; what they have typed is not lost."""

    @app.exception_handler(NotSignedIn)
    async def unknown(request: Request, _error: NotSignedIn) -> Response:
        form = await unsent.given(request)
        if form is not None and form.as_dict():
            return unsent.page(console.pages, request, None, form)
        onward = f"?next={quote(asked_for(request))}" if request.method == "GET" else ""
        return RedirectResponse(f"{ROOT}/sign-in{onward}", 303, headers=HEADERS)

    @app.exception_handler(FormOutdated)
    async def outdated(request: Request, error: FormOutdated) -> Response:
        form = await unsent.given(request)
        if form is None:
            return _error_page(console, request, error.status, error.code)
        return unsent.page(console.pages, request, request.state.viewer, form)


def _add_errors(app: FastAPI, console: Console) -> None:
    page = partial(_error_page, console)

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return page(request, error.status, error.code)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, _error: RequestValidationError) -> Response:
        return page(request, 422, "page_address_wrong")

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return page(request, error.status_code, {404: "not_found", 405: "not_found"}.get(error.status_code, "internal"))

    @app.exception_handler(DatabaseUnavailable)
    async def away(request: Request, _error: DatabaseUnavailable) -> Response:
        return page(request, 503, "console_away")

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        log.error("request.failed", exc_info=error)
        return page(request, 500, "internal")
