"""Routing: appeals that arrive are decided, and what is decided is carried out, in one transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.consumer import Received
from services.chassis.database import Transaction
from services.chassis.errors import Conflict, RetryLater
from services.contracts.appeals import AppealRegistered, AppealWithdrawn
from services.contracts.referrals import (
    ReferralEscalated,
    ReferralIssued,
    ReferralRecalled,
    ReferralReminder,
    ReferralState,
    Scope,
)
from services.contracts.terms import RETURN_UNFIXED
from services.router import admission, dispatch, messages, metrics, record, repeats, store
from services.router.appeal import Appeal, Outcome, Part, outcome_of
from services.router.approval import waits_for_approval
from services.router.closing import AskToFix, Close, Closing
from services.router.deadlines import forward_due
from services.router.decision import AskOperator, Because, Decision, Refer, Retain, Verdicts, decide, decide_registered
from services.router.draft import Actor, Draft
from services.router.judgement import Doubt
from services.router.links import Links
from services.router.matter import matter_of
from services.router.referral import Referral
from services.router.rulebook import Rulebook
from services.router.rules import Rules
from services.router.silence import Limits
from services.router.task import Question, TaskState

RULE: Final = "rule"
APPLICANT: Final = "applicant"
_AFRESH: Final = frozenset(
    {
        *(Question.DECLINED, Question.FIXED, Question.BINDING_DECLINED, Question.ARBITER_LATE),
        *(Question.SILENT, Question.NOT_ACCEPTED, Question.OVERDUE),
    }
)
"""Questions that an event puts, from which its day is counted."""


@dataclass(frozen=True)
class Router:
    """Decides what arrives, and hears of what did not."""

    book: Rulebook
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    limits: Limits = field(default_factory=Limits)
    links: Links = field(default_factory=Links)

    @property
    def rules(self) -> Rules:
        """The rules that were last seen in force, for what decides nothing; a draft has those of its transaction."""
        return self.book.current

    async def assess(self, tx: Transaction, received: Sequence[Received[AppealRegistered]]) -> None:
        """Decide on registered appeals. One that the router has already is not decided again."""
        draft = await self.draft(tx)
        known = await store.known_appeals(tx, {one.message.appeal_id for one in received})
        new = {one.message.appeal_id: Appeal.of(one.message) for one in received if one.message.appeal_id not in known}
        said = {appeal.id: repeats.Said.by(appeal) for appeal in new.values()}
        considered = await repeats.considered(tx, said)
        for one in received:
            if one.message.appeal_id in known:
                continue
            known.add(one.message.appeal_id)
            appeal, decisions = _decided(new[one.message.appeal_id], draft)
            draft.register(appeal)
            actor = Actor(RULE, one.cause)
            held = admission.held(appeal, decisions[0].verdict, repeats=considered[appeal.id])
            (decision_id, *_) = carry_out(draft, appeal, _recorded(appeal, decisions, held, draft), actor)
            if appeal.corruption and decisions[0].seen:
                ask(draft, appeal, Question.EXTRACT, actor, decision_id=decision_id)
        await draft.write()
        await repeats.remember(tx, said)

    async def withdraw(self, tx: Transaction, received: Sequence[Received[AppealWithdrawn]]) -> None:
        """Applicants take appeals back (АППК art. 64(9)): agencies are told to stop, tasks are closed."""
        ids = {one.message.appeal_id for one in received}
        draft = await self.draft(tx, await store.locked_appeals(tx, ids))
        if draft.appeals.keys() < ids:
            raise RetryLater("an appeal that the router does not know yet")
        referrals = _by_appeal(await store.referrals_of(tx, ids))
        tasks = _by_appeal(await store.open_tasks(tx, ids))
        for one in received:
            appeal, actor = draft.appeals[one.message.appeal_id], Actor(APPLICANT, one.cause)
            if appeal.outcome is Outcome.WITHDRAWN:
                continue
            for referral in map(draft.hold, referrals[appeal.id]):
                if referral.is_open:
                    dispatch.take_back(draft, referral, messages.WITHDRAWN[appeal.language], actor)
            draft.settle(tasks[appeal.id], TaskState.OVERTAKEN, actor)
            draft.conclude(appeal, Outcome.WITHDRAWN, actor)
            draft.change(replace(draft.appeals[appeal.id], withdrawn_at=one.message.withdrawn_at))
        await draft.write()

    async def undelivered(self, tx: Transaction, received: Sequence[Received[ReferralIssued]]) -> None:
        """An agency's consumer has refused referrals, or could not take them."""
        draft, referrals, tasks = await self._held(tx, {one.message.referral_id for one in received})
        for one in received:
            referral, actor = referrals[one.message.referral_id], _broker(one)
            if referral.state is not ReferralState.ISSUED:
                draft.mark(referral, "undelivered", actor)
                continue
            appeal = draft.appeals[referral.appeal_id]
            referrals[referral.id] = draft.move(referral, ReferralState.UNDELIVERABLE, actor)
            draft.settle(tasks[referral.id], TaskState.OVERTAKEN, actor)
            ask(draft, appeal, Question.UNDELIVERABLE, actor, about=referral)
            draft.conclude(appeal, Outcome.IN_REVIEW, actor, part_id=referral.part_id)
        await draft.write()

    async def recall_refused(self, tx: Transaction, received: Sequence[Received[ReferralRecalled]]) -> None:
        """An agency's consumer has refused to hear that a referral is recalled: a person tells it."""
        draft, referrals, _ = await self._held(tx, {one.message.referral_id for one in received})
        for one in received:
            referral, actor = referrals[one.message.referral_id], _broker(one)
            draft.mark(referral, "recall_refused", actor)
            ask(draft, draft.appeals[referral.appeal_id], Question.RECALL_REFUSED, actor, about=referral)
        await draft.write()

    async def reminder_refused(
        self, tx: Transaction, received: Sequence[Received[ReferralReminder | ReferralEscalated]]
    ) -> None:
        """A consumer has refused a reminder, or to hear of another's silence: on record, and the ladder goes on."""
        draft, referrals, _ = await self._held(tx, {one.message.referral_id for one in received})
        for one in received:
            draft.mark(referrals[one.message.referral_id], "reminder_refused", _broker(one))
        await draft.write()

    async def draft(self, tx: Transaction, appeals: dict[UUID, Appeal] | None = None) -> Draft:
        """An empty draft over these locked appeals, by the rules that the transaction sees in force."""
        return Draft(tx, await self.book.in_force(tx), self.now(), self.new_id, appeals or {}, self.limits, self.links)

    async def _held(
        self, tx: Transaction, ids: set[UUID]
    ) -> tuple[Draft, dict[UUID, Referral], dict[UUID, list[Row[Any]]]]:
        draft = await self.draft(tx, await store.locked_appeals_of(tx, ids))
        rows = await store.referrals(tx, ids)
        if rows.keys() < ids:
            raise RetryLater("a referral that the router does not know")
        tasks: dict[UUID, list[Row[Any]]] = defaultdict(list)
        for task in await store.open_tasks(tx, draft.appeals.keys()):
            tasks[task.referral_id].append(task)
        return draft, {i: draft.hold(row) for i, row in rows.items()}, tasks


