"""PostgreSQL dies while appeals flow."""

from tests.e2e.faults.conftest import migrated_in


async def test_a_database_that_is_away_is_said_so_and_loses_nothing(road_on, rabbit, breakable_postgres, judge):
    """Intake answers 503 and when to come again; the others pause; with the database everything goes on."""
    databases = await migrated_in(breakable_postgres, "away")
    async with road_on(rabbit, on=databases) as road:
        async with road.posting.flowing():
            await road.posting.accepts(15)
            await breakable_postgres.kill9()
            await road.posting.refuses(5)
            ready = {name: (await road.api.get(road.stage.ready_url(name))).status_code for name in road.services}
            await breakable_postgres.start()
            await road.posting.accepts(15)
        books = await road.closed()

    judge.holds(books)
    assert set(road.posting.refused) == {503}
    assert not road.posting.unhelpful.total()
    assert set(ready.values()) == {503}
    assert not any(service.deaths for service in road.services.values())
