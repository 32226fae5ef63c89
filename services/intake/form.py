"""The form by which appeals are posted, and what is noticed about it without refusing it (АППК arts. 63, 64)."""

import hashlib
import json
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import phonenumbers
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.chassis.errors import Invalid, Refused
from services.chassis.outbox import Cause
from services.contracts.appeals import AppealKind, Channel, Language
from services.contracts.attachments import MOST
from services.contracts.notifications import Road
from services.intake.attachments.claims import Named
from services.intake.iin_bin import plausible_iin_bin
from services.intake.registration import Submission

CLOCK_SKEW: Final = timedelta(minutes=5)
EARLIEST: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
MAX_KEY: Final = 255
NOBODY: Final = frozenset(
    {
        *("аноним", "анонимно", "анонимный", "без имени", "не представился", "не представилась", "неизвестный"),
        *("аты-жөні айтылмады", "аты-жөні белгісіз", "белгісіз", "anonymous"),
    }
)
"""What registrars write in the place of a name that was not given."""


def _line(value: str) -> str:
    """One line that says something. PostgreSQL takes no NUL, and a line break would forge a header or a log line."""
    if any(unicodedata.category(c) == "Cc" for c in value) or not value.strip():
        raise PydanticCustomError("malformed", "not one line of text")
    return value.strip()


def _letter(value: str) -> str:
    """Text that says something."""
    if "\x00" in value or not value.strip():
        raise PydanticCustomError("malformed", "no text")
    return value


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_line)]
Letter = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_letter)]


class Person(StrEnum):
    """Who can be an applicant."""

    NATURAL = "natural"
    LEGAL = "legal"


class _Closed(BaseModel):
    """What comes over HTTP may hold no field that we do not know: a misspelt one would be lost silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ApplicantForm(_Closed):
    """The applicant (АППК art. 63(2)). An IIN or BIN is needed only if there is one; who gives no name is anonymous."""

    kind: Person = Person.NATURAL
    name: Line | None = None
    iin_bin: Annotated[Line, StringConstraints(max_length=20)] | None = None
    email: EmailStr | None = None
    phone: Annotated[Line, StringConstraints(max_length=32)] | None = None
    postal_address: Annotated[Letter, StringConstraints(max_length=500)] | None = None
    contacts_confirmed: bool = Field(default=False, description="Confirmed by signature (АППК art. 66(4)).")
    contacts_at_work: bool = Field(default=False, description="They are those of the workplace (R-SEC-5).")
    notify_by: Road | None = Field(default=None, description="How the applicant prefers to be told.")


class AttachmentForm(_Closed):
    """A document that was uploaded before."""

    id: UUID
    name: Line | None = Field(default=None, description="Its file name, which is made safe: no path, no number.")


def _distinct(attachments: tuple[AttachmentForm, ...]) -> tuple[AttachmentForm, ...]:
    if len({one.id for one in attachments}) < len(attachments):
        raise PydanticCustomError("malformed", "a document is named twice")
    return attachments


class AppealForm(_Closed):
    """An appeal as a posting system sends it."""

    kind: AppealKind
    channel: Channel
    language: Language
    text: Letter
    applicant: ApplicantForm = Field(default_factory=ApplicantForm)
    received_at: AwareDatetime | None = Field(default=None, description="When it arrived; now, if absent.")
    addressed_to: Line | None = None
    complained_of: Line | None = Field(default=None, description="The body or official complained of.")
    territory: Line | None = Field(default=None, description="District or settlement.")
    accepted_by_name: Line | None = Field(default=None, description="Who accepted it, if a person (АППК art. 64(2)).")
    accepted_by_position: Line | None = None
    attachments: Annotated[tuple[AttachmentForm, ...], Field(max_length=MOST), AfterValidator(_distinct)] = Field(
        default=(), description="Documents from POST /v1/attachments."
    )


def submission(
    form: AppealForm, *, posting_system: str, tell_system: bool, key: str, at: datetime, cause: Cause
) -> Submission:
    """A checked form, ready to be registered. Raises `Invalid` for an impossible time of arrival."""
    received_at = form.received_at or at
    if not EARLIEST <= received_at <= at + CLOCK_SKEW:
        raise Invalid("received_at_impossible", pointer="#/received_at")
    phone, phone_known = _phone(form.applicant.phone)
    applicant = {**form.applicant.model_dump(mode="json"), "phone": phone, "anonymous": _is_anonymous(form.applicant)}
    if form.applicant.contacts_confirmed:
        applicant["contacts_confirmed_at"] = received_at.isoformat()
    accepted_by = {"name": form.accepted_by_name, "position": form.accepted_by_position}
    return Submission(
        posting_system=posting_system,
        tell_system=tell_system,
        key=key,
        fingerprint=fingerprint(form),
        received_at=received_at,
        language=form.language,
        kind=form.kind,
        channel=form.channel,
        text=form.text,
        applicant=applicant,
        addressed_to=form.addressed_to,
        complained_of=form.complained_of,
        territory=form.territory,
        accepted_by={key: value for key, value in accepted_by.items() if value} or None,
        warnings=_warnings(form, phone_known=phone_known),
        cause=cause,
        attachments=tuple(Named(one.id, one.name) for one in form.attachments),
    )


def idempotency_key(given: str) -> str:
    """The key, with or without the draft's quotes (draft-ietf-httpapi-idempotency-key-header). Raises `Refused`."""
    key = given[1:-1] if len(given) > 1 and given[0] == given[-1] == '"' else given
    if not 1 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise Refused("idempotency_key_invalid")
    return key


def fingerprint(form: AppealForm) -> str:
    """SHA-256 of what was said, whatever the order of its fields: the same key with another one is a mistake."""
    fields = form.model_dump(mode="json")
    if form.applicant.notify_by is None:
        del fields["applicant"]["notify_by"]  # younger than keys that are still in use
    if not form.attachments:
        del fields["attachments"]  # likewise
    said = unicodedata.normalize("NFC", json.dumps(fields, sort_keys=True, ensure_ascii=False))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _warnings(form: AppealForm, *, phone_known: bool) -> list[dict[str, str]]:
    """What a registrar should look at again; an appeal is accepted all the same (АППК art. 64(1))."""
    found = []
    if _is_anonymous(form.applicant):
        found.append({"pointer": "#/applicant/name", "code": "author_missing"})
    number = form.applicant.iin_bin
    if number is not None and not plausible_iin_bin(number):
        found.append({"pointer": "#/applicant/iin_bin", "code": "check_digit_wrong"})
    if not phone_known:
        found.append({"pointer": "#/applicant/phone", "code": "phone_unrecognised"})
    if form.applicant.postal_address is None and form.applicant.email is None and form.applicant.phone is None:
        found.append({"pointer": "#/applicant", "code": "no_contacts"})
    if form.kind is AppealKind.COMPLAINT and form.complained_of is None:
        found.append({"pointer": "#/complained_of", "code": "complained_of_missing"})
    return found


def _is_anonymous(applicant: ApplicantForm) -> bool:
    return applicant.name is None or applicant.name.casefold().strip(' .!-«»"') in NOBODY


def _phone(given: str | None) -> tuple[str | None, bool]:
    """The number in E.164 where it is one of a telephone; otherwise as it was given."""
    if given is None:
        return None, True
    try:
        number = phonenumbers.parse(given, "KZ")
    except phonenumbers.NumberParseException:
        return given, False
    if not phonenumbers.is_possible_number(number):
        return given, False
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), True
