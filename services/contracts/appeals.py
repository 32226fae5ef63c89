"""What intake and the router tell each other about an appeal."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from services.contracts.envelope import Message, Name

Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class Language(StrEnum):
    """Language of the appeal, and so of every notice to its applicant (АППК art. 89(2))."""

    KAZAKH = "kk"
    RUSSIAN = "ru"


class AppealKind(StrEnum):
    """What kind of paper it is (АППК art. 4); the kind decides the term (arts. 76, 99)."""

    APPLICATION = "application"
    COMPLAINT = "complaint"
    MESSAGE = "message"
    SUGGESTION = "suggestion"
    RESPONSE = "response"
    REQUEST = "request"


class Channel(StrEnum):
    """How the appeal reached the service."""

    CALL_CENTRE = "call_centre"
    RECEPTION = "reception"
    WEB = "web"
    POST = "post"


class Applicant(BaseModel):
    """Who sent it, as far as others need to know. The IIN or BIN never leaves intake."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Name
    email: EmailStr | None = None
    phone: Annotated[str, StringConstraints(max_length=32)] | None = None
    postal_address: Annotated[str, StringConstraints(max_length=500)] | None = None


class AppealRegistered(Message):
    """An appeal has been registered and waits for a decision (АППК art. 64)."""

    TYPE: ClassVar[str] = "appeal.registered.v1"

    appeal_id: UUID
    registration_number: Name
    received_at: AwareDatetime
    registered_on: date
    language: Language
    kind: AppealKind
    channel: Channel
    text: Text
    applicant: Applicant
    addressed_to: Name | None = Field(default=None, description="The body or official it is addressed to, as written.")
    complained_of: Name | None = Field(default=None, description="The body or official complained of, as written.")
    territory: Name | None = Field(default=None, description="District or settlement, as given in the form.")

    def subject(self) -> UUID:
        return self.appeal_id


class AppealWithdrawn(Message):
    """The applicant has withdrawn the appeal (АППК art. 64(9))."""

    TYPE: ClassVar[str] = "appeal.withdrawn.v1"

    appeal_id: UUID
    withdrawn_at: AwareDatetime

    def subject(self) -> UUID:
        return self.appeal_id


class Assessment(StrEnum):
    """What the router says of an appeal as a whole."""

    RETAINED = "retained"
    """It is ours: within the service's own competence."""
    IN_REVIEW = "in_review"
    """A person decides."""


class AppealAssessed(Message):
    """The router has looked at an appeal and has nothing to refer, or not yet."""

    TYPE: ClassVar[str] = "appeal.assessed.v1"

    appeal_id: UUID
    revision: int = Field(ge=1, description="Grows with each assessment of the appeal; an older one is stale.")
    assessment: Assessment
    assessed_at: AwareDatetime

    def subject(self) -> UUID:
        return self.appeal_id
