"""What is costly to count is kept for a few seconds."""

import asyncio

import pytest

from services.router.console.kept import Kept


class Counting:
    """Counts how often it was asked."""

    def __init__(self, fails: int = 0) -> None:
        self.times = 0
        self.fails = fails

    async def __call__(self) -> int:
        self.times += 1
        await asyncio.sleep(0)
        if self.times <= self.fails:
            raise ConnectionError
        return self.times


async def test_all_who_ask_at_once_have_one_answer() -> None:
    """It is counted once; for another question again."""
    kept, counting = Kept[int](60), Counting()
    found = await asyncio.gather(*(kept.get("a", counting) for _ in range(5)))

    assert found == [1] * 5
    assert await kept.get("b", counting) == 2


async def test_an_answer_grows_old() -> None:
    """Then it is counted anew."""
    kept, counting = Kept[int](0), Counting()
    await kept.get("a", counting)

    assert await kept.get("a", counting) == 2


async def test_an_error_is_nobody_elses() -> None:
    """Whoever asks next asks anew."""
    kept, counting = Kept[int](60), Counting(fails=1)
    with pytest.raises(ConnectionError):
        await kept.get("a", counting)

    assert await kept.get("a", counting) == 2
