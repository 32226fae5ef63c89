"""What intake and the router tell each other about an appeal."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from services.contracts.attachments import MOST, AttachedDocument
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
    anonymous: bool = Field(default=False, description="No name was given; the applicant's only says so (art. 88).")
    attachments: Annotated[tuple[AttachedDocument, ...], Field(max_length=MOST)] = ()

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
    REFERRED = "referred"
    """Of an appeal that is in parts: each of them is with an agency, and nothing of it remains with the service."""
    TO_FIX = "to_fix"
    """It lacks what the law requires; the applicant may add it until a day (АППК art. 64(6))."""
    RETURNED = "returned"
    """It is returned with reasons (art. 64(7))."""
    TERMINATED = "terminated"
    """The procedure is terminated with reasons (arts. 70, 88)."""
    FILED = "filed"
    """It repeats what was returned before: filed to that without an answer (art. 64(8))."""
    PROTECTED = "protected"
    """It was moved to a protected channel: whoever keeps its text or its author forgets both (R-SEC-3)."""
    COURT_ROUTE = "court_route"
    """Nobody stands above the body complained of: the applicant is told that a court is the way (art. 91(6))."""


class Requirement(StrEnum):
    """What an appeal must hold (АППК arts. 63(2), 93(2)) and may lack; an IIN or BIN only if there is one."""

    NAME = "name"
    POSTAL_ADDRESS = "postal_address"
    ADDRESSEE = "addressee"
    SUBSTANCE = "substance"
    DATE = "date"
    SIGNATURE = "signature"
    COMPLAINED_OF = "complained_of"
    CIRCUMSTANCES = "circumstances"
    ATTACHMENTS = "attachments"


class Ground(StrEnum):
    """Why an appeal ends without an answer on its substance."""

    NOT_FIXED = "not_fixed"
    """The time to add what it lacks has lapsed (АППК art. 64(7)(1))."""
    REPEATED = "repeated"
    """It repeats what has been considered, with no new arguments (arts. 64(7)(2), 88)."""
    OBSCENE = "obscene"
    """Obscene or insulting language (art. 64(7)(2))."""
    ALREADY_DECIDED = "already_decided"
    """The same subject on the same grounds has been decided (art. 70)."""
    COURT_ACT = "court_act"
    """A court's act on the same is in force (art. 70)."""
    RETURNED_BEFORE = "returned_before"
    """It was returned, as what it lacked was not added in time (art. 70)."""
    ANONYMOUS = "anonymous"
    """Its author cannot be established, it is not signed, or has no postal address (art. 88)."""
    NO_SUBSTANCE = "no_substance"
    """It does not say what it is about (art. 88)."""
    REPEATED_AFTER_RETURN = "repeated_after_return"
    """The same again after its return (art. 64(8))."""
    NO_SUPERIOR = "no_superior"
    """Nobody stands above the body complained of (arts. 80(5), 91(6))."""


class AppealAssessed(Message):
    """The router has looked at an appeal and has nothing to refer, or not yet."""

    TYPE: ClassVar[str] = "appeal.assessed.v1"

    appeal_id: UUID
    revision: int = Field(ge=1, description="Grows with each assessment of the appeal; an older one is stale.")
    assessment: Assessment
    assessed_at: AwareDatetime
    sealed: bool = Field(default=False, description="It is to be spoken of neutrally, to confirmed contacts (R-SEC-5).")
    ground: Ground | None = Field(default=None, description="Why it ends so, when it does.")
    legal_basis: Name | None = None
    reason: Annotated[str, StringConstraints(max_length=2_000)] | None = Field(
        default=None, description="What the official says of it, to the applicant."
    )
    lacking: tuple[Requirement, ...] = Field(default=(), description="What the applicant is asked to add.")
    fix_by: date | None = Field(default=None, description="Last day to add it.")

    def subject(self) -> UUID:
        return self.appeal_id
