"""One key that two administrators change at the same moment. PostgreSQL alone lets them."""

import asyncio
from datetime import timedelta

import pytest

from services.chassis import clock, keys
from services.chassis.database import Database
from services.chassis.errors import NotFound
from tests.locks import until_waiting

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
WEEK = timedelta(days=7)


@pytest.fixture
async def database(database_url, open_database) -> Database:
    return await open_database(database_url, "router")


async def rotated(database, key_id) -> str:
    async with database.transaction() as tx:
        return (await keys.rotate(tx, key_id, overlap=WEEK, at=clock.now()))[1]


@pytest.mark.parametrize("revoked", [True, False])
async def test_a_key_that_has_leaked_is_good_no_longer_for_who_rotates_it_beside(database, revoked):
    """Neither does it live on for the other's overlap, nor is there a new key in its place."""
    at = clock.now()
    async with database.transaction() as tx:
        key_id, _ = await keys.issue(tx, "portal", ["admin"], at=at, expires_at=None)
    async with database.transaction() as tx:
        if revoked:
            await keys.revoke(tx, key_id, at=at)
        else:
            await keys.rotate(tx, key_id, overlap=timedelta(), at=at)
        other = asyncio.create_task(rotated(database, key_id))
        await until_waiting(database, 1)
    with pytest.raises(NotFound):
        await other

    async with database.reading() as tx:
        first, *made = await keys.listed(tx)
    assert first.revoked_at == at if revoked else first.expires_at == at
    assert len(made) == (0 if revoked else 1)
