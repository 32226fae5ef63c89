"""What the router, intake and the agencies tell each other about a referral."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.contracts.appeals import AppealKind, Applicant, Language, Text
from services.contracts.attachments import MOST, ReferencedDocument
from services.contracts.dates import Day, Moment
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
    ACCEPTED_IN_PART = "accepted_in_part"
    """The agency keeps a part; what it returned is a referral of its own, which it has declined."""
    ANSWERED = "answered"
    """The agency has answered the applicant."""
    DECLINED = "declined"
    """The agency says it is not competent; a successor or a task follows."""
    DISPUTED = "disputed"
    """The agency declines what it may not, or what others have declined before: an arbiter decides."""
    RECALLED = "recalled"
    """We took it back."""
    REJECTED = "rejected"
    """An operator refused the proposal."""
    UNDELIVERABLE = "undeliverable"
    """The broker could not hand it over, or the agency's consumer refused it; it waits at the operator's desk."""


DOCUMENTS_ENDED: Final = frozenset(
    {
        ReferralState.ANSWERED,
        ReferralState.DECLINED,
        ReferralState.DISPUTED,
        ReferralState.RECALLED,
        ReferralState.REJECTED,
    }
)
"""States in which an agency's references to documents open nothing, and it is given no new ones.

What is undeliverable may be with the agency all the same; and of what is issued intake may hear after the agency.
"""


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
    binding: bool = Field(default=False, description="By an arbiter's decision: the agency cannot decline it.")
    attachments: Annotated[tuple[ReferencedDocument, ...], Field(max_length=MOST)] = Field(
        default=(), description="What the applicant has attached, by references that expire."
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


class Awaited(StrEnum):
    """What an agency is reminded of."""

    RECEIPT = "receipt"
    """To say that it has the referral."""
    ACCEPTANCE = "acceptance"
    """To say whether it is competent."""
    TERM = "term"
    """Its term comes to an end."""
    OVERDUE = "overdue"
    """Its term has passed, and it has not answered."""


class ReferralReminder(Message):
    """An agency is reminded of a referral that it has been given. Nothing new begins."""

    TYPE: ClassVar[str] = "referral.reminder.v1"

    referral_id: UUID
    appeal_id: UUID
    agency: AgencyCode
    registration_number: Name
    awaited: Awaited
    answer_due_on: date = Field(description="Last day of the agency's term.")
    reminded_at: AwareDatetime

    def subject(self) -> UUID:
        return self.appeal_id

    def routing_key(self) -> str:
        return f"{self.TYPE}.{self.agency}"


class ReferralEscalated(Message):
    """A superior body learns that an agency below it is silent about a referral. It holds nothing of the appeal."""

    TYPE: ClassVar[str] = "referral.escalated.v1"

    referral_id: UUID
    appeal_id: UUID
    agency: AgencyCode = Field(description="The superior body, which is told.")
    registration_number: Name
    silent_agency: AgencyCode
    silent_agency_name: LocalName
    awaited: Awaited
    answer_due_on: date = Field(description="Last day of the silent agency's term.")
    escalated_at: AwareDatetime

    def subject(self) -> UUID:
        return self.appeal_id

    def routing_key(self) -> str:
        return f"{self.TYPE}.{self.agency}"


class ReplyKind(StrEnum):
    """What an agency can say of a referral."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    ACCEPTED_IN_PART = "accepted_in_part"
    DECLINED = "declined"
    ANSWERED = "answered"
    EXTENDED = "extended"
    """The agency's term is extended (АППК art. 76(3)); the state stays."""


class DeclineReason(StrEnum):
    """On what ground an agency declines, or returns a part."""

    NOT_COMPETENT = "not_competent"
    """The matter is another body's."""
    OTHER_TERRITORY = "other_territory"
    """The place is another body's."""
    COMPLAINED_OF = "complained_of"
    """The complaint is about the agency itself, or a body below it (АППК art. 91)."""
    HAS_IT_ALREADY = "has_it_already"
    """The agency has the same appeal already."""
    UNSPECIFIED = "unspecified"
    """No code was given; the reason is in words."""


class Document(BaseModel):
    """A document that belongs to an answer: where it is, never the document itself."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Name
    reference: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    media_type: Name | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


Documents = Annotated[tuple[Document, ...], Field(max_length=50)]


class ReferralReply(Message):
    """An agency speaks of a referral. The envelope's id is the event's id: repeating it changes nothing."""

    TYPE: ClassVar[str] = "referral.reply.v1"

    referral_id: UUID
    appeal_id: UUID
    kind: ReplyKind
    occurred_at: Moment
    sequence: int | None = Field(
        default=None, ge=1, description="Grows with each reply to the referral; one behind the last applied is late."
    )
    registration_number: Name | None = Field(default=None, description="The agency's own number, when it is received.")
    registered_on: Day | None = Field(default=None, description="Day of the agency's own registration.")
    reason: Reason | None = Field(
        default=None, description="Why it is declined, accepted in part or extended; required then."
    )
    reason_code: DeclineReason | None = Field(default=None, description="Ground, if declined or accepted in part.")
    legal_basis: Name | None = Field(default=None, description="Article that the agency relies on.")
    returned: tuple[Text, ...] = Field(
        default=(),
        max_length=20,
        description="What is returned, quoted from the referral's text; required if accepted in part.",
    )
    proposed_agency: AgencyCode | None = Field(default=None, description="Who is competent instead, if known.")
    text: Annotated[str, StringConstraints(max_length=20_000)] | None = Field(
        default=None, description="The answer given to the applicant; required when answered."
    )
    language: Language | None = Field(default=None, description="Language of the answer.")
    documents: Documents = Field(default=(), description="Documents that belong to the answer, by reference.")
    extended_to: Day | None = Field(
        default=None,
        description="New last day of the term, two months from the decision at most; required if extended.",
    )

    def subject(self) -> UUID:
        return self.appeal_id

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> "ReferralReply":
        if self.kind is ReplyKind.DECLINED and not self.reason:
            raise ValueError("a declined referral needs a reason")
        if self.kind is ReplyKind.ACCEPTED_IN_PART and not (self.reason and self.returned):
            raise ValueError("a referral accepted in part needs what is returned, and the reason")
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
    reason_code: DeclineReason | None = Field(default=None, description="The agency's ground, if it declines.")
    legal_basis: Name | None = Field(default=None, description="Article that the agency relies on.")
    agency_number: Name | None = Field(default=None, description="The agency's own registration number.")
    agency_registered_on: date | None = Field(default=None, description="Day of the agency's own registration.")
    answer_language: Language | None = None
    documents: Documents = Field(default=(), description="Documents that belong to the answer, by reference.")
    binding: bool = Field(default=False, description="By an arbiter's decision.")
    refused: bool = Field(default=False, description="The agency declines what binds it: the state stays.")

    def subject(self) -> UUID:
        return self.appeal_id
