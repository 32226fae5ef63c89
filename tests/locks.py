"""Transactions that wait for one another, so that a test sees what two do at the same moment. PostgreSQL alone."""

import asyncio
from typing import Final

from sqlalchemy import text

from services.chassis.database import Database

WITHIN: Final = 30
_WAITING: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def until_waiting(database: Database, transactions: int) -> None:
    """Until so many transactions wait for what another holds."""
    async with asyncio.timeout(WITHIN), database.reading() as watching:
        while (await watching.execute(_WAITING)).scalar_one() < transactions:
            await watching.execute(text("SELECT pg_sleep(0.01)"))
            await watching.execute(text("SELECT pg_stat_clear_snapshot()"))
