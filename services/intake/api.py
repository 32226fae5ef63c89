"""Intake over HTTP: post an appeal, see where it is, withdraw it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from services.chassis import clock
from services.chassis.batching import Batcher
from services.chassis.database import Database
from services.chassis.errors import NotFound, Refused
from services.chassis.keys import Caller, require
from services.chassis.outbox import Cause
from services.chassis.web import language_of, trace_of
from services.contracts.appeals import Channel, Language
from services.intake import store, views
from services.intake.appeal import AppealStatus
from services.intake.form import AppealForm, idempotency_key, submission
from services.intake.registration import Registered, Submission
from services.intake.tracking import Tracker

WRITE: Final = "appeals:write"
READ: Final = "appeals:read"
NOTIFY: Final = "appeals:notify"
"""A posting system whose key has this scope is told of changes by webhook."""
READ_ALL: Final = "appeals:read-all"
OPERATE: Final = "appeals:operate"
SEALED: Final = "appeals:sealed"
"""Having the documents of sealed appeals that others posted; beside the scopes that reading needs."""
SCOPES: Final = frozenset({WRITE, READ, NOTIFY, READ_ALL, OPERATE, SEALED})


@dataclass(frozen=True)
class Desk:
    """What the endpoints work with."""

    database: Database
    registrations: Batcher[Submission, Registered]
    tracker: Tracker
    accepted_by: Mapping[str, str]
    public_url: str

    def status_url(self, token: str) -> str:
        return f"{self.public_url}/status/{token}"


def router(desk: Desk) -> APIRouter:
    """The endpoints of `/v1/appeals`."""
    api = APIRouter(prefix="/v1/appeals", tags=["appeals"])
    writer, reader = Depends(require(WRITE)), Depends(require(READ))

    @api.post("", status_code=201)
    async def register(
        request: Request,
        response: Response,
        form: AppealForm,
        caller: Annotated[Caller, writer],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> dict[str, Any]:
        """Register an appeal. The answer is the coupon; the same key and body give the same coupon again."""
        given = submission(
            form,
            posting_system=caller.owner,
            tell_system=NOTIFY in caller.scopes,
            key=given_key(idempotency_key),
            at=clock.now(),
            cause=Cause(trace_of(request)),
        )
        # a client that hangs up must not cancel the commit that others wait for
        done = await asyncio.shield(desk.registrations.submit(given))
        response.headers["location"] = f"/v1/appeals/{done.appeal.id}"
        if done.replayed:
            response.headers["idempotency-replayed"] = "true"
        return views.coupon(
            done.appeal,
            status_url=desk.status_url(done.appeal.status_token),
            accepted_by=dict(desk.accepted_by),
            language=language_of(request),
        )

    @api.get("")
    async def listed(  # noqa: PLR0913, PLR0917 - filters
        request: Request,
        response: Response,
        caller: Annotated[Caller, reader],
        status: AppealStatus | None = None,
        agency: Annotated[str | None, Query(max_length=63)] = None,
        language: Language | None = None,
        channel: Channel | None = None,
        registration_number: Annotated[str | None, Query(max_length=40)] = None,
        registered_from: date | None = None,
        registered_to: date | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: UUID | None = None,
    ) -> dict[str, Any]:
        """Appeals, newest first; a posting system sees its own."""
        filters = store.Filters(
            posting_system=own(caller),
            status=status,
            agency=agency,
            language=language,
            channel=channel,
            number=registration_number,
            registered_from=registered_from,
            registered_to=registered_to,
        )
        async with desk.database.reading() as tx:
            rows = await store.listed(tx, filters, before=cursor, limit=limit + 1)
        page = rows[:limit]
        following = page[-1].id if len(rows) > limit else None
        if following is not None:
            response.headers["link"] = f'<{request.url.include_query_params(cursor=following)}>; rel="next"'
        return {"items": [views.summary(row, language=language_of(request)) for row in page], "next_cursor": following}

    @api.get("/counts")
    async def counts(
        caller: Annotated[Caller, reader], registered_from: date | None = None, registered_to: date | None = None
    ) -> dict[str, Any]:
        """How many appeals there are, by status."""
        filters = store.Filters(
            posting_system=own(caller), registered_from=registered_from, registered_to=registered_to
        )
        async with desk.database.reading() as tx:
            by_status = await store.counted(tx, filters)
        return {"total": sum(by_status.values()), "by_status": by_status}

    @api.get("/{appeal_id}")
    async def shown(request: Request, caller: Annotated[Caller, reader], appeal_id: UUID) -> dict[str, Any]:
        """Where an appeal is, since when, why and until when."""
        async with desk.database.reading() as tx:
            row = await visible(tx, appeal_id, caller)
            referrals = (await store.referrals(tx, {appeal_id})).get(appeal_id, {})
            answers = await store.answers(tx, appeal_id)
        url = desk.status_url(row.status_token)
        return views.whole(row, referrals.values(), language=language_of(request), status_url=url, answers=answers)

    @api.get("/{appeal_id}/events")
    async def events(
        caller: Annotated[Caller, reader],
        appeal_id: UUID,
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
        cursor: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
        """The timeline, oldest first."""
        async with desk.database.reading() as tx:
            await visible(tx, appeal_id, caller)
            rows = await store.timeline(tx, appeal_id, after=cursor, limit=limit + 1)
        page = rows[:limit]
        return {
            "items": [views.event(row) for row in page],
            "next_cursor": page[-1].seq if len(rows) > limit else None,
        }

    @api.post("/{appeal_id}/withdrawal", status_code=202)
    async def withdraw(
        request: Request, caller: Annotated[Caller, writer], appeal_id: Annotated[UUID, Path()]
    ) -> dict[str, str]:
        """The applicant withdraws the appeal (АППК art. 64(9))."""
        await desk.tracker.withdraw(appeal_id, posting_system=own(caller), cause=Cause(trace_of(request)))
        return {"status": AppealStatus.WITHDRAWN}

    return api


def own(caller: Caller) -> str | None:
    """The posting system whose appeals the caller may see; None for all."""
    return None if caller.may(READ_ALL) else caller.owner


async def visible(tx: Any, appeal_id: UUID, caller: Caller) -> Any:
    """An appeal that the caller may see. Raises `NotFound`."""
    row = (await store.appeals(tx, {appeal_id})).get(appeal_id)
    if row is None or own(caller) not in {None, row.posting_system}:
        raise NotFound("appeal_not_found")
    return row


def given_key(given: str | None) -> str:
    """The header's idempotency key. Raises `Refused`."""
    if given is None:
        raise Refused("idempotency_key_missing")
    return idempotency_key(given)
