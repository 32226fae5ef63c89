"""Intake's rows: tables, and statements that take many rows where callers come in batches."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from services.chassis.calendars import calendar_table
from services.chassis.database import Json, Serial, Transaction, UtcDateTime, new_metadata, rows_to_change
from services.contracts.referrals import ReferralState
from services.intake.appeal import Referral

metadata = new_metadata()

appeal = Table(
    "appeal",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("registration_number", String(40), nullable=False, unique=True),
    Column("posting_system", String(200), nullable=False),
    Column("tell_system", Boolean, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("language", String(2), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("applicant", Json, nullable=False),
    Column("addressed_to", String(200)),
    Column("complained_of", String(200)),
    Column("territory", String(200)),
    Column("warnings", Json, nullable=False),
    Column("status_token", String(43), nullable=False, unique=True),
    Column("status", String(20), nullable=False),
    Column("status_since", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("assessment", String(20)),
    Column("assessment_revision", Integer, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("sealed", Boolean, nullable=False),
    Column("accepted_by", Json),
    Index("ix_appeal_posting_system_id", "posting_system", "id"),
    Index("ix_appeal_status_id", "status", "id"),
    Index("ix_appeal_registered_on_id", "registered_on", "id"),
)

referral = Table(
    "referral",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    Column("agency", String(63), nullable=False),
    Column("agency_name", Json, nullable=False),
    Column("agency_contacts", String(500)),
    Column("scope", String(10), nullable=False),
    Column("state", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("answer_due_on", Date),
    Column("reason", Text),
    Column("answer", Text),
    Column("predecessor_id", Uuid),
    Index("ix_referral_appeal_id", "appeal_id"),
    Index("ix_referral_agency_state", "agency", "state"),
)

appeal_event = Table(
    "appeal_event",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("facts", Json, nullable=False),
    Index("ix_appeal_event_appeal_id_seq", "appeal_id", "seq"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("posting_system", String(200), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

registration_counter = Table(
    "registration_counter",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)


calendar = calendar_table(metadata)


@dataclass(frozen=True)
class Filters:
    """What a list of appeals is narrowed to; None narrows nothing."""

    posting_system: str | None = None
    status: str | None = None
    agency: str | None = None
    language: str | None = None
    channel: str | None = None
    number: str | None = None
    registered_from: date | None = None
    registered_to: date | None = None


async def take_numbers(tx: Transaction, year: int, count: int) -> int:
    """Take `count` registration numbers of `year`; returns the first. Other writers wait until this one commits."""
    statement = tx.insert(registration_counter).values(year=year, last=count)
    last = (
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=[registration_counter.c.year], set_={"last": registration_counter.c.last + count}
            ).returning(registration_counter.c.last)
        )
    ).scalar_one()
    return int(last) - count + 1


async def known_keys(tx: Transaction, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    """Idempotency keys used before, as (posting system, key) → row with fingerprint and appeal."""
    statement = select(idempotency).where(tuple_(idempotency.c.posting_system, idempotency.c.key).in_(list(keys)))
    return {(row.posting_system, row.key): row for row in await tx.execute(statement)}


class KeyTaken(Exception):
    """Another process has used one of the keys since they were looked up; nothing of this transaction stays."""


async def add(
    tx: Transaction,
    appeals: Sequence[Mapping[str, Any]],
    keys: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
) -> None:
    """Store new appeals with their idempotency keys and first events. Raises `KeyTaken`."""
    await tx.execute(insert(appeal), appeals)
    try:
        await tx.execute(insert(idempotency), keys)
    except IntegrityError as error:
        raise KeyTaken from error
    await tx.execute(insert(appeal_event), events)


async def appeals(tx: Transaction, ids: Collection[UUID], *, to_change: bool = False) -> dict[UUID, Row[Any]]:
    """Appeals by id. With `to_change` they are locked, in the order of their ids, until the transaction ends."""
    statement = select(appeal).where(appeal.c.id.in_(list(ids))).order_by(appeal.c.id)
    rows = await tx.execute(rows_to_change(statement) if to_change else statement)
    return {row.id: row for row in rows}


async def appeal_by_token(tx: Transaction, token: str) -> Row[Any] | None:
    """The appeal whose status page has this token."""
    return (await tx.execute(select(appeal).where(appeal.c.status_token == token))).one_or_none()


async def referrals(tx: Transaction, appeal_ids: Collection[UUID]) -> dict[UUID, dict[UUID, Referral]]:
    """Referrals of these appeals: appeal → referral id → referral."""
    found: dict[UUID, dict[UUID, Referral]] = defaultdict(dict)
    statement = select(referral).where(referral.c.appeal_id.in_(list(appeal_ids))).order_by(referral.c.id)
    for row in await tx.execute(statement):
        found[row.appeal_id][row.id] = Referral(
            referral_id=row.id,
            agency=row.agency,
            agency_name=row.agency_name,
            agency_contacts=row.agency_contacts,
            scope=row.scope,
            state=ReferralState(row.state),
            revision=row.revision,
            changed_at=row.changed_at,
            answer_due_on=row.answer_due_on,
            reason=row.reason,
            predecessor_id=row.predecessor_id,
        )
    return found


async def answers(tx: Transaction, appeal_id: UUID) -> dict[UUID, str]:
    """Texts of the agencies' answers, by referral."""
    statement = select(referral.c.id, referral.c.answer).where(
        referral.c.appeal_id == appeal_id, referral.c.answer.is_not(None)
    )
    return {row.id: row.answer for row in await tx.execute(statement)}


