"""Claims over HTTP: who works on the case of a task. Nobody else's verb is done meanwhile."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.chassis.keys import Caller, require
from services.router.claiming import Claiming
from services.router.requests import OPERATE, Taking, actor_of


def routes(claiming: Claiming) -> APIRouter:
    """To take the case of a task in hand, and to put it back."""
    api = APIRouter(prefix="/v1/tasks", tags=["tasks"])
    operator = Depends(require(OPERATE))

    @api.post("/{task_id}/claim")
    async def take(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, how: Taking | None = None
    ) -> dict[str, str | datetime]:
        """Claim the case, or renew the claim. A verb on it ends it."""
        actor = actor_of(caller, request)
        until = await claiming.take(task_id, over=bool(how and how.take_over), actor=actor)
        return {"by": actor.name, "until": until}

    @api.delete("/{task_id}/claim", status_code=204)
    async def release(request: Request, caller: Annotated[Caller, operator], task_id: UUID) -> None:
        """Put the case back, if it is one's own."""
        await claiming.release(task_id, actor=actor_of(caller, request))

    return api
