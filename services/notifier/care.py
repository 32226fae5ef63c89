"""How a destination is treated by its health: left alone, tried with care, its owner told, at last switched off."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from services.chassis.database import Transaction
from services.contracts.appeals import Language
from services.notifier import claims, endpoints, health, store
from services.notifier.claims import Attempt, Destination
from services.notifier.notices import Own
from services.notifier.notification import Channel, Notification, Permanent
from services.notifier.providers import FIRST_PAUSE, TEST, Health
from services.notifier.recording import Recorder

log = structlog.get_logger()

WARNED_AFTER: Final = timedelta(hours=4)
DISABLED_AFTER: Final = timedelta(days=5)
"""How long an endpoint may take nothing at all before its owner is told, and before it is called no more."""


@dataclass(frozen=True)
class Care:
    """Keeps the health of destinations, and acts on it."""

    recorder: Recorder
    first_pause: timedelta = FIRST_PAUSE

    async def conclude(self, tx: Transaction, where: Destination, attempts: Sequence[Attempt], *, at: datetime) -> None:
        """Record what attempts at a destination came to, and what it says of the destination."""
        await self.recorder.record(tx, attempts, at=at)
        if where.name == TEST:
            return
        now = await health.note(tx, where, [one.outcome for one in attempts], at=at, first_pause=self.first_pause)
        if where.channel is Channel.WEBHOOK:
            await self._watch(tx, where.name, attempts, now, at)

    async def allowed(self, tx: Transaction, where: Destination, limit: int, *, lease: timedelta, at: datetime) -> int:
        """How many attempts may begin there. What waits at a resting provider goes to another, if there is one."""
        now = await health.of(tx, where)
        if now.rests(at=at):
            await self._move_away(tx, where, at)
            return 0
        if not now.on_probation:
            return limit
        return int(await health.begin_probe(tx, where, lease=lease))

    async def unused(self, tx: Transaction, where: Destination) -> None:
        """Nothing was due there, so nothing was tried."""
        await health.end_probe(tx, where)

    async def _move_away(self, tx: Transaction, where: Destination, at: datetime) -> None:
        pool = self.recorder.settling.routes.pools.get(where.channel)
        if pool is None:
            return
        other = pool.instead_of(await health.resting(tx, where.channel, at=at))
        if other is not None and (moved := await claims.move_waiting(tx, where, other, at=at)):
            tx.after_commit(partial(self.recorder.settling.wake, [Destination(where.channel, other)]))
            tx.after_commit(partial(log.info, "notifications.moved", away_from=where.name, to=other, count=moved))

    async def _watch(
        self, tx: Transaction, system: str, attempts: Sequence[Attempt], now: Health, at: datetime
    ) -> None:
        gone = next((o for o in (one.outcome for one in attempts) if isinstance(o, Permanent) and o.gone), None)
        if gone is None and now.failing_since is None:
            return
        row = await store.endpoint_to_change(tx, system)
        if row is None or row.disabled_at is not None:
            return
        if row.changed_at > min(one.started_at for one in attempts):
            return  # it was another address that answered
        code = gone.code if gone else _last_code(attempts)
        since = now.failing_since or at
        if gone or at - since >= DISABLED_AFTER:
            await endpoints.disable(tx, system, because=code, at=at)
            tx.after_commit(partial(log.warning, "endpoint.disabled", system=system, because=code))
            await self._tell_owner(tx, row, Own.ENDPOINT_DISABLED, code, since, at)
        elif at - since >= WARNED_AFTER and (row.warned_at is None or row.warned_at < since):
            await store.change_endpoint(tx, system, warned_at=at)
            await self._tell_owner(tx, row, Own.ENDPOINT_FAILING, code, since, at)

    async def _tell_owner(
        self, tx: Transaction, row: Any, notice: Own, code: str, since: datetime, at: datetime
    ) -> None:
        settling = self.recorder.settling
        if row.owner_email and settling.routes.has(Channel.EMAIL):
            row_id = settling.new_id()
            destination = settling.routes.first(Channel.EMAIL, row.owner_email, row_id)
            new = store.own_row(
                Notification.queued(row_id, Channel.EMAIL, at=at, destination=destination),
                recipient=row.owner_email,
                notice=notice.value,
                language=row.owner_language or Language.RUSSIAN.value,
                content=json.dumps({"system": row.system, "failing_since": since.isoformat(), "because": code}),
            )
            await store.add(tx, [new])
            tx.after_commit(partial(settling.wake, [Destination(Channel.EMAIL, destination)]))


def _last_code(attempts: Sequence[Attempt]) -> str:
    codes = [code for one in attempts if (code := getattr(one.outcome, "code", None))]
    return codes[-1] if codes else "failing"
