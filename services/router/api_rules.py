"""Rule sets over HTTP: which there are, what they say, which one is in force, and how another one comes into force."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from services.chassis.errors import NotFound
from services.chassis.keys import Caller, require
from services.router import rule_store, views
from services.router.desk import Desk
from services.router.editing import Editor
from services.router.requests import OPERATE, RULES, Limit, Numbered, Reasoned, actor_of
from services.router.rule_requests import Proposal, TrialOf
from services.router.rulebook import check
from services.router.trials import Trials


def routes(desk: Desk) -> APIRouter:
    """All endpoints on rule sets. ``in-force`` stands for the version in force."""
    api = APIRouter(prefix="/v1/rules", tags=["rules"])
    _look(api, desk)
    _change(api, desk)
    return api


def _look(api: APIRouter, desk: Desk) -> None:
    reader, book = Depends(require(OPERATE)), desk.router.book

    @api.get("")
    async def listed(
        _caller: Annotated[Caller, reader], limit: Limit = 50, cursor: Numbered | None = None
    ) -> dict[str, Any]:
        """Rule sets, newest first."""
        async with desk.database.reading() as tx:
            version = (await book.in_force(tx)).version
            rows = await rule_store.sets(tx, before=cursor, limit=limit + 1)
        return _page([views.rule_set(row, in_force=version) for row in rows], limit)

    @api.get("/activations")
    async def activations(
        _caller: Annotated[Caller, reader], limit: Limit = 50, cursor: Numbered | None = None
    ) -> dict[str, Any]:
        """Which rule set came into force when, by whom and why; newest first."""
        async with desk.database.reading() as tx:
            rows = await rule_store.activations(tx, before=cursor, limit=limit + 1)
        return _page([dict(row._mapping) for row in rows], limit)  # noqa: SLF001 - SQLAlchemy's public name

    @api.get("/{version}")
    async def shown(_caller: Annotated[Caller, reader], version: str) -> dict[str, Any]:
        """A rule set: of what it is made, and what it counts."""
        async with desk.database.reading() as tx:
            in_force = (await book.in_force(tx)).version
            row = await rule_store.summary(tx, in_force if version == views.IN_FORCE else version)
            rules = await rule_store.load(tx, row.version) if row else None
        if row is None or rules is None:
            raise NotFound("rules_not_found")
        return {**views.rule_set(row, in_force=in_force), **views.counted(book.read(rules))}

    @api.get("/{version}/{document}", response_class=Response)
    async def document(_caller: Annotated[Caller, reader], version: str, document: views.Document) -> Response:
        """A document of a rule set, as it was written."""
        async with desk.database.reading() as tx:
            found = version if version != views.IN_FORCE else (await book.in_force(tx)).version
            rules = await rule_store.load(tx, found)
        content = getattr(rules, document) if rules else None
        if content is None:
            raise NotFound("rules_not_found")
        return Response(content, media_type=document.media_type)


def _change(api: APIRouter, desk: Desk) -> None:
    writer, book, trials = Depends(require(RULES)), desk.router.book, Trials(desk.database)
    editor = Editor(desk.database, desk.router)

    @api.post("", status_code=201)
    async def propose(request: Request, caller: Annotated[Caller, writer], given: Proposal) -> dict[str, Any]:
        """Keep a rule set: that in force, with the documents given. It decides nothing before it is activated."""
        actor = actor_of(caller, request)
        version, is_new = await editor.propose(given.applied_to, note=given.note, actor=actor)
        return {"version": version, "is_new": is_new}

    @api.post("/trial")
    async def tried(_caller: Annotated[Caller, writer], given: TrialOf) -> StreamingResponse:
        """What other rules would have decided of past appeals: lines of JSON, how far it is and at last the report.

        Nothing is written, and no text leaves the service.
        """
        async with desk.database.reading() as tx:
            before = await book.in_force(tx)
            _, base = await book.set_in_force(tx)
            kept = await rule_store.load(tx, given.version) if given.version else base
        if kept is None:
            raise NotFound("rules_not_found")
        new = given.applied_to(kept)
        await check(new)
        stretch = given.stretch(before.calendar, desk.router.now())
        told = trials.run(before, book.read(new), stretch)
        first = await anext(told)  # so that a refusal is an answer, and not a stream that breaks off

        async def lines() -> AsyncIterator[str]:
            yield f"{json.dumps(first)}\n"
            async for one in told:
                yield f"{json.dumps(one)}\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    @api.post("/{version}/activation")
    async def activate(
        request: Request, caller: Annotated[Caller, writer], version: str, why: Reasoned
    ) -> dict[str, Any]:
        """Put a rule set in force: each transaction from now on decides by it.

        A proposal's changes are put over what has been edited since it was made; `version` is then another one.
        """
        return asdict(await editor.activate(version, reason=why.reason, actor=actor_of(caller, request)))


def _page(items: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """A page of numbered items, of which one more than a page was read."""
    page = items[:limit]
    return {"items": page, "next_cursor": page[-1]["number"] if len(items) > limit else None}
