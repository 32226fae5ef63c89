"""Documents of appeals over HTTP: upload one, see an appeal's, fetch one, and see who has fetched them."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Row
from starlette.requests import ClientDisconnect

from services.chassis import clock
from services.chassis.database import Transaction
from services.chassis.errors import Forbidden, Gone, NotFound, Refused
from services.chassis.keys import Caller, require
from services.contracts.attachments import Grant, granted
from services.contracts.referrals import DOCUMENTS_ENDED
from services.intake.api import OPERATE, READ, SEALED, WRITE, Desk, given_key, visible
from services.intake.attachments import store
from services.intake.attachments.cabinet import Cabinet, Reader
from services.intake.attachments.content import ENDINGS
from services.intake.store import appeals, referrals

ADDRESS: Final = "/attachments"
"""Where references lead, below the public address."""
_BYTES: Final = {"schema": {"type": "string", "format": "binary"}}
_BODY: Final = {
    "requestBody": {"required": True, "content": dict.fromkeys((*ENDINGS, "application/octet-stream"), _BYTES)}
}
_FOUND: Final[dict[int | str, dict[str, Any]]] = {200: {"content": dict.fromkeys(ENDINGS, _BYTES)}}
_SHOWN: Final = ("id", "name", "media_type", "size", "sha256", "uploaded_at", "removed_at")
_ACCESS: Final = ("seq", "at", "by", "attachment_id", "referral_id", "address")


def router(desk: Desk, cabinet: Cabinet, *, most: int) -> APIRouter:
    """The endpoints. `most` is how many bytes a document may have."""
    api = APIRouter(tags=["attachments"])
    writer, reader, operator = Depends(require(WRITE)), Depends(require(READ)), Depends(require(OPERATE))

    @api.post("/v1/attachments", status_code=201, max_body_size=most, openapi_extra=_BODY)
    async def upload(
        request: Request,
        response: Response,
        caller: Annotated[Caller, writer],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> dict[str, Any]:
        """Upload a document, whose `id` an appeal then names. The same key and content give the same document again.

        The body is the document itself; what it is, its content says. It waits a day for its appeal.
        """
        key = given_key(idempotency_key)
        row, new = await cabinet.take(_arriving(request), posting_system=caller.owner, key=key)
        if not new:
            response.headers["idempotency-replayed"] = "true"
        return {name: getattr(row, name) for name in ("id", "media_type", "size", "sha256", "uploaded_at")}

    @api.get("/v1/appeals/{appeal_id}/attachments")
    async def listed(caller: Annotated[Caller, reader], appeal_id: UUID) -> dict[str, Any]:
        """An appeal's documents, and how often each was fetched. Of one that was removed no name stays."""
        async with desk.database.reading() as tx:
            await _open_to(tx, appeal_id, caller)
            rows = await store.of_appeal(tx, appeal_id)
            times = await store.fetched(tx, appeal_id)
        return {"items": [{**_of(row, _SHOWN), "accesses": times.get(row.id, 0)} for row in rows]}

    @api.get("/v1/appeals/{appeal_id}/attachments/accesses")
    async def accesses(
        caller: Annotated[Caller, operator],
        appeal_id: UUID,
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
        cursor: Annotated[int, Query(ge=0, le=2**62)] = 0,
    ) -> dict[str, Any]:
        """Who has fetched an appeal's documents, when and from where, the first first."""
        async with desk.database.reading() as tx:
            await visible(tx, appeal_id, caller)
            rows = await store.accesses(tx, appeal_id, after=cursor, limit=limit + 1)
        page = rows[:limit]
        return {
            "items": [_of(row, _ACCESS) for row in page],
            "next_cursor": page[-1].seq if len(rows) > limit else None,
        }

    @api.get("/v1/appeals/{appeal_id}/attachments/{attachment_id}", response_class=Response, responses=_FOUND)
    async def fetched(
        request: Request, caller: Annotated[Caller, reader], appeal_id: UUID, attachment_id: UUID
    ) -> StreamingResponse:
        """A document's bytes. The access is put on record."""
        async with desk.database.reading() as tx:
            await _open_to(tx, appeal_id, caller)
            row = await store.one(tx, attachment_id)
        if row is None or row.appeal_id != appeal_id:
            raise NotFound("attachment_not_found")
        return await _handed_out(cabinet, row, Reader(f"system:{caller.owner}", _address(request)))

    @api.get(f"{ADDRESS}/{{attachment_id}}/{{token}}", response_class=Response, responses=_FOUND)
    async def referenced(
        request: Request, attachment_id: UUID, token: Annotated[str, Path(max_length=1000)]
    ) -> StreamingResponse:
        """A document's bytes, by a reference. It needs no key, and the access is put on record."""
        async with desk.database.reading() as tx:
            row = await store.one(tx, attachment_id)
            grant = granted(token, document_id=row.id, key=row.secret) if row and row.secret else None
            if row is not None and row.removed_at is not None:
                raise Gone("attachment_removed")
            if row is None or grant is None:
                raise NotFound("attachment_not_found")
            await _check(tx, row, grant)
        return await _handed_out(cabinet, row, Reader(grant.by, _address(request), grant.referral_id))

    return api


async def _open_to(tx: Transaction, appeal_id: UUID, caller: Caller) -> None:
    """Raise unless the caller may have the appeal's documents: of a sealed one only who posted it, or has the scope."""
    row = await visible(tx, appeal_id, caller)
    if row.sealed and caller.owner != row.posting_system and not caller.may(SEALED):
        raise Forbidden("attachment_sealed")


async def _check(tx: Transaction, row: Row[Any], grant: Grant) -> None:
    """Raise unless a reference is good now. A referral that we have not heard of yet is the router's to know."""
    if grant.until <= clock.now():
        raise Gone("reference_expired")
    if (await appeals(tx, {row.appeal_id}))[row.appeal_id].sealed and not grant.sealed:
        raise Forbidden("attachment_sealed")
    if grant.referral_id is None:
        return
    referral = (await referrals(tx, {row.appeal_id}))[row.appeal_id].get(grant.referral_id)
    if referral is not None and referral.state in DOCUMENTS_ENDED:
        raise Gone("reference_ended")


async def _handed_out(cabinet: Cabinet, row: Row[Any], reader: Reader) -> StreamingResponse:
    content = await cabinet.hand_out(row, reader)
    headers = {
        "content-length": str(row.size),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(row.name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    return StreamingResponse(content, media_type=row.media_type, headers=headers)


async def _arriving(request: Request) -> AsyncIterator[bytes]:
    try:
        async for part in request.stream():
            yield part
    except ClientDisconnect as error:
        raise Refused("body_unreadable") from error  # nobody is there to read this


def _address(request: Request) -> str | None:
    return request.client.host[:45] if request.client else None


def _of(row: Row[Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
