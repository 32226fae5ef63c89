"""How an appeal is shown: to the posting system as JSON, without the applicant's personal data."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Row

from services.contracts.calendar import ALMATY
from services.contracts.referrals import ReferralState
from services.intake.appeal import FINAL, OPEN_WORD, AppealStatus, Referral, standing
from services.intake.texts import STATUSES, WARNINGS, in_language


def coupon(appeal: Any, *, status_url: str, accepted_by: dict[str, str], language: str) -> dict[str, Any]:
    """The coupon (АППК art. 64(2)): number, date and time, who accepted it, and where to see its status.

    `accepted_by` is who accepts what no person did.
    """
    return {
        "id": appeal.id,
        "registration_number": appeal.registration_number,
        "registered_on": appeal.registered_on,
        "received_at": appeal.received_at,
        "registered_at": appeal.registered_at.astimezone(ALMATY),
        "accepted_by": appeal.accepted_by or accepted_by,
        "status": AppealStatus.REGISTERED,
        "status_url": status_url,
        "links": {
            "self": f"/v1/appeals/{appeal.id}",
            "events": f"/v1/appeals/{appeal.id}/events",
            "attachments": f"/v1/appeals/{appeal.id}/attachments",
        },
        "warnings": [{**w, "detail": in_language(language, WARNINGS[w["code"]])} for w in appeal.warnings],
    }


def summary(appeal: Row[Any], *, language: str) -> dict[str, Any]:
    """An appeal as a list shows it."""
    status = AppealStatus(appeal.status)
    return {
        "id": appeal.id,
        "registration_number": appeal.registration_number,
        "registered_on": appeal.registered_on,
        "received_at": appeal.received_at,
        "language": appeal.language,
        "kind": appeal.kind,
        "channel": appeal.channel,
        "territory": appeal.territory,
        "status": status,
        "status_text": in_language(language, STATUSES[status]),
        "state": OPEN_WORD[status in FINAL],
        "since": appeal.status_since,
        "revision": appeal.revision,
    }


def whole(
    appeal: Row[Any], referrals: Iterable[Referral], *, language: str, status_url: str, answers: dict[Any, str]
) -> dict[str, Any]:
    """Where an appeal is, since when, why and until when."""
    known = list(referrals)
    counted = {referral.referral_id for referral in standing(known)}
    return {
        **summary(appeal, language=language),
        "until": _until([r for r in known if r.referral_id in counted]),
        "status_url": status_url,
        "referrals": [
            {**_referral(r, language), "stands": r.referral_id in counted, "answer": answers.get(r.referral_id)}
            for r in sorted(known, key=lambda r: r.changed_at)
        ],
    }


def event(row: Row[Any]) -> dict[str, Any]:
    """One line of the timeline."""
    return {"seq": row.seq, "revision": row.revision, "at": row.at, "kind": row.kind, "facts": row.facts}


def _referral(referral: Referral, language: str) -> dict[str, Any]:
    names = referral.agency_name
    return {
        "referral_id": referral.referral_id,
        "agency": referral.agency,
        "agency_name": names.get(language) or names["ru"],
        "scope": referral.scope,
        "state": referral.state,
        "since": referral.changed_at,
        "answer_due_on": referral.answer_due_on,
        "reason": referral.reason,
        "predecessor_id": referral.predecessor_id,
    }


def _until(referrals: Iterable[Referral]) -> date | None:
    waited_for = (r for r in referrals if r.state is not ReferralState.ANSWERED)
    return max((r.answer_due_on for r in waited_for if r.answer_due_on), default=None)
