"""Whose hand was in an appeal's way: conditions on appeals, for counts and for lists alike."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, or_, select

from services.contracts.referrals import ReferralState
from services.router.tables import appeal, referral, referral_event, task
from services.router.task import LOOKS, Question, TaskState

_ENDED: Final = (ReferralState.RECALLED.value, ReferralState.REJECTED.value)
_OPERATOR: Final = "operator:"


def had_person() -> ColumnElement[bool]:
    """Whether a person was asked to decide of an appeal, or took back what had been decided."""
    return or_(was_asked(), recalled())


def was_asked() -> ColumnElement[bool]:
    """Whether a person was asked to decide of an appeal."""
    one = task.alias()
    return exists().where(one.c.appeal_id == appeal.c.id, one.c.question.not_in(sorted(LOOKS)))


def reviewed() -> ColumnElement[bool]:
    """Whether a person looked again at an appeal that was ours."""
    one = task.alias()
    return exists().where(one.c.appeal_id == appeal.c.id, one.c.question == Question.REVIEW)


def settled_since(moment: datetime) -> Select[Any]:
    """Which appeals a person settled something of from this moment on; what events have settled is nobody's work."""
    return select(task.c.appeal_id).where(task.c.settled_at >= moment, task.c.state != TaskState.OVERTAKEN)


def recalled() -> ColumnElement[bool]:
    """Whether a person recalled or rejected a referral of an appeal."""
    ended, event = referral.alias(), referral_event.alias()
    return exists().where(
        ended.c.appeal_id == appeal.c.id,
        ended.c.state.in_(_ENDED),
        event.c.referral_id == ended.c.id,
        event.c.kind.in_(_ENDED),
        event.c.by.startswith(_OPERATOR),
    )
