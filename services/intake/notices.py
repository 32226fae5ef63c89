"""What intake asks the notifier to tell, and with which words' material."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis import outbox
from services.chassis.database import Transaction
from services.chassis.ids import new_id
from services.chassis.outbox import Cause
from services.contracts.appeals import Language
from services.contracts.calendar import ALMATY
from services.contracts.notifications import Notice, NotifyApplicant, NotifySystem
from services.contracts.referrals import ReferralChanged, ReferralState


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
    )
    outbox.post(tx, message, at=at, cause=cause)


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


def of_change(change: ReferralChanged, language: Language) -> tuple[Notice, dict[str, str]] | None:
    """The notice that a change of a referral calls for, with its variables; None when nobody needs to be told."""
    agency = {
        "agency_name": getattr(change.agency_name, language.value),
        "agency_contacts": change.agency_contacts or "",
    }
    due = {"answer_due_on": change.answer_due_on.isoformat() if change.answer_due_on else ""}
    match change.state:
        case ReferralState.ISSUED:
            day = change.changed_at.astimezone(ALMATY).date().isoformat()
            return Notice.REFERRED, {**agency, **due, "scope": change.scope.value, "referred_on": day}
        case ReferralState.ACCEPTED:
            return Notice.ACCEPTED, {**agency, **due}
        case ReferralState.ANSWERED:
            return Notice.ANSWERED, {**agency, "answer": change.answer or ""}
        case ReferralState.DECLINED:
            return Notice.DECLINED, {**agency, "reason": change.reason or ""}
    return None
