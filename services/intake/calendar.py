"""The calendar that appeals are registered by: published holidays, with the days that the router says differ.

Each table that the router tells is kept, and the newest one counts; one that comes late or again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.chassis.consumer import Received
from services.chassis.database import Transaction
from services.contracts.calendar import WorkingCalendar
from services.contracts.working_days import CalendarChanged
from services.intake import store

_PUBLISHED: Final = 0


@dataclass
class Calendars:
    """Knows the calendar in force, read anew when it has changed."""

    _seen: tuple[int, WorkingCalendar] = field(default_factory=lambda: (_PUBLISHED, WorkingCalendar()))

    async def in_force(self, tx: Transaction) -> WorkingCalendar:
        """The calendar, as `tx` sees it."""
        revision = await store.calendar_revision(tx) or _PUBLISHED
        if revision != self._seen[0]:
            self._seen = (revision, WorkingCalendar(await store.overrides(tx, revision) if revision else ()))
        return self._seen[1]

    async def changed(self, tx: Transaction, received: Sequence[Received[CalendarChanged]]) -> None:
        """The router has another table."""
        for one in received:
            await store.add_calendar(tx, one.message)
