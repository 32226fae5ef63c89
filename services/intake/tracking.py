"""Tracking: what the router says of appeals becomes their status, timeline and notices, in one transaction."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row

from services.chassis import outbox
from services.chassis.consumer import Received
from services.chassis.database import Database, Transaction
from services.chassis.errors import Conflict, NotFound, RetryLater
from services.chassis.outbox import Cause
from services.contracts.appeals import AppealAssessed, AppealWithdrawn, Assessment, Language
from services.contracts.notifications import Notice
from services.contracts.referrals import ReferralChanged, ReferralState, Scope
from services.intake import forgetting, notices, store
from services.intake.appeal import FINAL, AppealStatus, Referral, status_of


@dataclass
class _Appeal:
    """An appeal while a batch changes it."""

    row: Row[Any]
    changing: dict[str, Any]
    referrals: dict[UUID, Referral]

    def derive_status(self, at: datetime) -> bool:
        """Give the appeal its status; True when it is another one than before."""
        assessment = self.changing["assessment"]
        status = status_of(
            withdrawn=self.changing["withdrawn_at"] is not None,
            assessment=Assessment(assessment) if assessment else None,
            referrals=self.referrals.values(),
        )
        if status.value == self.changing["status"]:
            return False
        self.changing.update(status=status.value, status_since=at)
        return True


@dataclass(frozen=True)
class Tracker:
    """Applies what is said of appeals."""

    database: Database
    status_url: Callable[[str], str]
    now: Callable[[], datetime]

    async def referrals_changed(self, tx: Transaction, received: Sequence[Received[ReferralChanged]]) -> None:
        """A referral has a new state. A stale revision changes nothing."""
        at = self.now()
        appeals = await _opened(tx, {r.message.appeal_id for r in received})
        rows: dict[UUID, dict[str, Any]] = {}
        events = []
        for one in received:
            appeal = appeals[one.message.appeal_id]
            change = _wordless(one.message) if _is_protected(appeal) else one.message
            known = appeal.referrals.get(change.referral_id)
            if known is not None and known.revision >= change.revision:
                continue
            if change.scope is Scope.FULL:  # what tells of corruption is never referred as a whole
                appeal.changing["sealed"] = False
            appeal.referrals[change.referral_id] = _referral(change)
            rows[change.referral_id] = _referral_row(change)
            kind = f"referral.{_what_happened(change)}"
            events.append(self._changed(tx, appeal, kind, _facts(change), at, one.cause))
            self._tell(tx, appeal, one, known.state if known else None, at)
        await store.save_referrals(tx, list(rows.values()))
        await _saved(tx, appeals, events)

    async def assessed(self, tx: Transaction, received: Sequence[Received[AppealAssessed]]) -> None:
        """The router has nothing to refer, or not yet."""
        at = self.now()
        appeals = await _opened(tx, {r.message.appeal_id for r in received})
        events: list[dict[str, Any]] = []
        for one in received:
            said, appeal = one.message, appeals[one.message.appeal_id]
            if appeal.changing["assessment_revision"] >= said.revision:
                continue
            appeal.changing.update(
                assessment=said.assessment.value, assessment_revision=said.revision, sealed=said.sealed
            )
            kind = f"appeal.{said.assessment.value}"
            if said.assessment is Assessment.PROTECTED:
                await forgetting.forget(tx, appeal.row.id, at=at, cause=one.cause)
                for event in events:  # what came with it is not written yet
                    event.update({"facts": {}} if event["appeal_id"] == appeal.row.id else {})
                kind = f"appeal.{AppealStatus.RETAINED}"  # whoever looks on learns nothing more
            events.append(self._changed(tx, appeal, kind, _reasons(said), at, one.cause))
            told = notices.of_assessment(said, Language(appeal.row.language))
            if told is not None and appeal.changing["status"] == said.assessment:
                notice, variables = told
                stable = uuid5(one.envelope.id, notice.value)
                self._notice(tx, appeal, notice, variables, at, one.cause, notification_id=stable)
        await _saved(tx, appeals, events)

    async def withdraw(self, appeal_id: UUID, *, posting_system: str | None, cause: Cause) -> None:
        """The applicant withdraws (АППК art. 64(9)). Raises `NotFound`, or `Conflict` when it has been answered."""
        at = self.now()
        async with self.database.transaction() as tx:
            appeals = await _opened(tx, {appeal_id}, missing=NotFound("appeal_not_found"))
            appeal = appeals[appeal_id]
            if posting_system is not None and appeal.row.posting_system != posting_system:
                raise NotFound("appeal_not_found")
            if appeal.changing["status"] in FINAL:
                raise Conflict("appeal_finished")
            appeal.changing["withdrawn_at"] = at
            event = self._changed(tx, appeal, "appeal.withdrawn", {}, at, cause)
            day = at.date().isoformat()
            self._notice(tx, appeal, Notice.WITHDRAWN, {"withdrawn_on": day}, at, cause)
            outbox.post(tx, AppealWithdrawn(appeal_id=appeal_id, withdrawn_at=at), at=at, cause=cause)
            await _saved(tx, appeals, [event])

    def _changed(
        self, tx: Transaction, appeal: _Appeal, kind: str, facts: dict[str, Any], at: datetime, cause: Cause
    ) -> dict[str, Any]:
        """Count the revision, derive the status, and return the timeline's row."""
        appeal.changing["revision"] += 1
        if appeal.derive_status(at):
            payload = {
                "appeal_id": str(appeal.row.id),
                "registration_number": appeal.row.registration_number,
                "status": appeal.changing["status"],
                "status_since": at.isoformat(),
                "revision": appeal.changing["revision"],
                "because": kind,
            }
            notices.tell_system(tx, appeal.row, payload, revision=appeal.changing["revision"], at=at, cause=cause)
        return {
            "appeal_id": appeal.row.id,
            "revision": appeal.changing["revision"],
            "at": at,
            "kind": kind,
            "facts": facts,
        }

    def _tell(
        self,
        tx: Transaction,
        appeal: _Appeal,
        one: Received[ReferralChanged],
        before: ReferralState | None,
        at: datetime,
    ) -> None:
        for notice, variables in notices.of_change(one.message, Language(appeal.row.language), before=before):
            # told once for a referral, however often it is handed over again; of an extension, once for each
            revision = one.message.revision if notice is Notice.EXTENDED else ""
            stable = uuid5(one.message.referral_id, f"{notice.value}{revision}")
            referral_id = one.message.referral_id
            self._notice(tx, appeal, notice, variables, at, one.cause, notification_id=stable, referral_id=referral_id)

    def _notice(
        self,
        tx: Transaction,
        appeal: _Appeal,
        notice: Notice,
        more: dict[str, str],
        at: datetime,
        cause: Cause,
        *,
        notification_id: UUID | None = None,
        referral_id: UUID | None = None,
    ) -> None:
        if appeal.row.withdrawn_at is not None or _is_protected(appeal):
            return  # who has withdrawn is told nothing more, and nobody knows who was protected
        sensitive = bool(appeal.changing["sealed"])
        if sensitive and not notices.may_be_told_of_sealed(appeal.row.applicant):
            return
        notices.tell_applicant(
            tx,
            appeal.row,
            notice,
            more,
            status_url=self.status_url(appeal.row.status_token),
            at=at,
            cause=cause,
            revision=appeal.changing["revision"],
            notification_id=notification_id,
            sensitive=sensitive,
            referral_id=referral_id,
        )


