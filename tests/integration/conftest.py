"""What integration tests stand on: a migrated database of each kind, a virtual host with our topology."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from services.chassis import migrations
from services.chassis.broker import Broker
from services.chassis.database import Database
from services.cli import accounts
from services.cli import topology as applied
from services.contracts.access import Account
from services.contracts.topology import topology

AGENCIES = ("akimat", "education", "land-relations")
PASSWORD = "invented-for-tests"


@pytest.fixture
async def amqp_url(vhost) -> str:
    """A virtual host where our topology is applied, policies included."""
    whole = topology(AGENCIES)
    await applied.declare(vhost.url, whole)
    await applied.set_policies(vhost.management_url, vhost.name, whole.policies)
    return vhost.url


@pytest.fixture
async def open_database() -> AsyncIterator[Callable[[str, str], Awaitable[Database]]]:
    """Opens a service's database, migrated."""
    opened: list[Database] = []

    async def open_(url: str, service: str) -> Database:
        database = Database(url, service=service)
        opened.append(database)
        await migrations.upgrade(database)
        return database

    yield open_
    for database in opened:
        await database.close()


@pytest.fixture
async def broker(amqp_url) -> AsyncIterator[Broker]:
    """A connected broker."""
    one = Broker(amqp_url, name="test")
    await one.connect()
    yield one
    await one.close()


@pytest.fixture
async def let_in(vhost, amqp_url, tmp_path) -> Callable[[Account], Awaitable[str]]:
    """Gives an account its rights in the virtual host; its AMQP URL. Users are the whole broker's: one password."""
    folder = tmp_path / "passwords"
    folder.mkdir()

    async def let_in_(account: Account) -> str:
        (folder / account.name).write_text(PASSWORD, encoding="utf-8")
        async with httpx.AsyncClient(base_url=f"{vhost.management_url}/api", trust_env=False) as api:
            await accounts.let_in(api, vhost.name, account, accounts.Passwords(folder))
        return vhost.url.replace("guest:guest@", f"{account.name}:{PASSWORD}@")

    return let_in_
