"""An agency that empties its queue, or takes a referral and dies, costs nothing: the router's record is what counts."""

from datetime import timedelta
from typing import Any

import aio_pika
import pytest

from services.contracts.access import agency_account
from services.contracts.envelope import Envelope
from services.contracts.topology import agency_queue
from tests.integration.router.parts import KINDERGARTEN, PATIENCE

AGENCY = "education"


@pytest.fixture
def settings() -> dict[str, Any]:
    """An agency is silent soon, but not before it has done its harm."""
    return {"silent_after": timedelta(seconds=4), "watch_every": timedelta(seconds=0.2)}


@pytest.fixture
def database_url(sqlite_url) -> str:
    """What the watch reads is tested on both databases elsewhere."""
    return sqlite_url


async def test_referrals_that_an_agency_lost_come_again(router, let_in) -> None:
    """Acknowledged and forgotten, or purged: the watchdog sends what was never answered, under the same ids."""
    await router.agencies[AGENCY].leave()
    url = await let_in(agency_account(AGENCY))
    lost = set()
    async with await aio_pika.connect(url, timeout=10) as connection:
        queue = await (await connection.channel()).get_queue(agency_queue(AGENCY), ensure=False)
        await router.register(KINDERGARTEN)
        lost |= await read(queue, 1)
        await router.register(KINDERGARTEN)
        while len(lost) < 2:
            lost.add((await router.intake.next()).data["referral_id"])  # heard once the agency's queue has it
        await queue.purge()

    async with await aio_pika.connect(url, timeout=10) as connection:
        queue = await (await connection.channel()).get_queue(agency_queue(AGENCY), ensure=False)
        assert await read(queue, 2) == lost


async def read(queue: Any, count: int) -> set[str]:
    """The referrals in the next messages, acknowledged."""
    found: set[str] = set()
    async with queue.iterator(timeout=PATIENCE) as deliveries:
        async for delivery in deliveries:
            await delivery.ack()
            found.add(Envelope.model_validate_json(delivery.body).data["referral_id"])
            if len(found) == count:
                break
    return found
