"""The connections to the broker are cut, or fall silent, while appeals flow."""

from typing import Final

from services.cli.local.proxy import Mode

OUTAGE: Final = "BrokerUnavailable"


async def test_connections_that_are_cut_lose_nothing(road_on, rabbit, proxy, judge):
    """Reset again and again: while all is well, while confirms are held up, and while nothing gets through."""
    async with road_on(rabbit, proxy=proxy) as road:
        async with road.posting.flowing():
            for mode in (Mode.PASS, Mode.BLACKHOLE_DOWN, Mode.BLACKHOLE_UP, Mode.BLACKHOLE, Mode.BLACKHOLE_DOWN):
                proxy.mode = mode
                await road.posting.accepts(5)
                if mode is not Mode.PASS:
                    await road.until(lambda books: any(one.leased for one in books.posted))
                proxy.reset()
                proxy.mode = Mode.PASS
                await road.posting.accepts(5)
            proxy.mode = Mode.REFUSE
            proxy.reset()
            await road.posting.accepts(10)
            proxy.mode = Mode.PASS
        books = await road.closed()

    judge.holds(books)
    assert any(one.claims > 1 for one in books.posted)
    assert not road.posting.refused


async def test_a_broker_that_falls_silent_is_heard_again(road_on, rabbit, proxy, judge):
    """Messages get there and their confirms do not: they are sent again, and the late confirms do no harm."""
    async with road_on(rabbit, proxy=proxy) as road:
        async with road.posting.flowing():
            await road.posting.accepts(5)
            proxy.mode = Mode.BLACKHOLE_DOWN
            await road.until(lambda books: any(one.error == OUTAGE and one.claims > 1 for one in books.posted))
            proxy.mode = Mode.PASS
            await road.posting.accepts(5)
        books = await road.closed()

    judge.holds(books)
    assert any(one.claims > 1 for one in books.posted)
