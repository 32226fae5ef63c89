"""An agency's system is broken: its queue is gone, or its consumer refuses what comes."""

from typing import Final

from services.cli import topology as applied
from services.contracts.topology import agency_queue, topology
from tests.e2e.faults.appeals import AGENCIES
from tests.e2e.faults.broker import delete_queue

ISSUED: Final = "referral.issued.v1"
BROKEN: Final = "education"


async def test_an_unroutable_referral_waits_and_nobody_is_told_that_it_went(road_on, rabbit, judge):
    """Without its queue a referral stays in the outbox and says why; once the queue is there, it leaves."""

    def stuck(books):
        return [one for one in books.posted if one.type == ISSUED and one.error == "Unroutable"]

    async with road_on(rabbit) as road:
        async with road.posting.flowing():
            await road.posting.accepts(5)
            await road.agencies[BROKEN].leave()
            await delete_queue(road.amqp_url, agency_queue(BROKEN))
            meanwhile = await road.until(lambda books: len(stuck(books)) > 2)
            refused = (await road.asked("router", "GET", "/v1/outbox"))["refused"]
            await applied.declare(road.amqp_url, topology(AGENCIES))
            road.agencies[BROKEN].come()
            await road.posting.accepts(5)
        books = await road.closed()

    judge.holds(books)
    waiting = {one.appeal_id for one in stuck(meanwhile)}
    assert {meanwhile.appeals[appeal_id].status for appeal_id in waiting} == {"registered"}
    assert not [one for one in meanwhile.posted if one.appeal_id in waiting and one.data.get("notice") == "referred"]
    assert {(one["last_error"], one["routing_key"]) for one in refused} == {("Unroutable", f"{ISSUED}.{BROKEN}")}
    assert {books.appeals[appeal_id].status for appeal_id in waiting} <= {"answered", "in_review"}


async def test_a_refused_referral_waits_for_an_operator(road_on, rabbit, judge):
    """What an agency's consumer refuses comes back as undeliverable, and a person is asked, once for each."""
    async with road_on(rabbit) as road:
        road.agencies[BROKEN].refuses = True
        async with road.posting.flowing():
            await road.until(lambda books: sum(one.refused for one in books.deliveries) > 2)
        books = await road.closed()

    judge.holds(books)
    refused = {one.appeal_id for one in books.deliveries if one.refused}
    asked = {one.appeal_id for one in books.tasks if one.question == "undeliverable"}
    assert refused == asked == {one.appeal_id for one in books.referrals.values() if one.state == "undeliverable"}
