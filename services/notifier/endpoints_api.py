"""Webhook endpoints of posting systems over HTTP, for operators."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from services.chassis import clock
from services.chassis.errors import Conflict, Invalid
from services.chassis.ids import new_id
from services.chassis.keys import Caller, require
from services.contracts.appeals import Language
from services.contracts.dates import Moment
from services.notifier import endpoints, store, views
from services.notifier.api import OPERATE, READ, Desk
from services.notifier.channels.webhook import webhook_body
from services.notifier.claims import Destination
from services.notifier.notification import Channel, Notification, Suppression

log = structlog.get_logger()

LONGEST_OVERLAP_HOURS: Final = 168

System = Annotated[str, Path(min_length=1, max_length=200)]


class EndpointForm(BaseModel):
    """Where a posting system wants to be told."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    description: Annotated[str, StringConstraints(max_length=500)] = ""
    owner_email: EmailStr | None = Field(default=None, description="Who is told when it fails for hours.")
    owner_language: Language = Language.RUSSIAN


class Recovery(BaseModel):
    """Since when what a system has not got is sent again."""

    model_config = ConfigDict(extra="forbid")

    since: Moment


class Rotation(BaseModel):
    """How long the present secret still signs beside the new one: 0 when it has leaked."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(default=int(endpoints.OVERLAP.total_seconds()) // 3600, ge=0, le=LONGEST_OVERLAP_HOURS)


def tried_out(system: str, at: datetime) -> str:
    """The body of a webhook that only tries the way."""
    return webhook_body(endpoints.TEST_EVENT, at, {"system": system}).decode()


def router(desk: Desk) -> APIRouter:
    """The endpoints of `/v1/endpoints`."""
    api = APIRouter(prefix="/v1/endpoints", tags=["endpoints"])
    reader, operator = Depends(require(READ)), Depends(require(OPERATE))

    @api.get("", dependencies=[reader])
    async def listed() -> dict[str, Any]:
        """All endpoints, without their secrets."""
        async with desk.database.reading() as tx:
            rows = await store.endpoints(tx)
        return {"items": [views.endpoint(row) for row in rows.values()], "next_cursor": None}

    @api.put("/{system}")
    async def put(
        response: Response, caller: Annotated[Caller, operator], system: System, form: EndpointForm
    ) -> dict[str, Any]:
        """Register a system's endpoint (201, its secret is shown this once), or change and enable it (200)."""
        if not endpoints.is_usable_url(form.url, plain_http=desk.plain_http):
            raise Invalid("endpoint_url_unusable", pointer="#/url")
        async with desk.database.transaction() as tx:
            secret = await desk.endpoints.put(tx, system, at=clock.now(), **form.model_dump(mode="json"))
            row = (await store.endpoints(tx, {system}))[system]
        log.info("endpoint.registered" if secret else "endpoint.changed", system=system, by=caller.owner)
        if secret is None:
            return views.endpoint(row)
        response.status_code = 201
        return {**views.endpoint(row), "secret": secret}

    @api.post("/{system}/rotate")
    async def rotate(
        caller: Annotated[Caller, operator], system: System, rotation: Rotation | None = None
    ) -> dict[str, Any]:
        """Make a new secret, shown this once; for a while the present one signs beside it."""
        overlap = timedelta(hours=(rotation or Rotation()).overlap_hours)
        async with desk.database.transaction() as tx:
            secret = await desk.endpoints.rotate(tx, system, overlap=overlap, at=clock.now())
            row = (await store.endpoints(tx, {system}))[system]
        log.info("endpoint.rotated", system=system, by=caller.owner)
        return {**views.endpoint(row), "secret": secret}

    @api.post("/{system}/test", status_code=202)
    async def test(caller: Annotated[Caller, operator], system: System) -> dict[str, Any]:
        """Send the system a webhook of the type `webhook.test`, which tells of nothing."""
        at, row_id = clock.now(), new_id()
        async with desk.database.transaction() as tx:
            if isinstance(refusal := (await desk.endpoints.usable(tx, {system}, at=at))[system], Suppression):
                raise Conflict(refusal.value)
            goes_to = desk.settling.routes.first(Channel.WEBHOOK, system, row_id)
            queued = Notification.queued(row_id, Channel.WEBHOOK, at=at, destination=goes_to)
            row = store.own_row(
                queued, recipient=system, notice=endpoints.TEST_EVENT, language=None, content=tried_out(system, at)
            )
            await store.add(tx, [row])
            tx.after_commit(lambda: desk.settling.wake([Destination(Channel.WEBHOOK, goes_to)]))
            shown = await store.found(tx, row_id)
        log.info("endpoint.tried_out", system=system, by=caller.owner)
        return views.notification(shown)

    @api.post("/{system}/recover", status_code=202)
    async def recover(caller: Annotated[Caller, operator], system: System, body: Recovery) -> dict[str, Any]:
        """Send the system what it has not got of the webhooks ordered since then; at most a thousand at once."""
        async with desk.database.transaction() as tx:
            resent = await desk.resender.recover(tx, system, since=body.since, by=caller.owner, at=clock.now())
            tx.after_commit(lambda: desk.settling.wake([Destination(Channel.WEBHOOK, system)]))
        log.info("endpoint.recovered", system=system, resent=resent, by=caller.owner)
        return {"system": system, "resent": resent}

    @api.delete("/{system}", status_code=204)
    async def remove(caller: Annotated[Caller, operator], system: System) -> None:
        """Forget an endpoint and its secrets; what waits for it is not sent."""
        async with desk.database.transaction() as tx:
            await endpoints.remove(tx, system, at=clock.now())
        log.info("endpoint.removed", system=system, by=caller.owner)

    return api
