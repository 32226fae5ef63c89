"""What the router says of a referral, to the agency and to intake. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from services.contracts.appeals import AppealKind, Applicant, Language
from services.contracts.attachments import Grant
from services.contracts.calendar import Override
from services.contracts.envelope import Envelope
from services.contracts.notifications import NotifyAgency, NotifySystem, agency_system
from services.contracts.referrals import (
    Awaited,
    LocalName,
    ReferralChanged,
    ReferralEscalated,
    ReferralIssued,
    ReferralRecalled,
    ReferralReminder,
    ReferralReply,
    Scope,
)
from services.contracts.working_days import CalendarChanged, OverriddenDay
from services.router.agency import Agency
from services.router.appeal import Appeal
from services.router.attachments import of_referral
from services.router.minimum import needed, reduced
from services.router.record import LEGAL_BASIS
from services.router.referral import Referral

WITHHELD: Final[Mapping[Language, Applicant]] = {
    Language.KAZAKH: Applicant(name="Өтініш беруші туралы мәлімет жарияланбайды"),
    Language.RUSSIAN: Applicant(name="Сведения о заявителе не раскрываются"),
}
"""Stands for the author of a sealed appeal (R-SEC-2)."""

WITHDRAWN: Final[Mapping[Language, str]] = {
    Language.KAZAKH: "Өтініш беруші жолданымын кері қайтарып алды (ӘРПК 64-бабының 9-бөлігі).",
    Language.RUSSIAN: "Заявитель отозвал обращение (АППК, статья 64, часть 9).",
}
"""Why a referral is recalled when the applicant has withdrawn the appeal."""


_CLOSED: Final[Mapping[Language, tuple[str, str]]] = {
    Language.KAZAKH: ("Орган таратылды.", "Орган таратылды, оның орнында: {heir}."),
    Language.RUSSIAN: ("Орган упразднён.", "Орган упразднён, его место занимает: {heir}."),
}


def closed(language: Language, heir: Agency | None) -> str:
    """Why a referral is taken back from an agency that has been closed."""
    alone, followed = _CLOSED[language]
    return followed.format(heir=getattr(heir.name, language.value)) if heir else alone


TAKEN_BACK: Final[Mapping[Language, str]] = {
    Language.KAZAKH: "Қайта жолдау кері алынды.",
    Language.RUSSIAN: "Перенаправление отозвано.",
}
"""All that an agency is told when the appeal has moved to a protected channel."""


def issued(
    appeal: Appeal,
    referral: Referral,
    agency: Agency | None,
    *,
    grant: Grant,
    replayed_at: datetime | None = None,
) -> ReferralIssued:
    """The agency's order to begin, with what it needs. Of a sealed appeal it holds the quoted part and nothing else.

    `grant` says who may fetch the documents that go with it, and until when.
    """
    assert referral.answer_due_on is not None  # noqa: S101 - an issued referral has one
    nobody = WITHHELD[appeal.language]
    whole = ReferralIssued(
        referral_id=referral.id,
        appeal_id=appeal.id,
        agency=referral.agency,
        registration_number=appeal.registration_number,
        registered_on=appeal.registered_on,
        language=appeal.language,
        kind=appeal.kind,
        scope=referral.scope,
        text=referral.part or appeal.text,
        applicant=nobody if appeal.sealed else appeal.applicant,
        complained_of=appeal.complained_of if _needs_complained_of(appeal, referral) else None,
        territory=appeal.territory,
        legal_basis=LEGAL_BASIS[referral.scope],
        issued_at=referral.changed_at,
        answer_due_on=referral.answer_due_on,
        predecessor_id=referral.predecessor_id,
        replayed_at=replayed_at,
        binding=referral.binding,
        attachments=of_referral(appeal, referral, grant),
    )
    return reduced(whole, needed(agency.needs, appeal.kind), nobody=nobody) if agency else whole


def ready(envelope: Envelope, referral: Referral, agency: str, *, at: datetime) -> NotifySystem:
    """The order to tell an agency's system that something lies ready: by ids alone, nothing of the appeal."""
    return NotifySystem(
        notification_id=envelope.id,
        appeal_id=referral.appeal_id,
        revision=referral.revision,
        system=agency_system(agency),
        event="referral.ready",
        payload={"id": str(envelope.id), "type": envelope.type, "referral_id": str(referral.id)},
        requested_at=at,
    )


