"""Sending a notification again because an operator says so."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.chassis.errors import Conflict
from services.notifier import endpoints, store
from services.notifier.notification import Channel, Notification, State, Suppression

UNDER_WAY: Final = frozenset({State.QUEUED, State.SENDING})
HASTENED: Final = frozenset({State.TEMPORARY_FAILURE, State.UNKNOWN})


async def resend(tx: Transaction, row_id: UUID, *, by: str, new_id: Callable[[], UUID], at: datetime) -> Row[Any]:
    """Make a notification due now; returns the row that will be sent.

    One that waits or is in doubt is hastened. Any other has come to its end and stays on record as it is; what is sent
    is a new row of the same order, so the receiver can tell the repetition. Raises `NotFound`, and `Conflict` when it
    is on its way already, has been sent anew already, or there is nowhere to send it.
    """
    row = await store.found(tx, row_id, to_change=True)
    if row.state in UNDER_WAY:
        raise Conflict("notification_under_way")
    await _refuse_nowhere(tx, row, at=at)
    if row.state in HASTENED:
        await store.hasten(tx, row_id, by=by, at=at)
        return await store.found(tx, row_id)
    if row.resend != await store.last_resend(tx, row):
        raise Conflict("notification_resent_already")
    again = Notification.queued(new_id(), Channel(row.channel), at=at)
    said = {name: getattr(row, name) for name in store.SAID}
    new = store.row_of(again, **said, resend=row.resend + 1, resent_by=by)
    if not await store.add(tx, [new]):
        raise Conflict("notification_resent_already")
    return await store.found(tx, again.id)


async def _refuse_nowhere(tx: Transaction, row: Row[Any], *, at: datetime) -> None:
    if row.channel == Channel.WEBHOOK:
        found = (await endpoints.usable(tx, {row.recipient}, at=at))[row.recipient]
        if isinstance(found, Suppression):
            raise Conflict(found.value)
    elif not row.recipient:
        raise Conflict(Suppression.NO_CONTACT.value)
