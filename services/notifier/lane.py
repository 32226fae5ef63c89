"""One destination's lane: as many attempts under way as it has slots, each claimed, made and recorded."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from services.chassis.database import Database, Transaction
from services.chassis.errors import DatabaseUnavailable
from services.chassis.failpoints import reach
from services.notifier import claims, pacing, suppressing
from services.notifier.care import Care
from services.notifier.claims import Attempt, Claim, Destination
from services.notifier.notification import Outcome, Suppression, Temporary, Unknown
from services.notifier.speakers import Prepare, Prepared, Speaker

log = structlog.get_logger()

LINGER: Final = 0.005
"""Seconds that an outcome waits for others, to be recorded with them."""
OUTAGE_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 1.0
"""Seconds after which a lane that is held back by its pace looks again, so that a stop is noticed."""

Begun = tuple[Claim, Prepare]


class Lane:
    """Delivers to one destination until nothing is due there.

    It claims only what it sends at once, so a crash leaves in doubt only what really was on its way. One transaction
    records what has come to an outcome and claims as much again.
    """

    def __init__(
        self, destination: Destination, speaker: Speaker, *, database: Database, care: Care, now: Callable[[], datetime]
    ) -> None:
        self.destination = destination
        self.more = asyncio.Event()
        """Something has become due here."""
        self._speaker = speaker
        self._terms = speaker.terms(destination.name)
        self._database = database
        self._care = care
        self._now = now
        self._finished: list[Attempt] = []
        self._under_way: set[asyncio.Task[Attempt]] = set()
        self._pause = 0.0
        """Seconds until the provider's pace lets more begin of what is due; 0 where it holds nothing back."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until nothing is due, or until told to stop; what is under way is finished and recorded."""
        async with asyncio.TaskGroup() as attempts:
            while True:
                self.more.clear()
                free = 0 if stopping.is_set() else self._terms.slots - len(self._under_way)
                try:
                    begun = await self._recorded_and_claimed(free)
                except DatabaseUnavailable as error:
                    log.warning("lane.paused", channel=self.destination.channel, because=str(error))
                    if not (self._finished or self._under_way):
                        return
                    await asyncio.sleep(OUTAGE_PAUSE)
                    continue
                self._under_way |= {attempts.create_task(self._attempt(claim, prepare)) for claim, prepare in begun}
                if self._under_way:
                    await self._something_ended(claiming=free > len(begun))
                elif self._pause:
                    await asyncio.sleep(self._pause)
                elif not self.more.is_set():
                    return

    async def _recorded_and_claimed(self, limit: int) -> Sequence[Begun]:
        at, self._pause = self._now(), 0.0
        async with self._database.transaction() as tx:
            if self._finished:
                await self._care.conclude(tx, self.destination, self._finished, at=at)
            begun = await self._claimed(tx, limit, at=at) if limit > 0 else []
        # only now: had the transaction failed, the outcomes would be recorded at the next attempt
        self._finished = []
        if begun:
            reach("notifier.after_claim")
        return begun

    async def _claimed(self, tx: Transaction, limit: int, *, at: datetime) -> Sequence[Begun]:
        ready = await self._speaker.ready(tx, self.destination, at=at)
        if isinstance(ready, Suppression):
            await claims.suppress_waiting(tx, self.destination, ready, at=at)
            return []
        pace = self._terms.pace
        if pace is None:
            return [(claim, ready) for claim in await self._taken(tx, limit, at=at)]
        used = await pacing.used(tx, self.destination)
        claimed = await self._taken(tx, most := pace.allowed(limit, used), at=at)
        if claimed:
            used = pace.begun(len(claimed), used)
            await pacing.keep(tx, self.destination, used)
        if len(claimed) == most < limit:
            self._pause = min(pace.pause(used), LONGEST_PAUSE)
        return [(claim, ready) for claim in claimed]

    async def _taken(self, tx: Transaction, limit: int, *, at: datetime) -> Sequence[Claim]:
        lease = self._terms.lease
        allowed = await self._care.allowed(tx, self.destination, limit, lease=lease, at=at) if limit else 0
        claimed = await claims.claim(tx, self.destination, limit=allowed, lease=lease, at=at) if allowed else []
        left = await suppressing.wanted(tx, self._care.recorder.settling, claimed, at=at)
        if len(left) < len(claimed):
            self.more.set()  # there are slots for others
        if allowed and not left:
            await self._care.unused(tx, self.destination)
        return left

    async def _something_ended(self, *, claiming: bool) -> None:
        """Wait until an attempt has ended, or, while there is a free slot, until more is due or may begin."""
        more = asyncio.ensure_future(self.more.wait())
        waits = {*self._under_way, more} if claiming else self._under_way
        await asyncio.wait(
            waits, return_when=asyncio.FIRST_COMPLETED, timeout=max(self._pause, LINGER) if self._pause else None
        )
        more.cancel()
        await asyncio.sleep(LINGER)
        ended = {task for task in self._under_way if task.done()}
        self._under_way -= ended
        self._finished = [task.result() for task in ended]

    async def _attempt(self, claim: Claim, prepare: Prepare) -> Attempt:
        at, started = self._now(), time.perf_counter()
        outcome, prepared = await _made(claim, prepare, at)
        return Attempt(
            claimed=claim.notification,
            outcome=outcome,
            started_at=at,
            duration_ms=round((time.perf_counter() - started) * 1000),
            text_version=prepared.text_version if prepared else None,
            segments=prepared.segments if prepared else None,
            correlation_id=claim.correlation_id,
        )


async def _made(claim: Claim, prepare: Prepare, at: datetime) -> tuple[Outcome, Prepared | None]:
    """Make one attempt. A bug of ours is an outcome as well: before the call temporary, from there on in doubt."""
    try:
        prepared = prepare(claim, at)
    except Exception:
        log.exception("attempt.unprepared", id=str(claim.notification.id))
        return Temporary("fault", of_this_one=True), None
    try:
        reach("notifier.before_send")
        outcome = await prepared.send()
        reach("notifier.after_send")
    except Exception:
        log.exception("attempt.failed", id=str(claim.notification.id))
        return Unknown("fault"), prepared
    return outcome, prepared
