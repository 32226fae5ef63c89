"""Tasks over HTTP. They hold appeals' texts: they are for operators alone."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.chassis.errors import NotFound
from services.chassis.keys import Caller, require
from services.chassis.web import language_of
from services.router import claims, listing, repeats, store, views
from services.router.arbitration import Arbitration
from services.router.desk import Desk
from services.router.requests import (
    ARBITRATE,
    OPERATE,
    SEALED,
    Assignment,
    Award,
    Cursor,
    Division,
    Limit,
    Number,
    Reasoned,
    actor_of,
    after,
    following,
    missed,
    shown_to,
)
from services.router.task import Question, TaskState


def routes(desk: Desk, arbitration: Arbitration) -> APIRouter:
    """The operators' list, and how a task is settled."""
    api = APIRouter(prefix="/v1/tasks", tags=["tasks"])
    operator, arbiter = Depends(require(OPERATE)), Depends(require(ARBITRATE))

    @api.get("")
    async def listed(  # noqa: PLR0913, PLR0917 - filters
        request: Request,
        caller: Annotated[Caller, operator],
        state: TaskState = TaskState.OPEN,
        question: Question | None = None,
        appeal_id: UUID | None = None,
        registration_number: Number | None = None,
        overdue: bool = False,  # noqa: FBT001, FBT002 - a query parameter
        limit: Limit = 50,
        cursor: Cursor | None = None,
    ) -> dict[str, Any]:
        """Tasks, the most urgent first."""
        late = missed(desk)
        filters = listing.TaskFilters(
            state=state,
            question=question,
            appeal_id=appeal_id,
            registration_number=registration_number,
            overdue_by=late if overdue else None,
            unsealed=question is not None and not caller.may(SEALED),
        )
        async with desk.database.reading() as tx:
            rows = await listing.tasks(tx, filters, after=after(cursor), limit=limit + 1)
        language = language_of(request)
        items = [shown_to(caller, row, views.task_in_list(row, language=language, missed=late)) for row in rows[:limit]]
        return {"items": items, "next_cursor": following(rows, limit)}

    @api.get("/{task_id}")
    async def shown(request: Request, caller: Annotated[Caller, operator], task_id: UUID) -> dict[str, Any]:
        """A task with the appeal's text, the candidates and their evidence."""
        async with desk.database.reading() as tx:
            row = await listing.task_row(tx, task_id)
            if row is None:
                raise NotFound("task_not_found")
            appeal = await listing.appeal_row(tx, row.appeal_id)
            made = await listing.decision_row(tx, row.decision_id)
            referrals = await store.referrals_of(tx, {row.appeal_id})
            alike = await repeats.beside(tx, appeal) if appeal else []
            claim = (await claims.standing(tx, {row.appeal_id}, at=desk.router.now())).get(row.appeal_id)
        assert appeal is not None and made is not None  # noqa: S101, PT018 - foreign keys say so
        whole = views.task_whole(row, appeal, made, referrals, language=language_of(request), missed=missed(desk))
        whole["alike"] = views.alike(alike, reads_sealed=caller.may(SEALED))
        whole["held"] = made.record.get("held")
        whole["claim"] = {"by": claim.by, "until": claim.until} if claim else None
        return shown_to(caller, appeal, whole)

    @api.post("/{task_id}/assignment")
    async def assign(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, to: Assignment
    ) -> dict[str, str]:
        """Refer the appeal to an agency."""
        actor = actor_of(caller, request)
        await desk.assign(task_id, agency=to.agency, reason=to.reason, part=to.part, actor=actor)
        return {"state": TaskState.ASSIGNED}

    @api.post("/{task_id}/division")
    async def divide(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, into: Division
    ) -> dict[str, str]:
        """Divide the appeal into parts, each for an agency or ours."""
        await desk.divide(task_id, into.told(), reason=into.reason, actor=actor_of(caller, request))
        return {"state": TaskState.DIVIDED}

    @api.post("/{task_id}/retention")
    async def retain(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, why: Reasoned
    ) -> dict[str, str]:
        """Say that the appeal is ours."""
        await desk.retain(task_id, reason=why.reason, actor=actor_of(caller, request))
        return {"state": TaskState.RETAINED}

    @api.post("/{task_id}/arbitration")
    async def arbitrate(
        request: Request, caller: Annotated[Caller, arbiter], task_id: UUID, to: Award
    ) -> dict[str, str]:
        """Decide who is competent, for good: an agency, or we ourselves."""
        actor = actor_of(caller, request)
        await arbitration.decide(task_id, agency=to.agency, reason=to.reason, actor=actor)
        return {"state": TaskState.ARBITRATED}

    @api.post("/{task_id}/dismissal")
    async def dismiss(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, why: Reasoned
    ) -> dict[str, str]:
        """Close a task that only asks for a look."""
        await desk.dismiss(task_id, reason=why.reason, actor=actor_of(caller, request))
        return {"state": TaskState.DISMISSED}

    return api
