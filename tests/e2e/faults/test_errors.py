"""Services stumble without dying: they fail at, and stand still in, the places where it hurts most."""

from typing import Final

STUMBLING: Final = {
    "intake": {
        "JOLDAU_FAILPOINTS": "intake.before_commit=error@3,consumer.before_commit=stall:3@2,"
        "consumer.after_commit=error@4,relay.after_confirm=error@3"
    },
    "router": {
        "JOLDAU_FAILPOINTS": "consumer.after_receive=error@3,consumer.before_commit=error@4,"
        "consumer.after_commit=stall:3@5,relay.after_claim=error@3"
    },
    "notifier": {
        "JOLDAU_FAILPOINTS": "consumer.after_commit=error@2,notifier.after_claim=error@3,"
        "notifier.before_send=error@9,notifier.after_send=stall:3@12",
        "JOLDAU_NOTIFIER_SMTP_TIMEOUT_SECONDS": "5",
    },
}
"""An error where no error is foreseen stands for a bug of ours: its worker is begun anew, and the leases run out."""


async def test_services_that_stumble_catch_themselves(road_on, rabbit, judge):
    """No process dies: workers begin anew, what they had in hand comes again, and leases end by themselves."""
    async with road_on(rabbit, more=STUMBLING) as road:
        async with road.posting.flowing():
            await road.posting.accepts(40)
        books = await road.closed()

    judge.holds(books)
    assert set(road.posting.refused) <= {500}
    assert not any(service.deaths for service in road.services.values())
    assert {one.claims for one in books.posted} > {1}
