"""A road for each fault test: migrated databases, a virtual host of its own, a seed that is printed."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import pytest
from yarl import URL

from services.cli import topology as applied
from services.cli.local.management import PrivateBroker
from services.cli.local.postgres import PostgresCluster
from services.cli.local.proxy import Proxy
from services.cli.local.stage import SERVICES, Stage, sqlite_urls
from services.contracts.topology import topology
from tests.e2e.faults.appeals import AGENCIES
from tests.e2e.faults.books import Books
from tests.e2e.faults.invariants import Finding, check, line
from tests.e2e.faults.road import Lives, Road, put_up
from tests.templates import Templates, migrated

_LONGEST_SECONDS: Final = 240.0


@dataclass
class Judge:
    """Closes a run: prints its one line, and fails the test for any finding."""

    seed: int
    record: Callable[[str, object], None]

    def findings(self, books: Books) -> dict[str, list[Finding]]:
        """What contradicts the promise; the run's line is kept for the summary."""
        found = check(books)
        self.record("run", line(books, found, seed=self.seed))
        return found

    def holds(self, books: Books) -> None:
        """Fail unless the promise is kept."""
        found = self.findings(books)
        assert not found, "\n".join(f"{name}: {one}" for name, some in found.items() for one in some)


@pytest.fixture
def seed() -> int:
    """The run's seed: a new one each time, or that of `JOLDAU_FAULT_SEED`."""
    return int(os.environ.get("JOLDAU_FAULT_SEED") or secrets.randbelow(1_000_000))


@pytest.fixture
def judge(seed: int, record_property: Callable[[str, object], None]) -> Judge:
    return Judge(seed, record_property)


@pytest.fixture
async def postgresql_databases(postgres: PostgresCluster, templates: Templates) -> AsyncIterator[Mapping[str, str]]:
    """URLs of three migrated PostgreSQL databases, by service."""
    name = f"faults_{secrets.token_hex(4)}"
    urls = {service: postgres.url(f"{name}_{service}") for service in SERVICES}
    yield await templates.copies(urls)
    for service in SERVICES:
        await postgres.drop_database(f"{name}_{service}")


async def migrated_in(cluster: PostgresCluster, name: str) -> Mapping[str, str]:
    """Three migrated databases in a cluster."""
    urls = {service: await cluster.create_database(f"{name}_{service}") for service in SERVICES}
    for service, url in urls.items():
        await migrated(url, service)
    return urls


@pytest.fixture
async def proxy(rabbit: PrivateBroker) -> AsyncIterator[Proxy]:
    """Between the services and the run's broker."""
    address = URL(rabbit.amqp_url())
    async with Proxy((address.host or "", address.port or 0)) as one:
        yield one


class RoadOn(Protocol):
    """Puts a road up on a broker, in a virtual host of its own."""

    def __call__(
        self,
        broker: PrivateBroker,
        *,
        lives: Lives = ...,
        proxy: Proxy | None = ...,
        more: Mapping[str, Mapping[str, str]] = ...,
        on: Mapping[str, str] | None = ...,
    ) -> AbstractAsyncContextManager[Road]:
        """`proxy`: between the services and the broker. `more`: variables by service.

        `on`: URLs of migrated databases; without, they are SQLite.
        """
        ...


@pytest.fixture
def road_on(seed: int, tmp_path: Path, templates: Templates) -> RoadOn:
    """See `RoadOn`."""

    @asynccontextmanager
    async def put(
        broker: PrivateBroker,
        *,
        lives: Lives | None = None,
        proxy: Proxy | None = None,
        more: Mapping[str, Mapping[str, str]] | None = None,
        on: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Road]:
        if on is None:
            on = await templates.copies(sqlite_urls(tmp_path))
        # pytest's own alarm strikes whichever task is running, and most of ours are not the test
        async with asyncio.timeout(_LONGEST_SECONDS), _virtual_host(broker) as amqp_url:
            ours = URL(amqp_url).with_port(proxy.port) if proxy else amqp_url
            stage = Stage(tmp_path / "stage", amqp_url=str(ours), database_urls=on, smtp_port=0, more=more or {})
            async with put_up(stage, amqp_url=amqp_url, seed=seed, lives=lives or {}) as road:
                yield road

    return put


@asynccontextmanager
async def _virtual_host(broker: PrivateBroker) -> AsyncIterator[str]:
    name = f"faults-{secrets.token_hex(4)}"
    amqp_url, whole = await broker.create_vhost(name), topology(AGENCIES)
    await applied.declare(amqp_url, whole)
    await applied.set_policies(broker.management_url, name, whole.policies)
    yield amqp_url
    await broker.delete_vhost(name)