def _decided(appeal: Appeal, draft: Draft) -> tuple[Appeal, tuple[Decision, ...]]:
    """The rules' decisions on an appeal, or its parts; and the appeal, sealed if it tells of corruption or may."""
    decisions = decide_registered(appeal, draft.rules, at=draft.at)
    corruption, doubt = decisions[0].corruption, decisions[0].judgement.doubt
    sealed = corruption or doubt is Doubt.POSSIBLE_CORRUPTION
    found = decisions[0].facts.territory
    return replace(appeal, corruption=corruption, sealed=sealed, territory_code=found), decisions


def _recorded(
    appeal: Appeal, decisions: Sequence[Decision], held: admission.Held | None, draft: Draft
) -> list["Decided"]:
    """The decisions with their records. Of an appeal that is held up, one on the whole: a person sees it first."""
    if held is None:
        return [Decided(one.verdict, record.of_rule(one, appeal, draft.rules), one.part) for one in decisions]
    whole = decide(appeal, draft.rules, at=draft.at)
    made = {**record.of_rule(whole, appeal, draft.rules), "held": held.recorded()}
    return [Decided(AskOperator(held.question), made)]


@dataclass(frozen=True)
class Decided:
    """What has been decided on an appeal, or a part of it, with its record."""

    verdict: Verdicts
    record: dict[str, Any]
    part: Part | None = None


