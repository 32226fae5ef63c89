"""The live channel: it says that something has changed, and never what. The page then asks for itself again.

One look at the database serves all who listen, however many; without listeners there is none. A change is seen by the
newest numbers of what only grows: what was said, what happened to referrals, what operators did. So it does not matter
which replica made it.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog
from sqlalchemy import func, select

from services.chassis import parked
from services.chassis.database import Database
from services.chassis.errors import DatabaseUnavailable
from services.chassis.outbox import outbox
from services.router.tables import referral_event, trail

log = structlog.get_logger()

EVERY_SECONDS: Final = 0.5


class Live:
    """Tells listeners of changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._someone = asyncio.Event()
        self._version = ""
        self._ended = False

    async def changes(self, known: str | None) -> AsyncIterator[dict[str, Any]]:
        """The version now, when it is not the one `known`, and each new one after it."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(maxsize=1)
        self._listeners.add(queue)
        self._someone.set()
        try:
            if self._version and self._version != known:
                yield _told(self._version)
            while not self._ended and (version := await queue.get()) is not None:
                yield _told(version)
        finally:
            self._listeners.discard(queue)
            if not self._listeners:
                self._someone.clear()

    async def run(self, stopping: asyncio.Event) -> None:
        """Look for changes while somebody listens, until the service stops; then let all listeners go."""
        stop = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                wake = asyncio.create_task(self._someone.wait())
                await asyncio.wait({stop, wake}, return_when=asyncio.FIRST_COMPLETED)
                wake.cancel()
                if not stopping.is_set():
                    await self._look()
                    await asyncio.wait({stop}, timeout=EVERY_SECONDS)
        finally:
            stop.cancel()
            self._ended = True
            self._tell(None)

    async def _look(self) -> None:
        try:
            version = await self._now()
        except DatabaseUnavailable as error:
            log.warning("live.skipped", because=str(error))
            return
        if version == self._version:
            return
        self._version = version
        self._tell(version)

    def _tell(self, version: str | None) -> None:
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()  # whoever is slow needs only the newest
            queue.put_nowait(version)

    async def _now(self) -> str:
        newest = (select(func.max(column)).scalar_subquery() for column in _GROWING)
        async with self._database.reading() as tx:
            grown = tuple((await tx.execute(select(*newest))).one())
            waiting = sorted((await parked.counted(tx)).items())
        return hashlib.sha256(repr((grown, waiting)).encode()).hexdigest()[:16]


_GROWING: Final = (outbox.c.seq, referral_event.c.seq, trail.c.number)


def _told(version: str) -> dict[str, Any]:
    return {"event": "changed", "id": version, "data": version}
