"""Forgetting applicants of whom nothing may be kept: their contacts, and all words that were told them (R-SEC-3).

Of a notice its proof stays: the masked address, times, the provider and its reference. That an appeal's applicant is
forgotten stays known, so that an order which comes late brings nothing back.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, String, Table, Uuid, bindparam, select, update

from services.chassis import clock, parked
from services.chassis.consumer import Received
from services.chassis.database import Transaction
from services.contracts.notifications import ForgetApplicant, Notice
from services.notifier import claims
from services.notifier.claims import value_of
from services.notifier.counting import count
from services.notifier.masking import masked
from services.notifier.notification import State
from services.notifier.tables import GONE, finding, forgotten, notification

log = structlog.get_logger()

WORDS: Final[Mapping[Table, Mapping[str, Any]]] = {
    notification: {"content": GONE, "fallback": None, "addressee": None, "dead_end": False},
    finding: {"because": GONE},
}
"""Columns that hold words to people or their addresses, and what is left there; of a recipient the mask is."""

_KEPT: Final = (notification.c.content != GONE) & notification.c.notice.in_([notice.value for notice in Notice])
"""Notices to applicants that are not forgotten. What posting systems and agencies are told holds ids and states."""


async def ordered(tx: Transaction, received: Sequence[Received[ForgetApplicant]]) -> None:
    """Applicants are to be forgotten. What waits is told to nobody; an attempt under way is concluded."""
    told = {one.message.appeal_id: one.message.requested_at for one in received}
    rows = [{"appeal_id": appeal_id, "forgotten_at": at} for appeal_id, at in told.items()]
    await tx.execute(tx.insert(forgotten).on_conflict_do_nothing(), rows)
    await _wipe(tx, notification.c.appeal_id.in_(told), at=clock.now())
    await parked.forget(tx, told, at=clock.now())


async def among(tx: Transaction, appeals: Collection[UUID]) -> set[UUID]:
    """Those of the appeals whose applicants are forgotten."""
    statement = select(forgotten.c.appeal_id).where(forgotten.c.appeal_id.in_(appeals))
    return set((await tx.execute(statement)).scalars())


async def again(tx: Transaction) -> None:
    """Forget what another process wrote at the same moment, and what was parked since. For a timer."""
    await _wipe(tx, notification.c.appeal_id.in_(select(forgotten.c.appeal_id)), at=clock.now())
    await parked.forget(tx, set((await tx.execute(select(forgotten.c.appeal_id))).scalars()), at=clock.now())


async def _wipe(tx: Transaction, its: ColumnElement[bool], *, at: datetime) -> None:
    statement = (
        select(notification).where(its, _KEPT).order_by(notification.c.id)
    )  # whoever locks many goes by their ids
    rows = list(await tx.execute(statement.with_for_update()))
    if not rows:
        return
    present = [value_of(row) for row in rows]
    after = [one.forgotten(at=at) for one in present]
    changed = [new for old, new in zip(present, after, strict=True) if new != old]
    await claims.save(tx, changed)
    for one in changed:
        if one.state is State.SUPPRESSED:
            count(tx, one.channel, one.state)
    named = update(notification).where(notification.c.id == bindparam("of", type_=Uuid()))
    left = {**WORDS[notification], "recipient": bindparam("mask", type_=String())}
    await tx.execute(named.values(left), [{"of": r.id, "mask": masked(r.channel, r.recipient)} for r in rows])
    told = finding.c.notification.in_([row.id for row in rows])
    await tx.execute(update(finding).where(told).values(WORDS[finding]))
    log.info("notices.forgotten", notices=len(rows))