_CHANGING: Final = (
    *("status", "status_since", "revision", "assessment", "assessment_revision", "withdrawn_at", "sealed"),
)


async def save(tx: Transaction, changed: Iterable[Mapping[str, Any]]) -> None:
    """Write the changing columns of appeals, given with their ``id``."""
    rows = [{"of": row["id"], **{f"new_{column}": row[column] for column in _CHANGING}} for row in changed]
    if rows:
        values = {column: bindparam(f"new_{column}", type_=appeal.c[column].type) for column in _CHANGING}
        await tx.execute(update(appeal).where(appeal.c.id == bindparam("of", type_=Uuid())).values(values), rows)


async def save_referrals(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert referrals or bring them up to a newer revision; an older one changes nothing."""
    if not rows:
        return
    statement = tx.insert(referral)
    newer = {c.name: statement.excluded[c.name] for c in referral.c if c.name not in {"id", "appeal_id"}}
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[referral.c.id], set_=newer, where=referral.c.revision < statement.excluded.revision
        ),
        rows,
    )


async def record(tx: Transaction, events: Sequence[Mapping[str, Any]]) -> None:
    """Append to the timelines."""
    if events:
        await tx.execute(insert(appeal_event), events)


async def timeline(tx: Transaction, appeal_id: UUID, *, after: int = 0, limit: int = 200) -> list[Row[Any]]:
    """What has happened to an appeal, oldest first."""
    statement = select(appeal_event).where(appeal_event.c.appeal_id == appeal_id, appeal_event.c.seq > after)
    return list((await tx.execute(statement.order_by(appeal_event.c.seq).limit(limit))).all())


async def listed(tx: Transaction, filters: Filters, *, before: UUID | None, limit: int) -> list[Row[Any]]:
    """Appeals, newest first; `before` is the last id of the page before."""
    statement = _narrowed(select(appeal), filters)
    if before is not None:
        statement = statement.where(appeal.c.id < before)
    return list((await tx.execute(statement.order_by(appeal.c.id.desc()).limit(limit))).all())


async def counted(tx: Transaction, filters: Filters) -> dict[str, int]:
    """How many appeals there are, by status."""
    count = func.count().label("appeals")
    statement = _narrowed(select(appeal.c.status, count), filters).group_by(appeal.c.status)
    return {row.status: row.appeals for row in await tx.execute(statement)}


def _narrowed(statement: Select[Any], filters: Filters) -> Select[Any]:
    equal = {
        appeal.c.posting_system: filters.posting_system,
        appeal.c.status: filters.status,
        appeal.c.language: filters.language,
        appeal.c.channel: filters.channel,
        appeal.c.registration_number: filters.number,
    }
    for column, value in equal.items():
        if value is not None:
            statement = statement.where(column == value)
    if filters.registered_from is not None:
        statement = statement.where(appeal.c.registered_on >= filters.registered_from)
    if filters.registered_to is not None:
        statement = statement.where(appeal.c.registered_on <= filters.registered_to)
    if filters.agency is not None:
        concerned = select(referral.c.appeal_id).where(referral.c.agency == filters.agency)
        statement = statement.where(appeal.c.id.in_(concerned))
    return statement
