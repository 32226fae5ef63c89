"""The shadow over HTTP: which rule set decides beside that in force, and how it fares."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from services.chassis.keys import Caller, require
from services.router import shadow_store
from services.router.desk import Desk
from services.router.requests import OPERATE, RULES, Reasoned, Words, actor_of
from services.router.shadow import Shadow

Version = Annotated[str | None, Query(max_length=64, pattern=r"^[0-9a-f]*$")]


class Shadowing(Reasoned):
    """Which rule set is to decide beside that in force."""

    version: Words


def routes(desk: Desk) -> APIRouter:
    """All endpoints on the shadow. It never acts: activating a rule set is another request, of a person."""
    api = APIRouter(prefix="/v1/shadow", tags=["rules"])
    reader, writer, shadow = Depends(require(OPERATE)), Depends(require(RULES)), Shadow(desk.database, desk.router)

    @api.get("")
    async def shown(_caller: Annotated[Caller, reader]) -> dict[str, Any]:
        """The last act: which set began, or that it was stopped, when, by whom and why."""
        async with desk.database.reading() as tx:
            last = await shadow_store.standing(tx)
        return {name: getattr(last, name, None) for name in ("number", "version", "at", "by", "reason")}

    @api.post("")
    async def begin(request: Request, caller: Annotated[Caller, writer], given: Shadowing) -> dict[str, Any]:
        """Let a kept rule set decide beside that in force."""
        number = await shadow.set(given.version, reason=given.reason, actor=actor_of(caller, request))
        return {"number": number, "version": given.version}

    @api.post("/end")
    async def end(request: Request, caller: Annotated[Caller, writer], why: Reasoned) -> dict[str, Any]:
        """Stop it. What it would have decided stays on record."""
        return {"number": await shadow.set(None, reason=why.reason, actor=actor_of(caller, request)), "version": None}

    @api.get("/report")
    async def report(_caller: Annotated[Caller, writer], version: Version = None) -> dict[str, Any]:
        """How often it agrees, where not, and who was right where an agency has accepted or declined since."""
        return await shadow.report(version)

    return api
