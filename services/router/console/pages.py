"""How a page is made: Jinja2 with the viewer's words, times in Almaty, and headers that let nothing foreign in."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.routing import Match

from services.chassis import clock
from services.chassis.problems import LANGUAGES
from services.contracts.calendar import ALMATY
from services.router import requests
from services.router.console.viewer import THEMES, Viewer, language_shown
from services.router.console.words import speak

ROOT: Final = "/console"
HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
    "cache-control": "no-store",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}
_NAMES: Final = {"kk": "қазақша", "ru": "русский", "en": "English"}
_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400


class Pages:
    """Renders pages. `areas` are the entries of the menu: key, path, and the scopes of which one is needed."""

    def __init__(self, areas: tuple[tuple[str, str, tuple[str, ...]], ...]) -> None:
        self._areas = areas

    def html(
        self, request: Request, viewer: Viewer | None, template: str, status: int = 200, **data: Any
    ) -> HTMLResponse:
        """A page, for `viewer` or for somebody who is not signed in."""
        language = viewer.language if viewer else language_shown(request)
        context = {
            "t": speak(language),
            "language": language,
            "viewer": viewer,
            "theme": viewer.theme if viewer else "auto",
            "path": _address(request),
            "here": _with(request, lang=None),
            "is_asked": request.method == "GET",
            "with_query": lambda **changes: _with(request, **changes),
            "now": clock.now(),
            "areas": self._areas_of(viewer),
            "said": None,
        }
        html = _environment().get_template(template).render({**context, **data})
        return HTMLResponse(html, status, headers={**HEADERS, "content-language": language})

    def _areas_of(self, viewer: Viewer | None) -> list[tuple[str, str]]:
        if viewer is None:
            return []
        return [(key, ROOT + path) for key, path, scopes in self._areas if any(viewer.may(scope) for scope in scopes)]


_SCOPES: Final = ("READ", "OPERATE", "ARBITRATE", "SEALED", "RULES", "ADMINISTER", "AUDIT")


@cache
def _environment() -> Environment:
    """Templates, each compiled once in a process."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(day=day, moment=moment, clock=time_of_day, ago=ago, query=query)
    environment.globals.update(
        root=ROOT,
        static=static_url,
        languages=[(code, _NAMES[code]) for code in LANGUAGES],
        themes=THEMES,
        spoken=speak,
        scopes={name: getattr(requests, name) for name in _SCOPES},
    )
    return environment


def to(path: str, **query_: Any) -> RedirectResponse:
    """Go on to another page of the console with GET; values of None are left out."""
    told = {name: value for name, value in query_.items() if value is not None}
    mark = "&" if "?" in path else "?"
    return RedirectResponse(path + (mark + urlencode(told, doseq=True) if told else ""), 303, headers=HEADERS)


def asked_for(request: Request, **changes: Any) -> str:
    """The address that was asked for, also that of a form, with some parameters changed."""
    return _changed(ROOT + request.url.path.removeprefix(ROOT), request, **changes)


def _with(request: Request, **changes: Any) -> str:
    """The page's own address with some parameters changed."""
    return _changed(_address(request), request, **changes)


def _changed(address: str, request: Request, **changes: Any) -> str:
    """An address with the request's parameters, some of them changed; None and an empty text take one away."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
    for name, value in changes.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        kept += [(name, str(one)) for one in values if one not in {None, ""}]
    return f"{address}?{urlencode(kept)}" if kept else address


def _address(request: Request) -> str:
    """Where a page can be asked for. Of one that answers a form it is the nearest address above that has a page."""
    path: str = request.scope["path"].removeprefix(ROOT)
    if request.method != "GET":
        while path and not _has_page(request, path):
            path = path.rpartition("/")[0]
    return ROOT + path if path else f"{ROOT}/"


def _has_page(request: Request, path: str) -> bool:
    scope = {**request.scope, "method": "GET", "path": ROOT + path, "root_path": ROOT}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def query(values: Mapping[str, Any]) -> str:
    """Values as a query string; None and empty ones are left out."""
    return urlencode({name: value for name, value in values.items() if value not in {None, ""}}, doseq=True)


@cache
def static_url(name: str) -> str:
    """Address of one of our own files; it changes with the file's content, so that browsers may keep it for ever."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"{ROOT}/static/{name}?v={mark}"


def day(value: date | str | None) -> str:
    """A day as people here write it."""
    if value is None:
        return "—"
    return (date.fromisoformat(value) if isinstance(value, str) else value).strftime("%d.%m.%Y")


def moment(value: datetime | str | None) -> str | Markup:
    """A moment in Almaty, to the minute."""
    if value is None:
        return "—"
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(ALMATY)
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), local.strftime("%d.%m.%Y %H:%M")
    )


def time_of_day(value: datetime) -> str:
    """A moment of today in Almaty."""
    return f"{value.astimezone(ALMATY):%H:%M:%S}"


@pass_context
def ago(context: Context, value: datetime | str | None) -> str | Markup:
    """How long ago, or how soon, in the coarsest unit that says it; the moment itself is in the title."""
    if value is None:
        return "—"
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    seconds = (context["now"] - at).total_seconds()
    unit, number = _coarse(abs(seconds))
    words = context["t"](f"common.{'ago' if seconds >= 0 else 'in'}_{unit}", n=number)
    local = at.astimezone(ALMATY)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), local.strftime("%d.%m.%Y %H:%M"), words
    )


def _coarse(seconds: float) -> tuple[str, int]:
    for unit, size in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
        if seconds >= size:
            return unit, int(seconds // size)
    return "now", 0
