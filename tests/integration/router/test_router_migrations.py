"""The router's migrations, on both databases."""

from services.chassis import migrations
from services.chassis.database import Database


async def test_tables_and_migrations_agree_and_can_be_undone(database_url):
    """What the code describes is what the migrations make; all of it can be taken away and made again."""
    database = Database(database_url, service="router")
    await migrations.upgrade(database)
    await migrations.check(database)
    await migrations.downgrade(database, to="base")
    undone = await migrations.revision_of(database)
    await migrations.upgrade(database)

    assert undone is None
    assert await migrations.revision_of(database) == migrations.head_of("router")
    await database.close()
