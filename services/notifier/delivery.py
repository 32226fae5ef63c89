"""Claim, call, record: notifications leave for their receivers, each destination in a lane of its own.

A destination that hangs fills its own lane and holds up nobody else.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from prometheus_client import Gauge

from services.chassis.database import Database
from services.notifier import claims, health, store
from services.notifier.care import Care
from services.notifier.claims import Destination
from services.notifier.lane import Lane
from services.notifier.notification import CLAIMABLE, Channel, Schedule, State
from services.notifier.providers import FIRST_PAUSE, TEST, Routes
from services.notifier.recording import Recorder
from services.notifier.settling import Settling
from services.notifier.speakers import Speaker

log = structlog.get_logger()

OPEN: Final = Gauge("joldau_notifications_open", "Notifications that are not settled", ["channel", "state"])
ON_DESK: Final = Gauge("joldau_notifications_on_desk", "Notifications that wait for a person", ["channel", "why"])
OPEN_STATES: Final = CLAIMABLE | {State.SENDING}

Clock = Callable[[], datetime]


class Delivery:
    """Opens a lane for each destination with something due."""

    def __init__(
        self,
        database: Database,
        speakers: Mapping[Channel, Speaker],
        *,
        routes: Routes,
        simulator: Speaker,
        new_id: Callable[[], UUID],
        now: Clock,
        first_pause: timedelta = FIRST_PAUSE,
    ) -> None:
        """`speakers` speak to what `routes` names; `simulator` in place of all where nothing may leave."""
        self._database = database
        self._speakers = speakers
        self._simulator = simulator
        self.settling = Settling(routes, new_id, self.wake)
        self.recorder = Recorder(self._schedule, self.settling)
        self._care = Care(self.recorder, first_pause)
        self._now = now
        self._lanes: dict[Destination, Lane] = {}
        self._named: set[Destination] = set()
        self._woken = asyncio.Event()

    def wake(self, destinations: Iterable[Destination]) -> None:
        """Something has become due there: do not wait for the next poll."""
        self._named.update(destinations)
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until told to stop; what is under way then is finished and recorded."""
        stop = asyncio.create_task(stopping.wait())
        async with asyncio.TaskGroup() as lanes:
            while not stopping.is_set():
                self._woken.clear()
                named, self._named = self._named, set()
                for destination in named:
                    self._open(destination, lanes, stopping)
                woken = asyncio.ensure_future(self._woken.wait())
                await asyncio.wait([woken, stop], return_when=asyncio.FIRST_COMPLETED)
                woken.cancel()
        await self._rest()

    async def poll(self) -> None:
        """Find what has become due meanwhile: retries, and what another process has queued. For a timer."""
        async with self._database.reading() as tx:
            due = await claims.due(tx, at=self._now())
        strays = [where for where in due if not self.settling.routes.leads_to(where.channel, where.name)]
        if strays:
            await self._adopt(strays)
        elif due:
            self.wake(due)
        elif not self._lanes:
            await self._rest()

    async def _adopt(self, strays: Iterable[Destination]) -> None:
        """Give what waits at a provider that is no longer ours to one that is."""
        async with self._database.transaction() as tx:
            for where in strays:
                other = self.settling.routes.pools[where.channel].instead_of(()) or ""
                await self.settling.leave(tx, await claims.adopt(tx, where, other), at=self._now())
                log.warning("destination.unknown", channel=where.channel, destination=where.name, instead=other)

    async def recover(self) -> None:
        """Conclude what a crash has cut off. For a timer."""
        async with self._database.transaction() as tx:
            recovered = await self.recorder.recover(tx, at=self._now())
        if recovered:
            log.warning("attempts.recovered", attempts=recovered)

    async def measure(self) -> None:
        """Set the gauges. For a timer."""
        async with self._database.reading() as tx:
            counts = await store.counted(tx, OPEN_STATES)
            on_desk = await store.on_desk(tx)
            resting = {channel: await health.resting(tx, channel, at=self._now()) for channel in Channel}
        ON_DESK.clear()
        for asked, notifications in on_desk.items():
            ON_DESK.labels(*asked).set(notifications)
        for channel in Channel:
            health.RESTING.labels(channel).set(len(resting[channel]))
            for state in OPEN_STATES:
                OPEN.labels(channel, state).set(counts.get(channel, {}).get(state, 0))

    def _open(self, destination: Destination, lanes: asyncio.TaskGroup, stopping: asyncio.Event) -> None:
        lane = self._lanes.get(destination)
        if lane is None:
            speaker = self._speaker(destination.channel, destination.name)
            lane = Lane(destination, speaker, database=self._database, care=self._care, now=self._now)
            self._lanes[destination] = lane
            lanes.create_task(self._walked(lane, stopping))
        lane.more.set()

    def _speaker(self, channel: Channel, name: str) -> Speaker:
        return self._simulator if name == TEST else self._speakers[channel]

    def _schedule(self, channel: Channel, name: str) -> Schedule:
        return self._speaker(channel, name).terms(name).schedule

    async def _walked(self, lane: Lane, stopping: asyncio.Event) -> None:
        try:
            await lane.run(stopping)
        except Exception:
            # a bug: its attempts are recovered when their leases end, and the other lanes go on
            log.exception("lane.failed", channel=lane.destination.channel)
        finally:
            del self._lanes[lane.destination]

    async def _rest(self) -> None:
        for speaker in self._speakers.values():
            await speaker.rest()
