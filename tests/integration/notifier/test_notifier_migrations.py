"""The notifier's migrations on both databases."""

from collections.abc import Awaitable, Callable

from services.chassis import migrations
from services.chassis.database import Database


async def test_tables_and_migrations_agree_there_and_back(
    database_url: str, open_database: Callable[[str, str], Awaitable[Database]]
) -> None:
    """What the code declares is what the migrations make, also after a way back."""
    database = await open_database(database_url, "notifier")
    await migrations.check(database)
    await migrations.downgrade(database, to="base")
    await migrations.upgrade(database)

    await migrations.check(database)
