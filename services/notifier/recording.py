"""What attempts came to, put on record: the third step of claim, call, record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy import Row

from services.chassis.database import Transaction
from services.notifier import claims
from services.notifier.claims import Attempt, value_of
from services.notifier.notification import (
    INTERRUPTED,
    Channel,
    IllegalTransition,
    Notification,
    Schedule,
    Sent,
    State,
)
from services.notifier.settling import Settling, tell
from services.notifier.tables import GONE

log = structlog.get_logger()

ATTEMPTS: Final = Counter("joldau_attempts", "Attempts to tell somebody, by what they came to", ["channel", "outcome"])
ATTEMPT_SECONDS: Final = Histogram("joldau_attempt_seconds", "Duration of one attempt", ["channel"])
SEGMENTS: Final = Counter("joldau_sms_segments", "Segments of the SMS that providers took")

RECOVERED_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Recorder:
    """Concludes notifications by their attempts. `schedule` is that of a channel's destination."""

    schedule: Callable[[Channel, str], Schedule]
    settling: Settling

    async def record(self, tx: Transaction, attempts: Sequence[Attempt], *, at: datetime) -> None:
        """Conclude notifications by their attempts.

        An answer that comes after its lease still counts where the states allow it; one that another attempt has
        overtaken changes nothing.
        """
        present = await claims.as_they_are(tx, {one.claimed.id for one in attempts})
        latest = [one for one in attempts if present[one.claimed.id].attempts == one.claimed.attempts]
        counting = [(one, after) for one in latest if (after := self._concluded(one, present[one.claimed.id], at))]
        await claims.add_attempts(tx, latest)
        await self.settling.settle(tx, [(present[after.id], after) for _, after in counting], at=at)
        settled = {after.id for _, after in counting}
        await self._name(tx, [(one, present[one.claimed.id]) for one in latest if one.claimed.id not in settled])
        tx.after_commit(partial(_tell, counting))

    async def recover(self, tx: Transaction, *, at: datetime) -> int:
        """Conclude attempts that outlived their lease: their process died between the call and the record.

        Returns how many there were, at most `RECOVERED_AT_ONCE`.
        """
        cut_off = await claims.cut_off(tx, limit=RECOVERED_AT_ONCE)
        attempts = [Attempt(one, INTERRUPTED, started_at=one.changed_at, duration_ms=None) for one in cut_off]
        if attempts:
            await self.record(tx, attempts, at=at)
        return len(attempts)

    async def _name(self, tx: Transaction, overtaken: Sequence[tuple[Attempt, Row[Any]]]) -> None:
        """A receipt came before its provider's answer; the name in the answer belongs to the proof all the same."""
        for one, row in overtaken:
            if isinstance(one.outcome, Sent) and one.outcome.reference and row.reference is None:
                named = replace(value_of(row), reference=one.outcome.reference)
                await claims.save(tx, [named])
                tell(tx, row, replace(named, state=State.SENT, reason=None), at=one.started_at)

    def _concluded(self, attempt: Attempt, row: Row[Any], at: datetime) -> Notification | None:
        present = value_of(row)
        try:
            after = present.concluded(
                attempt.outcome, self.schedule(present.channel, attempt.claimed.destination), at=at
            )
        except IllegalTransition:  # a receipt or a recovery came first
            log.info("attempt.superseded", id=str(present.id), number=present.attempts, state=present.state)
            return None
        if row.content == GONE:
            return after.forgotten(at=at)
        return self.settling.routes.onward(after) if after.state is State.TEMPORARY_FAILURE else after


def _tell(counting: Sequence[tuple[Attempt, Notification]]) -> None:
    for attempt, after in counting:
        ATTEMPTS.labels(after.channel, attempt.outcome_name).inc()
        if attempt.duration_ms is not None:
            ATTEMPT_SECONDS.labels(after.channel).observe(attempt.duration_ms / 1000)
        if attempt.segments and attempt.outcome_name == "sent":
            SEGMENTS.inc(attempt.segments)
        log.info(
            "attempt.recorded",
            id=str(after.id),
            trace_id=attempt.correlation_id,
            channel=after.channel,
            destination=attempt.claimed.destination,
            number=after.attempts,
            outcome=attempt.outcome_name,
            code=after.reason,
            state=after.state,
            ms=attempt.duration_ms,
        )
