"""Each service is killed at its most delicate moments while appeals flow, and nothing is lost or doubled by it."""

import pytest

AROUND_THE_COMMIT = {
    "intake": ("intake.before_commit=kill9@3", "intake.after_commit=kill9@3", "consumer.before_commit=kill9@2"),
    "router": ("consumer.before_commit=kill9@2", "consumer.after_commit=kill9@3", "relay.after_confirm=kill9@2"),
    "notifier": ("consumer.before_commit=kill9@2", "consumer.after_commit=kill9@2", "notifier.before_send=kill9@5"),
}
AROUND_THE_BROKER = {
    "intake": ("relay.after_claim=kill9@3", "relay.after_confirm=kill9@3", "consumer.after_commit=kill9@2"),
    "router": ("relay.after_claim=kill9@2", "consumer.after_receive=kill9@3", "consumer.after_ack=kill9@2"),
    "notifier": ("notifier.after_claim=kill9@3", "notifier.after_send=kill9@5", "consumer.after_ack=kill9@2"),
}


@pytest.mark.parametrize("lives", [AROUND_THE_COMMIT, AROUND_THE_BROKER], ids=["commit", "broker"])
async def test_each_service_killed_three_times_loses_nothing(road_on, rabbit, judge, lives):
    """Whatever the moment, what was accepted is found in one place, and everybody was told once."""
    await killed(road_on(rabbit, lives=lives), lives, judge)


async def test_on_postgresql_it_is_the_same(road_on, rabbit, postgresql_databases, judge):
    """The same moments around the commit, on the other database."""
    await killed(road_on(rabbit, lives=AROUND_THE_COMMIT, on=postgresql_databases), AROUND_THE_COMMIT, judge)


async def killed(put_up, lives, judge):
    """Post until every service has lived all of its lives, and a little longer."""
    async with put_up as road:
        async with road.posting.flowing():
            await road.died({name: len(of) for name, of in lives.items()})
            await road.posting.accepts(10)
        books = await road.closed()

    judge.holds(books)
    assert all(service.deaths == [-9, -9, -9] for service in road.services.values())
