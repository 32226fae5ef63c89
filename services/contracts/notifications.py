"""What intake asks the notifier to tell."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, EmailStr, Field, StringConstraints

from services.contracts.appeals import Language
from services.contracts.envelope import AgencyCode, Message, Name


class Notice(StrEnum):
    """What an applicant can be told; each is a template in both languages."""

    REGISTERED = "registered"
    RETAINED = "retained"
    REFERRED = "referred"
    ACCEPTED = "accepted"
    EXTENDED = "extended"
    ANSWERED = "answered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TO_FIX = "to_fix"
    RETURNED = "returned"
    TERMINATED = "terminated"
    COURT_ROUTE = "court_route"


class Road(StrEnum):
    """How an applicant can be told (АППК art. 66(2))."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"


class NotifyApplicant(Message):
    """Tell the applicant (АППК arts. 65(1), 66). A command: the notifier alone obeys."""

    TYPE: ClassVar[str] = "applicant.notify.v1"

    notification_id: UUID
    appeal_id: UUID
    revision: int = Field(ge=1, description="Revision of the appeal that this tells of; GET never shows an older one.")
    notice: Notice
    language: Language
    email: EmailStr | None = None
    phone: Annotated[str, StringConstraints(max_length=32)] | None = None
    variables: dict[str, str] = Field(description="What the template needs; each notice's names are in the docs.")
    requested_at: AwareDatetime
    applicant_name: Name | None = Field(default=None, description="For a letter, if it comes to that.")
    postal_address: Annotated[str, StringConstraints(max_length=500)] | None = None
    channels: tuple[Road, ...] | None = Field(
        default=None, description="What the applicant prefers, in this order; e-mail, then SMS, if absent."
    )
    sensitive: bool = Field(default=False, description="The text may tell nothing but that there is news (R-SEC-5).")
    referral_id: UUID | None = Field(default=None, description="The referral it tells of, if it tells of one.")

    def subject(self) -> UUID:
        return self.appeal_id


class NoticeOutcome(StrEnum):
    """What telling the applicant on one channel came to."""

    SENT = "sent"
    """The provider has taken it."""
    DELIVERED = "delivered"
    """It has reached the applicant, as far as the channel can prove it."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It may have arrived: a person looks into it."""
    QUEUED = "queued"
    """A letter waits to be printed and posted by a person."""
    SUPPRESSED = "suppressed"
    """Nothing is sent, for the reason given."""


class ApplicantNotified(Message):
    """Proof of a notice, or of its failure (АППК art. 66(2)). Said by the notifier."""

    TYPE: ClassVar[str] = "applicant.notified.v1"

    notification_id: UUID = Field(description="That of the order; it may be said of several channels.")
    appeal_id: UUID
    revision: int = Field(ge=1)
    notice: Notice
    channel: Road
    outcome: NoticeOutcome
    reason: Name | None = Field(default=None, description="Code of a failure, or why nothing is sent.")
    recipient: str = Field(description="Masked: enough to recognise it by.")
    provider: Name | None = None
    reference: Name | None = Field(default=None, description="The provider's own name for it.")
    at: AwareDatetime
    found_out: bool | None = Field(default=None, description="Whether a person found it out, such as by telephone.")

    def subject(self) -> UUID:
        return self.appeal_id


class ForgetApplicant(Message):
    """Forget who an appeal's applicant is, and all that was told of it (R-SEC-3). A command to the notifier.

    It comes behind the orders that it concerns, or before them: what is ordered of the appeal later is told to nobody.
    """

    TYPE: ClassVar[str] = "applicant.forget.v1"

    appeal_id: UUID
    requested_at: AwareDatetime

    def subject(self) -> UUID:
        return self.appeal_id


class NotifyAgency(Message):
    """Tell an agency without a system that there is a referral for it, or news of one. Holds no personal data."""

    TYPE: ClassVar[str] = "agency.notify.v1"

    notification_id: UUID
    appeal_id: UUID
    referral_id: UUID
    revision: int = Field(ge=1, description="Revision of the referral.")
    agency: AgencyCode
    agency_name: Name
    email: EmailStr
    language: Language
    link: Annotated[str, StringConstraints(max_length=1_000)] = Field(description="Opens this one referral.")
    good_until: AwareDatetime
    requested_at: AwareDatetime
    silent_agency_name: Name | None = Field(
        default=None,
        description="An agency below this one that is silent about the referral: no more than that is told.",
    )

    def subject(self) -> UUID:
        return self.appeal_id


def agency_system(agency: str) -> str:
    """Name under which the notifier knows an agency's webhook endpoint."""
    return f"agency.{agency}"


class NotifySystem(Message):
    """Tell the posting system, by its webhook, that the appeal's status has changed."""

    TYPE: ClassVar[str] = "system.notify.v1"

    notification_id: UUID
    appeal_id: UUID
    revision: int = Field(ge=1)
    system: Name = Field(description="Code of the posting system; the notifier knows its endpoint.")
    event: Name = Field(description="Type of the webhook, such as ``appeal.status_changed``.")
    payload: dict[str, Any]
    requested_at: AwareDatetime

    def subject(self) -> UUID:
        return self.appeal_id
