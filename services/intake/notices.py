"""What intake asks the notifier to tell, and with which words' material."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.chassis import outbox
from services.chassis.database import Transaction
from services.chassis.ids import new_id
from services.chassis.outbox import Cause
from services.contracts.appeals import AppealAssessed, Assessment, Language
from services.contracts.calendar import ALMATY
from services.contracts.notifications import Notice, NotifyApplicant, NotifySystem
from services.contracts.referrals import ReferralChanged, ReferralState
from services.intake.ground_texts import GROUNDS, REQUIREMENTS
from services.intake.texts import in_language

Said = tuple[Notice, dict[str, str]]
"""A notice with its variables."""


def tell_applicant(  # noqa: PLR0913 - a notice is that much
    tx: Transaction,
    appeal: Any,
    notice: Notice,
    more: dict[str, str],
    *,
    status_url: str,
    at: datetime,
    cause: Cause,
    revision: int = 1,
    notification_id: UUID | None = None,
    sensitive: bool = False,
    referral_id: UUID | None = None,
) -> None:
    """Order a notice to the appeal's applicant, in the appeal's language (АППК arts. 65(1), 66, 89(2))."""
    variables = {
        "registration_number": appeal.registration_number,
        "registered_on": appeal.registered_on.isoformat(),
        "status_url": status_url,
        **more,
    }
    message = NotifyApplicant(
        notification_id=notification_id or new_id(),
        appeal_id=appeal.id,
        revision=revision,
        notice=notice,
        language=Language(appeal.language),
        email=appeal.applicant.get("email"),
        phone=appeal.applicant.get("phone"),
        variables=variables,
        requested_at=at,
        sensitive=sensitive,
        applicant_name=appeal.applicant.get("name"),
        postal_address=appeal.applicant.get("postal_address"),
        channels=(preferred,) if (preferred := appeal.applicant.get("notify_by")) else None,
        referral_id=referral_id,
    )
    outbox.post(tx, message, at=at, cause=cause)


def may_be_told_of_sealed(applicant: Mapping[str, Any]) -> bool:
    """Whether the contacts are confirmed and not those of a workplace: only they hear of a sealed appeal."""
    return bool(applicant.get("contacts_confirmed")) and not applicant.get("contacts_at_work")


def tell_system(
    tx: Transaction, appeal: Any, payload: dict[str, Any], *, revision: int, at: datetime, cause: Cause
) -> None:
    """Order a webhook to the system that posted the appeal, when it wants them."""
    if not appeal.tell_system:
        return
    message = NotifySystem(
        notification_id=new_id(),
        appeal_id=appeal.id,
        revision=revision,
        system=appeal.posting_system,
        event="appeal.status_changed",
        payload=payload,
        requested_at=at,
    )
    outbox.post(tx, message, at=at, cause=cause)


def of_assessment(said: AppealAssessed, language: Language) -> Said | None:
    """The notice that an assessment calls for. What is filed to an earlier appeal is not answered (АППК art. 64(8))."""
    day = said.assessed_at.astimezone(ALMATY).date().isoformat()
    reason = {"reason": said.reason or ""}
    match said.assessment:
        case Assessment.RETAINED:
            return Notice.RETAINED, {"answer_due_on": ""}
        case Assessment.TO_FIX:
            lacking = "\n".join(f"- {in_language(language, REQUIREMENTS[one])}" for one in said.lacking)
            fix_by = said.fix_by.isoformat() if said.fix_by else ""
            return Notice.TO_FIX, {"lacking": lacking, "fix_by": fix_by, **reason}
        case Assessment.RETURNED | Assessment.TERMINATED | Assessment.COURT_ROUTE:
            ground = in_language(language, GROUNDS[said.ground]) if said.ground else ""
            return Notice(said.assessment.value), {"closed_on": day, "ground": ground, **reason}
    return None


HANDED_OVER: Final = frozenset(
    {
        *(ReferralState.ISSUED, ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.ACCEPTED_IN_PART),
        ReferralState.ANSWERED,
    }
)
"""States that a referral has only once its agency's queue has taken it."""


def of_change(change: ReferralChanged, language: Language, *, before: ReferralState | None) -> list[Said]:
    """The notices that a change of a referral calls for, with their variables; `before` is the state known so far.

    That it was referred is told at the first sign of it, whichever it is: messages may overtake each other, and this
    notice is the law's (АППК art. 65(1)).
    """
    agency = {
        "agency_name": getattr(change.agency_name, language.value),
        "agency_contacts": change.agency_contacts or "",
    }
    if change.refused:
        return []
    due = {"answer_due_on": change.answer_due_on.isoformat() if change.answer_due_on else ""}
    said: list[Said] = []
    if change.state in HANDED_OVER and before not in HANDED_OVER:
        day = change.changed_at.astimezone(ALMATY).date().isoformat()
        said.append((Notice.REFERRED, {**agency, **due, "scope": change.scope.value, "referred_on": day}))
    if change.extended_on:
        told = {"extended_on": change.extended_on.isoformat(), "reason": change.reason or ""}
        return [*said, (Notice.EXTENDED, {**agency, **due, **told})]
    match change.state:
        case ReferralState.ACCEPTED | ReferralState.ACCEPTED_IN_PART:
            said.append((Notice.ACCEPTED, {**agency, **due}))
        case ReferralState.ANSWERED:
            said.append((Notice.ANSWERED, {**agency, "answer": change.answer or ""}))
        case ReferralState.DECLINED | ReferralState.DISPUTED:
            said.append((Notice.DECLINED, {**agency, "reason": change.reason or ""}))
    return said
