"""Callers that come together share one batch, and one caller's fault is that caller's alone."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from services.chassis.batching import Batcher, Overloaded
from services.chassis.errors import Conflict, DatabaseUnavailable


@asynccontextmanager
async def running(work, **options):
    batcher = Batcher(work, **options)
    stopping = asyncio.Event()
    task = asyncio.create_task(batcher.run(stopping))
    yield batcher
    stopping.set()
    await asyncio.wait_for(task, 5)


async def test_callers_that_come_together_share_a_batch():
    """One transaction for many."""
    sizes = []

    async def work(items):
        sizes.append(len(items))
        return [item * 2 for item in items]

    async with running(work) as batcher:
        results = await asyncio.gather(*(batcher.submit(n) for n in range(100)))

    assert results == [n * 2 for n in range(100)]
    assert len(sizes) <= 3


async def test_a_failing_batch_is_worked_one_by_one():
    """The bad item's caller gets the error, the others their results."""

    async def work(items):
        if 3 in items:
            raise ValueError("three")
        return items

    async with running(work) as batcher:
        results = await asyncio.gather(*(batcher.submit(n) for n in range(6)), return_exceptions=True)

    assert results[:3] + results[4:] == [0, 1, 2, 4, 5]
    assert isinstance(results[3], ValueError)


async def test_nobody_waits_for_others_tries_at_a_database_that_is_away():
    """Each would take seconds: the second says so for all."""
    sizes = []

    async def work(items):
        sizes.append(len(items))
        raise DatabaseUnavailable("away")

    async with running(work) as batcher:
        results = await asyncio.gather(*(batcher.submit(n) for n in range(20)), return_exceptions=True)

    assert {type(result) for result in results} == {DatabaseUnavailable}
    assert sizes == [20, 1]


async def test_a_refusal_goes_to_its_caller_without_a_second_try():
    """A known no is a result, not a failure of the batch."""
    calls = []

    async def work(items):
        calls.append(items)
        return [Conflict("appeal_finished") if item == 1 else item for item in items]

    async with running(work) as batcher:
        results = await asyncio.gather(*(batcher.submit(n) for n in range(3)), return_exceptions=True)

    assert isinstance(results[1], Conflict)
    assert (results[0], results[2]) == (0, 2)
    assert sum(map(len, calls)) == 3


async def test_too_many_waiting_are_refused_before_anything_is_done():
    """Shedding load is honest only before the commit."""
    batcher = Batcher(lambda items: items, max_waiting=2)
    waiting = [asyncio.create_task(batcher.submit(n)) for n in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(Overloaded):
        await batcher.submit(3)
    for task in waiting:
        task.cancel()


async def test_what_was_submitted_before_a_stop_is_still_worked():
    """SIGTERM drains."""

    async def work(items):
        return items

    batcher = Batcher(work)
    stopping = asyncio.Event()
    submitted = asyncio.create_task(batcher.submit("last"))
    await asyncio.sleep(0)
    stopping.set()
    await asyncio.wait_for(batcher.run(stopping), 5)

    assert await submitted == "last"
