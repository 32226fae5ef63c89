"""What follows when notifications have come to a new state: intake hears of it, and the next channel is tried.

All of it is part of the transaction that has moved them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import Row

from services.chassis import outbox
from services.chassis.database import Transaction
from services.chassis.outbox import Cause
from services.contracts.notifications import ApplicantNotified, Notice, NoticeOutcome, Road
from services.notifier import claims, store
from services.notifier.claims import Destination
from services.notifier.masking import masked
from services.notifier.notification import FAILED, Channel, Notification, State, Suppression
from services.notifier.providers import TEST, Routes

ENTERED: Final = Counter("joldau_notifications", "Notifications, by the state that they came to", ["channel", "state"])

OUTCOMES: Final = {
    State.SENT: NoticeOutcome.SENT,
    State.DELIVERED: NoticeOutcome.DELIVERED,
    State.PERMANENT_FAILURE: NoticeOutcome.FAILED,
    State.TECHNICAL_FAILURE: NoticeOutcome.FAILED,
    State.UNKNOWN: NoticeOutcome.UNKNOWN,
    State.SUPPRESSED: NoticeOutcome.SUPPRESSED,
}
"""States that intake hears of; the others are steps on the way."""
_ROADS: Final = frozenset(Road)
_NOTICES: Final = frozenset(Notice)

Wake = Callable[[Iterable[Destination]], None]
Change = tuple[Row[Any], Notification]
"""A row as it was, and the notification as it is now."""


@dataclass(frozen=True)
class Settling:
    """Concludes changes. `wake` tells the delivery where something is due."""

    routes: Routes
    new_id: Callable[[], UUID]
    wake: Wake

    async def settle(self, tx: Transaction, changes: Sequence[Change], *, at: datetime) -> None:
        """Save changed notifications, and do what follows."""
        await claims.save(tx, [after for _, after in changes])
        tx.after_commit(partial(count, [after for _, after in changes]))
        for row, after in changes:
            tell(tx, row, after, at=at)
        rungs = [self._next_rung(row, at) for row, after in changes if after.state in FAILED and row.fallback]
        if rungs:
            await store.add(tx, rungs)
            due = {Destination(Channel(row["channel"]), row["destination"]) for row in rungs if row["next_attempt_at"]}
            tx.after_commit(partial(self.wake, due))

    def _next_rung(self, row: Row[Any], at: datetime) -> dict[str, Any]:
        (channel, recipient), *rest = row.fallback
        row_id = self.new_id()
        destination = self.routes.first(Channel(channel), recipient, row_id)
        queued = Notification.queued(row_id, Channel(channel), at=at, destination=destination)
        said = {name: getattr(row, name) for name in store.SAID} | {"recipient": recipient}
        return store.row_of(queued, **said, resend=row.resend, fallback=rest or None)


def count(entered: Iterable[Notification]) -> None:
    """Count notifications in their new states. Once that is committed."""
    for one in entered:
        ENTERED.labels(one.channel, one.state).inc()


def tell(tx: Transaction, row: Any, now: Notification, *, at: datetime) -> None:
    """Tell intake what telling an applicant has come to. Nothing is said of posting systems, tests and our own mail."""
    outcome = OUTCOMES.get(now.state)
    if outcome is None or row.channel not in _ROADS or row.notice not in _NOTICES or now.destination == TEST:
        return
    if now.reason == Suppression.FORGOTTEN:
        return  # an appeal's timeline does not show that it was moved to a protected channel
    if now.state is State.UNKNOWN and now.next_attempt_at is not None:
        return
    message = ApplicantNotified(
        notification_id=row.notification_id,
        appeal_id=row.appeal_id,
        revision=row.revision,
        notice=Notice(row.notice),
        channel=Road(row.channel),
        outcome=outcome,
        reason=now.reason,
        recipient=masked(row.channel, row.recipient),
        provider=now.destination or None,
        reference=now.reference,
        at=at,
    )
    outbox.post(tx, message, at=at, cause=Cause(row.correlation_id))
