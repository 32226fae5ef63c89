"""The router's rows as operators see them over HTTP. No view names an applicant."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.problems import LANGUAGES
from services.router.agency import Agency
from services.router.due_dates import Moved
from services.router.repeats import Alike
from services.router.rules import Rules
from services.router.store import OPEN
from services.router.task import Question, TaskState
from services.router.texts import QUESTIONS

_REFERRAL = (
    *("id", "appeal_id", "decision_id", "agency", "scope", "state", "revision", "changed_at", "reason"),
    *("predecessor_id", "part_id", "binding", "answer_due_on", "due_on", "created_at", "issued_at", "replied_at"),
    *("reissued_at", "look_at"),
)
_TASK = (
    *("id", "appeal_id", "decision_id", "referral_id", "part_id", "question", "state", "due_on", "note"),
    *("opened_at", "opened_by", "settled_at", "settled_by", "reason"),
)
_APPEAL = (
    *("id", "registration_number", "received_at", "registered_on", "language", "kind", "channel", "territory"),
    *("outcome", "corruption", "sealed", "revision", "assessed_at", "withdrawn_at", "fix_by"),
)
_DECISION = ("id", "appeal_id", "part_number", "made_at", "made_by", "rules")
_PART = ("id", "number", "spans", "outcome", "replaced", "decision_id")
_APPROVAL = ("referral_id", "approved", "made_at", "made_by", "reason")
YAML: Final = "application/yaml; charset=utf-8"
JSON: Final = "application/json"
IN_FORCE: Final = "in-force"
"""Stands for the version in force."""


class Document(StrEnum):
    """Documents of a rule set."""

    LEXICON = "lexicon"
    DIRECTORY = "directory"
    MODEL = "model"

    @property
    def media_type(self) -> str:
        return JSON if self is Document.MODEL else YAML


_UNVEILED = frozenset(
    {
        *("id", "appeal_id", "registration_number", "state", "outcome", "revision", "due_on", "overdue", "fix_by"),
        *("received_at", "registered_on", "assessed_at", "withdrawn_at", "opened_at", "settled_at", "answer_due_on"),
        *("created_at", "changed_at", "issued_at", "replied_at", "reissued_at", "appeal", "referrals", "tasks"),
    }
)
"""What is shown of a sealed appeal to everybody: its number, dates and states."""
_EVENT = ("seq", "kind", "state", "revision", "at", "by", "note", "message_id")
_REPLY = (
    *("event_id", "agency", "kind", "outcome", "occurred_at", "received_at", "sequence", "sha256"),
    *("registration_number", "registered_on", "reason", "reason_code", "legal_basis", "proposed_agency", "returned"),
    *("text", "language", "documents", "extended_to"),
)


def veiled(shown: Mapping[str, Any]) -> dict[str, Any]:
    """A view of a sealed appeal, or of what belongs to it, for whoever may not read it: no word, place or body."""
    return {name: _veiled(value) if name in _UNVEILED else None for name, value in shown.items()} | {"sealed": True}


def _veiled(value: Any) -> Any:
    if isinstance(value, list):
        return [veiled(item) for item in value]
    return veiled(value) if isinstance(value, Mapping) else value


def referral(row: Row[Any], *, missed: date) -> dict[str, Any]:
    """A referral as a list shows it. `missed` is the latest day due that has been missed."""
    return {**_of(row, _REFERRAL), "overdue": row.state in OPEN and row.due_on <= missed}


def referral_in_list(row: Row[Any], *, missed: date) -> dict[str, Any]:
    """A referral beside others, with its appeal's number and language."""
    return {
        **referral(row, missed=missed),
        "registration_number": row.registration_number,
        "language": row.language,
    }


def referral_whole(
    row: Row[Any], events: Sequence[Row[Any]], replies: Sequence[Row[Any]], made: Row[Any], *, missed: date
) -> dict[str, Any]:
    """A referral with its history, what its agency said, and the decision behind it."""
    return {
        **referral(row, missed=missed),
        "part": row.part,
        "path": row.path,
        "forward_due": {"strict": row.forward_due_strict, "lenient": row.forward_due_lenient},
        "timeline": [_of(event, _EVENT) for event in events],
        "replies": [_of(reply, _REPLY) for reply in replies],
        "decision": decision(made),
    }


def task(row: Row[Any], *, language: str, missed: date) -> dict[str, Any]:
    """A task as a list shows it."""
    text = QUESTIONS[Question(row.question)][LANGUAGES.index(language)]
    overdue = row.state == TaskState.OPEN and row.due_on <= missed
    return {**_of(row, _TASK), "question_text": text, "overdue": overdue}


