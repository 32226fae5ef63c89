"""How an appeal ends without going anywhere: on which grounds, for which kinds, and by which article. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from services.contracts.appeals import AppealKind, Ground, Requirement
from services.contracts.calendar import WorkingCalendar
from services.contracts.terms import RETURN
from services.router.appeal import Appeal, Outcome

ORDINARY: Final = frozenset({AppealKind.APPLICATION, AppealKind.COMPLAINT})
"""Kinds that are considered by the ordinary procedure; the others by the simplified one (АППК art. 87)."""

_EITHER: Final = frozenset(AppealKind)
_SIMPLIFIED: Final = _EITHER - ORDINARY

GROUNDS: Final[Mapping[tuple[Outcome, Ground], tuple[frozenset[AppealKind], str]]] = MappingProxyType(
    {
        (Outcome.RETURNED, Ground.NOT_FIXED): (_EITHER, "АППК 64(7)(1)"),
        (Outcome.RETURNED, Ground.REPEATED): (_EITHER, "АППК 64(7)(2)"),
        (Outcome.RETURNED, Ground.OBSCENE): (_EITHER, "АППК 64(7)(2)"),
        (Outcome.TERMINATED, Ground.ALREADY_DECIDED): (ORDINARY, "АППК 70"),
        (Outcome.TERMINATED, Ground.COURT_ACT): (ORDINARY, "АППК 70"),
        (Outcome.TERMINATED, Ground.RETURNED_BEFORE): (ORDINARY, "АППК 70"),
        (Outcome.TERMINATED, Ground.REPEATED): (_SIMPLIFIED, "АППК 88"),
        (Outcome.TERMINATED, Ground.ANONYMOUS): (_SIMPLIFIED, "АППК 88"),
        (Outcome.TERMINATED, Ground.NO_SUBSTANCE): (_SIMPLIFIED, "АППК 88"),
        (Outcome.FILED, Ground.REPEATED_AFTER_RETURN): (_EITHER, "АППК 64(8)"),
        (Outcome.COURT_ROUTE, Ground.NO_SUPERIOR): (frozenset({AppealKind.COMPLAINT}), "АППК 80(5), 91(6)"),
    }
)
"""Outcome and ground → kinds that may end so, and the article."""

NEVER_OF_CRIME: Final = frozenset({Ground.REPEATED, Ground.OBSCENE, Ground.ANONYMOUS, Ground.REPEATED_AFTER_RETURN})
"""Grounds that never end an appeal which tells of a crime or of a threat (АППК arts. 64(7-2), 88)."""

IN_THREE_DAYS: Final = frozenset({Ground.REPEATED, Ground.OBSCENE})
"""Grounds on which an appeal may be returned only within three working days after its registration."""


@dataclass(frozen=True)
class Close:
    """It ends here."""

    outcome: Outcome
    ground: Ground
    earlier: str | None = None
    """Registration number of the appeal that it is filed to."""

    @property
    def legal_basis(self) -> str:
        return GROUNDS[self.outcome, self.ground][1]


@dataclass(frozen=True)
class AskToFix:
    """The applicant is asked to add what it lacks, until a day."""

    lacking: tuple[Requirement, ...]
    fix_by: date
    legal_basis: str = "АППК 64(6)"


Closing = Close | AskToFix


def fits(close: Close, kind: AppealKind) -> bool:
    """Whether the law knows this end for this kind of appeal."""
    kinds, _ = GROUNDS.get((close.outcome, close.ground), (frozenset[AppealKind](), ""))
    return kind in kinds


def may_be_returned(calendar: WorkingCalendar, appeal: Appeal, ground: Ground, today: date) -> bool:
    """Whether the time to return it on this ground has come, and has not passed (R-RET-1, R-INT-6)."""
    if ground is Ground.NOT_FIXED:
        return appeal.fix_by is not None and today > appeal.fix_by
    return today <= RETURN.ends_on(calendar, appeal.registered_on)
