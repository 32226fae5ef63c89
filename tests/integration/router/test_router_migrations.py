"""The router's migrations, on both databases."""

from services.chassis import migrations


async def test_tables_and_migrations_agree_and_can_be_undone(database_url, open_database):
    """What the code describes is what the migrations make; all of it can be taken away and made again."""
    database = await open_database(database_url, "router")
    await migrations.check(database)
    await migrations.downgrade(database, to="base")
    undone = await migrations.revision_of(database)
    await migrations.upgrade(database)

    assert undone is None
    assert await migrations.revision_of(database) == migrations.head_of("router")
