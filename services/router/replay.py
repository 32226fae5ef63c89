"""Replay: an agency is sent again what it has been sent, marked as such, batch by batch. Taking it twice is safe."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.chassis.database import Database
from services.chassis.errors import Conflict, NotFound
from services.contracts.referrals import ReferralState
from services.router import dispatch, store, trail
from services.router.agency import Transport
from services.router.draft import Actor, Draft
from services.router.routing import Router

REPLAYED: Final = frozenset(
    {
        ReferralState.ISSUED,
        ReferralState.RECEIVED,
        ReferralState.ACCEPTED,
        ReferralState.ACCEPTED_IN_PART,
        ReferralState.ANSWERED,
        ReferralState.RECALLED,
    }
)
"""What an agency has, or must know of. What it has declined is not its own any more."""

Place = tuple[datetime, UUID]
"""When a referral was issued, and its id: the order of a replay."""


@dataclass(frozen=True)
class Replayed:
    """What one batch has sent again."""

    sent: int
    recalled: int
    last: Place | None
    """Where the next batch begins; None after the last one."""


@dataclass(frozen=True)
class Replay:
    """Sends again. Each method is one transaction of at most `limit` referrals."""

    database: Database
    router: Router

    async def since(
        self, agency: str, *, begin: datetime, end: datetime, after: Place | None, limit: int, actor: Actor
    ) -> Replayed:
        """What was issued to the agency from `begin` until before `end`, the oldest first."""
        async with self.database.reading() as tx:
            found = await store.issued_to(tx, agency, REPLAYED, begin=begin, end=end, after=after, limit=limit + 1)
        batch = found[:limit]
        sent, recalled = await self._send(agency, [place[1] for place in batch], actor)
        return Replayed(sent, recalled, batch[-1] if len(found) > limit else None)

    async def these(self, agency: str, ids: Collection[UUID], *, actor: Actor) -> Replayed:
        """These referrals. Raises `NotFound` or `Conflict`, and sends nothing, if one is not the agency's to have."""
        async with self.database.reading() as tx:
            rows = await store.referrals(tx, ids)
        if len(rows) < len(set(ids)) or any(row.agency != agency for row in rows.values()):
            raise NotFound("referral_not_found")
        if any(row.state not in REPLAYED for row in rows.values()):
            raise Conflict("transition_not_allowed")
        sent, recalled = await self._send(agency, ids, actor)
        return Replayed(sent, recalled, None)

    async def _send(self, agency: str, ids: Collection[UUID], actor: Actor) -> tuple[int, int]:
        sent = recalled = 0
        async with self.database.transaction() as tx:
            draft = await self.router.draft(tx, await store.locked_appeals_of(tx, ids))
            _has_system(draft, agency)
            rows = sorted((await store.referrals(tx, ids)).values(), key=lambda row: (row.issued_at, row.id))
            for row in rows:
                is_recalled = row.state == ReferralState.RECALLED
                # an operator or the agency may have acted since, and of what was forgotten there is nothing to send
                if row.state in REPLAYED and (is_recalled or draft.appeals[row.appeal_id].text):
                    dispatch.replay(draft, draft.hold(row), actor, issued_at=row.issued_at)
                    recalled += is_recalled
                    sent += not is_recalled
            await draft.write()
            facts = {"sent": sent, "recalled": recalled}
            trail.note(tx, trail.Act(actor.name, "agency.replay", agency, draft.at, facts))
        return sent, recalled


def _has_system(draft: Draft, agency: str) -> None:
    if draft.agency(agency) is None:
        raise NotFound("agency_unknown")
    if draft.transport(agency) is Transport.BY_HAND:
        raise Conflict("agency_without_system")
