"""The run of notices: gateways that fail, lose answers and hang, a notifier killed again and again, and what is left.

Nobody may be told twice, and whatever is not told must say why. The same run is the bench, and, smaller, a test.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import and_, func, or_, select, update

from services.chassis import clock, migrations
from services.chassis.broker import Broker, Outgoing
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.cli import topology
from services.cli.local.broker import private_broker
from services.cli.local.gateways import Dialect, GatewaySink
from services.cli.local.ports import free_ports
from services.cli.local.postgres import PostgresCluster, install
from services.cli.local.processes import Process, Program, start
from services.cli.local.readiness import answering
from services.cli.local.sinks import WebhookSink
from services.contracts.appeals import Language
from services.contracts.envelope import Envelope, Message
from services.contracts.notifications import Notice, NotifyApplicant, NotifySystem
from services.contracts.topology import NOTIFICATIONS
from services.contracts.topology import topology as whole_topology
from services.notifier.samples import SAMPLES
from services.notifier.tables import attempt, destination, notification

ADMIN: Final = "an-admin-key-for-one-run-only"
SYSTEM: Final = "portal"
FAILING: Final = 0.2
KILL_AT: Final = (0.15, 0.4, 0.65)
"""Parts of all notices after whose settling the notifier is killed."""
LOST_EVERY: Final = 50
"""One in so many SMS of the gateway without ids is taken, and its answer lost."""
PATIENCE: Final = 5.0
"""Seconds for an answer of whoever does not hang: a busy machine's slowness is none of the troubles of the run."""
SETTLED: Final = frozenset({"sent", "delivered", "permanent_failure", "technical_failure", "unknown"})


@dataclass
class Gateways:
    """Three gateways: one honours our id, one knows none, one hangs and can be asked."""

    honest: GatewaySink = field(default_factory=lambda: GatewaySink(Dialect.HTTP, failing=FAILING, seed=1))
    simple: GatewaySink = field(
        default_factory=lambda: GatewaySink(Dialect.MOBIZON, failing=FAILING, losing=1 / LOST_EVERY, seed=2)
    )
    hanging: GatewaySink = field(default_factory=lambda: GatewaySink(Dialect.SMSC, hangs=True))

    def named(self) -> Mapping[str, GatewaySink]:
        return {"honest": self.honest, "simple": self.simple, "hanging": self.hanging}


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    notices: int
    seconds: float
    per_second: float
    p50_seconds: float
    """From the order to the provider's taking it."""
    p99_seconds: float
    attempts: int
    kills: int
    states: Mapping[str, int]
    in_doubt: int
    """Not repeated: they wait for a person, each with its reason."""
    told_twice: int
    unexplained: int
    webhooks_verified: int
    webhooks_refused: int


