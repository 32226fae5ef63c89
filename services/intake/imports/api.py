"""Imports over HTTP: send a file, see how far it is, stop it."""

import hashlib
from tempfile import TemporaryFile
from typing import Annotated, Any, BinaryIO, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.requests import ClientDisconnect

from services.chassis.errors import Refused
from services.chassis.keys import Caller, require
from services.intake.api import NOTIFY, WRITE, own
from services.intake.imports import store, views
from services.intake.imports.files import MAX_FILE_BYTES, MEDIA_TYPES, Format
from services.intake.imports.reception import Reception, Upload

_BODY: Final = {
    "required": True,
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES},
}


class UnknownType(Refused):
    """The body is of a kind that is not imported."""

    status = 415


def router(reception: Reception) -> APIRouter:
    """The endpoints of `/v1/imports`, without the reports."""
    api = APIRouter(prefix="/v1/imports", tags=["imports"])
    right = Depends(require(WRITE))

    @api.post("", status_code=202, max_body_size=MAX_FILE_BYTES, openapi_extra={"requestBody": _BODY})
    async def receive(request: Request, response: Response, caller: Annotated[Caller, right]) -> dict[str, Any]:
        """Send a file, whose rows are then registered one after the other. The same file is the same import."""
        kind = _format(request)
        with TemporaryFile() as file:
            sha256 = await _saved(request, file)
            upload = Upload(file, kind, sha256, posting_system=caller.owner, tell_system=NOTIFY in caller.scopes)
            job, new = await reception.receive(upload)
        response.headers["location"] = f"/v1/imports/{job.id}"
        if not new:
            response.headers["idempotency-replayed"] = "true"
        return views.job(job)

    @api.get("")
    async def listed(
        caller: Annotated[Caller, right],
        sha256: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: UUID | None = None,
    ) -> dict[str, Any]:
        """Imports, newest first; a posting system sees its own."""
        async with reception.database.reading() as tx:
            rows = await store.jobs(tx, posting_system=own(caller), sha256=sha256, before=cursor, limit=limit + 1)
        page = rows[:limit]
        return {"items": [views.job(job) for job in page], "next_cursor": page[-1].id if len(rows) > limit else None}

    @api.get("/{import_id}")
    async def shown(caller: Annotated[Caller, right], import_id: UUID) -> dict[str, Any]:
        """How far an import is."""
        return views.job(await reception.find(import_id, posting_system=own(caller)))

    @api.post("/{import_id}/cancel", status_code=202)
    async def cancel(caller: Annotated[Caller, right], import_id: UUID) -> dict[str, Any]:
        """Stop an import; what is registered stays so. The same file, sent again, goes on with the rest."""
        return views.job(await reception.cancel(import_id, posting_system=own(caller)))

    return api


def _format(request: Request) -> Format:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in MEDIA_TYPES:
        raise UnknownType("import_type_unknown")
    return MEDIA_TYPES[kind]


async def _saved(request: Request, file: BinaryIO) -> str:
    """Write the body to `file` as it comes; its SHA-256."""
    digest = hashlib.sha256()
    try:
        async for part in request.stream():
            digest.update(part)
            file.write(part)
    except ClientDisconnect as error:
        raise Refused("body_unreadable") from error  # nobody is there to read this
    file.flush()
    return digest.hexdigest()
