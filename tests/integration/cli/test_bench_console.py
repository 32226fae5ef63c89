"""The bench of the console's pages, as small as it can be: an archive is made, and every page comes."""

from services.chassis.database import Database
from services.cli.bench import console
from services.cli.bench.archive import fill


async def test_every_page_of_the_bench_comes_and_is_measured(sqlite_url, monkeypatch):
    """On decided, settled and answered appeals."""
    monkeypatch.setattr(console, "TIMES", 1)
    database, said = Database(sqlite_url, service="router"), []
    await fill(database, 60, said.append)
    found = await console._measured(database, sqlite_url, said.append)  # noqa: SLF001 - without the servers of a whole run
    await database.close()

    assert said[0] == "Deciding a year of 60 appeals"
    assert found.keys() == console.PAGES.keys()
    assert all(0 < p50 <= p95 for p50, p95 in found.values())
