"""Rows of imports: jobs, the batches that are still to be registered, and what became of each row of the files."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    delete,
    insert,
    or_,
    select,
    update,
)

from services.chassis.database import Json, Serial, Transaction, UtcDateTime, now_ms
from services.intake.store import appeal, metadata


class ImportState(StrEnum):
    """Where an import is."""

    WAITING = "waiting"
    """The file is here; none of its rows has been looked at."""
    RUNNING = "running"
    FINISHED = "finished"
    """Every row is registered or has failed."""
    CANCELLED = "cancelled"
    """Somebody stopped it; what was registered stays registered."""


OPEN: Final = (ImportState.WAITING, ImportState.RUNNING)

import_job = Table(
    "import_job",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("posting_system", String(200), nullable=False),
    Column("tell_system", Boolean, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("format", String(10), nullable=False),
    Column("columns", Json, nullable=False),
    Column("unknown_columns", Json, nullable=False),
    Column("state", String(10), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("registered", Integer, nullable=False),
    Column("replayed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until_ms", BigInteger, nullable=False),
    UniqueConstraint("posting_system", "sha256"),
    Index("ix_import_job_state_changed_at", "state", "changed_at"),
)
ENDED: Final = import_job.c.state.not_in(OPEN)

import_batch = Table(
    "import_batch",
    metadata,
    Column("import_id", Uuid, ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

import_registration = Table(
    "import_registration",
    metadata,
    Column("import_id", Uuid, ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    Column("replayed", Boolean, nullable=False),
)

import_error = Table(
    "import_error",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("import_id", Uuid, ForeignKey("import_job.id", ondelete="CASCADE"), nullable=False),
    Column("row", Integer, nullable=False),
    Column("pointer", String(200), nullable=False),
    Column("code", String(40), nullable=False),
    Column("limit", Integer),
    Column("counted", String(10)),
    Index("ix_import_error_import_id_seq", "import_id", "seq"),
)


async def job(tx: Transaction, import_id: UUID, *, to_change: bool = False) -> Row[Any] | None:
    """One import. With `to_change` it is locked until the transaction ends."""
    statement = select(import_job).where(import_job.c.id == import_id)
    return (await tx.execute(statement.with_for_update() if to_change else statement)).one_or_none()


async def job_of(tx: Transaction, posting_system: str, sha256: str, *, to_change: bool = False) -> Row[Any] | None:
    """The import of this very file by this system."""
    of_file = (import_job.c.posting_system == posting_system, import_job.c.sha256 == sha256)
    statement = select(import_job).where(*of_file)
    return (await tx.execute(statement.with_for_update() if to_change else statement)).one_or_none()


async def jobs(
    tx: Transaction, *, posting_system: str | None, sha256: str | None, before: UUID | None, limit: int
) -> list[Row[Any]]:
    """Imports, newest first; None narrows nothing."""
    statement = select(import_job).order_by(import_job.c.id.desc()).limit(limit)
    if posting_system is not None:
        statement = statement.where(import_job.c.posting_system == posting_system)
    if sha256 is not None:
        statement = statement.where(import_job.c.sha256 == sha256)
    if before is not None:
        statement = statement.where(import_job.c.id < before)
    return list((await tx.execute(statement)).all())


async def add(tx: Transaction, job_row: Mapping[str, Any]) -> bool:
    """Add an import; False when there is one of this file."""
    statement = tx.insert(import_job).values(job_row)
    return bool((await tx.execute(statement.on_conflict_do_nothing())).rowcount)


async def add_batches(tx: Transaction, import_id: UUID, contents: Sequence[bytes]) -> None:
    """Keep what is to be registered."""
    rows = [{"import_id": import_id, "number": n, "content": content} for n, content in enumerate(contents)]
    await tx.execute(insert(import_batch), rows)


async def change(tx: Transaction, import_id: UUID, values: Mapping[str, Any]) -> None:
    """Write columns of an import."""
    await tx.execute(update(import_job).where(import_job.c.id == import_id).values(values))


async def forget(tx: Transaction, import_id: UUID) -> None:
    """Delete the batches and the outcome of an import; the appeals it registered stay."""
    for table in (import_batch, import_registration, import_error):
        await tx.execute(delete(table).where(table.c.import_id == import_id))


async def next_job(tx: Transaction, owner: str) -> Row[Any] | None:
    """The open import that has waited longest and that nobody else works at."""
    free = or_(import_job.c.lease_owner == owner, import_job.c.lease_until_ms < now_ms())
    statement = select(import_job).where(import_job.c.state.in_(OPEN), free)
    return (await tx.execute(statement.order_by(import_job.c.changed_at, import_job.c.id).limit(1))).one_or_none()


async def claim(tx: Transaction, import_id: UUID, owner: str, lease: timedelta) -> bool:
    """Take an import for `lease`; False when another has it, or it is no longer open."""
    free = or_(import_job.c.lease_owner == owner, import_job.c.lease_until_ms < now_ms())
    statement = update(import_job).where(import_job.c.id == import_id, import_job.c.state.in_(OPEN), free)
    until = now_ms() + int(lease.total_seconds() * 1000)
    claimed = await tx.execute(
        statement.values(state=ImportState.RUNNING.value, lease_owner=owner, lease_until_ms=until)
    )
    return bool(claimed.rowcount)


async def release(tx: Transaction, owner: str) -> None:
    """Give back what `owner` has taken: another may go on at once."""
    statement = update(import_job).where(import_job.c.lease_owner == owner)
    await tx.execute(statement.values(lease_owner=None, lease_until_ms=0))


async def next_batch(tx: Transaction, import_id: UUID) -> Row[Any] | None:
    """The first batch that is still to be registered."""
    statement = select(import_batch).where(import_batch.c.import_id == import_id).order_by(import_batch.c.number)
    return (await tx.execute(statement.limit(1))).one_or_none()


async def drop_batches(tx: Transaction, import_id: UUID, *, number: int | None = None) -> int:
    """Delete the batches of an import, or one of them. Returns how many were there."""
    statement = delete(import_batch).where(import_batch.c.import_id == import_id)
    if number is not None:
        statement = statement.where(import_batch.c.number == number)
    return int((await tx.execute(statement)).rowcount)


async def advance(
    tx: Transaction,
    import_id: UUID,
    *,
    owner: str,
    lease: timedelta,
    at: datetime,
    registered: int,
    replayed: int,
    failed: int,
) -> Row[Any]:
    """Count a batch's rows, and finish the import with its last one; else `owner` keeps it for `lease`."""
    remaining = select(import_batch.c.number).where(import_batch.c.import_id == import_id).limit(1)
    more = (await tx.execute(remaining)).first()
    until = now_ms() + int(lease.total_seconds() * 1000)
    statement = update(import_job).where(import_job.c.id == import_id).returning(import_job)
    counted = statement.values(
        registered=import_job.c.registered + registered,
        replayed=import_job.c.replayed + replayed,
        failed=import_job.c.failed + failed,
        changed_at=at,
        state=(ImportState.RUNNING if more else ImportState.FINISHED).value,
        lease_owner=owner if more else None,
        lease_until_ms=until if more else 0,
    )
    return (await tx.execute(counted)).one()


