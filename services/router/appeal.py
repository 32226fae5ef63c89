"""An appeal as the router keeps it: what decides where it goes, and what goes with it. It never holds an IIN."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from services.contracts.appeals import AppealKind, AppealRegistered, Applicant, Channel, Language


class Outcome(StrEnum):
    """What has become of an appeal, in the router's eyes. Each appeal has exactly one."""

    REFERRED = "referred"
    """An agency has it."""
    RETAINED = "retained"
    """The service considers it itself."""
    IN_REVIEW = "in_review"
    """A person decides: there is an open task."""
    WITHDRAWN = "withdrawn"
    """The applicant took it back."""
    TO_FIX = "to_fix"
    """The applicant is asked to add what it lacks."""
    RETURNED = "returned"
    TERMINATED = "terminated"
    FILED = "filed"
    """Put to an earlier one without an answer."""
    COURT_ROUTE = "court_route"
    """The applicant was told that only a court is left."""


@dataclass(frozen=True, kw_only=True)
class Appeal:
    """One appeal. Immutable: a change is a new value."""

    id: UUID
    registration_number: str
    received_at: datetime
    registered_on: date
    language: Language
    kind: AppealKind
    channel: Channel
    text: str
    applicant: Applicant
    addressed_to: str | None
    complained_of: str | None
    territory: str | None
    anonymous: bool = False
    corruption: bool = False
    """Whether it tells of corruption. Then it is never referred as a whole, and its author is named to nobody."""
    sealed: bool = False
    """Whether it tells of corruption, may do so, or is ours: only persons with the scope for it read it (R-SEC-1)."""
    outcome: Outcome = Outcome.IN_REVIEW
    revision: int = 0
    """How often intake has been told an assessment of it."""
    withdrawn_at: datetime | None = None
    fix_by: date | None = None
    """Last day to add what it lacks, when the applicant was asked to."""

    @classmethod
    def of(cls, message: AppealRegistered) -> Self:
        """The appeal that intake tells of."""
        told: dict[str, Any] = {name: getattr(message, name) for name in type(message).model_fields}
        return cls(id=told.pop("appeal_id"), **told)
