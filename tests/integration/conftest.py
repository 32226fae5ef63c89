"""What integration tests stand on: a migrated database of each kind, a virtual host with our topology."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.chassis.broker import Broker
from services.chassis.database import Database
from services.cli import topology as applied
from services.contracts.topology import topology
from tests.templates import Templates

AGENCIES = ("akimat", "education", "land-relations")


@pytest.fixture
async def amqp_url(vhost) -> str:
    """A virtual host where our topology is applied, policies included."""
    whole = topology(AGENCIES)
    await applied.declare(vhost.url, whole)
    await applied.set_policies(vhost.management_url, vhost.name, whole.policies)
    return vhost.url


@pytest.fixture
async def open_database(templates: Templates) -> AsyncIterator[Callable[[str, str], Awaitable[Database]]]:
    """Opens a service's database, migrated; it is made where it is not there yet."""
    opened: list[Database] = []

    async def open_(url: str, service: str) -> Database:
        database = Database(url, service=service)
        if all(database.url != one.url for one in opened):
            await templates.copy(url, service)
        opened.append(database)
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