async def record(
    tx: Transaction, registrations: Sequence[Mapping[str, Any]], errors: Sequence[Mapping[str, Any]]
) -> None:
    """Write down what became of rows."""
    if registrations:
        await tx.execute(insert(import_registration), registrations)
    if errors:
        await tx.execute(insert(import_error), errors)


async def errors(tx: Transaction, import_id: UUID, *, after: int, limit: int) -> list[Row[Any]]:
    """What is wrong with rows, in their order; `after` is the last `seq` of the page before."""
    statement = select(import_error).where(import_error.c.import_id == import_id, import_error.c.seq > after)
    return list((await tx.execute(statement.order_by(import_error.c.seq).limit(limit))).all())


async def registrations(tx: Transaction, import_id: UUID, *, after: int, limit: int) -> list[Row[Any]]:
    """Rows with the appeals they became; `after` is the last row of the page before."""
    of_import = (import_registration.c.import_id == import_id, import_registration.c.row > after)
    statement = (
        select(import_registration.c.row, import_registration.c.replayed, appeal)
        .join(appeal, appeal.c.id == import_registration.c.appeal_id)
        .where(*of_import)
        .order_by(import_registration.c.row)
    )
    return list((await tx.execute(statement.limit(limit))).all())


async def prune(tx: Transaction, *, before: datetime) -> int:
    """Forget imports that ended before `before`; the appeals and their idempotency keys stay. Returns how many."""
    return int((await tx.execute(delete(import_job).where(ENDED, import_job.c.changed_at < before))).rowcount)
