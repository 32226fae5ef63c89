"""Decisions over HTTP: their records, why they were made in plain words, and whether they can be made again."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Row

from services.chassis.database import Transaction
from services.chassis.errors import Forbidden, Gone, NotFound
from services.chassis.keys import Caller, require
from services.chassis.web import language_of
from services.router import listing, store, views
from services.router.desk import Desk
from services.router.explaining import rules_of, why
from services.router.requests import OPERATE, READ, SEALED, Number, shown_to
from services.router.verification import differences


def routes(desk: Desk) -> APIRouter:
    """Decisions. They quote words of the appeal: all but the list are for operators alone."""
    api = APIRouter(prefix="/v1/decisions", tags=["decisions"])
    reader, operator = Depends(require(READ)), Depends(require(OPERATE))

    @api.get("")
    async def listed(_caller: Annotated[Caller, reader], registration_number: Number) -> dict[str, Any]:
        """The decisions on the appeal with this number, the first one first."""
        async with desk.database.reading() as tx:
            rows = await listing.decisions_numbered(tx, registration_number)
        return {"items": [views.decision_in_list(row) for row in rows]}

    @api.get("/{decision_id}")
    async def shown(caller: Annotated[Caller, operator], decision_id: UUID) -> dict[str, Any]:
        """A decision's record."""
        async with desk.database.reading() as tx:
            row, appeal = await _found(tx, decision_id)
            approvals = await listing.approvals_of(tx, decision_id)
        return shown_to(caller, appeal, views.decision(row, approvals))

    @api.get("/{decision_id}/explanation")
    async def explanation(request: Request, caller: Annotated[Caller, operator], decision_id: UUID) -> dict[str, Any]:
        """Why it was made, in plain words, in the caller's language."""
        language = language_of(request)
        async with desk.database.reading() as tx:
            row, appeal = await _found(tx, decision_id)
            _check_may_read(caller, appeal)
            sentences = await why(tx, desk.router.book, row, appeal, language=language)
        return {"decision_id": decision_id, "language": language, "sentences": sentences}

    @api.get("/{decision_id}/verification")
    async def verification(caller: Annotated[Caller, operator], decision_id: UUID) -> dict[str, Any]:
        """Whether the same inputs and the same rules make the same record again, and where not."""
        async with desk.database.reading() as tx:
            row, appeal = await _found(tx, decision_id)
            _check_may_read(caller, appeal)
            if "text" not in row.record:
                raise Gone("decision_forgotten")
            rules = await rules_of(tx, desk.router.book, row)
            parts = await store.parts_of(tx, {row.appeal_id})
        found = differences(row.record, store.appeal_of(appeal, parts), rules, at=row.made_at)
        return {"decision_id": decision_id, "rules": rules.version, "same": not found, "differences": found}

    return api


async def _found(tx: Transaction, decision_id: UUID) -> tuple[Row[Any], Row[Any]]:
    row = await listing.decision_row(tx, decision_id)
    if row is None:
        raise NotFound("decision_not_found")
    appeal = await listing.appeal_row(tx, row.appeal_id)
    assert appeal is not None  # noqa: S101 - a foreign key says so
    return row, appeal


def _check_may_read(caller: Caller, appeal: Row[Any]) -> None:
    """Raise for a person who may not read what the appeal says."""
    if appeal.sealed and not caller.may(SEALED):
        raise Forbidden("appeal_sealed")
