"""Callers that come together share one transaction; a batch waits a few milliseconds, never longer for company."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from services.chassis.errors import DatabaseUnavailable, Refused

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_ITEMS: Final = 64
LINGER: Final = 0.004


Work = Callable[[Sequence[Item]], Awaitable[Sequence[Result | Refused]]]
"""Works items together; a `Refused` in the place of a result goes to the one caller it concerns."""


class Overloaded(Exception):
    """More callers wait than can be served in reasonable time; nothing was done for this one."""


class Batcher(Generic[Item, Result]):
    """Gathers items and hands them to `work` together; each caller gets its own result or its own error.

    When `work` fails for a batch of several, each item is tried alone, so one bad item costs only itself.
    """

    def __init__(self, work: Work[Item, Result], *, max_waiting: int = 1000) -> None:
        self._work = work
        self._waiting: asyncio.Queue[tuple[Item, asyncio.Future[Result]]] = asyncio.Queue()
        self._max_waiting = max_waiting

    async def submit(self, item: Item) -> Result:
        """Wait for `item` to be worked. Raises `Overloaded` before anything was done."""
        if self._waiting.qsize() >= self._max_waiting:
            raise Overloaded
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((item, future))
        return await future

    async def run(self, stopping: asyncio.Event) -> None:
        """Work batches until told to stop, and what has been submitted by then."""
        stop = asyncio.create_task(stopping.wait())
        try:
            while not (stopping.is_set() and self._waiting.empty()):
                first = asyncio.ensure_future(self._waiting.get())
                await asyncio.wait([first, stop] if not stopping.is_set() else [first], return_when="FIRST_COMPLETED")
                if not first.done():
                    first.cancel()
                    continue
                await self._work_batch(await self._gathered(first.result()))
        finally:
            stop.cancel()

    async def _gathered(self, first: tuple[Item, asyncio.Future[Result]]) -> list[tuple[Item, asyncio.Future[Result]]]:
        batch = [first]
        await asyncio.sleep(0 if self._waiting.empty() else LINGER)
        while len(batch) < MAX_ITEMS and not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        return batch

    async def _work_batch(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._work([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - judged per item below, or passed on to the only caller
            if len(batch) == 1:
                _fail(batch[0][1], error)
            else:
                await self._work_each(batch)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if isinstance(result, Refused):
                _fail(future, result)
            elif not future.done():
                future.set_result(result)

    async def _work_each(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        """One by one, until the database is away: it is so for all who are left, and nobody waits for each try."""
        for place, one in enumerate(batch):
            await self._work_batch([one])
            if isinstance(error := _error_of(one[1]), DatabaseUnavailable):
                for _, future in batch[place + 1 :]:
                    _fail(future, error)
                return


def _error_of(future: "asyncio.Future[Result]") -> BaseException | None:
    return future.exception() if future.done() and not future.cancelled() else None


def _fail(future: "asyncio.Future[Result]", error: Exception) -> None:
    if not future.done():  # the caller may have gone away
        future.set_exception(error)
        if isinstance(error, Refused):
            future.exception()  # retrieved: a refusal is no unhandled error
