"""Registering appeals: those that arrive together are numbered, stored and posted in one transaction (АППК art. 64)."""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis import outbox
from services.chassis.calendars import Calendars
from services.chassis.database import Database, Transaction
from services.chassis.errors import Invalid, Refused
from services.chassis.failpoints import reach
from services.chassis.outbox import Cause
from services.contracts.appeals import AppealKind, AppealRegistered, Applicant, Channel, Language
from services.contracts.attachments import AttachedDocument
from services.contracts.notifications import Notice
from services.intake import notices, store
from services.intake.appeal import AppealStatus
from services.intake.attachments.claims import Claims, Named
from services.intake.texts import NAMELESS, in_language

HANDED_OVER: Final = frozenset({Channel.CALL_CENTRE, Channel.RECEPTION})
"""Channels where a registrar tells the applicant the coupon; for the others it goes by e-mail."""


@dataclass(frozen=True)
class Submission:
    """A checked form, with who posted it and under which idempotency key."""

    posting_system: str
    tell_system: bool
    key: str
    fingerprint: str
    received_at: datetime
    language: Language
    kind: AppealKind
    channel: Channel
    text: str
    applicant: dict[str, Any]
    addressed_to: str | None
    complained_of: str | None
    territory: str | None
    warnings: list[dict[str, str]]
    cause: Cause
    accepted_by: dict[str, str] | None = None
    """Whoever accepted it; None when it was the system."""
    attachments: tuple[Named, ...] = ()
    """Documents that were uploaded before."""


@dataclass(frozen=True)
class Registered:
    """A registered appeal; `replayed` when this key had registered it before."""

    appeal: Row[Any] | Any
    replayed: bool


@dataclass(frozen=True)
class Registrar:
    """Registers batches of submissions."""

    database: Database
    calendars: Calendars
    number_prefix: str
    accepted_by: str
    status_url: Callable[[str], str]
    documents_url: str
    """How references to documents begin."""
    new_id: Callable[[], UUID]
    now: Callable[[], datetime]

    async def register(self, batch: Sequence[Submission]) -> list[Registered | Refused]:
        """Register all of `batch` in one transaction. A key used before gives back its appeal, or is refused."""
        try:
            return await self._registered(batch)
        except store.KeyTaken:
            return await self._registered(batch)  # the other process has committed: its appeal is known now

    async def _registered(self, batch: Sequence[Submission]) -> list[Registered | Refused]:
        async with self.database.transaction() as tx:
            results = await self.register_within(tx, batch)
            reach("intake.before_commit")
        reach("intake.after_commit")
        return results

    async def register_within(self, tx: Transaction, batch: Sequence[Submission]) -> list[Registered | Refused]:
        """Register all of `batch` as part of `tx`. Raises `store.KeyTaken`."""
        wanted = [named for submission in batch for named in submission.attachments]
        # first: whoever has to wait for another process that says the same, then finds its key among the known
        claims = await Claims.of(tx, wanted, url=self.documents_url)
        known = await store.known_keys(tx, {(s.posting_system, s.key) for s in batch})
        fresh: dict[tuple[str, str], Submission] = {}
        for submission in batch:
            if (submission.posting_system, submission.key) not in known:
                fresh.setdefault((submission.posting_system, submission.key), submission)
        refused: dict[tuple[str, str], Refused] = {}
        for key, one in fresh.items():
            if (refusal := claims.refusal(one.attachments, posting_system=one.posting_system)) is not None:
                refused[key] = refusal
        added = await self._add(tx, [one for key, one in fresh.items() if key not in refused], claims)
        stored = await store.appeals(tx, {row.appeal_id for row in known.values()}) if known else {}
        return [self._result(s, known, stored, fresh, {**added, **refused}) for s in batch]

    def _result(
        self,
        submission: Submission,
        known: dict[tuple[str, str], Row[Any]],
        stored: dict[UUID, Row[Any]],
        fresh: dict[tuple[str, str], Submission],
        added: Mapping[tuple[str, str], "NewAppeal | Refused"],
    ) -> Registered | Refused:
        key = (submission.posting_system, submission.key)
        before = known[key].fingerprint if key in known else fresh[key].fingerprint
        if before != submission.fingerprint:
            return Invalid("idempotency_key_reused")
        if key in known:
            return Registered(stored[known[key].appeal_id], replayed=True)
        one = added[key]
        return one if isinstance(one, Refused) else Registered(one, replayed=fresh[key] is not submission)

    async def _add(
        self, tx: Transaction, fresh: list[Submission], claims: Claims
    ) -> dict[tuple[str, str], "NewAppeal"]:
        if not fresh:
            return {}
        at = self.now()
        calendar = await self.calendars.in_force(tx)
        days = [calendar.registered_on(submission.received_at) for submission in fresh]
        numbers = await self._numbers(tx, [day.year for day in days])
        appeals = [self._appeal(*one, at) for one in zip(fresh, numbers, days, strict=True)]
        await store.add(
            tx,
            [vars(appeal) for appeal in appeals],
            [_key_row(s, appeal.id, at) for s, appeal in zip(fresh, appeals, strict=True)],
            [_event_row(appeal, at) for appeal in appeals],
        )
        for submission, appeal in zip(fresh, appeals, strict=True):
            documents = claims.give(submission.attachments, appeal.id)
            outbox.post(tx, _registered(appeal, documents), at=at, cause=submission.cause)
            self._send_coupon(tx, appeal, at, submission.cause)
        await claims.write(tx)
        return {(s.posting_system, s.key): appeal for s, appeal in zip(fresh, appeals, strict=True)}

    async def _numbers(self, tx: Transaction, years: list[int]) -> list[str]:
        next_number = {year: await store.take_numbers(tx, year, n) for year, n in sorted(Counter(years).items())}
        numbers = []
        for year in years:
            numbers.append(f"{self.number_prefix}-{year}-{next_number[year]:06d}")
            next_number[year] += 1
        return numbers

    def _appeal(self, submission: Submission, number: str, registered_on: date, at: datetime) -> "NewAppeal":
        return NewAppeal(
            id=self.new_id(),
            registration_number=number,
            posting_system=submission.posting_system,
            tell_system=submission.tell_system,
            received_at=submission.received_at,
            registered_at=at,
            registered_on=registered_on,
            language=submission.language.value,
            kind=submission.kind.value,
            channel=submission.channel.value,
            text=submission.text,
            applicant=submission.applicant,
            addressed_to=submission.addressed_to,
            complained_of=submission.complained_of,
            territory=submission.territory,
            warnings=submission.warnings,
            accepted_by=submission.accepted_by,
            status_token=secrets.token_urlsafe(24),
            status=AppealStatus.REGISTERED.value,
            status_since=at,
        )

    def _send_coupon(self, tx: Transaction, appeal: "NewAppeal", at: datetime, cause: Cause) -> None:
        if appeal.channel not in HANDED_OVER and appeal.applicant.get("email"):
            by = ", ".join(appeal.accepted_by.values()) if appeal.accepted_by else self.accepted_by
            more = {"received_at": appeal.received_at.isoformat(), "accepted_by": by}
            url = self.status_url(appeal.status_token)
            notices.tell_applicant(tx, appeal, Notice.REGISTERED, more, status_url=url, at=at, cause=cause)


