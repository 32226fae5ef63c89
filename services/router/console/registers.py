"""The two registers, appeals and referrals: which columns and orders each has, and how a row of it is shown."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Column, Row

from services.chassis.database import Transaction
from services.chassis.problems import LANGUAGES
from services.contracts.calendar import WorkingCalendar
from services.router import search
from services.router.console.names import Names
from services.router.console.words import speak
from services.router.search import Wanted
from services.router.sheets import Cell
from services.router.store import OPEN
from services.router.task import Question
from services.router.texts import QUESTIONS

_SHOWN: Final = ("received", "registered", "kind", "channel", "language", "district", "category")
"""Columns that both registers have."""
Item = Mapping[str, Any]
"""A row as it is shown: what a column holds, by its name, and what the row is of."""


@dataclass(frozen=True)
class Sight:
    """With whose eyes rows are looked at, and on which day."""

    names: Names
    calendar: WorkingCalendar
    late: date
    """The latest day due that has been missed."""
    reads_sealed: bool

    def left(self, due: date) -> int:
        """Working days left until a day due; below zero it has passed."""
        today = self.names.on
        if due <= self.late:
            return -max(1, self.calendar.working_days_left(due, today))
        return self.calendar.working_days_left(today, due)

    def term(self, group: str, value: str | None) -> str:
        """A code in words."""
        return speak(self.names.language)(f"terms.{group}_{value}") if value else "—"


Shown = Callable[[Transaction, Sequence[Row[Any]], Sight], Awaitable[list[Item]]]


@dataclass(frozen=True)
class Register:
    """One of the two."""

    area: str
    columns: tuple[str, ...]
    usual: tuple[str, ...]
    """The columns that are shown when nobody has chosen."""
    orders: Mapping[str, Column[Any]]
    order: str
    listed: Callable[..., Awaitable[Sequence[Row[Any]]]]
    counted: Callable[..., Awaitable[int]]
    shown: Shown

    def chosen(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """The columns asked for, in the register's order; those that are usual when none is."""
        return tuple(name for name in self.columns if name in wanted) or self.usual

    async def page(
        self, tx: Transaction, wanted: Wanted, order: search.Order, *, after: search.Place | None, limit: int
    ) -> Sequence[Row[Any]]:
        """Some rows."""
        return await self.listed(tx, wanted, order, after=after, limit=limit)


def cells(item: Item, columns: Sequence[str]) -> list[Cell]:
    """An item as a line of a file. Nothing of an applicant is in any column."""
    return [_cell(item.get(name)) for name in columns]


def _cell(value: Any) -> Cell:
    return ", ".join(value) if isinstance(value, list) else value


async def _appeals(tx: Transaction, rows: Sequence[Row[Any]], sight: Sight) -> list[Item]:
    ids = [row.id for row in rows]
    referrals, waiting = await search.agencies_of(tx, ids), await search.waiting_of(tx, ids)
    return [_appeal(row, referrals[row.id], waiting.get(row.id), sight) for row in rows]


def _appeal(row: Row[Any], referrals: Sequence[Row[Any]], task: Row[Any] | None, sight: Sight) -> Item:
    dues = [one.due_on for one in referrals if one.state in OPEN] + ([task.due_on] if task else [])
    due = min(dues, default=None)
    item = {
        **_both(row, sight),
        "path": f"/appeals/{row.id}",
        "outcome": sight.term("outcome", row.outcome),
        "is_waiting": row.outcome == "in_review",
        "changed": row.assessed_at,
        "due": due,
        "left": sight.left(due) if due else None,
    }
    if _is_veiled(row, sight):
        return item
    return item | {
        "agencies": [f"{sight.names.agency(one.agency)}: {sight.term('state', one.state)}" for one in referrals],
        "waiting": _question(task.question, sight) if task else None,
        "task": task.id if task else None,
    }


async def _referrals(_tx: Transaction, rows: Sequence[Row[Any]], sight: Sight) -> list[Item]:
    return [_referral(row, sight) for row in rows]


def _referral(row: Row[Any], sight: Sight) -> Item:
    item = {
        **_both(row, sight),
        "path": f"/appeals/{row.appeal_id}#referral-{row.id}",
        "state": sight.term("state", row.state),
        "state_code": row.state,
        "due": row.due_on,
        "left": sight.left(row.due_on) if row.state in OPEN else None,
        "created": row.created_at,
        "issued": row.issued_at,
        "changed": row.changed_at,
    }
    if _is_veiled(row, sight):
        return item
    return item | {"agency": sight.names.agency(row.agency), "scope": sight.term("scope", row.scope)}


def _both(row: Row[Any], sight: Sight) -> dict[str, Any]:
    item = {
        "id": row.id,
        "number": row.registration_number,
        "received": row.received_at,
        "registered": row.registered_on,
        "sealed": row.sealed,
        "veiled": _is_veiled(row, sight),
    }
    if item["veiled"]:
        return item
    return item | {
        "kind": sight.term("kind", row.kind),
        "channel": sight.term("channel", row.channel),
        "language": sight.term("language", row.language),
        "district": sight.names.territory(row.territory_code),
        "category": sight.names.category(row.category),
    }


def _is_veiled(row: Row[Any], sight: Sight) -> bool:
    return bool(row.sealed) and not sight.reads_sealed


def _question(question: str, sight: Sight) -> str:
    return QUESTIONS[Question(question)][LANGUAGES.index(sight.names.language)]


APPEALS: Final = Register(
    area="appeals",
    columns=("number", *_SHOWN, "outcome", "agencies", "waiting", "due", "changed"),
    usual=("number", "received", "category", "outcome", "agencies", "due"),
    orders=search.APPEAL_ORDERS,
    order="-received",
    listed=search.appeals,
    counted=search.appeals_counted,
    shown=_appeals,
)
REFERRALS: Final = Register(
    area="referrals",
    columns=("number", "agency", "state", "due", "scope", "created", "issued", "changed", *_SHOWN),
    usual=("number", "agency", "state", "due", "issued", "category"),
    orders=search.REFERRAL_ORDERS,
    order="due",
    listed=search.referrals,
    counted=search.referrals_counted,
    shown=_referrals,
)
REGISTERS: Final[Mapping[str, Register]] = {one.area: one for one in (APPEALS, REFERRALS)}
