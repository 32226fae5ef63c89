"""A referral: one agency's part in answering one appeal, and the states it may pass through."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, Self
from uuid import UUID

from services.contracts.calendar import WorkingCalendar
from services.contracts.referrals import ReferralState, Scope
from services.router.deadlines import ForwardDue

_JUDGED: Final = frozenset(
    {
        *(ReferralState.ACCEPTED, ReferralState.ACCEPTED_IN_PART, ReferralState.ANSWERED),
        *(ReferralState.DECLINED, ReferralState.DISPUTED),
    }
)
_REPLIED: Final = _JUDGED | {ReferralState.RECEIVED}

# Replies may overtake each other: one that skips a step implies it, and the step that comes late is refused.
# A reply to what the broker gave up proves that it had arrived after all.
TRANSITIONS: Final[Mapping[ReferralState, frozenset[ReferralState]]] = MappingProxyType(
    {
        ReferralState.PROPOSED: frozenset({ReferralState.ISSUED, ReferralState.REJECTED}),
        ReferralState.ISSUED: _REPLIED | {ReferralState.RECALLED, ReferralState.UNDELIVERABLE},
        ReferralState.RECEIVED: _JUDGED | {ReferralState.RECALLED},
        ReferralState.ACCEPTED: frozenset({ReferralState.ANSWERED, ReferralState.DISPUTED, ReferralState.RECALLED}),
        ReferralState.ACCEPTED_IN_PART: frozenset(
            {ReferralState.ANSWERED, ReferralState.DISPUTED, ReferralState.RECALLED}
        ),
        ReferralState.DISPUTED: frozenset({ReferralState.ACCEPTED, ReferralState.ANSWERED, ReferralState.RECALLED}),
        ReferralState.ANSWERED: frozenset(),
        ReferralState.DECLINED: frozenset(),
        ReferralState.RECALLED: frozenset(),
        ReferralState.REJECTED: frozenset(),
        ReferralState.UNDELIVERABLE: _REPLIED | {ReferralState.ISSUED, ReferralState.RECALLED},
    }
)
"""From each state, the states it may move to."""

WITH_AGENCY: Final = frozenset(
    {ReferralState.ISSUED, ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.ACCEPTED_IN_PART}
)
"""States in which the agency's term runs."""
TERM_RUNS: Final = WITH_AGENCY | {ReferralState.DISPUTED}
"""A dispute is no reason for the applicant to wait longer."""

MAX_HOPS: Final = 2
"""So many agencies may have declined before a person decides (R-REF-5)."""


class IllegalTransition(ValueError):
    """A move that the table does not have: late, repeated or wrong."""

    def __init__(self, old: ReferralState, new: ReferralState) -> None:
        super().__init__(f"a referral that is {old} cannot become {new}")
        self.old: Final = old
        self.new: Final = new


