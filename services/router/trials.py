"""Trials on the router's own past appeals: the texts stay here, and what is told of them is counts and ids."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Database
from services.chassis.errors import Conflict
from services.contracts.referrals import ReferralState
from services.router import listing, store
from services.router.appeal import Appeal, Outcome
from services.router.rules import Rules
from services.router.trial import RETAINED, Past, Trial

AT_ONCE: Final = 100
_TAKEN: Final = frozenset({ReferralState.ACCEPTED, ReferralState.ANSWERED})


@dataclass(frozen=True)
class Stretch:
    """Which past appeals: received from `since` on and before `until`, the newest first, `limit` at most."""

    since: datetime
    until: datetime
    limit: int
    as_of: datetime | None = None
    """Decide as if it were then; each as of its own day without it."""


@dataclass(frozen=True)
class Trials:
    """Runs one trial at a time, in a thread beside the work."""

    database: Database
    _running: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, before: Rules, after: Rules, stretch: Stretch) -> AsyncIterator[dict[str, Any]]:
        """How far it is, again and again, and at last the report. Raises `Conflict` while another trial runs."""
        if self._running.locked():
            raise Conflict("trial_running")
        async with self._running:
            async for told in self._run(Trial(before, after), stretch):
                yield told

    async def _run(self, trial: Trial, stretch: Stretch) -> AsyncIterator[dict[str, Any]]:
        last = None
        async with self.database.reading() as tx:
            whole = min(await listing.received_counted(tx, stretch.since, stretch.until), stretch.limit)
        yield {"done": 0, "of": whole}
        while trial.tried < whole:
            async with self.database.reading() as tx:
                rows = await listing.received(
                    tx, stretch.since, stretch.until, after=last, limit=min(AT_ONCE, whole - trial.tried)
                )
                outcomes = _outcomes(rows, await store.referrals_of(tx, {row.id for row in rows}))
            if not rows:
                break
            last = rows[-1].received_at, rows[-1].id
            past = [
                Past(str(row.id), _as_it_came(row), stretch.as_of or row.received_at, outcomes[row.id]) for row in rows
            ]
            await asyncio.to_thread(trial.take, past)
            yield {"done": trial.tried, "of": whole}
        yield {"report": trial.report()}


def _as_it_came(row: Row[Any]) -> Appeal:
    """The appeal without what was found of it."""
    return replace(store.appeal_of(row), corruption=False, sealed=False)


def _outcomes(appeals: list[Row[Any]], referrals: list[Row[Any]]) -> dict[UUID, str | None]:
    """Where each appeal was accepted at last: by one agency, by several, or by ourselves; None where it is not yet."""
    accepted: dict[UUID, set[str]] = defaultdict(set)
    for row in referrals:
        if row.state in _TAKEN:
            accepted[row.appeal_id].add(row.agency)
    ours = {row.id for row in appeals if row.outcome == Outcome.RETAINED}
    return {row.id: "+".join(sorted(accepted[row.id])) or (RETAINED if row.id in ours else None) for row in appeals}
