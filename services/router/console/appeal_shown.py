"""One appeal as its page shows it: read together, and only as far as the viewer may see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.chassis.errors import NotFound, Refused
from services.chassis.problems import LANGUAGES
from services.router import explaining, operators
from services.router.agency import Transport
from services.router.console.chronicle import Line, Teller
from services.router.console.frame import Console
from services.router.console.lists import sight_of
from services.router.console.masking import FIELDS, masked
from services.router.console.registers import Sight
from services.router.console.steering import Verb, verbs_on
from services.router.console.viewer import Viewer
from services.router.dossier import Dossier, dossier
from services.router.history import history
from services.router.listing import FORGOTTEN
from services.router.requests import OPERATE, missed
from services.router.store import OPEN
from services.router.task import Question, TaskState
from services.router.texts import QUESTIONS


@dataclass(frozen=True)
class Shown:
    """An appeal, read."""

    of: Dossier
    sight: Sight
    teller: Teller
    may_operate: bool
    why: Mapping[UUID, list[str]]
    """Why each decision was made, sentence by sentence; of those that can still be told."""
    by_transport: Mapping[str, Transport]
    """How each agency that has had it is reached."""

    @property
    def appeal(self) -> Row[Any]:
        return self.of.appeal

    @property
    def is_veiled(self) -> bool:
        return bool(self.appeal.sealed) and not self.sight.reads_sealed

    @property
    def is_forgotten(self) -> bool:
        return bool(self.appeal.text == FORGOTTEN)

    @property
    def reads(self) -> bool:
        """Whether the viewer reads what it says, and what people say of it."""
        return self.may_operate and not self.is_veiled

    @property
    def outcome(self) -> str:
        return self.sight.term("outcome", self.appeal.outcome)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What it is, by the names of the list's columns; of a veiled one nothing."""
        if self.is_veiled:
            return []
        row, sight = self.appeal, self.sight
        named = [(name, sight.term(name, getattr(row, name))) for name in ("kind", "channel", "language")]
        places = [
            ("district", sight.names.territory(row.territory_code)),
            ("category", sight.names.category(row.category)),
        ]
        return [*named, *places]

    @property
    def masked(self) -> Mapping[str, str]:
        """The applicant, so that one is recognised."""
        return {} if self.appeal.anonymous or not self.reads else masked(self.appeal.applicant)

    @property
    def applicant(self) -> Mapping[str, str]:
        """The applicant's data, once they are revealed."""
        held = self.appeal.applicant
        return {name: held[name] for name in FIELDS if held.get(name)} if self.reads else {}

    @property
    def decisions(self) -> list[tuple[Line, list[str]]]:
        """The decisions, each with why it was made."""
        made = [entry for entry in history(self.of) if entry.kind == "decision.made"]
        return [(self.teller.line(one), self.why.get(one.facts["decision_id"], [])) for one in made]

    @property
    def lines(self) -> list[Line]:
        """Its history; of a veiled one nothing."""
        return [] if self.is_veiled else [self.teller.line(entry) for entry in history(self.of)]

    @property
    def referrals(self) -> list[dict[str, Any]]:
        """Its referrals, with what can be done of each; of a veiled one states and days alone."""
        return [self._referral(row) for row in self.of.referrals]

    def _referral(self, row: Row[Any]) -> dict[str, Any]:
        is_open = row.state in OPEN
        shown = {
            "id": row.id,
            "state": self.sight.term("state", row.state),
            "state_code": row.state,
            "issued_at": row.issued_at,
            "due": row.due_on,
            "left": self.sight.left(row.due_on) if is_open else None,
            "is_open": is_open,
            "agency": None,
        }
        if self.is_veiled:
            return shown
        return shown | {
            "agency": self.sight.names.agency(row.agency),
            "scope": self.sight.term("scope", row.scope),
            "part": row.part if self.reads else None,
            "reason": row.reason if self.reads else None,
            "has_proof": any(one.referral_id == row.id for one in self.of.proofs),
            "verbs": [verb.value for verb in self.verbs(row)],
        }

    def verbs(self, row: Row[Any]) -> list[Verb]:
        """What the viewer can do of a referral."""
        return verbs_on(row, self.by_transport[row.agency]) if self.reads else []

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """What waits for a person."""
        language = LANGUAGES.index(self.sight.names.language)
        waiting = [row for row in self.of.tasks if row.state == TaskState.OPEN and not self.is_veiled]
        return [
            {
                "id": row.id,
                "question": QUESTIONS[Question(row.question)][language],
                "due": row.due_on,
                "left": self.sight.left(row.due_on),
            }
            for row in waiting
        ]

    @property
    def may_review(self) -> bool:
        """Whether it can be asked to be looked at again."""
        return self.reads and self.appeal.outcome in {"retained", "to_fix"}


async def read(console: Console, tx: Transaction, viewer: Viewer, appeal_id: UUID) -> Shown:
    """An appeal as `viewer` may see it. Raises `NotFound`."""
    found = await dossier(tx, appeal_id)
    if found is None:
        raise NotFound("appeal_not_found")
    sight = await sight_of(console, tx, viewer, missed(console.desk))
    may_operate = viewer.may(OPERATE)
    accounts = {row.login: row.name for row in await operators.listed(tx)}
    reads = may_operate and (sight.reads_sealed or not found.appeal.sealed)
    directory, on = sight.names.directory, sight.names.on
    return Shown(
        of=found,
        sight=sight,
        teller=Teller(sight, accounts, reads),
        may_operate=may_operate,
        why=await _why(console, tx, found, viewer) if reads else {},
        by_transport={row.agency: directory.transport_of(row.agency, on) for row in found.referrals},
    )


async def _why(console: Console, tx: Transaction, of: Dossier, viewer: Viewer) -> dict[UUID, list[str]]:
    told = {}
    for row in of.decisions:
        try:
            book, language = console.desk.router.book, viewer.language
            told[row.id] = await explaining.why(tx, book, row, of.appeal, language=language)
        except Refused:  # forgotten, or by rules that are not kept
            continue
    return told