async def alone(count: int, say: Callable[[str], None]) -> Outcome:
    """The run on a broker and a PostgreSQL of its own, with a fifth as many webhooks; all is gone afterwards."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="joldau-bench-")))
        broker = await private_broker(directory / "rabbitmq", tied=True, say=say)
        cluster = PostgresCluster(directory / "postgres")
        stack.push_async_callback(cluster.destroy)
        stack.push_async_callback(broker.destroy)
        await install(directory / "apt.log")
        say("Starting RabbitMQ and PostgreSQL of the bench's own")
        await asyncio.gather(broker.start(), cluster.start())
        amqp_url = await broker.create_vhost("joldau-notices")
        await topology.declare(amqp_url, whole_topology([]))
        database = Database(await cluster.create_database("notices"), service="notifier")
        await migrations.upgrade(database)
        url = database.url.render_as_string(hide_password=False)
        await database.close()
        say(f"Measuring {count} notices over three gateways, with {len(KILL_AT)} kills")
        return await run(directory, database_url=url, amqp_url=amqp_url, count=count, webhooks=count // 5)


async def run(
    directory: Path,
    *,
    database_url: str,
    amqp_url: str,
    count: int,
    webhooks: int,
    kills: int = len(KILL_AT),
    within: float = 3600.0,
) -> Outcome:
    """Order `count` SMS and `webhooks` webhooks, and kill the notifier `kills` times before all is settled.

    The database is migrated and the topology applied. `TimeoutError` when all is not settled within so many seconds.
    """
    gateways = Gateways()
    async with AsyncExitStack() as stack:
        database = Database(database_url, service="notifier")
        stack.push_async_callback(database.close)
        for sink in gateways.named().values():
            await stack.enter_async_context(sink)
        environment = _environment(database_url, amqp_url, gateways)
        notifier = _Notifier(environment, directory)
        stack.push_async_callback(notifier.stop)
        await notifier.start()
        portal = await stack.enter_async_context(WebhookSink(await notifier.endpoint()))
        await notifier.endpoint(portal.url)
        started = time.perf_counter()
        await _order(amqp_url, count, webhooks)
        whole = count + webhooks
        until = partial(_until, database, by=started + within)
        for share in KILL_AT[:kills]:
            await until(partial(_has_settled, share * whole))
            await notifier.kill9()
            await _pass_leases(database)
            await notifier.start()
        await until(lambda now: now.waiting <= now.waiting_for_the_hanging and now.rows >= whole)
        gateways.hanging.hangs = False
        await notifier.resume("hanging")
        await until(lambda now: not now.waiting)
        seconds = time.perf_counter() - started
        async with database.reading() as tx:
            rows = (await tx.execute(select(*(notification.c[name] for name in _SEEN)))).all()
        taken, attempts = await _taken(database)
    return _outcome(rows, gateways, portal, taken, seconds=seconds, attempts=attempts, kills=kills)


class _Notifier:
    """The notifier's process, to be killed and started again."""

    def __init__(self, environment: Mapping[str, str], directory: Path) -> None:
        self._environment = environment
        self._directory = directory
        self._url = f"http://127.0.0.1:{environment['JOLDAU_NOTIFIER_PORT']}"
        self._process: Process | None = None

    async def start(self) -> None:
        argv = (sys.executable, "-m", "services.notifier", "serve")
        self._process = start(Program("notifier", argv, self._environment), self._directory, tied=True)
        await answering(self._process, f"{self._url}/readyz", within=60)

    async def kill9(self) -> None:
        if self._process is not None:
            await self._process.kill9()

    async def stop(self) -> None:
        if self._process is not None:
            await self._process.stop()

    async def endpoint(self, url: str = "http://127.0.0.1:9/") -> str:
        """Register the posting system's endpoint, or change it; a new one's secret."""
        answer = await self._call("PUT", f"/v1/endpoints/{SYSTEM}", {"url": url})
        return str(answer.json().get("secret", ""))

    async def resume(self, provider: str) -> None:
        await self._call("POST", f"/v1/providers/sms/{provider}/resume", None)

    async def _call(self, method: str, path: str, body: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {ADMIN}"}
        async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
            return await client.request(method, f"{self._url}{path}", json=body)


def _environment(database_url: str, amqp_url: str, gateways: Gateways) -> dict[str, str]:
    providers = [
        {
            "name": name,
            "kind": sink.dialect.value,
            "url": sink.url,
            "key": "a-key",
            "connections": 8,
            "timeout_seconds": 1.0 if sink.hangs else PATIENCE,
        }
        for name, sink in gateways.named().items()
    ]
    settings = {
        "DATABASE_URL": database_url,
        "AMQP_URL": amqp_url,
        "ADMIN_KEY": ADMIN,
        "PORT": str(free_ports(1)[0]),
        "SMTP_HOST": "127.0.0.1",
        "MAIL_FROM": "notices@joldau.example",
        "WEBHOOK_TIMEOUT_SECONDS": str(PATIENCE),
        "WEBHOOK_WAITS_SECONDS": "0,1,1,1,2,2,2,2,2",
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "SMS_PROVIDERS": json.dumps(providers),
        "SMS_WAITS_SECONDS": "0,0,0.5,1,1,2,2,2,2,2,2",
        "PROVIDER_PAUSE_SECONDS": "1",
        "LOG_LEVEL": "WARNING",
    }
    return {"PATH": os.environ["PATH"], **{f"JOLDAU_NOTIFIER_{name}": value for name, value in settings.items()}}


async def _order(amqp_url: str, count: int, webhooks: int) -> None:
    """Publish all orders, as intake's relay does."""
    broker = Broker(amqp_url, name="bench")
    await broker.connect()
    try:
        messages: list[Message] = [_sms(n) for n in range(count)]
        messages += [_webhook(n) for n in range(webhooks)]
        for first in range(0, len(messages), 200):
            batch = [_outgoing(message) for message in messages[first : first + 200]]
            await broker.publish(batch, timeout=timedelta(seconds=30))
    finally:
        await broker.close()


def _sms(n: int) -> NotifyApplicant:
    return NotifyApplicant(
        notification_id=new_id(),
        appeal_id=new_id(),
        revision=1,
        notice=Notice.REFERRED,
        language=(Language.KAZAKH, Language.RUSSIAN)[n % 2],
        phone=f"+7701{n:07}",
        variables=dict(SAMPLES),
        requested_at=clock.now(),
    )


def _webhook(n: int) -> NotifySystem:
    return NotifySystem(
        notification_id=new_id(),
        appeal_id=new_id(),
        revision=1,
        system=SYSTEM,
        event="appeal.status_changed",
        payload={"n": n, "note": "Қарасай"},
        requested_at=clock.now(),
    )


def _outgoing(message: Message) -> Outgoing:
    envelope = Envelope.of(message, id=new_id(), source="/intake", at=clock.now(), correlation_id="bench")
    return Outgoing(envelope.id, NOTIFICATIONS, message.routing_key(), envelope.type, envelope.to_json(), "bench")


Rows = Sequence[Any]
_SEEN: Final = ("channel", "recipient", "state")


@dataclass(frozen=True)
class _Progress:
    """How far a run has come."""

    rows: int
    settled: int
    waiting: int
    waiting_for_the_hanging: int


async def _until(database: Database, enough: Callable[[_Progress], bool], *, by: float) -> None:
    while not enough(now := await _progress(database)):
        if time.perf_counter() > by:
            raise TimeoutError(f"no further than {now}")
        await asyncio.sleep(0.5)


def _has_settled(enough: float, now: _Progress) -> bool:
    return now.settled >= enough


async def _progress(database: Database) -> _Progress:
    """Counted by the database: the observer must not cost more than what it observes."""
    columns = notification.c
    waits = or_(columns.next_attempt_at.is_not(None), columns.lease_until_ms.is_not(None))
    hangs = and_(columns.destination == "hanging", columns.next_attempt_at.is_not(None))
    counts = [func.count().filter(condition) for condition in (columns.state.in_(SETTLED), waits, hangs)]
    async with database.reading() as tx:
        row = (await tx.execute(select(func.count(), *counts).select_from(notification))).one()
    rows, settled, waiting, hanging = map(int, row)
    return _Progress(rows, settled, waiting, hanging)


async def _pass_leases(database: Database) -> None:
    """As if the dead process's leases had run out: what it had in hand is recovered at once, its probe made anew."""
    async with database.transaction() as tx:
        for until in (notification.c.lease_until_ms, destination.c.probing_until_ms):
            await tx.execute(update(until.table).where(until.is_not(None)).values({until: 0}))


async def _taken(database: Database) -> tuple[list[float], int]:
    """Seconds from each order to its being taken, and how many attempts there were."""
    async with database.reading() as tx:
        joined = select(attempt.c.started_at, attempt.c.duration_ms, attempt.c.outcome, notification.c.requested_at)
        rows = (await tx.execute(joined.join(notification, notification.c.id == attempt.c.notification))).all()
    waits = [
        (row.started_at - row.requested_at).total_seconds() + (row.duration_ms or 0) / 1000
        for row in rows
        if row.outcome == "sent"
    ]
    return sorted(waits), len(rows)


def _outcome(
    rows: Rows,
    gateways: Gateways,
    portal: WebhookSink,
    taken: Sequence[float],
    *,
    seconds: float,
    attempts: int,
    kills: int,
) -> Outcome:
    rung = Counter(one.to[-10:] for sink in gateways.named().values() for one in sink.taken)
    told = {row.recipient[-10:] for row in rows if row.channel == "sms" and row.state in {"sent", "delivered"}}
    unexplained = [row for row in rows if row.state not in SETTLED and row.channel != "letter"]
    return Outcome(
        notices=sum(row.channel != "letter" for row in rows),
        seconds=round(seconds, 1),
        per_second=round(len(rows) / seconds, 1),
        p50_seconds=round(taken[len(taken) // 2], 2),
        p99_seconds=round(taken[int(len(taken) * 0.99)], 2),
        attempts=attempts,
        kills=kills,
        states=dict(Counter(row.state for row in rows)),  # `asdict` spoils a Counter
        in_doubt=sum(row.state == "unknown" for row in rows),
        told_twice=sum(times > 1 for times in rung.values()),
        unexplained=len(unexplained) + len(told - rung.keys()),
        webhooks_verified=sum(one.verified for one in portal.attempts),
        webhooks_refused=sum(not one.verified for one in portal.attempts),
    )
