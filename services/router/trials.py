"""Trials on the router's own past appeals: the texts stay here, and what is told of them is counts and ids."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Database
from services.chassis.errors import Conflict
from services.contracts.referrals import ReferralState
from services.router import listing, store
from services.router.appeal import Outcome
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
        while trial.compared.tried < whole:
            async with self.database.reading() as tx:
                rows = await listing.received(
                    tx, stretch.since, stretch.until, after=last, limit=min(AT_ONCE, whole - trial.compared.tried)
                )
                referrals = await store.referrals_of(tx, {row.id for row in rows})
            if not rows:
                break
            last = rows[-1].received_at, rows[-1].id
            past = past_of(rows, referrals, as_of=stretch.as_of)
            await asyncio.to_thread(trial.take, past)
            yield {"done": trial.compared.tried, "of": whole}
        yield {"report": trial.compared.report()}


def past_of(appeals: Sequence[Row[Any]], referrals: Iterable[Row[Any]], *, as_of: datetime | None = None) -> list[Past]:
    """Appeals as they came, without what was found of them; where each was accepted at last, and who declined it."""
    accepted: dict[UUID, set[str]] = defaultdict(set)
    declined: dict[UUID, set[str]] = defaultdict(set)
    for row in referrals:
        if row.state in _TAKEN:
            accepted[row.appeal_id].add(row.agency)
        elif row.state == ReferralState.DECLINED:
            declined[row.appeal_id].add(row.agency)
    return [
        Past(
            str(row.id),
            replace(store.appeal_of(row), corruption=False, sealed=False),
            as_of or row.received_at,
            "+".join(sorted(accepted[row.id])) or (RETAINED if row.outcome == Outcome.RETAINED else None),
            frozenset(declined[row.id]),
        )
        for row in appeals
    ]