@dataclass
class NewAppeal:
    """A row of the table `appeal`, as it is first."""

    id: UUID
    registration_number: str
    posting_system: str
    tell_system: bool
    received_at: datetime
    registered_at: datetime
    registered_on: Any
    language: str
    kind: str
    channel: str
    text: str
    applicant: dict[str, Any]
    addressed_to: str | None
    complained_of: str | None
    territory: str | None
    warnings: list[dict[str, str]]
    status_token: str
    status: str
    status_since: datetime
    revision: int = 1
    assessment: str | None = None
    assessment_revision: int = 0
    withdrawn_at: datetime | None = None
    sealed: bool = False
    accepted_by: dict[str, str] | None = None


def _registered(appeal: NewAppeal, documents: tuple[AttachedDocument, ...]) -> AppealRegistered:
    # the IIN or BIN stays here: nobody further on needs it
    nameless = in_language(appeal.language, NAMELESS)
    return AppealRegistered(
        appeal_id=appeal.id,
        registration_number=appeal.registration_number,
        received_at=appeal.received_at,
        registered_on=appeal.registered_on,
        language=Language(appeal.language),
        kind=AppealKind(appeal.kind),
        channel=Channel(appeal.channel),
        text=appeal.text,
        applicant=Applicant.model_validate({**appeal.applicant, "name": appeal.applicant["name"] or nameless}),
        addressed_to=appeal.addressed_to,
        complained_of=appeal.complained_of,
        territory=appeal.territory,
        anonymous=appeal.applicant.get("anonymous", False),
        attachments=documents,
    )


def _key_row(submission: Submission, appeal_id: UUID, at: datetime) -> dict[str, Any]:
    return {
        "posting_system": submission.posting_system,
        "key": submission.key,
        "fingerprint": submission.fingerprint,
        "appeal_id": appeal_id,
        "created_at": at,
    }


def _event_row(appeal: NewAppeal, at: datetime) -> dict[str, Any]:
    facts = {"registration_number": appeal.registration_number, "registered_on": appeal.registered_on.isoformat()}
    return {"appeal_id": appeal.id, "revision": 1, "at": at, "kind": "appeal.registered", "facts": facts}
