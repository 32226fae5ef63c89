"""An act: what an operator says of a task, and how far it has come. Until it is carried out it can be undone."""

from enum import StrEnum
from typing import Final

from services.router.task import ARBITERS, LOOKS, Question


class Verb(StrEnum):
    """What an operator can do with a task."""

    APPROVE = "approve"
    REJECT = "reject"
    ASSIGN = "assign"
    DIVIDE = "divide"
    RETAIN = "retain"
    ASK_TO_FIX = "ask-to-fix"
    RETURN = "return"
    TERMINATE = "terminate"
    FILE = "file"
    COURT_ROUTE = "court-route"
    ARBITRATE = "arbitrate"
    REISSUE = "reissue"
    DISMISS = "dismiss"


OF_MANY: Final = (Verb.APPROVE, Verb.ASSIGN, Verb.RETAIN, Verb.DISMISS)
"""Verbs that may be used on many tasks at once."""


ENDS: Final = (Verb.RETURN, Verb.TERMINATE, Verb.FILE, Verb.COURT_ROUTE)
"""Verbs after which nobody answers the appeal's substance."""


def verbs_on(question: Question) -> tuple[Verb, ...]:
    """What can be said to a question, the usual first."""
    if question in {Question.RECALL_REFUSED, Question.ARBITER_LATE}:
        return (Verb.DISMISS,)
    if question in ARBITERS:
        return (Verb.ARBITRATE, *((Verb.DISMISS,) if question in LOOKS else ()))
    first = {
        Question.APPROVAL: (Verb.APPROVE, Verb.REJECT),
        Question.UNDELIVERABLE: (Verb.REISSUE,),
        Question.SILENT: (Verb.REISSUE,),
    }.get(question, ())
    last = (Verb.DISMISS,) if question in LOOKS else (Verb.ASK_TO_FIX, *ENDS)
    return (*first, Verb.ASSIGN, Verb.DIVIDE, Verb.RETAIN, *last)


class ActState(StrEnum):
    """How far a held act has come."""

    WAITING = "waiting"
    """It can be undone."""
    DONE = "done"
    UNDONE = "undone"
    """Its operator has taken it back."""
    REFUSED = "refused"
    """When its time came it no longer fitted; its operator is told."""
