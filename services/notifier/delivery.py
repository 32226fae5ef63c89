"""Claim, call, record: notifications leave for their receivers, each destination in a lane of its own.

A destination that hangs fills its own lane and holds up nobody else.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Gauge

from services.chassis.database import Database
from services.chassis.errors import DatabaseUnavailable
from services.notifier import claims, recording, store
from services.notifier.claims import Destination
from services.notifier.lane import Lane
from services.notifier.notification import CLAIMABLE, Channel, State
from services.notifier.speakers import Speaker

log = structlog.get_logger()

OPEN: Final = Gauge("joldau_notifications_open", "Notifications that are not settled", ["channel", "state"])
OPEN_STATES: Final = CLAIMABLE | {State.SENDING}

POLL: Final = timedelta(seconds=1)

Clock = Callable[[], datetime]


class Delivery:
    """Opens a lane for each destination with something due."""

    def __init__(self, database: Database, speakers: Mapping[Channel, Speaker], *, now: Clock) -> None:
        self._database = database
        self._speakers = speakers
        self._schedules = {channel: speaker.terms.schedule for channel, speaker in speakers.items()}
        self._now = now
        self._lanes: dict[Destination, Lane] = {}
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something has become due: do not wait for the next poll."""
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until told to stop; what is under way then is finished and recorded."""
        stop = asyncio.create_task(stopping.wait())
        try:
            async with asyncio.TaskGroup() as lanes:
                while not stopping.is_set():
                    self._woken.clear()
                    for destination in await self._due():
                        self._open(destination, lanes, stopping)
                    if not await self._roused(stop) and not self._lanes:
                        await self._rest()
        finally:
            stop.cancel()
            await self._rest()

    async def recover(self) -> None:
        """Conclude what a crash has cut off. For a timer."""
        async with self._database.transaction() as tx:
            recovered = await recording.recover(tx, self._schedules, at=self._now())
        if recovered:
            log.warning("attempts.recovered", attempts=recovered)

    async def measure(self) -> None:
        """Set the gauges. For a timer."""
        async with self._database.reading() as tx:
            counts = await store.counted(tx, OPEN_STATES)
        for channel in self._speakers:
            for state in OPEN_STATES:
                OPEN.labels(channel, state).set(counts.get(channel, {}).get(state, 0))

    async def _due(self) -> list[Destination]:
        try:
            async with self._database.reading() as tx:
                return await claims.due(tx, at=self._now())
        except DatabaseUnavailable as error:
            log.warning("delivery.paused", because=str(error))
            return []

    def _open(self, destination: Destination, lanes: asyncio.TaskGroup, stopping: asyncio.Event) -> None:
        lane = self._lanes.get(destination)
        if lane is None:
            speaker = self._speakers[destination.channel]
            lane = self._lanes[destination] = Lane(destination, speaker, database=self._database, now=self._now)
            lanes.create_task(self._walked(lane, stopping))
        lane.more.set()

    async def _walked(self, lane: Lane, stopping: asyncio.Event) -> None:
        try:
            await lane.run(stopping)
        except Exception:
            # a bug: its attempts are recovered when their leases end, and the other lanes go on
            log.exception("lane.failed", channel=lane.destination.channel)
        finally:
            del self._lanes[lane.destination]

    async def _roused(self, stop: "asyncio.Task[bool]") -> bool:
        """Wait for a wake or the stop. False when the poll's time came first."""
        wake = asyncio.ensure_future(self._woken.wait())
        done, _ = await asyncio.wait([wake, stop], timeout=POLL.total_seconds(), return_when="FIRST_COMPLETED")
        wake.cancel()
        return bool(done)

    async def _rest(self) -> None:
        for speaker in self._speakers.values():
            await speaker.rest()
