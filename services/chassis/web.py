"""The web side of a service: correlation id, problems, limits, one log line a request, health and metrics."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis import metrics
from services.chassis.batching import Overloaded
from services.chassis.errors import DatabaseUnavailable, Refused
from services.chassis.ids import new_id
from services.chassis.problems import MEDIA_TYPE, SCHEMA, Catalogue, Texts, pointers, preferred

log = structlog.get_logger()

MAX_BODY_BYTES: Final = 2 * 1024 * 1024
"""The longest body is a model, packed, in a rule set's proposal."""
_TRACE_LENGTH: Final = 100
_STATUS_CODES: Final = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "media_type_unsupported",
    400: "body_unreadable",
}

Readiness = Callable[[], Awaitable[dict[str, str]]]
"""Names what a service depends on: ``ok``, or what is wrong."""


def create_app(*, title: str, version: str, texts: Texts, readiness: Readiness) -> FastAPI:
    """An application with everything that all services share; routes are added by the caller."""
    app = _Application(
        title=title,
        version=version,
        docs_url=None,  # the usual page loads scripts from a foreign network
        redoc_url=None,
        max_body_size=MAX_BODY_BYTES,
        telemetry=None,
        responses={"4XX": _problem("The request is refused."), 503: _problem("Something is away; try again.")},
    )
    catalogue = Catalogue(texts)
    app.outermost = _Canonical(super(_Application, app).__call__, service=title, catalogue=catalogue)
    _add_problems(app, catalogue)
    _add_health(app, readiness)
    return app


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": SCHEMA}}}


class _Application(FastAPI):
    """FastAPI inside our own outermost layer: a middleware would not see what the body limit answers."""

    outermost: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.outermost(scope, receive, send)


def language_of(request: Request) -> str:
    """The caller's language for texts: kk, ru or en."""
    return preferred(request.headers.get("accept-language", ""))


def trace_of(request: Request) -> str:
    """The request's correlation id, which goes with every message that follows from it."""
    return str(request.state.trace_id)


def _add_problems(app: FastAPI, catalogue: Catalogue) -> None:
    def answer(request: Request, status: int, code: str, **more: Any) -> JSONResponse:
        language = language_of(request)
        return catalogue.problem(status, code, language=language, trace_id=trace_of(request), **more)

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        headers = {"www-authenticate": "Bearer"} if error.status == 401 else None  # noqa: PLR2004
        return answer(request, error.status, error.code, pointer=error.pointer, errors=error.faults, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        found = error.errors()
        if any(item["type"] == "json_invalid" for item in found):
            return answer(request, 400, "body_unreadable")
        return answer(request, 422, "body_invalid", errors=pointers(found))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        code = _STATUS_CODES.get(error.status_code, "internal")
        return answer(request, error.status_code, code, headers=error.headers)

    @app.exception_handler(DatabaseUnavailable)
    async def away(request: Request, _error: DatabaseUnavailable) -> Response:
        return answer(request, 503, "unavailable", headers={"retry-after": "2"})

    @app.exception_handler(Overloaded)
    async def overloaded(request: Request, _error: Overloaded) -> Response:
        return answer(request, 503, "overloaded", headers={"retry-after": "2"})

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        log.error("request.failed", exc_info=error)
        return answer(request, 500, "internal")


def _add_health(app: FastAPI, readiness: Readiness) -> None:
    @app.get("/livez", tags=["health"])
    async def live() -> dict[str, str]:
        """The process answers; nothing else is asked."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"], response_model=None)
    async def ready() -> JSONResponse:
        """Whether work can be taken, and which dependency is away."""
        checks = await readiness()
        ok = all(state == "ok" or state.startswith("optional:") for state in checks.values())
        return JSONResponse({"status": "ok" if ok else "away", "checks": checks}, status_code=200 if ok else 503)

    @app.get("/metrics", tags=["health"], response_class=PlainTextResponse)
    async def exposition() -> Response:
        """Figures for Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class _Canonical:
    """Pure ASGI: gives a request its correlation id, and one log line with status and duration."""

    def __init__(self, app: ASGIApp, *, service: str, catalogue: Catalogue) -> None:
        self._app = app
        self._service = service
        self._catalogue = catalogue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        trace_id = _trace_id(headers)
        scope.setdefault("state", {})["trace_id"] = trace_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(trace_id=trace_id)
        started, status, replaced = time.perf_counter(), 500, False

        async def answer(message: Message) -> None:
            nonlocal status, replaced
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", trace_id.encode())]
                if replaced := _is_bare_413(message):
                    await self._too_large(headers, trace_id)(scope, receive, send)
            if not replaced:
                await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            self._record(scope, status, time.perf_counter() - started)

    def _too_large(self, headers: dict[bytes, bytes], trace_id: str) -> JSONResponse:
        language = preferred(headers.get(b"accept-language", b"").decode("latin-1"))
        return self._catalogue.problem(413, "body_too_large", language=language, trace_id=trace_id)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if route != "unmatched" else "any"
        metrics.REQUESTS.labels(self._service, method, route, status).inc()
        metrics.REQUEST_SECONDS.labels(self._service, method, route).observe(seconds)
        if route not in {"/livez", "/readyz", "/metrics"}:
            log.info("request.served", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _is_bare_413(message: Message) -> bool:
    """A body refused by its length alone never reaches the exception handlers: Starlette answers in plain text."""
    kinds = [value for name, value in message["headers"] if name == b"content-type"]
    return message["status"] == 413 and not any(kind.startswith(b"application/") for kind in kinds)  # noqa: PLR2004


def _trace_id(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id", b"").decode("ascii", "replace")
    if given and len(given) <= _TRACE_LENGTH and all(c.isalnum() or c in "-_." for c in given):
        return given
    return str(new_id())
