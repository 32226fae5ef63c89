"""What follows when notifications have come to a new state: intake hears of it, and the next channel is tried.

All of it is part of the transaction that has moved them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis import outbox
from services.chassis.database import Transaction
from services.chassis.outbox import Cause
from services.contracts.notifications import ApplicantNotified, Notice, NoticeOutcome, Road
from services.notifier import claims, store, suppressions
from services.notifier.claims import Destination
from services.notifier.counting import count
from services.notifier.masking import masked
from services.notifier.notices import OPTIONAL
from services.notifier.notification import FAILED, Channel, Notification, Rung, State, Suppression
from services.notifier.providers import TEST, Routes
from services.notifier.suppressions import Why

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

    async def add(self, tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
        """Store new notifications, and do what follows. Returns the ids of those that are not there already."""
        new = await store.add(tx, rows)
        for one in (SimpleNamespace(**row) for row in rows if row["id"] in new):
            tell(tx, one, claims.value_of(one), at=one.changed_at)
        due = {Destination(Channel(row["channel"]), row["destination"]) for row in rows if row["next_attempt_at"]}
        tx.after_commit(partial(self.wake, due))
        return new

    async def settle(
        self, tx: Transaction, changes: Sequence[Change], *, at: datetime, found_out: bool | None = None
    ) -> None:
        """Save changed notifications, and do what follows. `found_out`: by a person, not by a provider's word."""
        await claims.save(tx, [after for _, after in changes])
        for row, after in changes:
            count(tx, after.channel, after.state)
            tell(tx, row, after, at=at, found_out=found_out)
        failed = [row for row, after in changes if after.state in FAILED]
        if failed:
            await self._go_on(tx, failed, at=at)

    async def leave(self, tx: Transaction, rows: Sequence[Row[Any]], *, at: datetime) -> None:
        """Leave what may have arrived to a person, for its provider is no more."""
        changes = [(row, claims.value_of(row).left(at=at)) for row in rows]
        await claims.save(tx, [after for _, after in changes])
        for row, after in changes:
            tell(tx, row, after, at=at)

    async def _go_on(self, tx: Transaction, failed: Sequence[Row[Any]], *, at: datetime) -> None:
        """Try the next channel that can be used. Where the law asks for the notice and none is left, a person must."""
        ahead = {row.id: [(Channel(channel), to) for channel, to in row.fallback or ()] for row in failed}
        known = {(Channel(row.channel), row.recipient) for row in failed}
        listed = await suppressions.among(tx, known.union(*ahead.values()))
        ways = [(row, self._usable(row, ahead[row.id], listed)) for row in failed]
        rungs = [self._next_rung(row, left, at) for row, left in ways if left]
        if rungs:
            await self.add(tx, rungs)
        await store.mark_dead_ends(tx, [row for row, left in ways if not left])

    def _usable(self, row: Row[Any], ahead: Sequence[Rung], listed: Mapping[Rung, Why]) -> list[Rung]:
        """What is left of a ladder by now: an address may have died, or its owner opted out, since it was made."""
        every = {(Channel(row.channel), row.recipient), *ahead}
        if row.notice in OPTIONAL and any(listed.get(rung) is Why.OPTED_OUT for rung in every):
            return []
        return [rung for rung in ahead if self.routes.has(rung[0]) and listed.get(rung) is not Why.DEAD]

    def _next_rung(self, row: Row[Any], left: Sequence[Rung], at: datetime) -> dict[str, Any]:
        (channel, recipient), *rest = left
        row_id = self.new_id()
        destination = self.routes.first(channel, recipient, row_id)
        queued = Notification.queued(row_id, channel, at=at, destination=destination)
        said = {name: getattr(row, name) for name in store.SAID} | {"recipient": recipient}
        return store.row_of(queued, **said, resend=row.resend, fallback=[[one.value, to] for one, to in rest] or None)


def tell(tx: Transaction, row: Any, now: Notification, *, at: datetime, found_out: bool | None = None) -> None:
    """Tell intake what telling an applicant has come to. Nothing is said of posting systems, tests and our own mail."""
    outcome = OUTCOMES.get(now.state)
    if now.state is State.QUEUED and now.channel is Channel.LETTER:
        outcome = NoticeOutcome.QUEUED  # it takes a person's days
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
        found_out=found_out,
        at=at,
    )
    outbox.post(tx, message, at=at, cause=Cause(row.correlation_id))
