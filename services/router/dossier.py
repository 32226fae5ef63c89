"""All that the router has on one appeal, read at once for whoever is shown it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, select

from services.chassis.database import Transaction
from services.router import listing, store
from services.router.tables import approval, proof, referral, referral_event, reply

Rows = Sequence[Row[Any]]


@dataclass(frozen=True)
class Dossier:
    """The rows of one appeal and of what belongs to it, the first of each first."""

    appeal: Row[Any]
    parts: Rows
    decisions: Rows
    referrals: Rows
    events: Rows
    replies: Rows
    tasks: Rows
    approvals: Rows
    proofs: Rows

    def referral(self, referral_id: UUID | None) -> Row[Any] | None:
        """One of its referrals."""
        return next((row for row in self.referrals if row.id == referral_id), None)


async def dossier(tx: Transaction, appeal_id: UUID) -> Dossier | None:
    """The dossier of an appeal; None for an unknown one."""
    row = await listing.appeal_row(tx, appeal_id)
    if row is None:
        return None
    approvals = select(approval).where(approval.c.appeal_id == appeal_id).order_by(approval.c.made_at, approval.c.id)
    return Dossier(
        appeal=row,
        parts=await store.parts_of(tx, {appeal_id}),
        decisions=await listing.decisions_of(tx, appeal_id),
        referrals=await store.referrals_of(tx, {appeal_id}),
        events=await _of_referrals(tx, referral_event, referral_event.c.seq, appeal_id),
        replies=await _of_referrals(tx, reply, reply.c.seq, appeal_id),
        tasks=await listing.tasks_of(tx, appeal_id),
        approvals=(await tx.execute(approvals)).all(),
        proofs=await _of_referrals(tx, proof, proof.c.number, appeal_id),
    )


async def _of_referrals(tx: Transaction, table: Table, order: Any, appeal_id: UUID) -> Rows:
    its = select(referral.c.id).where(referral.c.appeal_id == appeal_id)
    return (await tx.execute(select(table).where(table.c.referral_id.in_(its)).order_by(order))).all()
