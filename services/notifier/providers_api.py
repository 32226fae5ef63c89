"""Providers over HTTP, for operators: which there are, how they do, and letting one that rests begin again."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends

from services.chassis.errors import NotFound
from services.chassis.keys import Caller, require
from services.notifier import health, views
from services.notifier.api import OPERATE, READ, Desk
from services.notifier.claims import Destination
from services.notifier.notification import Channel

log = structlog.get_logger()


def router(desk: Desk, offered: Sequence[Mapping[str, Any]]) -> APIRouter:
    """The endpoints of `/v1/providers`."""
    api = APIRouter(prefix="/v1/providers", tags=["providers"])

    @api.get("", dependencies=[Depends(require(READ))])
    async def listed() -> dict[str, Any]:
        """All providers, and the posting systems that have failed lately, with their health."""
        async with desk.database.reading() as tx:
            rows = {(row.channel, row.name): views.destination(row) for row in await health.listed(tx)}
        well = {"failures": 0, "failing_since": None, "resting_until": None, "changed_at": None}
        items = [{**one, **well, **rows.pop((one["channel"], one["name"]), {})} for one in offered]
        return {"items": [*items, *rows.values()], "next_cursor": None}

    @api.post("/{channel}/{name}/resume", status_code=204)
    async def resume(caller: Annotated[Caller, Depends(require(OPERATE))], channel: Channel, name: str) -> None:
        """Forget that a provider has failed: it is used again at once."""
        where = Destination(channel, name)
        async with desk.database.transaction() as tx:
            if not await health.forget(tx, where):
                raise NotFound("provider_not_failing")
            tx.after_commit(lambda: desk.settling.wake([where]))
        log.info("destination.resumed", channel=channel, destination=name, by=caller.owner)

    return api
