"""What is costly to count is kept for a while, and counted once for all who ask at the same time.

A page need not wait for it: a count goes on aside when it takes long, and until it is done an older answer serves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Final, Generic, TypeVar

import structlog

from services.chassis import clock

log = structlog.get_logger()

_Value = TypeVar("_Value")
_MOST: Final = 100
"""So many answers are kept at most: an address has many filters."""
_AT_ONCE: Final = 3
"""So many counts run at a time, whatever is asked for, unless they are others' work."""
LONG: Final = 20
"""What may take long is kept so many times as long as it took: counting is never more than a small part of the time."""
_OLDEST_SECONDS: Final = 900.0
"""An older answer than this serves nobody."""
PATIENCE: Final = 0.1
"""So many seconds a page waits for a count."""
_NOTICED_SECONDS: Final = 1.0
"""So long an answer may be behind a change; what would be kept no longer than this is counted anew."""


@dataclass(frozen=True)
class Answer(Generic[_Value]):
    """What was counted, and when."""

    value: _Value
    counted_at: datetime
    since: float
    took: float
    cost: float
    """Seconds that counting takes: the shorter of the last two times. None can be told from the first alone, which
    finds nothing warm, and a machine that stands still for a moment makes no count a costly one."""
    version: Hashable
    """Of what it was counted from."""
    is_renewed: bool = False
    """Whether a newer one is being counted."""

    def is_younger(self, seconds: float) -> bool:
        return monotonic() - self.since < seconds


@dataclass
class Counting(Generic[_Value]):
    """A count under way."""

    share: float = 0.0
    """How much of it is done."""
    task: "asyncio.Task[Answer[_Value]] | None" = None

    def tell(self, share: float) -> None:
        self.share = share


Count = Callable[[Callable[[float], None]], Awaitable[_Value]]
"""Counts, and tells on the way how much is done."""


class Kept(Generic[_Value]):
    """Answers by what was asked, kept for so many seconds, or for so many `times` as long as they took."""

    def __init__(self, seconds: float, *, times: int = 0, at_once: int = _AT_ONCE) -> None:
        self._seconds = seconds
        self._times = times
        self._kept: dict[Hashable, Answer[_Value]] = {}
        self._counting: dict[Hashable, Counting[_Value]] = {}
        self._turn = asyncio.Semaphore(at_once)

    async def get(self, asked: Hashable, count: Count[_Value]) -> _Value:
        """The answer, counted now unless it was a moment ago. Errors are kept for nobody."""
        return (await self.answer(asked, count)).value

    async def answer(self, asked: Hashable, count: Count[_Value], *, version: Hashable = None) -> Answer[_Value]:
        """The same, with when it was counted. `version`: of what it is counted from; another is counted sooner."""
        found = self._fresh(asked, version)
        while found is None:
            under_way = self._begun(asked, count, version)
            assert under_way.task is not None  # noqa: S101 - it has begun
            ended = await asyncio.shield(under_way.task)  # who leaves takes nothing from the others
            # a count that others began before the change is as good as one that had ended before it
            found = ended if ended.version == version else self._fresh(asked, version)
        return found

    async def soon(
        self, asked: Hashable, count: Count[_Value], *, patience: float, version: Hashable = None
    ) -> Answer[_Value] | Counting[_Value]:
        """The answer if it is there within so many seconds, else the one before, else how far the counting is."""
        waiting = asyncio.ensure_future(self.answer(asked, count, version=version))
        done, _ = await asyncio.wait({waiting}, timeout=patience)
        if done:
            return waiting.result()
        waiting.cancel()
        older = self._kept.get(asked)
        if older and older.is_younger(_OLDEST_SECONDS):
            return replace(older, is_renewed=True)
        return self._counting.get(asked, Counting())

    def _fresh(self, asked: Hashable, version: Hashable) -> Answer[_Value] | None:
        found = self._kept.get(asked)
        if found is None:
            return None
        long = self._times * found.cost
        if found.version == version:
            return found if found.is_younger(max(self._seconds, long)) else None
        return found if long > _NOTICED_SECONDS and found.is_younger(long) else None

    def _begun(self, asked: Hashable, count: Count[_Value], version: Hashable) -> Counting[_Value]:
        if asked not in self._counting:
            one = self._counting[asked] = Counting()
            one.task = asyncio.create_task(self._count(asked, count, one, version))
            one.task.add_done_callback(lambda task: self._ended(asked, task))
        return self._counting[asked]

    async def _count(
        self, asked: Hashable, count: Count[_Value], one: Counting[_Value], version: Hashable
    ) -> Answer[_Value]:
        async with self._turn:
            begun = monotonic()
            value = await count(one.tell)
            took = monotonic() - begun
        before = self._kept.get(asked)
        cost = min(took, before.took) if before else 0.0
        found = Answer(value, clock.now(), monotonic(), took, cost, version)
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[asked] = found
        return found

    def _ended(self, asked: Hashable, task: "asyncio.Task[Answer[_Value]]") -> None:
        del self._counting[asked]
        if not task.cancelled() and (error := task.exception()):
            log.warning("count.failed", error=type(error).__name__)
