"""Sending a notification again because an operator says so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.chassis.errors import Conflict
from services.notifier import store
from services.notifier.endpoints import Endpoints
from services.notifier.notification import FAILED, Channel, Notification, State, Suppression
from services.notifier.providers import TEST
from services.notifier.settling import Settling

RECOVERED_AT_ONCE: Final = 1000
UNDER_WAY: Final = frozenset({State.QUEUED, State.SENDING})
HASTENED: Final = frozenset({State.TEMPORARY_FAILURE, State.UNKNOWN})


@dataclass(frozen=True)
class Resender:
    """Sends again. `endpoints` tells whether a posting system can be told at all."""

    settling: Settling
    endpoints: Endpoints

    async def resend(self, tx: Transaction, row_id: UUID, *, by: str, at: datetime) -> Row[Any]:
        """Make a notification due now; returns the row that will be sent.

        One that waits or is in doubt is hastened. Any other has come to its end and stays on record as it is; what is
        sent is a new row of the same order, so the receiver can tell the repetition. Raises `NotFound`, and `Conflict`
        when it is on its way already, has been sent anew already, is forgotten, or there is nowhere to send it.
        """
        row = await store.to_be_told(tx, row_id)
        if row.state in UNDER_WAY:
            raise Conflict("notification_under_way")
        await self._refuse_nowhere(tx, row, at=at)
        if row.state in HASTENED:
            await store.hasten(tx, row_id, by=by, at=at)
            return await store.found(tx, row_id)
        if row.resend != await store.last_resend(tx, row):
            raise Conflict("notification_resent_already")
        return await self._anew(tx, row, by=by, at=at)

    async def recover(self, tx: Transaction, system: str, *, since: datetime, by: str, at: datetime) -> int:
        """Send a posting system again what it has not got of the orders since then. Returns how many those are.

        Raises `Conflict` when there is nowhere to send them.
        """
        usable = (await self.endpoints.usable(tx, {system}, at=at))[system]
        if isinstance(usable, Suppression):
            raise Conflict(usable.value)
        rows = await store.missed(tx, system, since=since, limit=RECOVERED_AT_ONCE)
        for row in rows:
            await self._anew(tx, row, by=by, at=at)
        return len(rows)

    async def _anew(self, tx: Transaction, row: Row[Any], *, by: str, at: datetime) -> Row[Any]:
        row_id, channel = self.settling.new_id(), Channel(row.channel)
        destination = TEST if row.destination == TEST else self.settling.routes.first(channel, row.recipient, row_id)
        again = Notification.queued(row_id, channel, at=at, destination=destination)
        said = {name: getattr(row, name) for name in store.SAID}
        # the next channel is this one's to try, once; a failure has tried it already
        fallback = None if row.state in FAILED else row.fallback
        new = store.row_of(again, **said, resend=row.resend + 1, resent_by=by, fallback=fallback)
        if not await self.settling.add(tx, [new]):
            raise Conflict("notification_resent_already")
        if fallback:
            await store.hand_on_fallback(tx, row.id)
        await store.end_dead_end(tx, row.id)
        return await store.found(tx, again.id)

    async def _refuse_nowhere(self, tx: Transaction, row: Row[Any], *, at: datetime) -> None:
        channel = Channel(row.channel)
        if channel is Channel.WEBHOOK:
            found = (await self.endpoints.usable(tx, {row.recipient}, at=at))[row.recipient]
            if isinstance(found, Suppression):
                raise Conflict(found.value)
        elif not row.recipient and channel is not Channel.LETTER:
            raise Conflict(Suppression.NO_CONTACT.value)
        elif not self.settling.routes.has(channel):
            raise Conflict("channel_unavailable")
