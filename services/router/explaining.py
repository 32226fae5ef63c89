"""Why a stored decision was made: its record told by the rules that it was made by."""

from typing import Any

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.chassis.errors import Conflict, Gone
from services.router import listing
from services.router.explanation import Made, explained
from services.router.rulebook import Rulebook
from services.router.rules import Rules


async def why(tx: Transaction, book: Rulebook, row: Row[Any], appeal: Row[Any], *, language: str) -> list[str]:
    """The explanation, sentence by sentence.

    Raises `Gone` for one that has been forgotten (R-SEC-3), and `Conflict` when its rules are not kept.
    """
    if "text" not in row.record:
        raise Gone("decision_forgotten")
    rules = await rules_of(tx, book, row)
    made = Made(
        number=appeal.registration_number,
        by=row.made_by,
        on=rules.calendar.arrived_on(row.made_at),
        record=row.record,
        referrals=await listing.referrals_by(tx, row.id),
        approvals=await listing.approvals_of(tx, row.id),
    )
    return explained(made, rules.directory, rules.calendar, language=language)


async def rules_of(tx: Transaction, book: Rulebook, row: Row[Any]) -> Rules:
    """The rules that a decision was made by. Raises `Conflict` when they are not kept."""
    rules = await book.of_version(tx, row.rules)
    if rules is None:
        raise Conflict("rules_not_kept")
    return rules