def link(referral: Referral, agency: Agency, language: Language, url: str, **more: Any) -> NotifyAgency:
    """The order to e-mail an agency the link to a referral: nothing of the appeal, and nobody's name."""
    assert agency.contacts is not None  # noqa: S101 - the directory has been checked
    return NotifyAgency(
        appeal_id=referral.appeal_id,
        referral_id=referral.id,
        revision=referral.revision,
        agency=agency.code,
        agency_name=getattr(agency.name, language.value),
        email=agency.contacts.email,
        language=language,
        link=url,
        **more,
    )


def calendar(overrides: Iterable[Override], *, revision: int, at: datetime) -> CalendarChanged:
    """What whoever counts working days hears: the whole table of those that differ from the published ones."""
    days = tuple(OverriddenDay(day=one.day, kind=one.kind, source=one.source) for one in overrides)
    return CalendarChanged(revision=revision, overrides=days, changed_at=at)


def _needs_complained_of(appeal: Appeal, referral: Referral) -> bool:
    """Of a part, the agency learns whom its author complains of only where that makes it a complaint."""
    return not appeal.sealed and (referral.scope is Scope.FULL or appeal.kind is AppealKind.COMPLAINT)


def recalled(referral: Referral, reason: str, *, at: datetime, replayed_at: datetime | None = None) -> ReferralRecalled:
    """The agency's order to stop."""
    return ReferralRecalled(
        referral_id=referral.id,
        appeal_id=referral.appeal_id,
        agency=referral.agency,
        reason=reason,
        recalled_at=at,
        replayed_at=replayed_at,
    )


def reminder(appeal: Appeal, referral: Referral, awaited: Awaited, *, at: datetime) -> ReferralReminder:
    """The agency is reminded of what it owes."""
    assert referral.answer_due_on is not None  # noqa: S101 - an issued referral has one
    return ReferralReminder(
        referral_id=referral.id,
        appeal_id=referral.appeal_id,
        agency=referral.agency,
        registration_number=appeal.registration_number,
        awaited=awaited,
        answer_due_on=referral.answer_due_on,
        reminded_at=at,
    )


def escalated(
    appeal: Appeal, referral: Referral, silent: Agency, superior: str, awaited: Awaited, *, at: datetime
) -> ReferralEscalated:
    """What a superior body hears of an agency that is silent."""
    assert referral.answer_due_on is not None  # noqa: S101 - an issued referral has one
    return ReferralEscalated(
        referral_id=referral.id,
        appeal_id=referral.appeal_id,
        agency=superior,
        registration_number=appeal.registration_number,
        silent_agency=silent.code,
        silent_agency_name=silent.name.local(),
        awaited=awaited,
        answer_due_on=referral.answer_due_on,
        escalated_at=at,
    )


def changed(referral: Referral, agency: Agency | None, **more: Any) -> ReferralChanged:
    """What intake hears, with what else the change tells. An agency that has left the directory goes by its code."""
    name = agency.name.local() if agency else LocalName(kk=referral.agency, ru=referral.agency)
    return ReferralChanged(
        referral_id=referral.id,
        appeal_id=referral.appeal_id,
        agency=referral.agency,
        agency_name=name,
        agency_contacts=str(agency.contacts) if agency and agency.contacts else None,
        scope=referral.scope,
        state=referral.state,
        revision=referral.revision,
        changed_at=referral.changed_at,
        answer_due_on=referral.answer_due_on,
        predecessor_id=referral.predecessor_id,
        binding=referral.binding,
        **{"reason": referral.reason, **more},
    )


def told_by(said: ReferralReply) -> dict[str, Any]:
    """What of a reply is told on to intake, beside the state and the reason."""
    return {
        "answer": said.text,
        "answer_language": said.language,
        "documents": said.documents,
        "reason_code": said.reason_code,
        "legal_basis": said.legal_basis,
        "agency_number": said.registration_number,
        "agency_registered_on": said.registered_on,
    }
