"""Tasks over HTTP: how an operator ends an appeal, or asks its applicant to add what it lacks."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.chassis.keys import Caller, require
from services.contracts.appeals import Ground
from services.router.appeal import Outcome
from services.router.closing import Close
from services.router.ends import Ends
from services.router.requests import OPERATE, Filing, FixRequest, Grounded, Reasoned, actor_of


def routes(ends: Ends) -> APIRouter:
    """The verbs. What the operator gives as the reason is told to the applicant."""
    api = APIRouter(prefix="/v1/tasks", tags=["tasks"])
    operator = Depends(require(OPERATE))

    @api.post("/{task_id}/fix-request")
    async def ask_to_fix(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, asked: FixRequest
    ) -> dict[str, str]:
        """Ask the applicant to add what the appeal lacks (АППК art. 64(6))."""
        given = asked.model_dump()
        await ends.ask_to_fix(task_id, **given, actor=actor_of(caller, request))
        return {"outcome": Outcome.TO_FIX}

    @api.post("/{task_id}/return")
    async def give_back(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, why: Grounded
    ) -> dict[str, str]:
        """Return the appeal (АППК art. 64(7))."""
        return await _close(request, caller, task_id, Close(Outcome.RETURNED, why.ground), why)

    @api.post("/{task_id}/termination")
    async def terminate(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, why: Grounded
    ) -> dict[str, str]:
        """Terminate the procedure (АППК arts. 70, 88)."""
        return await _close(request, caller, task_id, Close(Outcome.TERMINATED, why.ground), why)

    @api.post("/{task_id}/filing")
    async def file(request: Request, caller: Annotated[Caller, operator], task_id: UUID, why: Filing) -> dict[str, str]:
        """File the appeal to an earlier one that was returned, without an answer (АППК art. 64(8))."""
        close = Close(Outcome.FILED, Ground.REPEATED_AFTER_RETURN, why.earlier)
        return await _close(request, caller, task_id, close, why)

    @api.post("/{task_id}/court-route")
    async def explain_court_route(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, why: Reasoned
    ) -> dict[str, str]:
        """Tell the applicant that nobody but a court stands above the body complained of (АППК art. 91(6))."""
        return await _close(request, caller, task_id, Close(Outcome.COURT_ROUTE, Ground.NO_SUPERIOR), why)

    @api.post("/{task_id}/protection")
    async def protect(request: Request, caller: Annotated[Caller, operator], task_id: UUID) -> dict[str, str]:
        """Move the appeal to a protected channel; here its text and its author are forgotten for good."""
        await ends.protect(task_id, actor=actor_of(caller, request))
        return {"outcome": Outcome.PROTECTED}

    async def _close(request: Request, caller: Caller, task_id: UUID, close: Close, why: Reasoned) -> dict[str, str]:
        await ends.close(task_id, close, reason=why.reason, actor=actor_of(caller, request))
        return {"outcome": close.outcome}

    return api
