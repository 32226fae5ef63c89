"""The history of an appeal: whatever happened to it, whoever did it, in one order. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.contracts.proof import ProofKind
from services.router.dossier import Dossier
from services.router.task import TaskState

_AGENCY: Final = "agency:"
_LINK: Final = "link:"
_SPEAKS: Final = (_AGENCY, _LINK, "operator:")
"""Whose event may be a reply: the agency's own, by its link, or told by a person of ours."""


class Group(StrEnum):
    """What somebody who reads a history may look for alone."""

    DECISION = "decision"
    HANDOVER = "handover"
    """To the agency, and back from it by us."""
    AGENCY = "agency"
    """What the agency says."""
    PERSON = "person"
    """What people at the desk were asked, and did."""
    NOTICE = "notice"
    """What the applicant was told."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    at: datetime
    kind: str
    """In two words with a dot, such as ``event.issued``."""
    group: Group
    by: str
    """Who did it, as the record calls them."""
    agency: str | None = None
    referral_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def history(of: Dossier) -> list[Entry]:
    """All entries, the first one first. What happened in one moment stands in the order in which it follows."""
    found = [*_appeal(of), *_decisions(of), *_events(of), *_replies(of), *_approvals(of), *_tasks(of), *_proofs(of)]
    return sorted(found, key=lambda entry: entry.at)


def _appeal(of: Dossier) -> Iterator[Entry]:
    row = of.appeal
    yield Entry(row.received_at, "appeal.received", Group.DECISION, "applicant", facts={"channel": row.channel})
    if row.withdrawn_at:
        yield Entry(row.withdrawn_at, "appeal.withdrawn", Group.DECISION, "applicant")


def _decisions(of: Dossier) -> Iterator[Entry]:
    for row in of.decisions:
        facts = {"decision_id": row.id, "part": row.part_number, "verdict": row.record["verdict"]}
        yield Entry(row.made_at, "decision.made", Group.DECISION, row.made_by, facts=facts)


def _events(of: Dossier) -> Iterator[Entry]:
    """What happened to its referrals, but for what a reply of the same moment tells better."""
    told = {(row.referral_id, row.received_at) for row in of.replies}
    for row in of.events:
        if not (row.by.startswith(_SPEAKS) and (row.referral_id, row.at) in told):
            yield _event(of, row)


def _event(of: Dossier, row: Row[Any]) -> Entry:
    group = Group.AGENCY if row.by.startswith((_AGENCY, _LINK)) else Group.HANDOVER
    facts = {"note": row.note, "state": row.state}
    return Entry(row.at, f"event.{row.kind}", group, row.by, _agency(of, row.referral_id), row.referral_id, facts)


def _replies(of: Dossier) -> Iterator[Entry]:
    by = {(row.referral_id, row.at): row.by for row in of.events}
    for row in of.replies:
        who = by.get((row.referral_id, row.received_at), f"{_AGENCY}{row.agency}")
        said = (
            *("outcome", "occurred_at", "registration_number", "reason", "reason_code", "legal_basis"),
            *("proposed_agency", "text", "extended_to", "returned", "documents"),
        )
        facts = {name: getattr(row, name) for name in said}
        yield Entry(row.received_at, f"reply.{row.kind}", Group.AGENCY, who, row.agency, row.referral_id, facts)


def _approvals(of: Dossier) -> Iterator[Entry]:
    for row in of.approvals:
        kind = "approval.given" if row.approved else "approval.refused"
        facts = {"reason": row.reason}
        yield Entry(row.made_at, kind, Group.PERSON, row.made_by, _agency(of, row.referral_id), row.referral_id, facts)


def _tasks(of: Dossier) -> Iterator[Entry]:
    for row in of.tasks:
        about = {"agency": _agency(of, row.referral_id), "referral_id": row.referral_id}
        facts = {"question": row.question, "note": row.note, "due_on": row.due_on, "task_id": row.id}
        yield Entry(row.opened_at, "task.opened", Group.PERSON, row.opened_by, **about, facts=facts)
        if row.settled_at and row.state != TaskState.OVERTAKEN:
            facts = {"question": row.question, "state": row.state, "reason": row.reason, "task_id": row.id}
            yield Entry(row.settled_at, "task.settled", Group.PERSON, row.settled_by, **about, facts=facts)


def _proofs(of: Dossier) -> Iterator[Entry]:
    """What is proved of the hand-over; a reply that is proved stands there already."""
    for row in of.proofs:
        if row.kind != ProofKind.REPLY:
            facts = {"number": row.number, "sha256": row.sha256, "type": row.facts.get("type")}
            at = datetime.fromisoformat(row.at)
            agency = _agency(of, row.referral_id)
            yield Entry(at, f"proof.{row.kind}", Group.HANDOVER, "notary", agency, row.referral_id, facts)


def _agency(of: Dossier, referral_id: UUID | None) -> str | None:
    row = of.referral(referral_id)
    return row.agency if row else None
