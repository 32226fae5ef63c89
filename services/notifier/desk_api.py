"""What only a person can do: print and post a letter, say what became of a notice, try the templates out."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.database import Transaction
from services.chassis.errors import Conflict
from services.chassis.ids import new_id
from services.chassis.keys import Caller, require
from services.contracts.appeals import Language
from services.contracts.calendar import ALMATY
from services.contracts.notifications import Notice
from services.notifier import claims, recording, store, views
from services.notifier.api import OPERATE, TEST_SCOPE, Desk
from services.notifier.channels.sms import Report
from services.notifier.claims import Attempt, Destination, value_of
from services.notifier.notification import (
    SCHEDULES,
    Channel,
    IllegalTransition,
    Notification,
    Permanent,
    Sent,
)
from services.notifier.providers import TEST
from services.notifier.samples import SAMPLES

log = structlog.get_logger()

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
}

Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Posted(BaseModel):
    """A letter was posted."""

    model_config = ConfigDict(extra="forbid")

    reference: Line = Field(description="The post's number of the registered letter.")


class Said(StrEnum):
    """What a person has found out about a notice."""

    DELIVERED = "delivered"
    FAILED = "failed"
    CLOSED = "closed"
    """It failed for good, and the person has seen to it: told otherwise, or nobody can be told."""


class Finding(BaseModel):
    """What became of a notice, found out by a person: a returned letter, a telephone call."""

    model_config = ConfigDict(extra="forbid")

    outcome: Said
    because: Line
    person: Line | None = Field(default=None, description="Who found it out, where a system says it for them.")


class TestNotice(BaseModel):
    """A notice with invented variables."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    recipient: Line
    notice: Notice = Notice.REFERRED
    language: Language = Language.KAZAKH
    sensitive: bool = False
    live: bool = Field(default=False, description="Really send it; for operators only.")


def router(desk: Desk) -> APIRouter:
    """The endpoints of letters, findings and tests."""
    api = APIRouter(prefix="/v1", tags=["desk"])
    operator = Depends(require(OPERATE))

    @api.get("/notifications/{notification_id}/letter", response_class=HTMLResponse)
    async def letter(caller: Annotated[Caller, operator], notification_id: UUID) -> HTMLResponse:
        """The letter, to be printed."""
        async with desk.database.reading() as tx:
            row = await store.to_be_told(tx, notification_id)
            texts = await desk.edition.current(tx)
        if row.channel != Channel.LETTER:
            raise Conflict("notification_no_letter")
        text = texts.on_paper(
            Notice(row.notice),
            Language(row.language),
            json.loads(row.content),
            addressee=row.addressee or "",
            on=clock.now().astimezone(ALMATY).date(),
            sensitive=row.sensitive,
        )
        log.info("letter.printed", id=str(row.id), by=caller.owner, text_version=text.version)
        return HTMLResponse(text.html, headers={**HEADERS, "content-language": row.language})

    @api.post("/notifications/{notification_id}/posted")
    async def posted(caller: Annotated[Caller, operator], notification_id: UUID, body: Posted) -> dict[str, Any]:
        """The letter is on its way."""
        at = clock.now()
        async with desk.database.transaction() as tx:
            row = await store.found(tx, notification_id, to_change=True)
            if row.channel != Channel.LETTER:
                raise Conflict("notification_no_letter")
            claimed = _moved(value_of(row))
            attempt = Attempt(claimed, Sent(body.reference), started_at=at, duration_ms=None)
            await claims.add_attempts(tx, [attempt])
            after = claimed.concluded(attempt.outcome, SCHEDULES[Channel.LETTER], at=at)
            await desk.settling.settle(tx, [(row, after)], at=at)
            row = await store.found(tx, notification_id)
        recording.ATTEMPTS.labels(Channel.LETTER, "sent").inc()
        log.info("letter.posted", id=str(row.id), by=caller.owner)
        return views.notification(row)

    @api.post("/notifications/{notification_id}/finding")
    async def found(caller: Annotated[Caller, operator], notification_id: UUID, body: Finding) -> dict[str, Any]:
        """Say what became of a notice that is sent or in doubt; after a failure the next channel is tried.

        Of what the law asks for and no channel is left for: that it is seen to.
        """
        at, by = clock.now(), f"{caller.owner}: {body.person}" if body.person else caller.owner
        async with desk.database.transaction() as tx:
            row = await store.found(tx, notification_id, to_change=True)
            await _settle(desk, tx, row, body.outcome, at=at)
            found = {"outcome": body.outcome.value, "because": body.because, "found_at": at, "found_by": by}
            await store.add_finding(tx, row, **found)
            row = await store.found(tx, notification_id)
            findings = (await store.findings_of(tx, [notification_id]))[notification_id]
        log.info("notification.found_out", id=str(row.id), by=caller.owner, outcome=body.outcome)
        return {**views.notification(row), "findings": [views.finding(one) for one in findings]}

    @api.post("/test", status_code=202)
    async def test(caller: Annotated[Caller, Depends(require(TEST_SCOPE))], body: TestNotice) -> dict[str, Any]:
        """Queue a notice with invented variables. Nothing leaves, unless an operator says `live`."""
        if body.live and not caller.may(OPERATE):
            raise Conflict("test_key_stays_inside")
        row = _test_row(desk, body)
        async with desk.database.transaction() as tx:
            await store.add(tx, [row])
            tx.after_commit(lambda: desk.settling.wake([Destination(body.channel, row["destination"])]))
            shown = await store.found(tx, row["id"])
        log.info("notification.tried_out", id=str(row["id"]), by=caller.owner, channel=body.channel, live=body.live)
        return views.notification(shown)

    return api


async def _settle(desk: Desk, tx: Transaction, row: Row[Any], found: Said, *, at: datetime) -> None:
    if found is Said.CLOSED:
        if not row.dead_end:
            raise Conflict("notification_settled")
        await store.end_dead_end(tx, row.id)
        return
    said: Report = Sent(confirmed=True) if found is Said.DELIVERED else Permanent("found_out")
    try:
        after = value_of(row).reported(said, at=at)
    except IllegalTransition as error:
        raise Conflict("notification_settled") from error
    await desk.settling.settle(tx, [(row, after)], at=at, found_out=True)


def _moved(waiting: Notification) -> Notification:
    try:
        return waiting.claimed(at=clock.now())
    except IllegalTransition as error:
        raise Conflict("notification_settled") from error


def _test_row(desk: Desk, body: TestNotice) -> dict[str, Any]:
    if body.channel not in {Channel.EMAIL, Channel.SMS} or (body.live and not desk.settling.routes.has(body.channel)):
        raise Conflict("channel_unavailable")
    row_id, at = new_id(), clock.now()
    destination = desk.settling.routes.first(body.channel, body.recipient, row_id) if body.live else TEST
    return store.own_row(
        Notification.queued(row_id, body.channel, at=at, destination=destination),
        recipient=body.recipient,
        notice=body.notice.value,
        language=body.language.value,
        content=json.dumps(dict(SAMPLES), ensure_ascii=False),
        sensitive=body.sensitive,
    )
