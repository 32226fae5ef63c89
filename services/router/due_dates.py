"""Which open days due a change of the calendar would move: for a person to see. A stored day is never moved by it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from services.contracts.appeals import AppealKind
from services.contracts.calendar import WorkingCalendar
from services.router.deadlines import answer_due, forward_due
from services.router.rules import Rules


@dataclass(frozen=True)
class Moved:
    """A day due that another calendar would have on another day."""

    row: Row[Any]
    would_be: date


def moved(rows: Iterator[Row[Any]], before: Rules, after: Rules) -> Iterator[Moved]:
    """Among open referrals, those whose day due differs. One that was set otherwise, as by an extension, is its own."""
    for row in rows:
        if _due(row, before.calendar, before) == row.due_on != (then := _due(row, after.calendar, after)):
            yield Moved(row, then)


def _due(row: Row[Any], calendar: WorkingCalendar, rules: Rules) -> date:
    """The day due of an open referral by its row and its appeal's: the agency's once it is issued, before that ours."""
    if row.answer_due_on == row.due_on and row.issued_at is not None:
        return answer_due(calendar, AppealKind(row.kind), calendar.arrived_on(row.issued_at), rules.terms)
    return forward_due(calendar, row.received_at).strict
