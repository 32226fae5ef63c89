"""Everything that is said is delivered again, and changes nothing."""

from services.contracts.topology import REQUEUE, ROUTER_UNDELIVERED
from tests.e2e.faults.broker import Letter, publish, published


async def copies(road, *, refusing):
    """A copy of everything that was published so far, and of what came back from an agency."""
    letters = [letter for database in road.databases.values() for letter in await published(database)]
    returned = {one.message_id for one in road.agencies[refusing].deliveries if one.refused}
    return letters + [
        Letter(REQUEUE, ROUTER_UNDELIVERED, letter.body, letter.message_id, letter.type)
        for letter in letters
        if letter.message_id in returned
    ]


async def test_what_is_delivered_twice_happens_once(road_on, rabbit, judge):
    """Copies of all messages arrive while their originals still do, agencies repeat themselves, one of them refuses."""
    async with road_on(rabbit) as road:
        for agency in road.agencies.values():
            agency.repeats = True
        road.agencies["land-relations"].refuses = True
        async with road.posting.flowing():
            for _ in range(3):
                await road.posting.accepts(8)
                await publish(road.amqp_url, await copies(road, refusing="land-relations"))
        await road.until(lambda books: any(one.question == "undeliverable" for one in books.tasks))
        await publish(road.amqp_url, await copies(road, refusing="land-relations"))
        books = await road.closed()

    judge.holds(books)
    assert len(books.deliveries) > len({one.message_id for one in books.deliveries})
