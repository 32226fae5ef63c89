"""Intake's migrations, on both databases."""

from services.chassis import migrations


async def test_migrations_make_the_tables_of_the_code_and_can_be_undone(database_url, open_database):
    """Up, compared, down to nothing, and up again."""
    database = await open_database(database_url, "intake")
    await migrations.check(database)
    await migrations.downgrade(database, to="base")
    revision = await migrations.revision_of(database)
    await migrations.upgrade(database)
    await migrations.check(database)

    assert revision is None
    assert await migrations.revision_of(database) == migrations.head_of("intake")