def carry_out(
    draft: Draft,
    appeal: Appeal,
    decided: Sequence[Decided],
    actor: Actor,
    *,
    predecessor: Referral | None = None,
) -> list[UUID]:
    """Do what has been decided, by rule or by a person, and store its records: all choices end here.

    It is one decision, or one for each of several parts: new ones are taken in. `predecessor` is the referral that a
    decision follows: a declined one, or one that has gone to a wrong agency. Returns the records' ids. Raises
    `Conflict` for what may never be done.
    """
    ids = []
    outcome = draft.appeals[appeal.id].outcome
    for one in decided:
        decision_id = draft.record(appeal, one.record, actor, one.part)
        ids.append(decision_id)
        if one.part and draft.appeals[appeal.id].part(one.part.id_in(appeal.id)) is None:
            draft.add_part(appeal, one.part, decision_id)
        outcome = _do(draft, appeal, one, decision_id, actor, predecessor)
        if one.part:
            draft.change_part(appeal, replace(one.part, outcome=outcome))
    parts = draft.appeals[appeal.id].current_parts
    first = decided[0]
    if first.part is None or first.part.number == parts[0].number:
        _file(draft, appeal, first)
    if len(decided) > 1:
        metrics.count_parts(draft.tx, len(parts))
    draft.conclude(appeal, outcome_of(parts) if parts else outcome, actor)
    return ids


def _file(draft: Draft, appeal: Appeal, decided: Decided) -> None:
    """Keep under which category an appeal is counted, by what has been decided of it, or of its first part."""
    verdict, held = decided.verdict, draft.appeals[appeal.id]
    agency = draft.agency(verdict.agency) if isinstance(verdict, Refer) else None
    draft.change(replace(held, category=matter_of(held, decided.record, agency)))


def close(draft: Draft, appeal: Appeal, closing: Closing, made: dict[str, Any], actor: Actor, *, reason: str) -> None:
    """End an appeal, or wait for its applicant, as a person has decided; store the record, and tell the reason."""
    draft.record(appeal, made, actor)
    told: dict[str, Any] = {"legal_basis": closing.legal_basis, "reason": reason}
    match closing:
        case Close(outcome, ground):
            draft.conclude(appeal, outcome, actor, ground=ground, **told)
        case AskToFix(lacking, fix_by):
            draft.change(replace(draft.appeals[appeal.id], fix_by=fix_by))
            draft.conclude(appeal, Outcome.TO_FIX, actor, lacking=lacking, fix_by=fix_by, **told)


