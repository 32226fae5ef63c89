"""Outcomes: whose matter people have found a text to be. Rules learn from them; nothing is decided here.

An agency that takes an appeal, or declines it as no matter of its own, and an operator who chooses the agency settle
it. What is sealed, tells of corruption or has been forgotten is no outcome, and never leaves the service.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.contracts.appeals import AppealKind
from services.contracts.referrals import ReferralState
from services.router import listing
from services.router.matter import thought_of
from services.router.rules import Rules

BODIES: Final = frozenset({"akimat", "education", "land-relations"})
"""Classes of labelled texts; the matters of all other bodies are `OTHER`."""
OTHER: Final = "other"
ASSIGNED: Final = "assigned"
"""An operator has chosen the agency, which has not said anything of it yet."""
_OPERATOR: Final = "operator"
_GONE: Final = "…"
_LEAST_NAME: Final = 3
_ADDRESSES: Final = re.compile(r"\S+@\S+|\+?\d(?:[\s()-]{0,2}\d){5,}")
"""E-mail addresses, and numbers of six digits or more: of telephones, documents and persons."""


async def settled(
    tx: Transaction, rules: Rules, *, after: UUID | None, limit: int
) -> tuple[list[dict[str, Any]], UUID | None]:
    """Outcomes among the next `limit` settled referrals, and the last of these; None when there are no more."""
    rows = await listing.settled(tx, after=after, limit=limit)
    records: dict[UUID, list[Mapping[str, Any]]] = defaultdict(list)
    for one in await listing.decisions_on(tx, {row.appeal_id for row in rows}):
        records[one.appeal_id].append(one.record)
    found = [told for row in rows if (told := outcome(row, records[row.appeal_id], rules))]
    return found, rows[-1].id if len(rows) == limit else None


def outcome(row: Row[Any], records: Sequence[Mapping[str, Any]], rules: Rules) -> dict[str, Any] | None:
    """What a settled referral tells; None where it cannot be told whose kind of matter it is.

    `records` are those of all decisions on its appeal. Its author's name and all addresses are taken out of the text.
    """
    is_unanswered = row.state in {ReferralState.ISSUED, ReferralState.RECEIVED}
    if is_unanswered and row.record["by"] != _OPERATOR:
        return None
    categories = _categories(row, records, rules)
    bodies = {rules.lexicon.bodies[category] for category in categories}
    if len(bodies) != 1:
        return None
    (body,) = bodies
    topics = categories if len(categories) == 1 else []
    declined = row.state == ReferralState.DECLINED
    return {
        "id": str(row.id),
        "text": without_names(row.part or row.text, row.applicant["name"]),
        "lang": row.language,
        "expected": None if declined else body if body in BODIES else OTHER,
        "topics": [] if declined else topics,
        "not_topics": topics if declined else [],
        "at": (row.replied_at or row.changed_at).isoformat(),
        "how": ASSIGNED if is_unanswered else row.state,
    }


def without_names(text: str, name: str) -> str:
    """The text without its author's name, in whatever case it stands, and without addresses and long numbers."""
    words = [re.escape(word) for word in name.split() if len(word) >= _LEAST_NAME]
    text = _ADDRESSES.sub(_GONE, text)
    return re.sub(rf"\b(?:{'|'.join(words)})\w{{0,5}}\b", _GONE, text, flags=re.IGNORECASE) if words else text


def _categories(row: Row[Any], records: Sequence[Mapping[str, Any]], rules: Rules) -> list[str]:
    """The category for which the rules thought of the agency, or else all that it answers for.

    A complaint may be with an agency as the superior only: then its own categories tell nothing.
    """
    known = rules.lexicon.bodies
    for record in (row.record, *records):
        if found := next((one for one in thought_of(row.agency, record) if one in known), None):
            return [found]
    if row.kind == AppealKind.COMPLAINT:
        return []
    of_it = (agency.categories for agency in rules.directory.agencies if agency.code == row.agency)
    return sorted({category for categories in of_it for category in categories if category in known})
