"""Writing to a recipient no more: by an operator's word, or by one click of the recipient's own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.notifier import claims, store, suppressions
from services.notifier.claims import Claim, value_of
from services.notifier.notices import OPTIONAL
from services.notifier.notification import Channel, Rung, Suppression
from services.notifier.settling import Settling
from services.notifier.suppressions import Why


async def suppress(
    tx: Transaction, settling: Settling, rung: Rung, why: Why, *, row_id: UUID, by: str, at: datetime
) -> None:
    """Put a recipient on the list. Who opts out gets nothing more that waits and the law does not ask for."""
    await suppressions.add(tx, rung, why, row_id=row_id, by=by, at=at)
    waiting = await store.optional_to(tx, *rung) if why is Why.OPTED_OUT else []
    await settling.settle(tx, [(r, value_of(r).suppressed(Suppression.OPTED_OUT, at=at)) for r in waiting], at=at)


async def wanted(tx: Transaction, settling: Settling, claimed: Sequence[Claim], *, at: datetime) -> list[Claim]:
    """Of what is about to be sent, that which its recipient still wants or the law asks for; the rest is not sent.

    Who opts out while an order is taken, or an attempt is under way, finds nothing that waits.
    """
    asked = [one.notification.id for one in claimed if one.notice in OPTIONAL and not one.notification.in_doubt]
    if not asked:
        return list(claimed)
    rows = (await claims.as_they_are(tx, asked)).values()
    unwanted = await _opted_out(tx, list(rows))
    after = [(row, value_of(row).called_off(Suppression.OPTED_OUT, at=at)) for row in unwanted]
    await settling.settle(tx, after, at=at)
    return [one for one in claimed if one.notification.id not in {row.id for row in unwanted}]


async def _opted_out(tx: Transaction, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Those of them one of whose recipients, on whichever channel, has opted out."""
    known = await store.recipients_of(tx, {row.notification_id for row in rows})
    ahead = {row.id: {(Channel(channel), to) for channel, to in row.fallback or ()} for row in rows}
    listed = await suppressions.among(tx, set().union(*known.values(), *ahead.values()))
    out = {rung for rung, why in listed.items() if why is Why.OPTED_OUT}
    return [row for row in rows if out & (known[row.notification_id] | ahead[row.id])]
