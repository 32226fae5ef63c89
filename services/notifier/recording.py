"""What attempts came to, put on record: the third step of claim, call, record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from prometheus_client import Counter, Histogram

from services.chassis.database import Transaction
from services.notifier import claims, endpoints
from services.notifier.claims import Attempt, Destination
from services.notifier.notification import (
    INTERRUPTED,
    Channel,
    IllegalTransition,
    Notification,
    Permanent,
    Schedule,
)

log = structlog.get_logger()

ATTEMPTS: Final = Counter("joldau_attempts", "Attempts to tell somebody, by what they came to", ["channel", "outcome"])
ATTEMPT_SECONDS: Final = Histogram("joldau_attempt_seconds", "Duration of one attempt", ["channel"])

RECOVERED_AT_ONCE: Final = 500

Schedules = Mapping[Channel, Schedule]


async def record(tx: Transaction, attempts: Sequence[Attempt], schedules: Schedules, *, at: datetime) -> None:
    """Conclude notifications by their attempts.

    An answer that comes after its lease still counts where the states allow it; one that another attempt has overtaken
    changes nothing.
    """
    present = await claims.as_they_are(tx, {one.claimed.id for one in attempts})
    counting = [(one, after) for one in attempts if (after := _concluded(one, present[one.claimed.id], schedules, at))]
    await claims.save(tx, [after for _, after in counting])
    await claims.add_attempts(tx, [one for one, _ in counting])
    tx.after_commit(partial(_tell, counting))


async def recover(tx: Transaction, schedules: Schedules, *, at: datetime) -> int:
    """Conclude attempts that outlived their lease: their process died between the call and the record.

    Returns how many there were, at most `RECOVERED_AT_ONCE`.
    """
    cut_off = await claims.cut_off(tx, limit=RECOVERED_AT_ONCE)
    attempts = [Attempt(one, INTERRUPTED, started_at=one.changed_at, duration_ms=None) for one in cut_off]
    if attempts:
        await record(tx, attempts, schedules, at=at)
    return len(attempts)


async def close_gone(tx: Transaction, where: Destination, attempts: Sequence[Attempt], *, at: datetime) -> None:
    """Disable an endpoint that has answered that it is gone."""
    for one in attempts:
        if isinstance(one.outcome, Permanent) and one.outcome.gone:
            await endpoints.disable(tx, where.name, because=one.outcome.code, at=at)
            tx.after_commit(partial(log.warning, "endpoint.disabled", system=where.name, because=one.outcome.code))
            return


def _concluded(attempt: Attempt, present: Notification, schedules: Schedules, at: datetime) -> Notification | None:
    if present.attempts == attempt.claimed.attempts:
        try:
            return present.concluded(attempt.outcome, schedules[present.channel], at=at)
        except IllegalTransition:
            pass
    log.warning("attempt.superseded", id=str(present.id), number=attempt.claimed.attempts, state=present.state)
    return None


def _tell(counting: Sequence[tuple[Attempt, Notification]]) -> None:
    for attempt, after in counting:
        ATTEMPTS.labels(after.channel, attempt.outcome_name).inc()
        if attempt.duration_ms is not None:
            ATTEMPT_SECONDS.labels(after.channel).observe(attempt.duration_ms / 1000)
        log.info(
            "attempt.recorded",
            id=str(after.id),
            trace_id=attempt.correlation_id,
            channel=after.channel,
            number=after.attempts,
            outcome=attempt.outcome_name,
            code=after.reason,
            state=after.state,
            ms=attempt.duration_ms,
        )
