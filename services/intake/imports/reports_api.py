"""What became of an import's rows, over HTTP: page by page as JSON, or whole as CSV for a spreadsheet."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import Row

from services.chassis.keys import Caller, require
from services.chassis.problems import Catalogue
from services.chassis.web import language_of
from services.intake.api import WRITE, Desk, own
from services.intake.imports import reports, store, views
from services.intake.imports.reception import Reception

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[int, Query(ge=0, le=2**31 - 1)]
Found = tuple[list[dict[str, Any]], int | None]
Look = Callable[[int, int], Awaitable[Found]]
"""Cursor and limit → items as they are shown, and the next cursor."""


def router(desk: Desk, reception: Reception, catalogue: Catalogue) -> APIRouter:
    """The reports below `/v1/imports/{import_id}`."""
    api = APIRouter(prefix="/v1/imports/{import_id}", tags=["imports"])
    right = Depends(require(WRITE))

    async def errors_of(request: Request, import_id: UUID, caller: Annotated[Caller, right]) -> Look:
        job = await reception.find(import_id, posting_system=own(caller))
        language = language_of(request)

        async def look(cursor: int, limit: int) -> Found:
            async with desk.database.reading() as tx:
                rows, following = _page(await store.errors(tx, job.id, after=cursor, limit=limit + 1), limit)
            items = [views.error(row, job.columns, catalogue, language) for row in rows]
            return items, following and following.seq

        return look

    async def registrations_of(request: Request, import_id: UUID, caller: Annotated[Caller, right]) -> Look:
        job = await reception.find(import_id, posting_system=own(caller))
        language = language_of(request)

        async def look(cursor: int, limit: int) -> Found:
            async with desk.database.reading() as tx:
                rows, following = _page(await store.registrations(tx, job.id, after=cursor, limit=limit + 1), limit)
            return [views.registration(row, desk, language) for row in rows], following and following.row

        return look

    @api.get("/errors")
    async def errors(
        look: Annotated[Look, Depends(errors_of)], limit: Limit = 50, cursor: Cursor = 0
    ) -> dict[str, Any]:
        """What is wrong with which row, never what stood there."""
        items, following = await look(cursor, limit)
        return {"items": items, "next_cursor": following}

    @api.get("/errors.csv", response_class=StreamingResponse)
    async def errors_csv(import_id: UUID, look: Annotated[Look, Depends(errors_of)]) -> StreamingResponse:
        """The same as a file for a spreadsheet."""
        return _file(f"import-{import_id}-errors.csv", views.ERROR, look)

    @api.get("/registrations")
    async def registrations(
        look: Annotated[Look, Depends(registrations_of)], limit: Limit = 50, cursor: Cursor = 0
    ) -> dict[str, Any]:
        """Each registered row with its coupon."""
        items, following = await look(cursor, limit)
        return {"items": items, "next_cursor": following}

    @api.get("/registrations.csv", response_class=StreamingResponse)
    async def registrations_csv(import_id: UUID, look: Annotated[Look, Depends(registrations_of)]) -> StreamingResponse:
        """The same as a file for a spreadsheet."""
        return _file(f"import-{import_id}-registrations.csv", views.REGISTRATION, look)

    return api


def _page(rows: list[Row[Any]], limit: int) -> tuple[list[Row[Any]], Row[Any] | None]:
    """A page, and its last row when there are more."""
    return rows[:limit], rows[limit - 1] if len(rows) > limit else None


def _file(name: str, header: Sequence[str], look: Look) -> StreamingResponse:
    headers = {"content-disposition": f'attachment; filename="{name}"', "vary": "accept-language"}
    return StreamingResponse(reports.written(header, look), media_type="text/csv; charset=utf-8", headers=headers)
