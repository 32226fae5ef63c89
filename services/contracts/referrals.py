"""What the router, intake and the agencies tell each other about a referral."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.contracts.appeals import AppealKind, Applicant, Language, Text
from services.contracts.envelope import AgencyCode, Message, Name

Reason = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class ReferralState(StrEnum):
    """State of one referral. The moves between them are a table in the router."""

    PROPOSED = "proposed"
    """Decided by rule, waits for a person's approval."""
    ISSUED = "issued"
    """Handed to the agency's queue."""
    RECEIVED = "received"
    """The agency has it and has registered it."""
    ACCEPTED = "accepted"
    """The agency says it is competent."""
    ANSWERED = "answered"
    """The agency has answered the applicant."""
    DECLINED = "declined"
    """The agency says it is not competent; a successor or a task follows."""
    RECALLED = "recalled"
    """We took it back."""
    REJECTED = "rejected"
    """An operator refused the proposal."""
    UNDELIVERABLE = "undeliverable"
    """The broker could not hand it over, or the agency's consumer refused it; it waits at the operator's desk."""


class Scope(StrEnum):
    """Whether the whole appeal is referred or a part of it (АППК art. 65(1), 65(2))."""

    FULL = "full"
    PART = "part"


class LocalName(BaseModel):
    """A name in the languages that applicants read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kk: Name
    ru: Name


class ReferralIssued(Message):
    """An appeal, or a part of it, is referred to an agency (АППК art. 65). The agency's order to begin."""

    TYPE: ClassVar[str] = "referral.issued.v1"

    referral_id: UUID
    appeal_id: UUID
    agency: AgencyCode
    registration_number: Name
    registered_on: date
    language: Language
    kind: AppealKind
    scope: Scope
    text: Text = Field(description="The appeal's text, or the part of it that is referred.")
    applicant: Applicant
    complained_of: Name | None = None
    territory: Name | None = None
    legal_basis: Name
    issued_at: AwareDatetime
    answer_due_on: date = Field(description="Last day of the agency's term (АППК arts. 76, 99).")
    predecessor_id: UUID | None = Field(default=None, description="The declined referral that this one succeeds.")
    replayed_at: AwareDatetime | None = Field(
        default=None, description="When it was sent again on request; a referral that is known stays as it is."
    )

    def subject(self) -> UUID:
        return self.appeal_id

    def routing_key(self) -> str:
        return f"{self.TYPE}.{self.agency}"


class ReferralRecalled(Message):
    """We take a referral back; the agency stops work on it."""

    TYPE: ClassVar[str] = "referral.recalled.v1"

    referral_id: UUID
    appeal_id: UUID
    agency: AgencyCode
    reason: Reason
    recalled_at: AwareDatetime
    replayed_at: AwareDatetime | None = Field(default=None, description="When it was sent again on request.")

    def subject(self) -> UUID:
        return self.appeal_id

    def routing_key(self) -> str:
        return f"{self.TYPE}.{self.agency}"


class ReplyKind(StrEnum):
    """What an agency can say of a referral."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ANSWERED = "answered"
    EXTENDED = "extended"
    """The agency's term is extended (АППК art. 76(3)); the state stays."""


class ReferralReply(Message):
    """An agency speaks of a referral. The envelope's id is the event's id: repeating it changes nothing."""

    TYPE: ClassVar[str] = "referral.reply.v1"

    referral_id: UUID
    appeal_id: UUID
    kind: ReplyKind
    occurred_at: AwareDatetime
    registration_number: Name | None = Field(default=None, description="The agency's own number, when it is received.")
    reason: Reason | None = Field(default=None, description="Why it is declined or extended; required then.")
    proposed_agency: AgencyCode | None = Field(default=None, description="Who is competent instead, if known.")
    text: Annotated[str, StringConstraints(max_length=20_000)] | None = Field(
        default=None, description="The answer given to the applicant; required when answered."
    )
    extended_to: date | None = Field(
        default=None,
        description="New last day of the term, two months from the decision at most; required if extended.",
    )

    def subject(self) -> UUID:
        return self.appeal_id

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> "ReferralReply":
        if self.kind is ReplyKind.DECLINED and not self.reason:
            raise ValueError("a declined referral needs a reason")
        if self.kind is ReplyKind.ANSWERED and not self.text:
            raise ValueError("an answered referral needs the text of the answer")
        if self.kind is ReplyKind.EXTENDED and not (self.reason and self.extended_to):
            raise ValueError("an extended referral needs the reason and the new last day")
        return self


class ReferralChanged(Message):
    """A referral has entered a new state. What intake derives the appeal's status from."""

    TYPE: ClassVar[str] = "referral.changed.v1"

    referral_id: UUID
    appeal_id: UUID
    agency: AgencyCode
    agency_name: LocalName
    agency_contacts: Annotated[str, StringConstraints(max_length=500)] | None = None
    scope: Scope
    state: ReferralState
    revision: int = Field(ge=1, description="Grows with each change of the referral; an older one is stale.")
    changed_at: AwareDatetime
    answer_due_on: date | None = None
    reason: Reason | None = None
    answer: Annotated[str, StringConstraints(max_length=20_000)] | None = None
    predecessor_id: UUID | None = None
    extended_on: date | None = Field(
        default=None, description="Day of the decision to extend, where it is `answer_due_on` alone that has changed."
    )

    def subject(self) -> UUID:
        return self.appeal_id
