"""Time that passes for rows of a database, where a test has no half minute to wait."""

from typing import Final

from sqlalchemy import Table, update

from services.chassis.database import Database
from services.chassis.outbox import outbox
from services.notifier.tables import notification

_LONG_MS: Final = 120_000
"""Longer than any lease, and than any refused message waits."""


async def pass_leases(database: Database) -> None:
    """End the leases of a process that is dead, as they end by themselves while it is away."""
    leased: tuple[Table, ...] = (outbox, notification) if database.service == "notifier" else (outbox,)
    async with database.transaction() as tx:
        for table in leased:
            until = table.c.lease_until_ms
            await tx.execute(update(table).where(until > 0).values(lease_until_ms=until - _LONG_MS))


async def pass_waits(database: Database) -> None:
    """End the waits before a next try: of messages that the broker refused, of notices whose attempt was cut off."""
    async with database.transaction() as tx:
        later = outbox.c.not_before_ms
        await tx.execute(update(outbox).where(later > 0).values(not_before_ms=later - _LONG_MS))
        if database.service == "notifier":
            waits = notification.c.next_attempt_at > notification.c.changed_at
            await tx.execute(update(notification).where(waits).values(next_attempt_at=notification.c.changed_at))