@dataclass(frozen=True, kw_only=True)
class Referral:
    """One agency's part in one appeal. Immutable: a change is a new value with the next revision.

    Raises `ValueError` for a moment without time zone, a part that does not fit the scope, or no day due once issued.
    """

    id: UUID
    appeal_id: UUID
    agency: str
    scope: Scope
    part: str | None = field(default=None, repr=False)
    """The extract that is referred; None when it is the whole appeal."""
    forward_due: ForwardDue
    answer_due_on: date | None = None
    """Last day of the agency's term, known once it is issued."""
    state: ReferralState = ReferralState.PROPOSED
    changed_at: datetime
    revision: int = 1
    reason: str | None = field(default=None, repr=False)
    """Why it was declined, recalled, rejected or undeliverable."""
    predecessor_id: UUID | None = None
    part_id: UUID | None = None
    """Which part of its appeal it refers, where the appeal is in parts."""
    path: tuple[str, ...] = ()
    """The agencies that declined before this one was asked, in order."""
    binding: bool = False
    """Given by an arbiter, whose decision is final: its agency cannot decline."""
    sequence: int = 0
    """The highest number that its agency has given to a reply that was applied."""

    def __post_init__(self) -> None:
        if self.changed_at.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        if (self.scope is Scope.PART) != (self.part is not None):
            raise ValueError("a partial referral, and no other, has a part")
        if self.state in TERM_RUNS and self.answer_due_on is None:
            raise ValueError("an issued referral has a day on which its answer is due")

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can happen to it any more; new life is a successor."""
        return not TRANSITIONS[self.state]

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes something: the agency its answer, or we its dispatch."""
        return not self.is_terminal

    @property
    def hops(self) -> int:
        """How many agencies have passed it on so far."""
        return len(self.path)

    @property
    def needs_person(self) -> bool:
        """Whether it goes in a circle, or has been passed on too often for a rule to decide (R-REF-5)."""
        return self.agency in self.path or self.hops >= MAX_HOPS

    @property
    def due_on(self) -> date | None:
        """Last day of the clock that runs now: ours to forward, then the agency's to answer; None when it has ended."""
        if self.is_terminal:
            return None
        return self.answer_due_on if self.state in TERM_RUNS else self.forward_due.strict

    def is_overdue(self, calendar: WorkingCalendar, at: datetime) -> bool:
        """Whether the running clock has been missed at `at`. Computed, never a state."""
        return self.due_on is not None and at >= calendar.end_of(self.due_on)

    def moved_to(self, new: ReferralState, *, at: datetime, reason: str | None = None) -> Self:
        """The referral in the state `new` since `at`. Raises IllegalTransition if the table has no such move."""
        if new not in TRANSITIONS[self.state]:
            raise IllegalTransition(self.state, new)
        return replace(self, state=new, changed_at=at, revision=self.revision + 1, reason=reason)

    def issued(self, *, at: datetime, answer_due_on: date) -> Self:
        """The referral handed to the agency, whose term ends on `answer_due_on`. Raises IllegalTransition."""
        return replace(self, answer_due_on=answer_due_on).moved_to(ReferralState.ISSUED, at=at)

    def extended(self, *, to: date) -> Self:
        """The referral with a later last day of the term. Raises ValueError if it has no term, or a later one."""
        if self.state not in WITH_AGENCY or self.answer_due_on is None or to <= self.answer_due_on:
            raise ValueError("only a running term is extended, and to a later day")
        return replace(self, answer_due_on=to, revision=self.revision + 1)

    def refused(self) -> Self:
        """The referral after its agency has declined in vain: a change that is told, and nothing else."""
        return replace(self, revision=self.revision + 1)

    def handed_on(self, *, id: UUID, agency: str, at: datetime) -> Self:  # noqa: A002
        """A proposal of the same to the body in the place of a closed, or of a wrong one: its clocks go on.

        Raises ValueError unless it has been taken back.
        """
        if self.state not in {ReferralState.RECALLED, ReferralState.REJECTED}:
            raise ValueError("only what has been taken back is handed on")
        afresh: dict[str, Any] = {
            "state": ReferralState.PROPOSED,
            "changed_at": at,
            "revision": 1,
            "reason": None,
            "sequence": 0,  # the other body counts its own replies
        }
        return replace(self, id=id, agency=agency, predecessor_id=self.id, **afresh)

    def of_part(self, part: str, part_id: UUID) -> Self:
        """The referral of a part alone of what it was."""
        return replace(self, scope=Scope.PART, part=part, part_id=part_id)

    def returned(self, *, id: UUID, state: ReferralState) -> Self:  # noqa: A002
        """What its agency does not keep, as a referral which that agency has declined, or disputes."""
        return replace(self, id=id, predecessor_id=self.id, state=state, sequence=0, revision=1)

    def successor(
        self,
        *,
        id: UUID,  # noqa: A002
        agency: str,
        forward_due: ForwardDue,
        at: datetime,
        binding: bool = False,
    ) -> Self:
        """A proposal to `agency` of what this agency declined, `binding` when an arbiter gives it.

        Raises ValueError unless it has been declined, or taken back by an arbiter.
        """
        if self.state is not ReferralState.DECLINED and not (binding and self.state is ReferralState.RECALLED):
            raise ValueError("only a declined referral has a successor")
        return type(self)(
            id=id,
            appeal_id=self.appeal_id,
            agency=agency,
            scope=self.scope,
            part=self.part,
            forward_due=forward_due,
            changed_at=at,
            predecessor_id=self.id,
            part_id=self.part_id,
            path=(*self.path, self.agency),
            binding=binding,
        )
