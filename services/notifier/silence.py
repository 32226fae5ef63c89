"""An SMS or a letter that was taken, and of which nothing more is heard; a letter that nobody posts.

An SMS's gateway is asked, else a person looks.

A telephone that is off, or a number that somebody else has now, says nothing; so "taken" alone is no proof that an
applicant was told (АППК art. 66(2): by any means that records the notice or the call). Nothing is sent a second time.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.calendars import Calendars
from services.chassis.database import Database, Transaction
from services.contracts.calendar import ALMATY, WorkingCalendar
from services.notifier import store
from services.notifier.channels.sms import InDoubt, OutgoingSms, Report
from services.notifier.notification import Channel, Permanent, Sent, State, Temporary
from services.notifier.receipts import Receipts

log = structlog.get_logger()

LOOKED_AT_ONCE: Final = 500
ASKED_AT_ONCE: Final = 4


@dataclass(frozen=True)
class Silence:
    """Looks for notices of the law that are `sent`, and for letters that wait, after so many working days."""

    receipts: Receipts
    calendars: Calendars
    sms_days: int
    letter_days: int
    post_days: int

    async def look(self, database: Database) -> None:
        """Ask what became of them where the gateway can be asked, once; list the rest for a person. For a timer."""
        at = clock.now()
        async with database.transaction() as tx:
            calendar = await self.calendars.in_force(tx)
            unposted = await store.mark_unposted(tx, before=silent_before(at, self.post_days, calendar))
            rows = await self._unproven(tx, Channel.SMS, silent_before(at, self.sms_days, calendar))
            rows += await self._unproven(tx, Channel.LETTER, silent_before(at, self.letter_days, calendar))
        slots = asyncio.Semaphore(ASKED_AT_ONCE)
        told = await asyncio.gather(*(self._told(row, slots) for row in rows))
        async with database.transaction() as tx:
            for row, said in zip(rows, told, strict=True):
                now = await store.found(tx, row.id, to_change=True)
                if said is not None and now.state == State.SENT:
                    await self.receipts.report(tx, now, said, at=clock.now())
            silent = [row.id for row, said in zip(rows, told, strict=True) if said is None]
            await store.mark_unconfirmed(tx, silent)
        if rows or unposted:
            log.info("silence.looked_into", notices=len(rows), unconfirmed=len(silent), unposted=unposted)

    async def _unproven(self, tx: Transaction, channel: Channel, before: datetime) -> list[Row[Any]]:
        return await store.unproven(tx, channel, before=before, limit=LOOKED_AT_ONCE)

    async def _told(self, row: Row[Any], slots: asyncio.Semaphore) -> Report | None:
        """What the gateway knows of it; None when it cannot be asked, or knows nothing final."""
        gateway = self.receipts.gateways.get(row.destination)
        if gateway is None or gateway.in_doubt is not InDoubt.ASK:
            return None
        async with slots:
            said = await gateway.ask(OutgoingSms(row.id, row.recipient, text=""))
        if isinstance(said, Permanent | Temporary) or (isinstance(said, Sent) and said.confirmed):
            return said
        return None


def silent_before(at: datetime, working_days: int, calendar: WorkingCalendar) -> datetime:
    """What was sent before this moment has had so many whole working days to be confirmed, the last of them over."""
    today = at.astimezone(ALMATY).date()
    day = today - timedelta(days=working_days)
    while calendar.nth_working_day_after(day, working_days) >= today:
        day -= timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ALMATY)
