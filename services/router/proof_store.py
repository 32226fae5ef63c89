"""The rows of the proof of hand-over: only ever added to."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Row, exists, func, insert, select, text, tuple_

from services.chassis import outbox
from services.chassis.database import Transaction
from services.contracts.envelope import TYPE_PREFIX
from services.contracts.notifications import NotifyAgency
from services.contracts.topology import TO_AGENCIES
from services.router.tables import OPENED, agency_order, proof, referral, referral_event, reply

_TYPES: Final = tuple(TYPE_PREFIX + kind for kind in (*TO_AGENCIES, NotifyAgency.TYPE))

OPENINGS: Final = {"opened": False, "expired_opened": True}
"""What a link's opening is called in a referral's history, and whether its time was over."""

_LATE_ROWS: Final = 10_000
"""So far behind the newest may a reply be whose transaction was long in ending."""


class Source(Protocol):
    """Where a fact is from."""

    @property
    def message_id(self) -> UUID | None: ...
    @property
    def reply_seq(self) -> int | None: ...


async def unproven_messages(tx: Transaction, *, since: datetime | None, limit: int) -> Sequence[Row[Any]]:
    """Messages to agencies, confirmed by the broker `since` then, of which there is no entry, the oldest first."""
    sent = outbox.outbox
    statement = select(sent).where(
        sent.c.published_at.is_not(None),
        sent.c.type.in_(_TYPES),
        ~exists().where(proof.c.message_id == sent.c.message_id),
    )
    if since is not None:
        statement = statement.where(sent.c.published_at > since)
    return (await tx.execute(statement.order_by(sent.c.published_at, sent.c.seq).limit(limit))).all()


async def newest_message(tx: Transaction) -> datetime | None:
    """When the broker confirmed the newest of all messages that are still known."""
    moment: datetime | None = (await tx.execute(select(func.max(outbox.outbox.c.published_at)))).scalar_one()
    return moment


async def unproven_orders(tx: Transaction, *, since: datetime | None, limit: int) -> Sequence[Row[Any]]:
    """Orders that agencies have fetched and acknowledged `since` then, of which there is no entry, the oldest first."""
    laid = agency_order
    unproven = ~exists().where(proof.c.message_id == laid.c.message_id)
    statement = select(laid).where(laid.c.acknowledged_at.is_not(None), laid.c.body_sha256.is_not(None), unproven)
    if since is not None:
        statement = statement.where(laid.c.acknowledged_at > since)
    return (await tx.execute(statement.order_by(laid.c.acknowledged_at, laid.c.seq).limit(limit))).all()


async def unproven_openings(tx: Transaction, *, since: datetime | None, limit: int) -> Sequence[Row[Any]]:
    """Openings of mailed links `since` then, of which there is no entry, the oldest first, with agency and appeal."""
    event = referral_event
    statement = (
        select(event, referral.c.agency, referral.c.appeal_id)
        .join(referral, referral.c.id == event.c.referral_id)
        .where(
            text(OPENED),
            event.c.message_id.is_not(None),
            ~exists().where(proof.c.message_id == event.c.message_id),
        )
    )
    if since is not None:
        statement = statement.where(event.c.at > since)
    return (await tx.execute(statement.order_by(event.c.at, event.c.seq).limit(limit))).all()


async def unproven_replies(tx: Transaction, *, limit: int) -> Sequence[Row[Any]]:
    """Replies of which there is no entry, the oldest first."""
    newest = select(func.coalesce(func.max(proof.c.reply_seq), 0)).scalar_subquery()
    unproven = ~exists().where(proof.c.reply_seq == reply.c.seq)
    statement = select(reply).where(reply.c.seq > newest - _LATE_ROWS, unproven)
    return (await tx.execute(statement.order_by(reply.c.seq).limit(limit))).all()


async def entered(tx: Transaction, facts: Collection[Source]) -> set[UUID | int]:
    """Messages and replies, among the sources of these facts, of which there is an entry."""
    messages = [fact.message_id for fact in facts if fact.message_id]
    replies = [fact.reply_seq for fact in facts if fact.reply_seq]
    found = select(proof.c.message_id, proof.c.reply_seq).where(
        proof.c.message_id.in_(messages) | proof.c.reply_seq.in_(replies)
    )
    return {row.message_id or row.reply_seq for row in await tx.execute(found)}


async def last(tx: Transaction, referral_ids: Collection[UUID]) -> dict[UUID, tuple[int, str]]:
    """Number and hash of the last entry of each of these referrals that has one."""
    newest = (
        select(proof.c.referral_id, func.max(proof.c.number))
        .where(proof.c.referral_id.in_(list(referral_ids)))
        .group_by(proof.c.referral_id)
    )
    statement = select(proof).where(tuple_(proof.c.referral_id, proof.c.number).in_(newest))
    return {row.referral_id: (row.number, row.sha256) for row in await tx.execute(statement)}


async def entries(tx: Transaction, referral_id: UUID) -> Sequence[Row[Any]]:
    """All entries of a referral, in order."""
    return (await tx.execute(select(proof).where(proof.c.referral_id == referral_id).order_by(proof.c.number))).all()


async def add(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add entries."""
    if rows:
        await tx.execute(insert(proof), rows)


def sha256(body: bytes) -> str:
    """Hash of the bytes that the broker has confirmed."""
    return hashlib.sha256(body).hexdigest()
