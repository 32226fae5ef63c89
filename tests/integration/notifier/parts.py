"""The notifier's own parts over a real database, with schedules that a test can wait for, and orders for them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from prometheus_client import REGISTRY
from sqlalchemy import select

from services.chassis import clock
from services.chassis.calendars import Calendars
from services.chassis.consumer import Received
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.outbox import outbox
from services.cli.local.sinks import WebhookSink
from services.contracts.appeals import Language
from services.contracts.envelope import Envelope, Message
from services.contracts.notifications import Notice, NotifyApplicant, NotifySystem
from services.notifier import tables
from services.notifier.channels.email import EmailDriver, MailSender, MailServer, Tls
from services.notifier.delivery import Delivery
from services.notifier.edition import Edition
from services.notifier.endpoints import Endpoints
from services.notifier.handlers import handlers
from services.notifier.notification import Channel, Schedule
from services.notifier.pace import Pace
from services.notifier.providers import Pool, Routes
from services.notifier.receipts import Receipts
from services.notifier.requests import Requests
from services.notifier.sealing import Sealer
from services.notifier.silence import Silence
from services.notifier.speakers import EmailSpeaker, Simulator, Speaker, Terms
from services.notifier.texts import Office

EDITION: Final = Edition(dict.fromkeys(Language, Office("Joldau", "Алматы")))
ENDPOINTS: Final = Endpoints(Sealer())
ROUTES: Final = Routes({Channel.EMAIL: Pool({"smtp": 1})})
QUICK: Final = Schedule(tuple(timedelta(milliseconds=ms) for ms in (0, 20, 20, 20)), repeats_unknown=True)
NEVER_TWICE: Final = Schedule(QUICK.waits, repeats_unknown=False)
TIMEOUT: Final = 4.0
NONE: Final[Mapping[str, float]] = MappingProxyType({})
SLOTS: Final = 2
"""Webhooks under way to one posting system."""


class SayingSink(WebhookSink):
    """A receiver that answers with words."""

    def __init__(self, secret: str, says: bytes) -> None:
        super().__init__(secret)
        self._says = says

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        async def saying(event: dict[str, Any]) -> None:
            await send({**event, "body": self._says} if event["type"] == "http.response.body" else event)

        await super().answer(scope, receive, saying)


@dataclass
class Notifier:
    """The notifier's parts over one database. `speakers` may be changed before it delivers."""

    database: Database
    speakers: dict[Channel, Speaker]
    delivery: Delivery = field(init=False)

    routes: Routes = ROUTES

    def __post_init__(self) -> None:
        self.delivery = Delivery(
            self.database,
            self.speakers,
            routes=self.routes,
            simulator=Simulator(Terms(QUICK, SLOTS, TIMEOUT)),
            new_id=new_id,
            now=clock.now,
            first_pause=timedelta(milliseconds=200),
        )

    async def ordered(self, *messages: Message, correlation_id: str | None = "t-1") -> None:
        """As if intake's orders had arrived together."""
        requests = Requests(settling=self.delivery.settling, endpoints=ENDPOINTS, new_id=new_id, now=clock.now)
        handle = handlers(requests, Calendars(tables.calendar))[type(messages[0])]
        async with self.database.transaction() as tx:
            await handle(tx, [received(one, correlation_id) for one in messages])

    async def endpoint(self, system: str, url: str) -> str:
        """Register an endpoint; returns its secret."""
        async with self.database.transaction() as tx:
            secret = await ENDPOINTS.put(tx, system, url=url, description="", at=clock.now())
        assert secret is not None
        return secret

    @asynccontextmanager
    async def posting_system(self, system: str = "portal", says: bytes = b"") -> AsyncIterator[WebhookSink]:
        """A posting system whose endpoint is registered, and which verifies what it gets, and says so."""
        async with SayingSink(await self.endpoint(system, "https://unused.example/"), says) as sink:
            async with self.database.transaction() as tx:
                await ENDPOINTS.put(tx, system, url=sink.url, description="", at=clock.now())
            yield sink

    async def rows(self) -> list[Any]:
        async with self.database.reading() as tx:
            return list((await tx.execute(select(tables.notification).order_by(tables.notification.c.id))).all())

    async def attempts(self) -> list[Any]:
        order = (tables.attempt.c.notification, tables.attempt.c.number)
        async with self.database.reading() as tx:
            return list((await tx.execute(select(tables.attempt).order_by(*order))).all())

    async def until(self, enough: Callable[[list[Any]], bool], *, within: float = 60) -> list[Any]:
        """Wait until the rows are as they should be; what becomes due meanwhile is found without the poll."""
        async with asyncio.timeout(within):
            while not enough(rows := await self.rows()):
                await self.delivery.poll()
                await asyncio.sleep(0.05)
        return rows

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        """While it delivers; at the end it is stopped as a service is."""
        stopping = asyncio.Event()
        task = asyncio.create_task(self.delivery.run(stopping))
        try:
            yield
        finally:
            stopping.set()
            await task

    async def settled(self, *states: str) -> list[Any]:
        """Deliver until the rows, in their order, have these states."""
        async with self.delivering():
            return await self.until(lambda rows: [row.state for row in rows] == list(states))


