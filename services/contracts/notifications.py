"""What intake asks the notifier to tell."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, EmailStr, Field, StringConstraints

from services.contracts.appeals import Language
from services.contracts.envelope import Message, Name


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
    sensitive: bool = Field(default=False, description="The text may tell nothing but that there is news (R-SEC-5).")

    def subject(self) -> UUID:
        return self.appeal_id


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
