"""Endpoints for operators that every service has: parked messages, and what is stuck in the outbox."""

import json
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Row

from services.chassis import clock, outbox, parked, retention
from services.chassis.database import Database
from services.chassis.keys import Caller, Noted, require, unnoted
from services.chassis.logs import masked
from services.chassis.retention import Kept

log = structlog.get_logger()

Reason = Annotated[str, StringConstraints(min_length=3, max_length=500)]


class Redrive(BaseModel):
    """How a parked message goes back: as it is, or repaired."""

    model_config = ConfigDict(extra="forbid")

    body: Annotated[str, StringConstraints(max_length=256 * 1024)] | None = None
    set: dict[str, Any] | None = Field(
        default=None, max_length=20, description="Fields to set, by their JSON pointers."
    )


class Because(BaseModel):
    """Why a parked message is given up, or looked at as it came."""

    model_config = ConfigDict(extra="forbid")

    because: Reason


def router(scope: str, noted: Noted = unnoted, kept: Sequence[Kept] = ()) -> APIRouter:
    """The endpoints, for callers with `scope`. `kept` is what the service forgets beside what each one does."""
    api = APIRouter(prefix="/v1", tags=["operations"])
    operator = Depends(require(scope))

    @api.get("/parked")
    async def listed(
        request: Request,
        _caller: Annotated[Caller, operator],
        queue: str | None = None,
        state: str = parked.WAITING,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: UUID | None = None,
    ) -> dict[str, Any]:
        """Parked messages, newest first, without their bodies."""
        async with _database(request).reading() as tx:
            rows = await parked.listed(tx, queue=queue, state=state, limit=limit + 1, after=cursor)
        page = rows[:limit]
        return {"items": [_shown(row) for row in page], "next_cursor": page[-1].id if len(rows) > limit else None}

    @api.get("/parked/{parked_id}")
    async def shown(request: Request, _caller: Annotated[Caller, operator], parked_id: UUID) -> dict[str, Any]:
        """One parked message, its body with personal data masked."""
        async with _database(request).reading() as tx:
            row = await parked.shown(tx, parked_id)
        return {**_shown(row), "headers": row.headers, "body": masked_body(bytes(row.body))}

    @api.post("/parked/{parked_id}/reveal")
    async def reveal(
        request: Request, caller: Annotated[Caller, operator], parked_id: UUID, why: Because
    ) -> dict[str, str]:
        """The body of a parked message as it came, personal data and all; that somebody looked is logged."""
        async with _database(request).transaction() as tx:
            row = await parked.shown(tx, parked_id)
            facts = {"queue": row.queue, "because": masked(why.because)}
            noted(tx, caller.owner, "parked.reveal", str(parked_id), facts, at=clock.now())
        log.info("parked.revealed", id=str(parked_id), by=caller.owner)
        return {"body": bytes(row.body).decode("utf-8", "replace")}

    @api.post("/parked/{parked_id}/redrive", status_code=202)
    async def redrive(
        request: Request, caller: Annotated[Caller, operator], parked_id: UUID, change: Redrive | None = None
    ) -> dict[str, str]:
        """Put a parked message back into its queue, repaired when a body or fields are given."""
        body = change.body.encode() if change and change.body is not None else None
        async with _database(request).transaction() as tx:
            fields = change.set if change else None
            at, repaired = clock.now(), bool(body is not None or fields)
            await parked.redrive(tx, parked_id, by=caller.owner, at=at, body=body, fields=fields)
            noted(tx, caller.owner, "parked.redrive", str(parked_id), {"repaired": repaired}, at=at)
        return {"state": parked.REDRIVEN}

    @api.post("/parked/{parked_id}/discard", status_code=200)
    async def discard(
        request: Request, caller: Annotated[Caller, operator], parked_id: UUID, why: Because
    ) -> dict[str, str]:
        """Give a parked message up, with a reason; it stays on record."""
        async with _database(request).transaction() as tx:
            at = clock.now()
            await parked.discard(tx, parked_id, by=caller.owner, at=at, because=why.because)
            noted(tx, caller.owner, "parked.discard", str(parked_id), {}, at=at)
        return {"state": parked.DISCARDED}

    @api.get("/retention")
    async def retained(request: Request, _caller: Annotated[Caller, operator]) -> dict[str, Any]:
        """What the service forgets by itself and when, the oldest there is, and how much goes within a day."""
        async with _database(request).reading() as tx:
            return {"items": await retention.told(tx, kept, at=clock.now())}

    @api.get("/outbox")
    async def waiting(request: Request, _caller: Annotated[Caller, operator]) -> dict[str, Any]:
        """What waits in the outbox, and what the broker has refused."""
        async with _database(request).reading() as tx:
            count, oldest = await outbox.pending(tx)
            refused = await outbox.stuck(tx)
        return {"pending": count, "oldest": oldest, "refused": [dict(row._mapping) for row in refused]}  # noqa: SLF001

    return api


def masked_body(body: bytes) -> str:
    """A message's body with personal data covered: by the names of its fields where it is JSON, and by their look."""
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(masked(json.loads(text)), ensure_ascii=False, indent=2)
    except ValueError:
        return str(masked(text))


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {k: v for k, v in row._mapping.items() if k not in {"body", "headers"}}  # noqa: SLF001 - SQLAlchemy's public name
