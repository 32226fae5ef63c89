"""The broker dies, or is stopped, while appeals flow: that costs nothing but time."""

import pytest


@pytest.mark.parametrize("fault", ["kill9", "stop"])
async def test_a_broker_that_is_away_costs_nothing_but_time(road_on, breakable_rabbit, judge, fault):
    """Intake accepts all the while and says so; what waits in the outboxes goes on its way when the broker is back."""
    async with road_on(breakable_rabbit) as road:
        async with road.posting.flowing():
            await road.posting.accepts(15)
            await getattr(breakable_rabbit, fault)()
            await road.posting.accepts(15)
            ready = {name: (await road.api.get(road.stage.ready_url(name))).status_code for name in road.services}
            await breakable_rabbit.start()
            await road.posting.accepts(10)
        books = await road.closed()

    judge.holds(books)
    assert not road.posting.refused
    assert ready == {"intake": 200, "router": 503, "notifier": 503}
    assert not any(service.deaths for service in road.services.values())
