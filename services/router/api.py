"""The router over HTTP, for operators: what waits, what is where and why, and their verbs."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.chassis.errors import NotFound
from services.chassis.keys import Caller, require
from services.chassis.web import language_of
from services.router import (
    agency_page,
    api_attachments,
    api_calendar,
    api_claims,
    api_decisions,
    api_directory,
    api_ends,
    api_operators,
    api_outcomes,
    api_partner,
    api_proof,
    api_referrals,
    api_replay,
    api_rules,
    api_shadow,
    api_statistics,
    api_tasks,
    api_trail,
    listing,
    repeats,
    store,
    views,
)
from services.router.arbitration import Arbitration
from services.router.claiming import Claiming
from services.router.desk import Desk
from services.router.ends import FIX_DAYS, Ends
from services.router.notary import Notary
from services.router.report import SMALL
from services.router.requests import OPERATE, READ, SEALED, Reasoned, actor_of, missed, shown_to


def routers(
    desk: Desk,
    notary: Notary,
    *,
    fix_days: int = FIX_DAYS,
    claiming: Claiming | None = None,
    small_cell: int = SMALL,
    stopping: asyncio.Event | None = None,
) -> tuple[APIRouter, ...]:
    """All endpoints of the router."""
    return (
        api_referrals.lookups(desk),
        api_proof.routes(notary),
        api_referrals.verbs(desk),
        api_tasks.routes(desk, Arbitration(desk)),
        api_ends.routes(Ends(desk, fix_days)),
        api_claims.routes(claiming or Claiming(desk)),
        api_rules.routes(desk),
        api_calendar.routes(desk),
        api_decisions.routes(desk),
        api_directory.routes(desk),
        api_replay.routes(desk),
        api_outcomes.routes(desk),
        api_shadow.routes(desk),
        api_operators.routes(desk),
        api_trail.routes(desk),
        api_statistics.routes(desk, least=small_cell),
        agency_page.routes(desk),
        api_partner.routes(desk, stopping or asyncio.Event()),
        api_attachments.routes(desk),
        _appeals(desk),
        _whole(desk),
    )


def _appeals(desk: Desk) -> APIRouter:
    api = APIRouter(prefix="/v1/appeals", tags=["appeals"])
    reader, operator = Depends(require(READ)), Depends(require(OPERATE))

    @api.get("/{appeal_id}")
    async def appeal(request: Request, caller: Annotated[Caller, reader], appeal_id: UUID) -> dict[str, Any]:
        """The router's side of an appeal, without its text: decisions, referrals and tasks."""
        async with desk.database.reading() as tx:
            row = await listing.appeal_row(tx, appeal_id)
            if row is None:
                raise NotFound("appeal_not_found")
            parts = await store.parts_of(tx, {appeal_id})
            decisions = await listing.decisions_of(tx, appeal_id)
            referrals = await store.referrals_of(tx, {appeal_id})
            tasks = await listing.tasks_of(tx, appeal_id)
            alike = await repeats.beside(tx, row)
        whole = views.appeal_whole(
            row, parts, decisions, referrals, tasks, language=language_of(request), missed=missed(desk)
        )
        whole["alike"] = views.alike(alike, reads_sealed=caller.may(SEALED))
        return shown_to(caller, row, whole)

    @api.post("/{appeal_id}/review", status_code=202)
    async def review(
        request: Request, caller: Annotated[Caller, operator], appeal_id: UUID, why: Reasoned
    ) -> dict[str, str]:
        """Open a task on an appeal that is considered ours, or whose applicant has added what it lacked."""
        question = await desk.review(appeal_id, reason=why.reason, actor=actor_of(caller, request))
        return {"question": question}

    return api


def _whole(desk: Desk) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["counts"])
    reader = Depends(require(READ))

    @api.get("/counts")
    async def counts(_caller: Annotated[Caller, reader]) -> dict[str, Any]:
        """For the accounting: each appeal is referred, retained, in review or withdrawn."""
        async with desk.database.reading() as tx:
            outcomes = await listing.appeals_counted(tx)
            referrals = await listing.referrals_counted(tx)
            tasks = await listing.tasks_counted(tx)
        return {
            "appeals": {"total": sum(outcomes.values()), "by_outcome": outcomes},
            "referrals": {"by_agency": referrals},
            "tasks": {"open": sum(tasks.values()), "by_question": tasks},
        }

    return api
