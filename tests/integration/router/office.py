"""A router without a broker: its handlers are called as the consumer would, and what it says is read in the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from services.chassis.consumer import Handler, Received
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.outbox import outbox
from services.contracts.appeals import AppealWithdrawn
from services.contracts.envelope import Envelope, Message
from services.contracts.referrals import ReferralIssued, ReferralRecalled, ReferralReply, ReplyKind
from services.contracts.topology import reply_exchange
from services.router.replies import Replies
from services.router.requests import OPERATE, READ, SEALED
from services.router.routing import Router
from services.router.watch import Watch
from tests.integration.router.parts import registered


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Office:
    """The router's parts over one database, and a caller of its API."""

    database: Database
    router: Router
    clock: Clock
    api: httpx.AsyncClient
    heard: int = field(default=0)
    keys: dict[str, str] = field(default_factory=dict)

    async def take(
        self, handler: Handler, messages: Sequence[Message], exchange: str, ids: Sequence[UUID] = ()
    ) -> None:
        """Handle messages that arrived together."""
        given = [
            Received(m, self.envelope(m, i), exchange) for m, i in zip(messages, ids or _ids(messages), strict=True)
        ]
        async with self.database.transaction() as tx:
            await handler(tx, given)

    def envelope(self, message: Message, message_id: UUID) -> Envelope:
        return Envelope.of(message, id=message_id, source="/test", at=self.clock(), correlation_id="test")

    async def register(self, text: str, **changes: Any) -> UUID:
        appeal = registered(text, **{"received_at": self.clock(), "registered_on": self.clock().date(), **changes})
        await self.take(self.router.assess, [appeal], "appeals")
        return appeal.appeal_id

    async def withdraw(self, appeal_id: UUID) -> None:
        gone = AppealWithdrawn(appeal_id=appeal_id, withdrawn_at=self.clock())
        await self.take(self.router.withdraw, [gone], "appeals")

    async def refuse(self, order: dict[str, Any]) -> None:
        """As if the agency's consumer had refused the order."""
        if "issued_at" in order:
            await self.take(self.router.undelivered, [ReferralIssued.model_validate(order)], "referrals")
        else:
            await self.take(self.router.recall_refused, [ReferralRecalled.model_validate(order)], "referrals")

    async def reply(self, order: dict[str, Any], *kinds: ReplyKind, by: str | None = None, **more: Any) -> None:
        """Reply to an order, with all these kinds in one batch."""
        ids = more.pop("ids", ())
        given = {"referral_id": order["referral_id"], "appeal_id": order["appeal_id"], "occurred_at": self.clock()}
        said = [ReferralReply(**{**given, **more}, kind=kind) for kind in kinds]
        await self.take(Replies(self.router).apply, said, reply_exchange(by or order["agency"]), ids)

    async def said(self) -> list[tuple[str, dict[str, Any]]]:
        """What has been said since this was last asked: type and data, in order."""
        async with self.database.reading() as tx:
            rows = (await tx.execute(select(outbox.c.body).order_by(outbox.c.seq).offset(self.heard))).all()
        self.heard += len(rows)
        envelopes = [Envelope.model_validate_json(row.body) for row in rows]
        return [(envelope.type.removeprefix("kz.joldau."), envelope.data) for envelope in envelopes]

    async def order(self) -> dict[str, Any]:
        """The last order to an agency among what has been said."""
        return [data for kind, data in await self.said() if kind == ReferralIssued.TYPE][-1]

    async def look(self, at_once: int = 200) -> None:
        """A look at the clocks."""
        await Watch(self.database, self.router, at_once).look()

    async def got(self, path: str, **query: Any) -> Any:
        answer = await self.api.get(path, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    async def posted(self, path: str, status: int = 200, **body: Any) -> Any:
        answer = await self.api.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def posted_by(self, owner: str, path: str, status: int = 200, **body: Any) -> Any:
        """As `posted`, by an operator with a key of their own."""
        if owner not in self.keys:
            made = await self.posted("/v1/keys", 201, owner=owner, scopes=[OPERATE, READ, SEALED])
            self.keys[owner] = made["key"]
        headers = {"authorization": f"Bearer {self.keys[owner]}"}
        answer = await self.api.post(path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def approve(self, appeal_id: UUID | str, owner: str = "second") -> None:
        """A second person approves what is proposed."""
        waiting = await self.task(question="approval", appeal_id=str(appeal_id))
        await self.posted_by(owner, f"/v1/referrals/{waiting['referral_id']}/approval")

    async def appeal(self, appeal_id: UUID) -> dict[str, Any]:
        found: dict[str, Any] = await self.got(f"/v1/appeals/{appeal_id}")
        return found

    async def referral(self, order: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = await self.got(f"/v1/referrals/{order['referral_id']}")
        return found

    async def task(self, **query: Any) -> dict[str, Any]:
        """The one open task."""
        (found,) = (await self.got("/v1/tasks", **query))["items"]
        return dict(found)


def _ids(messages: Sequence[Message]) -> list[UUID]:
    return [new_id() for _ in messages]
