"""Who looks at a page: the signed-in operator, in their language, with what their roles let them do."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from fastapi import Depends, Request

from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import Forbidden, Invalid
from services.chassis.keys import Caller
from services.chassis.problems import LANGUAGES, preferred
from services.router import operators
from services.router.draft import Actor
from services.router.requests import actor_of, named
from services.router.roles import scopes_of

COOKIE: Final = "__Host-joldau"
LANGUAGE_COOKIE: Final = "joldau-language"
THEMES: Final = ("auto", "light", "dark")
_FIELDS_AT_MOST: Final = 2_000
_SAFE: Final = frozenset({"GET", "HEAD"})


class NotSignedIn(Exception):
    """Nobody is signed in, or not any more: the way leads to the sign-in page, and from there back."""


class FormOutdated(Forbidden):
    """A form of ours, with the token of a session that is not the present one: nothing of it is done."""


@dataclass(frozen=True)
class Viewer:
    """A signed-in operator."""

    account_id: UUID
    login: str
    name: str
    roles: tuple[str, ...]
    language: str
    theme: str
    csrf: str
    caller: Caller

    def may(self, scope: str) -> bool:
        return self.caller.may(scope)

    @property
    def by(self) -> str:
        """How the trail and the records name them."""
        return named(self.login)

    def actor(self, request: Request) -> Actor:
        """The operator as an actor, with the request as the cause."""
        return actor_of(self.caller, request)


def language_shown(request: Request, own: str | None = None) -> str:
    """In which language a page is shown: as asked for here, as the account says, or as the browser prefers."""
    for wanted in (request.query_params.get("lang"), own, request.cookies.get(LANGUAGE_COOKIE)):
        if wanted in LANGUAGES:
            return str(wanted)
    return preferred(request.headers.get("accept-language", ""))


async def _viewer(request: Request) -> Viewer:
    """The signed-in operator. Raises `NotSignedIn`."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        raise NotSignedIn
    database: Database = request.app.state.database
    at = clock.now()
    async with database.reading() as tx:
        row = await operators.session(tx, secret, at=at)
    if row is None:
        raise NotSignedIn
    if operators.is_seen_again(row, at=at):
        async with database.transaction() as tx:
            await operators.see(tx, secret, at=at)
    viewer = Viewer(
        account_id=row.id,
        login=row.login,
        name=row.name,
        roles=tuple(row.roles),
        language=language_shown(request, row.language),
        theme=row.theme,
        csrf=row.csrf,
        caller=Caller(row.login, scopes_of(row.roles)),
    )
    request.state.viewer = viewer  # for the page that tells of an error
    return viewer


def signed_in(*scopes: str) -> Callable[..., Awaitable[Viewer]]:
    """A dependency that lets only operators in who have one of these scopes."""

    async def check(viewer: Annotated[Viewer, Depends(_viewer)]) -> Viewer:
        if not any(viewer.may(scope) for scope in scopes):
            raise Forbidden("scope_missing")
        return viewer

    return check


@dataclass(frozen=True)
class Form:
    """What a form says. Every value is text without NUL and without blanks around it."""

    values: Mapping[str, list[str]]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, [""])[0]

    def get(self, name: str) -> str | None:
        """The value, or None where it is empty."""
        return self[name] or None

    def all(self, name: str) -> list[str]:
        """All values under a name, such as those of ticked boxes."""
        return [value for value in self.values.get(name, []) if value]

    def ids(self, name: str) -> list[UUID]:
        """All ids under a name. Raises `Invalid` for what is none: no page of ours says that."""
        try:
            return [UUID(value) for value in self.all(name)]
        except ValueError:
            raise Invalid("body_invalid") from None

    def as_dict(self) -> dict[str, Any]:
        """What was given, by name; the token left out."""
        return {name: values[0] for name, values in self.values.items() if values[0] and name != "csrf"}


async def form_of(request: Request, viewer: Viewer) -> Form:
    """The form of a request. Raises `Forbidden` when it was not ours that was filled in (CSRF)."""
    form = await open_form(request)
    if not hmac.compare_digest(form["csrf"].encode(), viewer.csrf.encode()):
        raise (FormOutdated if is_own(request) else Forbidden)("form_foreign")
    return form


async def open_form(request: Request) -> Form:
    """A form that needs nobody signed in. Raises `Forbidden` when it came from another site."""
    if is_foreign(request):
        raise Forbidden("form_foreign")
    try:
        given = parse_qs((await request.body()).decode(), keep_blank_values=True, max_num_fields=_FIELDS_AT_MOST)
    except (UnicodeDecodeError, ValueError):
        raise Invalid("body_invalid") from None
    return Form({name: [value.replace("\x00", "").strip() for value in values] for name, values in given.items()})


def is_foreign(request: Request) -> bool:
    """Whether another site's page made the browser send this. An old browser that says nothing of it is let be."""
    if request.method in _SAFE:
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def is_own(request: Request) -> bool:
    """Whether the browser says that a page of ours made it send this. One that says nothing of it is not believed."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def inside(path: str | None, otherwise: str) -> str:
    """An address of the console to go to next; any other one is not followed."""
    if path and path.startswith("/console/") and "\\" not in path and "//" not in path:
        return path
    return otherwise
