"""A draft: what one transaction is going to say and write, gathered here and written together at its end.

One appeal and a hundred go the same way, in a handful of statements. What a draft holds has been locked before.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Row

from services.chassis import outbox
from services.chassis.database import Transaction
from services.chassis.outbox import Cause
from services.contracts.appeals import AppealAssessed, Assessment
from services.contracts.envelope import Message
from services.contracts.referrals import ReferralState
from services.router import messages, metrics, store, tables
from services.router.agency import Agency, Transport
from services.router.appeal import Appeal, Outcome, Part, outcome_of
from services.router.links import Links, good_until
from services.router.referral import TERM_RUNS, Referral
from services.router.rules import Rules
from services.router.silence import Limits, Step, Wait, next_look, steps
from services.router.task import Question, TaskState

log = structlog.get_logger()

_ASSESSMENTS: Final[Mapping[Outcome, Assessment]] = {
    outcome: Assessment(outcome.value) for outcome in Outcome if outcome not in {Outcome.REFERRED, Outcome.WITHDRAWN}
}
_OF_PARTS: Final = {**_ASSESSMENTS, Outcome.REFERRED: Assessment.REFERRED}
"""Of an appeal in parts, intake is also told that nothing of it remains with us."""
_UNTOLD: Final = frozenset({ReferralState.PROPOSED, ReferralState.REJECTED})
"""What is among ourselves: until it is issued, nobody outside hears of a referral."""
_UNMARKED: Final = dict.fromkeys(
    (
        *("issued_at", "replied_at", "sent_at", "reissued_at", "look_at", "overdue_reported_at"),
        *("accepted_at", "declined_at", "answered_at"),
    )
)
_MILESTONES: Final[Mapping[ReferralState, tuple[str, ...]]] = {
    ReferralState.ACCEPTED: ("accepted_at",),
    ReferralState.ACCEPTED_IN_PART: ("accepted_at",),
    ReferralState.DECLINED: ("declined_at",),
    ReferralState.DISPUTED: ("declined_at",),
    ReferralState.ANSWERED: ("accepted_at", "answered_at"),
}
"""What an agency says for the first time with a state. Whoever answers has accepted."""


@dataclass(frozen=True)
class Actor:
    """Who acts, and what led to it."""

    name: str
    """``rule``, ``watch``, ``applicant``, ``agency:<code>``, or the operator."""
    cause: Cause
    reads_sealed: bool = False
    """Whether it is a person who may read sealed appeals."""
    act: UUID | None = None
    """The held act that it carries out, which is settled in the same transaction as what it does."""


@dataclass
class Draft:
    """Changes to appeals and what belongs to them. Nothing is written before `write`."""

    tx: Transaction
    rules: Rules
    at: datetime
    new_id: Callable[[], UUID]
    appeals: dict[UUID, Appeal] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    links: Links = field(default_factory=Links)
    _new_appeals: set[UUID] = field(default_factory=set)
    _changed_appeals: set[UUID] = field(default_factory=set)
    _decisions: list[dict[str, Any]] = field(default_factory=list)
    _parts: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    _changed_parts: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    _referrals: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    _read: dict[UUID, int] = field(default_factory=dict)
    _events: list[dict[str, Any]] = field(default_factory=list)
    _tasks: list[dict[str, Any]] = field(default_factory=list)
    _settled: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    _replies: list[dict[str, Any]] = field(default_factory=list)
    _orders: list[dict[str, Any]] = field(default_factory=list)
    _approvals: list[dict[str, Any]] = field(default_factory=list)
    _touched: set[UUID] = field(default_factory=set)

    def register(self, appeal: Appeal) -> None:
        """Take in a new appeal; `conclude` has to follow."""
        self.appeals[appeal.id] = appeal
        self._new_appeals.add(appeal.id)

    def record(self, appeal: Appeal, record: dict[str, Any], actor: Actor, part: Part | None = None) -> UUID:
        """Store a decision's record. Returns its id, without which there is no part, no referral and no task."""
        decision_id = self.new_id()
        self._decisions.append(
            {
                "id": decision_id,
                "appeal_id": appeal.id,
                "made_at": self.at,
                "made_by": actor.name,
                "rules": self.rules.version,
                "record": record,
                "part_number": part.number if part else None,
            }
        )
        verdict = record.get("held", record["verdict"])
        metrics.count_decision(self.tx, record)
        told = {name: verdict.get(name) for name in ("outcome", "agency", "because", "question") if name in verdict}
        self._say("appeal.decided", appeal_id=appeal.id, by=actor.name, **told)
        return decision_id

    def add_part(self, appeal: Appeal, part: Part, decision_id: UUID) -> None:
        """Take in a new part of an appeal, with the decision that made it."""
        held = self.appeals[appeal.id]
        self.appeals[appeal.id] = replace(held, parts=(*held.parts, part))
        self._parts[part.id_in(appeal.id)] = {**store.part_row(part, appeal.id), "decision_id": decision_id}

    def change_part(self, appeal: Appeal, part: Part) -> None:
        """Put a new value of a part in the place of the old one."""
        held = self.appeals[appeal.id]
        parts = tuple(part if one.number == part.number else one for one in held.parts)
        self.appeals[appeal.id] = replace(held, parts=parts)
        part_id, row = part.id_in(appeal.id), store.part_row(part, appeal.id)
        if part_id in self._parts:
            self._parts[part_id].update(row)
        else:
            self._changed_parts[part_id] = row

    def conclude(
        self, appeal: Appeal, outcome: Outcome, actor: Actor, *, part_id: UUID | None = None, **more: Any
    ) -> None:
        """Say what has become of an appeal, or of a part of it, and so of the whole.

        Intake is told, with `more`, unless a referral's own changes tell it.
        """
        if part := self.appeals[appeal.id].part(part_id):
            self.change_part(appeal, replace(part, outcome=outcome))
            outcome = outcome_of(self.appeals[appeal.id].parts)
        held = self.appeals[appeal.id]
        is_new = appeal.id in self._new_appeals and held.revision == 0
        if held.outcome is outcome and not is_new and not self._is_newly_divided(held):
            return
        held = replace(held, outcome=outcome)
        if assessment := (_OF_PARTS if held.current_parts else _ASSESSMENTS).get(outcome):
            held = replace(held, revision=held.revision + 1)
            said = AppealAssessed(
                appeal_id=held.id,
                revision=held.revision,
                assessment=assessment,
                assessed_at=self.at,
                sealed=held.sealed,
                **more,
            )
            outbox.post(self.tx, said, at=self.at, cause=actor.cause)
        self.change(held)

    def _is_newly_divided(self, appeal: Appeal) -> bool:
        """Whether intake knows a referred appeal as one that went out whole."""
        new = any(part.id_in(appeal.id) in self._parts for part in appeal.current_parts)
        return new and appeal.outcome is Outcome.REFERRED

    def change(self, appeal: Appeal) -> None:
        """Put a new value of an appeal in the place of the old one."""
        self.appeals[appeal.id] = appeal
        self._changed_appeals.add(appeal.id)

    def hold(self, row: Row[Any]) -> Referral:
        """Take up a stored referral."""
        self._referrals[row.id] = row._asdict()
        self._read[row.id] = row.revision
        return store.referral_of(row)

    def propose(self, referral: Referral, decision_id: UUID) -> None:
        """Take in a new referral, made by this decision."""
        self._referrals[referral.id] = {**_UNMARKED, "decision_id": decision_id, "created_at": self.at}
        self._put(referral)

    def move(self, referral: Referral, state: ReferralState, actor: Actor, *, reason: str | None = None) -> Referral:
        """Move a referral to `state`, with its event, and tell intake. Raises IllegalTransition."""
        moved = referral.moved_to(state, at=self.at, reason=reason)
        self.enter(moved, actor)
        return moved

    def enter(
        self, referral: Referral, actor: Actor, *, told: Mapping[str, Any] | None = None, **marks: datetime | None
    ) -> None:
        """Keep the referral in the state that it has entered, with its event, and tell intake, with what is `told`."""
        before, reached = self._referrals[referral.id], _MILESTONES.get(referral.state, ())
        self._put(referral, {**{name: before[name] or self.at for name in reached}, **marks})
        self._event(referral, referral.state.value, actor, referral.reason)
        metrics.count_referral(self.tx, referral.agency, referral.state.value)
        self._say(f"referral.{referral.state}", referral_id=referral.id, appeal_id=referral.appeal_id, by=actor.name)
        if referral.state not in _UNTOLD:
            said = messages.changed(referral, self.agency(referral.agency), **(told or {}))
            outbox.post(self.tx, said, at=self.at, cause=actor.cause)

    def extend(self, referral: Referral, actor: Actor, *, decided_on: date, reason: str | None) -> None:
        """Keep the referral with its new last day, and tell intake; its state stays."""
        self._put(referral, {"replied_at": self.at, "overdue_reported_at": None})
        self._event(referral, "extended", actor, reason)
        self._say("referral.extended", referral_id=referral.id, appeal_id=referral.appeal_id, by=actor.name)
        agency = self.agency(referral.agency)
        said = messages.changed(referral, agency, reason=reason, extended_on=decided_on)
        outbox.post(self.tx, said, at=self.at, cause=actor.cause)

    def refuse(self, referral: Referral, actor: Actor, *, reason: str | None, told: Mapping[str, Any]) -> None:
        """Keep that an agency declines what binds it, and tell intake; the state stays."""
        self._put(referral)
        self._event(referral, "refused", actor, reason)
        said = messages.changed(referral, self.agency(referral.agency), **told, reason=reason, refused=True)
        outbox.post(self.tx, said, at=self.at, cause=actor.cause)

    def mark(self, referral: Referral, kind: str, actor: Actor, *, note: str | None = None, **marks: Any) -> None:
        """Note something on a referral's history that changes no state."""
        self._referrals[referral.id].update(marks)
        if "sent_at" in marks:  # waited for anew
            self.look_later(referral, since=self._referrals[referral.id]["look_at"])
        self._event(referral, kind, actor, note)

    def steps_due(self, referral: Referral) -> list[Step]:
        """The steps on the ladder of silence that a held referral has come to."""
        row = self._referrals[referral.id]
        if row["look_at"] is None:  # somebody else has been here
            return []
        ladder = steps(referral, Wait(row["issued_at"], row["sent_at"]), self.rules.calendar, self.limits)
        return [step for moment, step in ladder if row["look_at"] <= moment <= self.at]

    def look_later(self, referral: Referral, *, since: datetime | None = None) -> None:
        """Say when silence about a held referral is looked at next: at the first step that comes, or came `since`."""
        row = self._referrals[referral.id]
        if row["issued_at"] is not None:
            wait, after = Wait(row["issued_at"], row["sent_at"]), self.at
            if since is not None and since <= self.at:
                after = since - timedelta.resolution
            row["look_at"] = next_look(referral, wait, self.rules.calendar, self.limits, after=after)
            self._touched.add(referral.id)

    def ask(
        self,
        appeal: Appeal,
        question: Question,
        actor: Actor,
        *,
        decision_id: UUID,
        referral: Referral | None,
        part_id: UUID | None,
        due_on: date,
        note: str | None,
    ) -> None:
        """Put a task on the operators' list."""
        self._tasks.append(
            {
                "id": self.new_id(),
                "appeal_id": appeal.id,
                "decision_id": decision_id,
                "referral_id": referral.id if referral else None,
                "part_id": part_id,
                "question": question.value,
                "state": TaskState.OPEN.value,
                "opened_at": self.at,
                "opened_by": actor.name,
                "note": note,
                "due_on": due_on,
            }
        )
        self._say("task.opened", appeal_id=appeal.id, question=question.value)

    def settle(self, tasks: Iterable[Row[Any]], state: TaskState, actor: Actor, reason: str | None = None) -> None:
        """Close open tasks."""
        for task in tasks:
            ended = {"state": state.value, "settled_at": self.at, "settled_by": actor.name, "reason": reason}
            self._settled[task.id] = {"id": task.id, **ended}
            self._say("task.settled", task_id=task.id, appeal_id=task.appeal_id, state=state.value)

    def keep(self, reply: dict[str, Any]) -> None:
        """Store what an agency has said."""
        self._replies.append(reply)

    def lay_out(self, referral: Referral, order: Message, actor: Actor, *, to: str) -> None:
        """Keep an order until the agency that it is for fetches it."""
        envelope = outbox.enveloped(self.tx, order, at=self.at, cause=actor.cause)
        body = envelope.to_json()
        self._orders.append(
            {
                "agency": to,
                "type": envelope.type,
                "body_sha256": hashlib.sha256(body).hexdigest(),
                "message_id": envelope.id,
                "referral_id": referral.id,
                "appeal_id": referral.appeal_id,
                "body": body,
                "laid_out_at": self.at,
            }
        )
        agency = self.agency(to)
        if agency and agency.webhook:
            outbox.post(self.tx, messages.ready(envelope, referral, to, at=self.at), at=self.at, cause=actor.cause)

    def send_link(self, referral: Referral, actor: Actor, *, to: str, about: str | None = None) -> None:
        """Mail an agency a link to the referral, good for a while. `about` a silent agency, it shows little."""
        agency = self.agency(to)
        assert agency is not None and referral.answer_due_on is not None  # noqa: S101, PT018 - it has been issued to it
        until = good_until(self.at, self.rules.calendar.end_of(referral.answer_due_on))
        url = self.links.url(referral.id, until=until, looks=about is not None)
        language = self.appeals[referral.appeal_id].language
        told = {"notification_id": self.new_id(), "good_until": until, "requested_at": self.at}
        told |= {"silent_agency_name": about}
        outbox.post(self.tx, messages.link(referral, agency, language, url, **told), at=self.at, cause=actor.cause)

    def transport(self, code: str) -> Transport:
        """How an agency is reached."""
        return self.rules.directory.transport_of(code, self.rules.calendar.arrived_on(self.at))

    def agency(self, code: str) -> Agency | None:
        """The agency's record in force, else any it has had; None for one that has left the directory."""
        directory = self.rules.directory
        in_force = directory.agency(code, self.rules.calendar.arrived_on(self.at))
        return in_force or next((record for record in directory.agencies if record.code == code), None)

    def decision_of(self, referral: Referral) -> UUID:
        """The decision that made a held referral."""
        decision_id: UUID = self._referrals[referral.id]["decision_id"]
        return decision_id

    def successor_of(self, referral: Referral) -> tuple[UUID, ReferralState]:
        """Id and state of the new referral that follows a held one."""
        following = (i for i, row in self._referrals.items() if i not in self._read)
        (found,) = (i for i in following if self._referrals[i]["predecessor_id"] == referral.id)
        return found, ReferralState(self._referrals[found]["state"])

    def approve(self, referral: Referral, actor: Actor, *, approved: bool, reason: str | None = None) -> None:
        """Keep that a person has approved a proposal, or refused it, beside the decision's record, which stays."""
        self._approvals.append(
            {
                "id": self.new_id(),
                "appeal_id": referral.appeal_id,
                "decision_id": self.decision_of(referral),
                "referral_id": referral.id,
                "approved": approved,
                "made_at": self.at,
                "made_by": actor.name,
                "reason": reason,
            }
        )

    def issued_at(self, referral: Referral) -> datetime | None:
        """When a held referral was handed to its agency."""
        at: datetime | None = self._referrals[referral.id]["issued_at"]
        return at

    def reissued_at(self, referral: Referral) -> datetime | None:
        """When a held referral, or its recall, was last sent again of our own accord."""
        at: datetime | None = self._referrals[referral.id]["reissued_at"]
        return at

    async def write(self) -> None:
        """Write it all, as part of the transaction."""
        new = [store.appeal_row(self.appeals[i]) | {"assessed_at": self.at} for i in self._new_appeals]
        known = self._changed_appeals - self._new_appeals
        await store.add(self.tx, tables.appeal, new)
        await store.save_appeals(self.tx, [store.appeal_row(self.appeals[i]) | {"assessed_at": self.at} for i in known])
        await store.add(self.tx, tables.decision, self._decisions)
        await store.add(self.tx, tables.part, list(self._parts.values()))
        await store.save_parts(self.tx, list(self._changed_parts.values()))
        rows = self._referrals.items()
        touched = self._touched | {event["referral_id"] for event in self._events}
        await store.save_referrals(
            self.tx, [{**row, "read": self._read[i]} for i, row in rows if i in self._read and i in touched]
        )
        await store.add(self.tx, tables.referral, [row for i, row in rows if i not in self._read])
        await store.add(self.tx, tables.agency_order, self._orders)
        await store.add(self.tx, tables.referral_event, self._events)
        await store.settle_tasks(self.tx, list(self._settled.values()))
        await store.add(self.tx, tables.task, self._tasks)
        await store.add_replies(self.tx, self._replies)
        await store.add(self.tx, tables.approval, self._approvals)

    def _put(self, referral: Referral, marks: Mapping[str, Any] | None = None) -> None:
        before = self._referrals[referral.id]
        self._referrals[referral.id] = {**before, **store.referral_row(referral), **(marks or {})}
        since = before["look_at"]  # what has come, and nobody has looked at yet, is not lost
        if referral.answer_due_on and referral.state in TERM_RUNS and before.get("state") not in TERM_RUNS:
            since = self.rules.calendar.end_of(referral.answer_due_on)  # it may have passed on the way to the agency
        self.look_later(referral, since=since)

    def _event(self, referral: Referral, kind: str, actor: Actor, note: str | None) -> None:
        self._events.append(
            {
                "referral_id": referral.id,
                "kind": kind,
                "state": referral.state.value,
                "revision": referral.revision,
                "at": self.at,
                "by": actor.name,
                "note": note,
                "message_id": actor.cause.causation_id,
            }
        )

    def _say(self, event: str, **facts: Any) -> None:
        """Log a fact once it is one."""
        told = {name: str(fact) if isinstance(fact, UUID) else fact for name, fact in facts.items()}
        self.tx.after_commit(lambda: log.info(event, **told))
