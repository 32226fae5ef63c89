"""Services are restarted one after the other while appeals flow, as at a deploy."""

from signal import SIGTERM


async def test_a_rolling_restart_is_noticed_by_nobody(road_on, rabbit, judge):
    """At SIGTERM a service finishes what it has in hand: nothing is sent again, in doubt, or refused."""
    async with road_on(rabbit) as road:
        for name, service in road.services.items():
            async with road.posting.flowing(pause=0.0 if name == "intake" else 0.3):
                await road.posting.accepts(20)
                service.process.send(SIGTERM)
                await road.died({name: 1})
        books = await road.closed()

    judge.holds(books)
    assert all(service.deaths == [0] for service in road.services.values())
    assert {one.claims for one in books.posted} == {1}
    assert len(books.deliveries) == len({one.message_id for one in books.deliveries})
    assert {one.state for one in books.notifications} == {"sent", "delivered"}
    assert not road.posting.refused