async def told(notifier: Notifier) -> list[dict[str, Any]]:
    """What intake hears, in order."""
    async with notifier.database.reading() as tx:
        rows = await tx.execute(select(outbox.c.body).order_by(outbox.c.seq))
        return [json.loads(row.body)["data"] for row in rows]


def counted(channel: str, state: str) -> float:
    """How many notifications are counted to have come to a state."""
    return REGISTRY.get_sample_value("joldau_notifications_total", {"channel": channel, "state": state}) or 0.0


def silence_of(receipts: Receipts) -> Silence:
    """What looks for notices that are silent, after the days that an installation begins with."""
    return Silence(receipts, Calendars(tables.calendar), sms_days=3, letter_days=15, post_days=2)


def received(message: Message, correlation_id: str | None = "t-1") -> Received[Any]:
    envelope = Envelope.of(message, id=new_id(), source="/intake", at=clock.now(), correlation_id=correlation_id)
    return Received(message, envelope, "notifications")


def to_applicant(email: str | None = "aigul@post.example", **changes: Any) -> NotifyApplicant:
    """An order to tell an applicant that the appeal is registered."""
    variables = {
        "registration_number": "JD-2026-000001",
        "registered_on": "2026-11-23",
        "received_at": "2026-11-23T05:00:00+00:00",
        "accepted_by": "Сынақбаев Т., тіркеуші",
        "status_url": "https://joldau.example/status/x",
    }
    fields = {
        "notification_id": new_id(),
        "appeal_id": new_id(),
        "revision": 1,
        "notice": Notice.REGISTERED,
        "language": Language.KAZAKH,
        "email": email,
        "variables": variables,
        "requested_at": clock.now(),
    }
    return NotifyApplicant(**{**fields, **changes})


def accepted(email: str | None = "aigul@post.example", **changes: Any) -> NotifyApplicant:
    """An order to tell an applicant what the law does not ask for."""
    more = {"agency_name": "Отдел", "agency_contacts": "", "answer_due_on": ""}
    order = to_applicant(email, notice=Notice.ACCEPTED, **changes)
    return order.model_copy(update={"variables": {**order.variables, **more}})


def to_system(system: str = "portal", **changes: Any) -> NotifySystem:
    """An order to tell a posting system of a new status."""
    fields = {
        "notification_id": new_id(),
        "appeal_id": new_id(),
        "revision": 1,
        "system": system,
        "event": "appeal.status_changed",
        "payload": {"status": "referred", "note": "Қарасай"},
        "requested_at": clock.now(),
    }
    return NotifySystem(**{**fields, **changes})


def email_speaker(
    *ports: int,
    schedule: Schedule = NEVER_TWICE,
    pace: Pace | None = None,
    timeouts: Mapping[str, float] = NONE,
    opt_out: Callable[[UUID], str] | None = None,
) -> EmailSpeaker:
    """Speaks to the mail servers at these ports: ``smtp``, ``smtp-2`` and so on."""
    names = ["smtp", *(f"smtp-{n}" for n in range(2, len(ports) + 1))]
    limits = {name: timeouts.get(name, TIMEOUT) for name in names}
    sender = MailSender("notices@joldau.example", dict.fromkeys(Language, "Joldau"), "joldau.example")
    drivers = {
        name: EmailDriver(MailServer("127.0.0.1", port, Tls.NONE, timeout=limits[name], connections=4), sender)
        for name, port in zip(names, ports, strict=True)
    }
    terms = {name: Terms(schedule, 4, limits[name], pace) for name in names}
    return EmailSpeaker(EDITION, drivers, terms, opt_out=opt_out)