def _do(
    draft: Draft, appeal: Appeal, decided: Decided, decision_id: UUID, actor: Actor, predecessor: Referral | None
) -> Outcome:
    """Do one thing that has been decided. Returns what has become of the appeal, or of its part."""
    match decided.verdict:
        case Retain():
            if decided.part is None:
                draft.change(replace(draft.appeals[appeal.id], sealed=True))
            return Outcome.RETAINED
        case Refer() as verdict:
            referral = _referral(draft, appeal, verdict, decided.part, predecessor)
            draft.propose(referral, decision_id)
            if not waits_for_approval(appeal, referral, draft.rules.policy, by_rule=actor.name == RULE):
                same = predecessor is not None and predecessor.agency == referral.agency
                due = predecessor.answer_due_on if predecessor and same else None  # no term begins twice at one agency
                dispatch.issue(draft, referral, actor, answer_due_on=referral.answer_due_on or due)
                return Outcome.REFERRED
            draft.mark(referral, referral.state.value, actor)
            ask(draft, appeal, Question.APPROVAL, actor, about=referral)
            if appeal.sealed and referral.scope is Scope.PART:
                return Outcome.RETAINED  # it is ours until an extract has left, and its author hears of no doubt
        case AskOperator(question):
            note = predecessor.reason if predecessor else None
            ask(
                draft,
                appeal,
                question,
                actor,
                about=predecessor,
                part=decided.part,
                decision_id=decision_id,
                note=note,
            )
    return Outcome.IN_REVIEW


def ask(
    draft: Draft,
    appeal: Appeal,
    question: Question,
    actor: Actor,
    *,
    about: Referral | None = None,
    part: Part | None = None,
    decision_id: UUID | None = None,
    note: str | None = None,
) -> None:
    """Open a task, `about` a referral, or by a decision on the whole or a `part`. `note` is what a person has said.

    Its day is that of forwarding: counted afresh from what brought the appeal back. An appeal that was not fixed in
    time is returned within as many days after the lapse; an alarm is of today.
    """
    since = draft.at if question in _AFRESH else appeal.received_at
    made_by = decision_id or (draft.decision_of(about) if about else None)
    assert made_by is not None  # noqa: S101 - each caller gives one of the two
    calendar = draft.rules.calendar
    due = forward_due(calendar, since).strict
    if question is Question.DISPUTED:
        due = calendar.nth_working_day_after(calendar.arrived_on(draft.at), draft.limits.arbiter_days)
    if question is Question.FIX_LAPSED and appeal.fix_by:
        due = RETURN_UNFIXED.ends_on(calendar, appeal.fix_by)
    elif question is Question.ALARM:
        due = calendar.first_working_day_from(calendar.arrived_on(draft.at))
    part_id = about.part_id if about else part.id_in(appeal.id) if part else None
    draft.ask(appeal, question, actor, decision_id=made_by, referral=about, part_id=part_id, due_on=due, note=note)


def _referral(
    draft: Draft, appeal: Appeal, verdict: Refer, part: Part | None, predecessor: Referral | None
) -> Referral:
    if predecessor and predecessor.state is ReferralState.RECALLED and verdict.because is Because.OPERATOR:
        return predecessor.handed_on(id=draft.new_id(), agency=verdict.agency, at=draft.at)
    since = draft.at if predecessor else appeal.received_at
    due = forward_due(draft.rules.calendar, since)
    if predecessor:
        made = predecessor.successor(
            id=draft.new_id(),
            agency=verdict.agency,
            forward_due=due,
            at=draft.at,
            binding=verdict.because is Because.ARBITER,
        )
        if verdict.part:
            made = replace(made, scope=verdict.scope, part=verdict.part)
        if part:
            made = replace(made, part_id=part.id_in(appeal.id))
    else:
        made = Referral(
            id=draft.new_id(),
            appeal_id=appeal.id,
            agency=verdict.agency,
            scope=verdict.scope,
            part=verdict.part,
            part_id=part.id_in(appeal.id) if part else None,
            forward_due=due,
            changed_at=draft.at,
        )
    if appeal.corruption and made.scope is Scope.FULL:
        raise Conflict("corruption_never_whole")
    return made


def _by_appeal(rows: Iterable[Row[Any]]) -> dict[UUID, list[Row[Any]]]:
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.appeal_id].append(row)
    return found


def _broker(one: Received[Any]) -> Actor:
    return Actor(f"agency:{one.message.agency}", one.cause)
