"""The whole road put up to be broken: three supervised services, agencies, mail, a webhook, and one who posts."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import httpx
from aio_pika.exceptions import AMQPException

from services.chassis import clock, keys
from services.chassis.database import Database
from services.chassis.errors import DatabaseUnavailable
from services.cli.local.processes import Program
from services.cli.local.sinks import MailSink, WebhookSink
from services.cli.local.stage import SERVICES, Stage
from services.cli.local.supervisor import Supervisor
from services.contracts.topology import topology
from services.intake.api import NOTIFY, READ, WRITE
from services.notifier.endpoints import Endpoints
from services.notifier.sealing import Sealer
from tests.e2e.faults import ledger
from tests.e2e.faults.agency import Agency, ends
from tests.e2e.faults.appeals import AGENCIES, appeals
from tests.e2e.faults.books import Books
from tests.e2e.faults.invariants import check
from tests.e2e.faults.passing import pass_leases, pass_waits
from tests.e2e.faults.posting import PostingSystem

Lives = Mapping[str, Sequence[str]]
"""By service, the failpoints of its first lives. Then it lives without any."""

POSTS: Final = "posting-system"
REST_SECONDS: Final = 90.0
_READY_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.2
_QUEUES: Final = tuple(queue.name for queue in topology(AGENCIES).queues)


@dataclass
class Road:
    """What a test breaks, and whose books it then closes. `amqp_url` is the broker itself, past any proxy."""

    stage: Stage
    amqp_url: str
    databases: Mapping[str, Database]
    services: Mapping[str, Supervisor]
    agencies: Mapping[str, Agency]
    posting: PostingSystem
    mail: MailSink
    webhook: WebhookSink
    api: httpx.AsyncClient
    at_work: AsyncExitStack
    """Ends the services and the agencies."""

    async def died(self, times: Mapping[str, int]) -> None:
        """Wait until each of these services has died so many times, and all are ready again."""
        while any(len(self.services[name].deaths) < many for name, many in times.items()):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_SECONDS)  # another's death has no event for us
        await self.ready()

    async def ready(self) -> None:
        """Wait until every service takes work."""
        await asyncio.gather(*(one.ready(within=_READY_SECONDS) for one in self.services.values()))

    async def until(self, condition: Callable[[Books], bool], *, hastened: bool = False) -> Books:
        """Wait until the books meet `condition`, however often broker or database are away; the books then.

        `hastened`: no next try is minutes away.
        """
        while True:
            began = time.monotonic()
            with suppress(DatabaseUnavailable, AMQPException, OSError):
                if hastened:
                    await asyncio.gather(*map(pass_waits, self.databases.values()))
                if condition(books := await self.books()):
                    return books
            # a look at many books costs as much as the work that it waits for
            await asyncio.sleep(max(_LOOK_SECONDS, 2 * (time.monotonic() - began)))

    async def books(self) -> Books:
        """The books as they are now. Raises when the broker or a database is away."""
        return Books(
            attempted=frozenset(self.posting.attempted),
            accepted=list(self.posting.accepted),
            deliveries=[one for agency in self.agencies.values() for one in agency.deliveries],
            said=[one for agency in self.agencies.values() for one in agency.said],
            mails=list(self.mail.mails),
            webhooks=list(self.webhook.attempts),
            queues=await ledger.depths(self.amqp_url, _QUEUES),
            **await ledger.read(self.databases),
        )

    async def closed(self, *, within: float = REST_SECONDS) -> Books:
        """Wait until everything has found its place, end everybody, and close the books.

        When it has not within so many seconds, the books are closed all the same: they tell what is missing. What a
        reader had not acknowledged is in its queue again then.
        """
        try:
            async with asyncio.timeout(within):
                at_rest = await self.until(lambda books: not check(books), hastened=True)
        except TimeoutError:
            at_rest = await self.books()
        await self.at_work.aclose()
        ends_badly = {n: s.process.exit_code for n, s in self.services.items() if s.process.exit_code != 0}
        assert not ends_badly, f"not drained: {ends_badly}"
        books = await self.books()
        seen = {name: depth._replace(consumers=at_rest.queues[name].consumers) for name, depth in books.queues.items()}
        return replace(books, queues=seen)

    async def asked(self, service: str, method: str, path: str, **body: Any) -> Any:
        """What a service's API answers to its administrator."""
        headers = {"authorization": f"Bearer {self.stage.admin_key}"}
        url = f"{self.stage.url(service)}{path}"
        answer = await self.api.request(method, url, headers=headers, json=body or None)
        return answer.raise_for_status().json()


@asynccontextmanager
async def put_up(stage: Stage, *, amqp_url: str, seed: int, lives: Lives) -> AsyncIterator[Road]:
    """Put the road up and wait until it is ready. At the end of the block everything is down."""
    async with AsyncExitStack() as stack:
        databases = {name: Database(url, service=name) for name, url in stage.database_urls.items()}
        for database in databases.values():
            stack.push_async_callback(database.close)
        mail = await stack.enter_async_context(MailSink())
        stage.smtp_port = mail.port
        webhook = await stack.enter_async_context(await _webhook(databases["notifier"]))
        key = await _key(databases["intake"])
        api = await stack.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False))
        at_work = await stack.enter_async_context(AsyncExitStack())
        road = Road(
            stage=stage,
            amqp_url=amqp_url,
            databases=databases,
            services={name: _supervisor(stage, name, lives.get(name, ()), databases[name]) for name in SERVICES},
            agencies={code: Agency(code, amqp_url, ends(seed)) for code in AGENCIES},
            posting=PostingSystem(api, f"{stage.url('intake')}/v1/appeals", key, appeals(seed), seed=seed),
            mail=mail,
            webhook=webhook,
            api=api,
            at_work=at_work,
        )
        for one in (*road.agencies.values(), *road.services.values()):
            await at_work.enter_async_context(one)
        await road.ready()
        yield road


def _supervisor(stage: Stage, service: str, lives: Sequence[str], database: Database) -> Supervisor:
    """Dies of its failpoints, and is away for as long as its leases last: a test has no half minute for each."""
    last = stage.program(service)
    programs = [*(_with_failpoints(last, points) for points in lives), last]
    meanwhile = partial(pass_leases, database) if lives else None
    return Supervisor(programs, stage.directory, ready_url=stage.ready_url(service), meanwhile=meanwhile)


def _with_failpoints(program: Program, points: str) -> Program:
    return replace(program, env={**program.env, "JOLDAU_FAILPOINTS": points})


async def _key(database: Database) -> str:
    async with database.transaction() as tx:
        _, key = await keys.issue(tx, POSTS, [WRITE, READ, NOTIFY], at=clock.now(), expires_at=None)
    return key


async def _webhook(database: Database) -> WebhookSink:
    async with database.transaction() as tx:
        endpoints = Endpoints(Sealer())
        secret = await endpoints.put(tx, POSTS, url="http://127.0.0.1/", description="", at=clock.now())
        assert secret is not None
        webhook = WebhookSink(secret)
        await endpoints.put(tx, POSTS, url=webhook.url, description="", at=clock.now())
    return webhook
