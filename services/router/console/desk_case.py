"""A case as the desk shows it: all that a person needs to decide, read together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.chassis.errors import NotFound, Refused
from services.chassis.problems import LANGUAGES
from services.router import act_store, claims, explaining, listing, operators, repeats, store, views
from services.router.act import Verb, verbs_on
from services.router.agency import Agency
from services.router.console.evidence import Run, marked, shown_parts
from services.router.console.frame import Console
from services.router.console.names import Names
from services.router.console.viewer import Viewer
from services.router.requests import SEALED
from services.router.task import Question, TaskState
from services.router.texts import QUESTIONS
from services.router.verbs import scope_of


@dataclass(frozen=True)
class Shown:
    """A case, read."""

    task: Row[Any]
    appeal: Row[Any]
    record: Mapping[str, Any]
    """Of the newest reading of its text by the rules."""
    why: Sequence[str]
    referrals: Sequence[Row[Any]]
    referral: Row[Any] | None
    """The one that the task asks about."""
    alike: Sequence[Mapping[str, Any]]
    claim: Row[Any] | None
    claimant: str
    settler: str
    waiting: Row[Any] | None
    is_veiled: bool
    names: Names
    verbs: tuple[Verb, ...]

    @property
    def question(self) -> Question:
        return Question(self.task.question)

    @property
    def question_text(self) -> str:
        return QUESTIONS[self.question][LANGUAGES.index(self.names.language)]

    @property
    def is_open(self) -> bool:
        return bool(self.task.state == TaskState.OPEN)

    @property
    def is_decidable(self) -> bool:
        """Whether anything can be said to it now, by whoever works on it."""
        return self.is_open and not self.is_veiled and self.waiting is None

    @property
    def runs(self) -> list[Run]:
        return marked(self.appeal.text, self.record)

    @property
    def parts(self) -> list[tuple[int, str]]:
        return list(shown_parts(self.appeal.text, self.record.get("seen", ())))

    @property
    def proposed(self) -> Agency | None:
        """The agency in question: of the referral, else the likeliest."""
        code = self.referral.agency if self.referral else self.likeliest
        return self.names.record(code) if code else None

    @property
    def likeliest(self) -> str | None:
        return next((one["addressee"] for one in self.record.get("candidates", ()) if one["addressee"]), None)


async def read(console: Console, tx: Transaction, viewer: Viewer, task_id: UUID) -> Shown:
    """The case of a task. Raises `NotFound`."""
    task = await listing.task_row(tx, task_id)
    if task is None:
        raise NotFound("task_not_found")
    appeal = await listing.appeal_row(tx, task.appeal_id)
    assert appeal is not None  # noqa: S101 - a foreign key says so
    router, at = console.desk.router, console.desk.router.now()
    decisions = await listing.decisions_of(tx, task.appeal_id)
    referrals = await store.referrals_of(tx, {task.appeal_id})
    claim = (await claims.standing(tx, {task.appeal_id}, at=at)).get(task.appeal_id)
    made = next(row for row in decisions if row.id == task.decision_id)
    rules = await router.book.in_force(tx)
    reads_sealed = viewer.may(SEALED)
    is_veiled = appeal.sealed and not reads_sealed
    return Shown(
        task=task,
        appeal=appeal,
        record={} if is_veiled else _read_by_rules(decisions, made),
        why=[] if is_veiled else await _why(tx, console, made, appeal, viewer.language),
        referrals=referrals,
        referral=next((row for row in referrals if row.id == task.referral_id), None),
        alike=[] if is_veiled else views.alike(await repeats.beside(tx, appeal), reads_sealed=reads_sealed),
        claim=claim,
        claimant=await name_of(tx, claim.by) if claim else "",
        settler=await name_of(tx, task.settled_by) if task.settled_by else "—",
        waiting=await act_store.waiting_on(tx, task.appeal_id),
        is_veiled=is_veiled,
        names=Names(rules.directory, rules.calendar.arrived_on(at), viewer.language),
        verbs=tuple(v for v in verbs_on(Question(task.question)) if viewer.may(scope_of(v))),
    )


async def name_of(tx: Transaction, by: str) -> str:
    """How an operator is called; the key's owner for one without an account."""
    login = by.removeprefix("operator:")
    row = await operators.by_login(tx, login)
    return str(row.name) if row else login


def _read_by_rules(decisions: Sequence[Row[Any]], made: Row[Any]) -> Mapping[str, Any]:
    """The record behind the task if rules made it, else the newest that they made of the same part, or of the whole."""
    read = [row for row in decisions if row.record.get("candidates") is not None]
    same = [row for row in read if row.part_number == made.part_number]
    newest = made if made in read else (same or read or [made])[-1]
    return dict(newest.record)


async def _why(tx: Transaction, console: Console, made: Row[Any], appeal: Row[Any], language: str) -> list[str]:
    try:
        return await explaining.why(tx, console.desk.router.book, made, appeal, language=language)
    except Refused:
        return []
