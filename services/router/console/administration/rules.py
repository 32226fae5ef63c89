"""The rules' pages: which sets there are, what is in force since when and why, and what a set changes."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.chassis.errors import NotFound
from services.router import rule_store, shadow_store, views
from services.router.console.administration import section
from services.router.console.administration.directory_edits import diff
from services.router.console.frame import Console
from services.router.console.viewer import Viewer, signed_in
from services.router.requests import OPERATE, RULES
from services.router.rules import RuleSet

HOME: Final = f"{section.PATH}/rules"
READERS: Final = (OPERATE, RULES)
PAGE: Final = 30
DOCUMENTS: Final = ("lexicon", "directory")
_LINES_SHOWN: Final = 300

Number = Annotated[int | None, Query(ge=1, le=2**31)]


def routes(console: Console) -> APIRouter:
    """The list, the history, a set, and its documents."""
    api = APIRouter(prefix=HOME)
    _lists(api, console)
    _one(api, console)
    return api


def _lists(api: APIRouter, console: Console) -> None:
    reader = Depends(signed_in(*READERS))

    @api.get("")
    async def page(request: Request, viewer: Annotated[Viewer, reader], cursor: Number = None) -> HTMLResponse:
        async with console.database.reading() as tx:
            version = (await console.desk.router.book.in_force(tx)).version
            rows = await rule_store.sets(tx, before=cursor, limit=PAGE + 1)
            acts = await rule_store.activations(tx, before=None, limit=1)
            shadow = await shadow_store.standing(tx)
        shown: dict[str, Any] = {"rows": rows[:PAGE], "version": version, "act": acts[0] if acts else None}
        following = rows[PAGE - 1].number if len(rows) > PAGE else None
        shown |= {"shadow": shadow, "following": following, "is_first": cursor is None}
        return section.html(console, request, viewer, "rules", **shown)

    @api.get("/history")
    async def history(request: Request, viewer: Annotated[Viewer, reader], cursor: Number = None) -> HTMLResponse:
        async with console.database.reading() as tx:
            rows = await rule_store.activations(tx, before=cursor, limit=PAGE + 1)
        following = rows[PAGE - 1].number if len(rows) > PAGE else None
        shown: dict[str, Any] = {"rows": rows[:PAGE], "following": following, "is_first": cursor is None}
        return section.html(console, request, viewer, "rules_history", **shown)


def _one(api: APIRouter, console: Console) -> None:
    reader = Depends(signed_in(*READERS))

    @api.get("/{version}")
    async def page(request: Request, viewer: Annotated[Viewer, reader], version: str) -> HTMLResponse:
        return section.html(console, request, viewer, "rules_set", **await about(console, version))

    @api.get("/{version}/{document}")
    async def document(_viewer: Annotated[Viewer, reader], version: str, document: views.Document) -> Response:
        """A document as it was written, as a file."""
        async with console.database.reading() as tx:
            rules = await rule_store.load(tx, version)
        content = getattr(rules, document) if rules else None
        if content is None:
            raise NotFound("rules_not_found")
        name = f"{document}-{version}.{'json' if document is views.Document.MODEL else 'yaml'}"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(content, media_type=document.media_type, headers=headers)


async def about(console: Console, version: str) -> dict[str, Any]:
    """What the page of a rule set shows. Raises `NotFound`."""
    book = console.desk.router.book
    async with console.database.reading() as tx:
        in_force = (await book.in_force(tx)).version
        _, old = await book.set_in_force(tx)
        row = await rule_store.summary(tx, version)
        rules = await rule_store.load(tx, version) if row else None
        shadow = await shadow_store.standing(tx)
    if row is None or rules is None:
        raise NotFound("rules_not_found")
    return {
        "row": row,
        "counted": views.counted(book.read(rules)),
        "in_force": in_force,
        "is_shadow": shadow is not None and shadow.version == version,
        "changes": _changes(old, rules) if version != in_force else [],
    }


def _changes(old: RuleSet, new: RuleSet) -> list[tuple[str, list[tuple[str, str]], int]]:
    """By document: the lines that differ, and how many are left out."""
    found = []
    for name in sorted(new.differs(old)):
        before, after = (_text(rules, name) for rules in (old, new))
        lines = diff(before, after)
        found.append((name, lines[:_LINES_SHOWN], max(0, len(lines) - _LINES_SHOWN)))
    return found


def _text(rules: RuleSet, name: str) -> str:
    if name in DOCUMENTS:
        return str(getattr(rules, name))
    if name == "overrides":
        return "\n".join(f"{one.day} {one.kind}: {one.source}" for one in rules.overrides)
    return ""  # a model is numbers: nobody reads them line by line
