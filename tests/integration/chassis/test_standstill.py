"""A process that stands still, or a host that vanishes, holds nothing up for long. PostgreSQL alone is elsewhere."""

import asyncio
import socket

import pytest
from sqlalchemy import select, text

from services.chassis import clock, keys
from services.chassis.database import Database
from services.chassis.errors import DatabaseUnavailable
from tests.locks import WITHIN

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
async def database(database_url, open_database) -> Database:
    return await open_database(database_url, "router")


async def held(tx) -> None:
    await tx.execute(select(keys.api_key).with_for_update())


async def stood_still(database: Database) -> None:
    """Hold rows, say nothing until another has them, and go on."""
    async with asyncio.timeout(WITHIN), database.transaction() as tx:
        assert (await tx.execute(text("SHOW idle_in_transaction_session_timeout"))).scalar_one() == "1min"
        await tx.execute(text("SET idle_in_transaction_session_timeout = 50"))
        await held(tx)
        async with database.transaction() as other:
            await held(other)
        await held(tx)


async def test_what_a_process_holds_that_stands_still_is_free_again(database):
    """And when it goes on, it is told that the database was away: it tries again, and nothing is doubled."""
    async with database.transaction() as tx:
        await keys.issue(tx, "portal", ["admin"], at=clock.now(), expires_at=None)
    with pytest.raises(DatabaseUnavailable):
        await stood_still(database)
    async with database.transaction() as tx:
        await held(tx)


async def test_neither_side_believes_for_long_in_one_that_says_nothing(database):
    """A host that has vanished sends no error; else both would wait, and hold what others need, for up to two hours."""
    wanted = {"tcp_user_timeout": "15000", "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "5"}
    async with database.reading() as tx:
        told = {name: (await tx.execute(text(f"SHOW {name}"))).scalar_one() for name in wanted}
        driver = (await tx.connection.get_raw_connection()).driver_connection
        ours = driver._transport.get_extra_info("socket")  # noqa: SLF001 - no other way

        assert told == wanted
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
