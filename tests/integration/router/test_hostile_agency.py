"""An agency that empties its queue, or takes a referral and dies, costs nothing: the router's record is what counts."""

import asyncio
from datetime import timedelta
from typing import Any

import aio_pika
import pytest

from services.chassis import parked
from services.chassis.ids import new_id
from services.contracts.access import agency_account
from services.contracts.envelope import Envelope
from services.contracts.referrals import ReplyKind
from services.contracts.topology import ROUTER_REPLIES, agency_queue, reply_exchange
from tests.integration.router.parts import KINDERGARTEN, PATIENCE, Running

AGENCY = "education"
FLOOD = 200


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


async def test_a_recall_that_an_agency_lost_comes_again(router, let_in) -> None:
    """Purged, it is sent once more when the agency speaks of what is not its own any more."""
    await router.register(KINDERGARTEN)
    order = await router.agencies[AGENCY].next()
    await router.agencies[AGENCY].leave()
    await router.posted(f"/v1/referrals/{order.data['referral_id']}/recall", reason="ошибка")
    await router.intake.until(state="recalled")  # heard once the agency's queue has the recall
    async with await aio_pika.connect(await let_in(agency_account(AGENCY)), timeout=10) as connection:
        queue = await (await connection.channel()).get_queue(agency_queue(AGENCY), ensure=False)
        purged = await queue.purge()
        await router.reply(AGENCY, order, ReplyKind.ACCEPTED)

        assert purged.message_count == 1
        assert await read(queue, 1) == {order.data["referral_id"]}


async def test_a_flood_of_unknown_referrals_holds_up_nobody(router, let_in):
    """Each is tried once more and set aside; another agency's word is heard meanwhile."""
    await router.register(KINDERGARTEN)
    order = await router.agencies[AGENCY].next()
    about = [{"referral_id": str(new_id()), "appeal_id": str(new_id())} for _ in range(FLOOD)]
    said = [
        router.reply_envelope(order.model_copy(update={"data": one}), ReplyKind.RECEIVED, new_id()) for one in about
    ]
    async with await aio_pika.connect(await let_in(agency_account("akimat")), timeout=10) as connection:
        exchange = await (await connection.channel()).get_exchange(reply_exchange("akimat"), ensure=False)
        await asyncio.gather(*(exchange.publish(aio_pika.Message(e.to_json(), delivery_mode=2), "") for e in said))
    await router.reply(AGENCY, order, ReplyKind.RECEIVED)
    told = await router.intake.until(state="received")
    await until_parked(router, FLOOD)

    assert told.data["referral_id"] == order.data["referral_id"]


async def until_parked(router: Running, count: int) -> None:
    """Wait until so many replies have been set aside."""
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            async with router.service.database.reading() as tx:
                if (await parked.counted(tx)).get(ROUTER_REPLIES) == count:
                    return
            await asyncio.sleep(0.2)


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