def task_in_list(row: Row[Any], *, language: str, missed: date) -> dict[str, Any]:
    """A task beside others, with its appeal's number, language and kind."""
    return {
        **task(row, language=language, missed=missed),
        "registration_number": row.registration_number,
        "language": row.language,
        "kind": row.kind,
    }


def task_whole(
    row: Row[Any],
    appeal_row: Row[Any],
    made: Row[Any],
    referrals: Sequence[Row[Any]],
    *,
    language: str,
    missed: date,
) -> dict[str, Any]:
    """A task with all that is needed to settle it: the text, the candidates and their evidence."""
    return {
        **task(row, language=language, missed=missed),
        "appeal": {
            **_of(appeal_row, _APPEAL),
            **_of(appeal_row, ("text", "addressed_to", "complained_of")),
        },
        "facts": made.record["facts"],
        "corruption": made.record.get("corruption"),
        "candidates": made.record.get("candidates", []),
        "parts_seen": made.record.get("seen", []),
        "referrals": [referral(item, missed=missed) for item in referrals],
    }


def alike(found: Sequence[Alike], *, reads_sealed: bool) -> list[dict[str, Any]]:
    """Appeals alike to one that is shown, as links. A sealed one would be told by its likeness: it is left out."""
    return [
        {
            **_of(one.row, ("id", "registration_number", "registered_on", "outcome")),
            "same_applicant": one.same_applicant,
            "share": round(one.share, 2),
            "links": {"self": f"/v1/appeals/{one.row.id}"},
        }
        for one in found
        if reads_sealed or not one.row.sealed
    ]


def decision_in_list(row: Row[Any]) -> dict[str, Any]:
    """A decision beside others, with its verdict and none of the appeal's words."""
    return {**_of(row, _DECISION), "verdict": row.record["verdict"]}


def decision(row: Row[Any], approvals: Sequence[Row[Any]] = ()) -> dict[str, Any]:
    """A decision with its record, and what people have said of the referral that it proposed."""
    return {
        **_of(row, _DECISION),
        "record": row.record,
        "approvals": [_of(one, _APPROVAL) for one in approvals],
    }


def appeal_whole(
    row: Row[Any],
    parts: Sequence[Row[Any]],
    decisions: Sequence[Row[Any]],
    referrals: Sequence[Row[Any]],
    tasks: Sequence[Row[Any]],
    *,
    language: str,
    missed: date,
) -> dict[str, Any]:
    """The router's side of an appeal: verdicts, referrals and tasks, the first of each first."""
    return {
        **_of(row, _APPEAL),
        "parts": [_of(part, _PART) for part in parts],
        "decisions": [
            {**_of(item, ("id", "part_number", "made_at", "made_by", "rules")), "verdict": item.record["verdict"]}
            for item in decisions
        ],
        "referrals": [referral(item, missed=missed) for item in referrals],
        "tasks": [task(item, language=language, missed=missed) for item in tasks],
    }


def entry(row: Row[Any]) -> dict[str, Any]:
    """An entry of the audit trail, with the hashes that chain it."""
    return _of(row, ("number", "at", "by", "act", "subject", "facts", "previous", "sha256"))


def agency(record: Agency) -> dict[str, Any]:
    """An agency as the directory describes it."""
    plain = ("code", "level", "territories", "categories", "parent", "superior", "transport", "queue", "webhook")
    return {
        **{name: getattr(record, name) for name in (*plain, "valid_from", "valid_to", "successor", "source")},
        "name": {language: getattr(record.name, language) for language in LANGUAGES},
        "contacts": str(record.contacts) if record.contacts else None,
        "needs": [asdict(need) for need in record.needs],
    }


def rule_set(row: Row[Any], *, in_force: str) -> dict[str, Any]:
    """A rule set without its documents; these go by their hashes."""
    plain = ("number", "version", "lexicon", "directory", "model", "created_at", "created_by", "note")
    return {**_of(row, plain), "overrides": row.overrides, "in_force": row.version == in_force}


def moved(one: Moved) -> dict[str, Any]:
    """An open referral whose day due another calendar would have on another day."""
    told = _of(one.row, ("id", "registration_number", "agency", "state", "due_on"))
    return {**told, "would_be": one.would_be}


def counted(rules: Rules) -> dict[str, Any]:
    """What a rule set counts, and what its documents call themselves."""
    return {
        "lexicon_version": rules.lexicon.version,
        "directory_version": rules.directory.version,
        "patterns": len(rules.lexicon.patterns),
        "agencies": len(rules.directory.agencies),
        "categories": len(rules.directory.categories),
        "margins": asdict(rules.margins),
    }


def _of(row: Row[Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
