"""The calls of docs/partners.md, section 8, as the router answers them: tests hold the two together."""

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import Annotated, Any, Final, Literal, Protocol
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from services.cli.local.sinks import AsgiSink, Event, Receive, Send
from services.contracts.attachments import ReferencedDocument
from services.contracts.referrals import ReferralReply

PATH: Final = "/v1/agencies/me"
_BATCH: Final = 100
_RUSH: Final = 20
"""Nobody asks so often in a second who waits."""


class Ear(Protocol):
    """Who listens at the counter."""

    appeals: dict[UUID, UUID]
    """Referrals that there are, with their appeals."""
    renewed: dict[UUID, tuple[ReferencedDocument, ...]]
    """What is attached to them."""

    def fault(self, what: str) -> None:
        """A call is wrong."""

    async def words(self, event_id: UUID, said: ReferralReply) -> None:
        """A reply has come."""


class Lying:
    """A document that lies ready, or lay so."""

    def __init__(self, body: Any) -> None:
        """Lay the document ready; what is broken may have no id."""
        self.body = body
        self.id = body.get("id") if isinstance(body, dict) else None
        self.shown = self.acknowledged = False


class Acknowledged(BaseModel):
    """What the agency has."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=_BATCH)]


class Document(BaseModel):
    """A reply. Of its envelope no more than this counts."""

    id: UUID
    type: Literal["kz.joldau.referral.reply.v1"]
    data: ReferralReply


class Counter(AsgiSink):
    """An agency's way over HTTP, at 127.0.0.1:`port`, for whoever has the `key`."""

    def __init__(self, port: int, key: str, ear: Ear) -> None:
        """Nothing lies ready yet."""
        super().__init__(port)
        self.lying: list[Lying] = []
        self.asked = self.turned_away = 0
        self.away = False
        """Answer 503 to everything, also to whoever waits."""
        self._key, self._ear = key, ear
        self._words: dict[UUID, ReferralReply] = {}
        self._idle: deque[float] = deque(maxlen=_RUSH)
        self._changed = asyncio.Condition()
        self._app = FastAPI(exception_handlers={RequestValidationError: self._invalid})
        known = [Depends(self._admit)]
        self._app.get(f"{PATH}/messages", dependencies=known)(self._messages)
        self._app.post(f"{PATH}/messages/acknowledgement", dependencies=known)(self._acknowledge)
        self._app.get(f"{PATH}/referrals/{{referral_id}}/attachments", dependencies=known)(self._attachments)
        self._app.post(f"{PATH}/replies", dependencies=known, status_code=202)(self._reply)

    async def answer(self, scope: Event, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def put(self, body: Any) -> None:
        """Lay a document ready; one of the same id is shown anew."""
        document = Lying(body)
        self.lying = [one for one in self.lying if one.id is None or one.id != document.id]
        self.lying.append(document)
        await self._wake()

    async def leave(self, *, away: bool) -> None:
        """Go away, or come back."""
        self.away = away
        await self._wake()

    @property
    def ready(self) -> list[Lying]:
        """What is not acknowledged."""
        return [one for one in self.lying if not one.acknowledged]

    @property
    def passed_over(self) -> int:
        """How many it was shown and has not acknowledged, but a later one."""
        last = max((n for n, one in enumerate(self.lying) if one.acknowledged), default=0)
        return sum(one.shown and not one.acknowledged for one in self.lying[:last])

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _admit(self, request: Request) -> None:
        if self.away:
            self._turn_away()
        if request.headers.get("authorization") != f"Bearer {self._key}":
            self._ear.fault("a call comes without `Authorization: Bearer` and the key of the sandbox")
            raise HTTPException(401)
        self.asked += 1

    def _turn_away(self) -> None:
        self.turned_away += 1
        raise HTTPException(503)

    async def _messages(
        self,
        wait: Annotated[float, Query(ge=0, le=25)] = 0,
        limit: Annotated[int, Query(ge=1, le=_BATCH)] = 50,
        cursor: int = 0,
    ) -> dict[str, Any]:
        def page() -> list[tuple[int, Lying]]:
            return [(n, one) for n, one in enumerate(self.lying, 1) if n > cursor and not one.acknowledged]

        if not page():
            with suppress(TimeoutError):
                async with asyncio.timeout(wait), self._changed:
                    await self._changed.wait_for(lambda: page() or self.away)
        if self.away:
            self._turn_away()
        found = page()
        if all(one.shown for _, one in found[:limit]):
            self._note_idle()
        for _, one in found[:limit]:
            one.shown = True
        return {
            "items": [one.body for _, one in found[:limit]],
            "next_cursor": found[limit - 1][0] if len(found) > limit else None,
        }

    def _note_idle(self) -> None:
        self._idle.append(time.monotonic())
        if len(self._idle) == _RUSH and self._idle[-1] - self._idle[0] < 1:
            self._ear.fault(
                f"asks more than {_RUSH} times a second for nothing new: ask with wait=25, and pause after an error"
            )

    async def _acknowledge(self, given: Acknowledged) -> dict[str, int]:
        taken = [one for one in self.ready if one.id in set(map(str, given.ids))]
        for one in taken:
            one.acknowledged = True
        await self._wake()
        return {"acknowledged": len(taken)}

    async def _attachments(self, referral_id: UUID) -> dict[str, Any]:
        if referral_id not in self._ear.appeals:
            raise HTTPException(404)
        return {"items": [one.model_dump() for one in self._ear.renewed.get(referral_id, ())]}

    async def _reply(self, given: Document) -> dict[str, Any]:
        said = given.data
        await self._ear.words(given.id, said)
        if self._ear.appeals.get(said.referral_id) != said.appeal_id:
            raise HTTPException(404)
        if self._words.setdefault(given.id, said) != said:
            raise HTTPException(409)
        return {"outcome": "applied", "referral_id": said.referral_id, "state": said.kind, "revision": 1}

    async def _invalid(self, request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
        call = f"{request.method} {request.url.path}"
        for one in error.errors():
            where = ".".join(map(str, one["loc"]))
            self._ear.fault(f"{call} does not fit at {where}: {one['msg']}")
        return JSONResponse({"status": 422}, status_code=422)
