"""What is costly to count is kept for a few seconds, and counted once for all who ask at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Final, Generic, TypeVar

_Value = TypeVar("_Value")
_MOST: Final = 100
"""So many answers are kept at most: an address has many filters."""


class Kept(Generic[_Value]):
    """Answers by what was asked."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[Hashable, tuple[float, _Value]] = {}
        self._asking: dict[Hashable, asyncio.Lock] = {}

    async def get(self, asked: Hashable, count: Callable[[], Awaitable[_Value]]) -> _Value:
        """The answer, counted now unless it was a moment ago. Errors are kept for nobody."""
        lock = self._asking.setdefault(asked, asyncio.Lock())
        try:
            async with lock:
                found = self._kept.get(asked)
                if found and monotonic() - found[0] < self._seconds:
                    return found[1]
                value = await count()
                if len(self._kept) >= _MOST:
                    self._kept.clear()
                self._kept[asked] = (monotonic(), value)
                return value
        finally:
            if not lock.locked():
                self._asking.pop(asked, None)
