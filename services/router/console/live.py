"""The live channel: it says that something has changed, and never what. The page then asks for itself again.

One look at the database serves all who listen, however many; without listeners there is none. A change is seen by the
newest numbers of what only grows, and by how many they are: what was said, what happened to referrals, what operators
did. So it does not matter which replica made it. Whose session ends is told nothing more, and let go.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog
from fastapi import Request
from sqlalchemy import func, select

from services.chassis import clock, parked
from services.chassis.database import Database, Transaction
from services.chassis.errors import DatabaseUnavailable
from services.chassis.outbox import outbox
from services.router import operators
from services.router.tables import referral_event, trail

log = structlog.get_logger()

EVERY_SECONDS: Final = 0.5
TOLD: Final = "x-version"
"""The header in which a page says of which version it was told."""
_VERSION: Final = re.compile("[0-9a-f]{16}")
_WINDOW: Final = 5_000
"""So many numbers back it is looked for a row that was written after one with a higher number."""


class Live:
    """Tells listeners of changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[asyncio.Queue[str | None], str] = {}
        self._someone = asyncio.Event()
        self._version = ""
        self._ended = False

    def known_to(self, request: Request) -> str:
        """The version that a page was told of, by whichever replica, or else the one that was seen here."""
        told = request.headers.get(TOLD, "")
        return told if _VERSION.fullmatch(told) else self._version

    async def changes(self, known: str | None, *, session: str) -> AsyncIterator[dict[str, Any]]:
        """The version now, when it is not the one `known`, and each new one while this session is good."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(maxsize=1)
        self._listeners[queue] = session
        self._someone.set()
        try:
            if self._version and self._version != known:
                yield _told(self._version)
            while not self._ended and (version := await queue.get()) is not None:
                yield _told(version)
        finally:
            del self._listeners[queue]
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
        listeners = dict(self._listeners)
        try:
            async with self._database.reading() as tx:
                version = await _now(tx)
                good = await operators.good_sessions(tx, set(listeners.values()), at=clock.now())
        except DatabaseUnavailable as error:
            log.warning("live.skipped", because=str(error))
            return
        if version != self._version:
            self._version = version
            self._tell(version)
        for queue, session in listeners.items():
            if session not in good:
                _put(queue, None)

    def _tell(self, version: str | None) -> None:
        for queue in self._listeners:
            _put(queue, version)


def _put(queue: asyncio.Queue[str | None], version: str | None) -> None:
    if queue.full():
        queue.get_nowait()  # whoever is slow needs only the newest
    queue.put_nowait(version)


async def _now(tx: Transaction) -> str:
    grown = []
    for column in _GROWING:
        newest = select(func.max(column)).scalar_subquery()
        # a transaction may end after one that has a higher number: that it did tells only the count
        recent = select(func.max(column), func.count(column)).where(column > newest - _WINDOW)
        grown.append(tuple((await tx.execute(recent)).one()))
    waiting = sorted((await parked.counted(tx)).items())
    return hashlib.sha256(repr((grown, waiting)).encode()).hexdigest()[:16]


_GROWING: Final = (outbox.c.seq, referral_event.c.seq, trail.c.number)


def _told(version: str) -> dict[str, Any]:
    return {"event": "changed", "id": version, "data": version}
