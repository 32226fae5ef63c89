"""The calendar that a service hears of: published holidays, with the days that the router says differ.

Each table that the router tells is kept, and the newest one counts; one that comes late or again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Column, Integer, MetaData, Table, func, select

from services.chassis.consumer import Received
from services.chassis.database import Json, Transaction, UtcDateTime
from services.contracts.calendar import WorkingCalendar
from services.contracts.working_days import CalendarChanged

_PUBLISHED: Final = 0


def calendar_table(metadata: MetaData) -> Table:
    """Where a service keeps the tables that it was told."""
    return Table(
        "calendar",
        metadata,
        Column("revision", Integer, primary_key=True, autoincrement=False),
        Column("overrides", Json, nullable=False),
        Column("changed_at", UtcDateTime, nullable=False),
    )


@dataclass
class Calendars:
    """Knows the calendar in force, read anew when it has changed. `kept` is the service's `calendar_table`."""

    kept: Table
    _seen: tuple[int, WorkingCalendar] = field(default_factory=lambda: (_PUBLISHED, WorkingCalendar()))

    async def in_force(self, tx: Transaction) -> WorkingCalendar:
        """The calendar, as `tx` sees it."""
        newest = (await tx.execute(select(func.max(self.kept.c.revision)))).scalar_one() or _PUBLISHED
        if newest != self._seen[0]:
            self._seen = (newest, await self._read(tx, newest))
        return self._seen[1]

    async def changed(self, tx: Transaction, received: Sequence[Received[CalendarChanged]]) -> None:
        """The router has another table."""
        for one in received:
            row = {**one.message.model_dump(mode="json"), "changed_at": one.message.changed_at}
            await tx.execute(tx.insert(self.kept).values(row).on_conflict_do_nothing())

    async def _read(self, tx: Transaction, revision: int) -> WorkingCalendar:
        told = (await tx.execute(select(self.kept).where(self.kept.c.revision == revision))).one()
        return WorkingCalendar(CalendarChanged.model_validate(told._asdict()).table())
