"""The run of `joldau bench notices` at a size that a test can wait for."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from services.chassis.database import Database
from services.cli.bench.notices import run


async def test_nobody_is_told_twice_and_every_notice_is_explained(
    postgresql_url: str, amqp_url: str, open_database: Callable[[str, str], Awaitable[Database]], tmp_path: Path
) -> None:
    """Gateways that fail a fifth, one that hangs, three kills; every webhook's signature holds."""
    await open_database(postgresql_url, "notifier")
    outcome = await run(tmp_path, database_url=postgresql_url, amqp_url=amqp_url, count=300, webhooks=60, within=120)

    assert (outcome.kills, outcome.told_twice, outcome.unexplained) == (3, 0, 0)
    assert set(outcome.states) <= {"sent", "delivered", "unknown", "queued", "technical_failure"}
    assert outcome.states["delivered"] == 60
    assert outcome.states["sent"] >= 200
    assert (outcome.webhooks_refused, outcome.webhooks_verified >= 60) == (0, True)
