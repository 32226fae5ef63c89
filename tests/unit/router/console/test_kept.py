"""What is costly to count is kept for a while, and counted aside where nobody should wait for it."""

import asyncio
from collections.abc import Callable

import pytest

from services.router.console.kept import Answer, Counting, Kept

SOON = 5.0


class Counter:
    """Counts how often it was asked; slow, it waits until it is let go."""

    def __init__(self, fails: int = 0, *, is_slow: bool = False) -> None:
        self.times = 0
        self.fails = fails
        self.go_on = asyncio.Event()
        if not is_slow:
            self.go_on.set()

    async def __call__(self, tell: Callable[[float], None]) -> int:
        self.times += 1
        tell(0.5)
        await asyncio.wait_for(self.go_on.wait(), SOON)
        if self.times <= self.fails:
            raise ConnectionError
        return self.times


async def test_all_who_ask_at_once_have_one_answer() -> None:
    """It is counted once; for another question again."""
    kept, counter = Kept[int](60), Counter()
    found = await asyncio.gather(*(kept.get("a", counter) for _ in range(5)))

    assert found == [1] * 5
    assert await kept.get("b", counter) == 2


async def test_an_answer_grows_old() -> None:
    """Then it is counted anew."""
    kept, counter = Kept[int](0), Counter()
    await kept.get("a", counter)

    assert await kept.get("a", counter) == 2


async def test_what_took_long_is_kept_the_longer() -> None:
    """So counting is never more than a part of the time."""
    kept, counter = Kept[int](0, times=1_000_000), Counter()
    await kept.get("a", counter)
    await kept.get("a", counter)

    assert await kept.get("a", counter) == 2


async def test_what_is_quickly_counted_is_counted_anew_after_a_change() -> None:
    """A page that was told of a change must not be shown the world before it."""
    kept, counter = Kept[int](60, times=20), Counter()
    before = await kept.answer("a", counter, version=1)

    assert await kept.answer("a", counter, version=1) is before
    assert (await kept.answer("a", counter, version=2)).value == 2


async def test_what_took_long_is_kept_over_changes() -> None:
    """On a busy day something changes all the time."""
    kept, counter = Kept[int](0, times=1_000_000), Counter()
    await kept.get("a", counter)
    before = await kept.answer("a", counter, version=1)

    assert await kept.answer("a", counter, version=2) is before


async def test_a_count_is_not_costly_for_one_slow_time() -> None:
    """The first finds nothing warm, and a machine may stand still for a moment: a change is counted all the same."""
    kept, counter = Kept[int](60, times=20), Counter(is_slow=True)
    slow = asyncio.create_task(kept.answer("a", counter, version=1))
    await asyncio.sleep(0.1)
    counter.go_on.set()
    assert (await slow).took > 0.05

    assert (await kept.answer("a", counter, version=2)).value == 2
    assert (await kept.answer("a", counter, version=3)).value == 3


async def test_a_count_from_before_a_change_is_not_shown_after_it() -> None:
    """Though it is still under way when the change is told: whoever was told has it counted anew."""
    kept, counter = Kept[int](60, times=20), Counter(is_slow=True)
    before = asyncio.create_task(kept.answer("a", counter, version=1))
    await asyncio.sleep(0)
    after = asyncio.create_task(kept.answer("a", counter, version=2))
    await asyncio.sleep(0)
    counter.go_on.set()

    assert ((await before).value, (await after).value) == (1, 2)


async def test_an_error_is_nobody_elses() -> None:
    """Whoever asks next asks anew."""
    kept, counter = Kept[int](60), Counter(fails=1)
    with pytest.raises(ConnectionError):
        await kept.get("a", counter)

    assert await kept.get("a", counter) == 2


async def test_nobody_waits_for_what_takes_long() -> None:
    """A page is told how far it is; the count goes on without it, once, and then the answer is there."""
    kept, counter = Kept[int](60), Counter(is_slow=True)
    first = await kept.soon("a", counter, patience=0.01)
    second = await kept.soon("a", counter, patience=0.01)

    assert isinstance(first, Counting)
    assert first is second
    assert first.share == 0.5
    counter.go_on.set()
    found = await kept.soon("a", counter, patience=SOON)
    assert isinstance(found, Answer)
    assert (found.value, counter.times) == (1, 1)


async def test_an_older_answer_serves_until_the_newer_is_there() -> None:
    """It is counted again all the same."""
    kept, counter = Kept[int](0), Counter()
    await kept.get("a", counter)
    counter.go_on.clear()
    older = await kept.soon("a", counter, patience=0.01)

    assert isinstance(older, Answer)
    assert (older.value, older.is_renewed, counter.times) == (1, True, 2)
    counter.go_on.set()
    assert await kept.get("a", counter) == 2


async def test_who_leaves_takes_the_answer_from_nobody() -> None:
    """A closed tab ends no count that others wait for."""
    kept, counter = Kept[int](60), Counter(is_slow=True)
    leaving = asyncio.create_task(kept.get("a", counter))
    staying = asyncio.create_task(kept.get("a", counter))
    await asyncio.sleep(0)
    leaving.cancel()
    counter.go_on.set()

    assert await staying == 1
