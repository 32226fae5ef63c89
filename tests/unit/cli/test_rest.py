"""When the demo stops waiting."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.cli.local.rest import LOOK_SECONDS, STILL_SECONDS, Snapshot, come_to_rest

QUIET = Snapshot(
    registered=3, heard=3, decided=3, referrals=2, open_referrals=0, notices=9, notices_under_way=0, waiting=0, away=()
)


class Clock:
    """Stands still but for sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def waited(snapshots: Iterator[Snapshot | None], *, settled: bool = True) -> tuple[bool, float]:
    clock = Clock()

    async def look() -> Snapshot | None:
        return next(snapshots)

    rest = await come_to_rest(look, settled=lambda: settled, seen=lambda _: None, clock=clock, sleep=clock.sleep)
    return rest, clock.now


def for_ever(snapshot: Snapshot | None) -> Iterator[Snapshot | None]:
    while True:
        yield snapshot


@pytest.mark.parametrize(
    "change",
    [
        {"heard": 2},
        {"decided": 2},
        {"open_referrals": 1},
        {"notices_under_way": 1},
        {"waiting": 1},
    ],
)
def test_anything_under_way_is_not_quiet(change) -> None:
    """Each step of the road keeps the demo waiting."""
    assert QUIET.quiet
    assert not replace(QUIET, **change).quiet


async def test_quiet_services_and_settled_books_are_rest() -> None:
    """At once."""
    assert await waited(for_ever(QUIET)) == (True, 0.0)


async def test_books_that_never_settle_end_the_wait() -> None:
    """Something is lost: the demo says so instead of hanging."""
    rest, seconds = await waited(for_ever(QUIET), settled=False)

    assert not rest
    assert STILL_SECONDS < seconds < STILL_SECONDS + 5


async def test_whatever_moves_is_waited_for() -> None:
    """The patience begins anew with each change."""
    moving = (replace(QUIET, waiting=200 - n // 100) for n in range(20_000))

    assert await waited(iter([*moving, QUIET])) == (True, 20_000 * LOOK_SECONDS)


@pytest.mark.parametrize("outage", [replace(QUIET, waiting=5, away=("router: broker",)), None])
async def test_outage_is_waited_for_much_longer(outage) -> None:
    """A minute without a broker, or without an answer, costs only time."""
    rest, seconds = await waited(iter([outage] * 1200 + [QUIET]))

    assert (rest, seconds) == (True, 1200 * LOOK_SECONDS)
