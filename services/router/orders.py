"""Orders that lie ready: what agencies without a queue fetch over HTTP, and acknowledge.

What is not acknowledged is shown again, so nothing is lost by a crash after a fetch. An order that becomes visible
late, because its transaction was longer, may stand before one that has been seen: to ask without a cursor finds it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Database
from services.router import order_store

LOOK_SECONDS: Final = 0.5
"""So often a waiting request looks again."""
WAITING: Final = 3
"""So many requests of one agency may wait at a time; another one is answered at once."""


@dataclass(frozen=True)
class Orders:
    """What lies ready for each agency. At `stopping`, nobody is kept waiting."""

    database: Database
    stopping: asyncio.Event
    _waiting: Counter[str] = field(default_factory=Counter)

    async def ready(self, agency: str, *, after: int, limit: int, seconds: float) -> Sequence[Row[Any]]:
        """Orders behind the one of number `after`, the oldest first. If there is none, wait up to `seconds` for one."""
        if self._waiting[agency] >= WAITING:
            seconds = 0
        self._waiting[agency] += 1
        try:
            return await self._when_ready(agency, after, limit, time.monotonic() + seconds)
        finally:
            self._waiting[agency] -= 1

    async def _when_ready(self, agency: str, after: int, limit: int, until: float) -> Sequence[Row[Any]]:
        while True:
            async with self.database.reading() as tx:
                found = await order_store.ready(tx, agency, after=after, limit=limit)
            left = until - time.monotonic()
            if found or left <= 0 or self.stopping.is_set():
                return found
            try:
                await asyncio.wait_for(self.stopping.wait(), min(LOOK_SECONDS, left))
            except TimeoutError:
                continue

    async def acknowledge(self, agency: str, ids: Collection[UUID], *, at: datetime) -> int:
        """Take it that the agency has these; ids that are not its own, or were acknowledged before, change nothing."""
        async with self.database.transaction() as tx:
            return await order_store.acknowledge(tx, agency, ids, at=at)