async def _opened(tx: Transaction, ids: set[UUID], *, missing: Exception | None = None) -> dict[UUID, _Appeal]:
    rows = await store.appeals(tx, ids, to_change=True)
    if len(rows) < len(ids):
        raise missing or RetryLater("an appeal that intake does not know")
    referrals: dict[UUID, dict[UUID, Referral]] = defaultdict(dict, await store.referrals(tx, ids))
    return {i: _Appeal(row, dict(row._mapping), referrals[i]) for i, row in rows.items()}  # noqa: SLF001 - public name


async def _saved(tx: Transaction, appeals: dict[UUID, _Appeal], events: list[dict[str, Any]]) -> None:
    touched = {event["appeal_id"] for event in events}
    await store.save(tx, [appeals[i].changing for i in sorted(touched)])
    await store.record(tx, events)


def _is_protected(appeal: _Appeal) -> bool:
    return bool(appeal.changing["assessment"] == Assessment.PROTECTED)


def _wordless(change: ReferralChanged) -> ReferralChanged:
    """What a late change may still tell of an appeal whose words are forgotten (R-SEC-3)."""
    return change.model_copy(update={"reason": None, "answer": None, "documents": ()})


def _what_happened(change: ReferralChanged) -> str:
    """The state that it has entered, or what has happened to it there."""
    if change.extended_on:
        return "extended"
    return "refused" if change.refused else change.state.value


def _referral(change: ReferralChanged) -> Referral:
    return Referral(
        referral_id=change.referral_id,
        agency=change.agency,
        agency_name=change.agency_name.model_dump(),
        agency_contacts=change.agency_contacts,
        scope=change.scope.value,
        state=change.state,
        revision=change.revision,
        changed_at=change.changed_at,
        answer_due_on=change.answer_due_on,
        reason=change.reason,
        predecessor_id=change.predecessor_id,
    )


def _referral_row(change: ReferralChanged) -> dict[str, Any]:
    row = vars(_referral(change)) | {"appeal_id": change.appeal_id, "answer": change.answer}
    row["id"] = row.pop("referral_id")
    return row | {"state": change.state.value}


def _reasons(said: AppealAssessed) -> dict[str, Any]:
    """What the timeline tells of an assessment."""
    return said.model_dump(
        mode="json", include={"ground", "legal_basis", "reason", "lacking", "fix_by"}, exclude_defaults=True
    )


def _facts(change: ReferralChanged) -> dict[str, Any]:
    """What the timeline tells of a change; the answer's text stays with the referral."""
    plain = {"referral_id", "agency", "agency_name", "scope", "answer_due_on", "reason", "reason_code", "legal_basis"}
    theirs = {"agency_number", "agency_registered_on", "answer_language", "documents", "binding"}
    shown = change.model_dump(mode="json", include=plain | theirs)
    return {key: value for key, value in shown.items() if value not in (None, False, [])}
