"""The agency first, then intake (docs/adr/0009), over a real broker, on both databases."""

import asyncio

from services.contracts.topology import agency_queue
from tests.integration.router.parts import KINDERGARTEN, LAND, PATIENCE, Running


async def refused_by_the_broker(router: Running) -> list[dict]:
    """What the broker did not take, once there is something."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if refused := (await router.got("/v1/outbox"))["refused"]:
                return refused
            await asyncio.sleep(0.05)


async def test_intake_hears_of_a_referral_only_when_the_agency_has_it(router):
    """Without the agency's queue nobody is told that the appeal was referred; other appeals go on."""
    await router.channel.queue_delete(agency_queue("education"))
    stuck = await router.register(KINDERGARTEN)
    await router.register(LAND)

    told = await router.intake.next()
    refused = await refused_by_the_broker(router)

    assert told.data["agency"] == "land-relations"
    assert [(row["routing_key"], row["last_error"]) for row in refused] == [
        ("referral.issued.v1.education", "Unroutable")
    ]
    assert router.intake.silent
    assert (await router.got(f"/v1/appeals/{stuck}"))["outcome"] == "referred"
