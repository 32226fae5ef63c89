"""The notary: enters what agencies were sent, and what they said, into the proof of hand-over, each fact once.

It reads what has been recorded anyway, a moment later, so that nothing on the way of an appeal waits for it.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Database, Transaction
from services.chassis.errors import Conflict, NotFound
from services.contracts.envelope import TYPE_PREFIX
from services.contracts.notifications import NotifyAgency
from services.contracts.proof import Certificate, Entry, ProofKind, Signer
from services.router import proof_store, store

_FACTS = (
    *("agency", "kind", "outcome", "sequence", "registration_number", "reason_code", "legal_basis", "proposed_agency"),
)
_TOLD: Final = ("registration_number", "answer_due_on", "replayed_at", "good_until")
"""What an order tells that is no secret: a link itself is one."""
_LETTER: Final = TYPE_PREFIX + NotifyAgency.TYPE

_LATE: Final = timedelta(hours=1)
"""So late may a relay come to record what the broker has confirmed."""


@dataclass(frozen=True)
class Fact:
    """What is to be entered, with where it is from."""

    referral_id: UUID
    kind: ProofKind
    at: datetime
    facts: dict[str, Any]
    message_id: UUID | None = None
    reply_seq: int | None = None


@dataclass
class Notary:
    """Writes proofs, if there is a key to sign them with."""

    database: Database
    signer: Signer | None
    at_once: int = 200
    looked: datetime | None = None
    """Up to when messages have been looked at, so that a look does not read them all again."""

    async def write(self) -> None:
        """Enter all that is not entered yet."""
        while self.signer is not None:
            async with self.database.reading() as tx:
                seen = self.looked or await proof_store.newest_message(tx)
                facts = await self._facts(tx)
            entered = await self._enter(facts, self.signer) if facts else 0
            if not entered or len(facts) < self.at_once:
                self.looked = max((fact.at for fact in facts if fact.message_id), default=seen)
                return

    async def certificate(self, referral_id: UUID) -> Certificate:
        """The certificate of a referral, up to now. Raises `NotFound`, and `Conflict` where no key is set."""
        if self.signer is None:
            raise Conflict("proof_without_key")
        await self.write()
        async with self.database.reading() as tx:
            if referral_id not in await store.referrals(tx, {referral_id}):
                raise NotFound("referral_not_found")
            rows = await proof_store.entries(tx, referral_id)
        return Certificate.of(referral_id, [_entry(row) for row in rows], self.signer)

    async def _facts(self, tx: Transaction) -> list[Fact]:
        since = self.looked - _LATE if self.looked else None
        sent = [_sent(row) for row in await proof_store.unproven_messages(tx, since=since, limit=self.at_once)]
        fetched = [_fetched(row) for row in await proof_store.unproven_orders(tx, since=since, limit=self.at_once)]
        opened = [_opened(row) for row in await proof_store.unproven_openings(tx, since=since, limit=self.at_once)]
        said = [_said(row) for row in await proof_store.unproven_replies(tx, limit=self.at_once)]
        return sorted((*sent, *fetched, *opened, *said), key=lambda fact: (fact.at, fact.reply_seq or 0))[
            : self.at_once
        ]

    async def _enter(self, facts: Sequence[Fact], signer: Signer) -> int:
        """Enter these, but for those that are entered by now; returns how many."""
        by_referral: dict[UUID, list[Fact]] = defaultdict(list)
        for fact in facts:
            by_referral[fact.referral_id].append(fact)
        async with self.database.transaction() as tx:
            await store.locked_appeals_of(tx, by_referral.keys())  # another notary waits here, and finds them entered
            known = await store.referrals(tx, by_referral.keys())
            entered = await proof_store.entered(tx, facts)
            last = await proof_store.last(tx, by_referral.keys())
            rows = []
            for fact in facts:
                if fact.referral_id in known and (fact.message_id or fact.reply_seq) not in entered:
                    entry = Entry.following(
                        last.get(fact.referral_id),
                        referral_id=fact.referral_id,
                        kind=fact.kind,
                        at=_text(fact.at),
                        facts=fact.facts,
                        signer=signer,
                    )
                    last[fact.referral_id] = (entry.number, entry.sha256)
                    rows.append(_row(fact, entry))
            await proof_store.add(tx, rows)
        return len(rows)


def _sent(row: Row[Any]) -> Fact:
    body = json.loads(row.body)
    told = body["data"]
    facts = {
        "agency": told["agency"],
        "appeal_id": told["appeal_id"],
        "message_id": str(row.message_id),
        "type": row.type,
        "body_sha256": proof_store.sha256(row.body),
        "posted_at": _text(row.created_at),
        "confirmed_at": _text(row.published_at),
        **{name: told[name] for name in _TOLD if told.get(name)},
    }
    kind = ProofKind.LINKED if row.type == _LETTER else ProofKind.SENT
    return Fact(UUID(told["referral_id"]), kind, row.published_at, facts, message_id=row.message_id)


def _fetched(row: Row[Any]) -> Fact:
    facts = {
        "agency": row.agency,
        "appeal_id": str(row.appeal_id),
        "message_id": str(row.message_id),
        "type": row.type,
        "body_sha256": row.body_sha256,
        "laid_out_at": _text(row.laid_out_at),
        "acknowledged_at": _text(row.acknowledged_at),
    }
    return Fact(row.referral_id, ProofKind.FETCHED, row.acknowledged_at, facts, message_id=row.message_id)


def _opened(row: Row[Any]) -> Fact:
    facts = {
        "agency": row.agency,
        "appeal_id": str(row.appeal_id),
        "opening": str(row.message_id),
        "expired": proof_store.OPENINGS[row.kind],
    }
    return Fact(row.referral_id, ProofKind.OPENED, row.at, facts, message_id=row.message_id)


def _said(row: Row[Any]) -> Fact:
    facts = {name: getattr(row, name) for name in _FACTS if getattr(row, name) is not None}
    facts |= {"event_id": str(row.event_id), "occurred_at": _text(row.occurred_at), "reply_sha256": row.sha256}
    if row.registered_on:
        facts["registered_on"] = row.registered_on.isoformat()
    return Fact(row.referral_id, ProofKind.REPLY, row.received_at, facts, reply_seq=row.seq)


def _row(fact: Fact, entry: Entry) -> dict[str, Any]:
    row = {**entry.model_dump(), "kind": entry.kind.value, "referral_id": fact.referral_id}
    return row | {"message_id": fact.message_id, "reply_seq": fact.reply_seq}


def _entry(row: Row[Any]) -> Entry:
    return Entry.model_validate({name: getattr(row, name) for name in Entry.model_fields})


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
