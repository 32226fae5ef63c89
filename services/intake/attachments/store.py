"""Rows of documents: what was taken in, to which appeal it belongs, and who has fetched it. The bytes lie elsewhere."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from services.chassis.database import Serial, Transaction, UtcDateTime
from services.intake.store import metadata

attachment = Table(
    "attachment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("posting_system", String(200), nullable=False),
    Column("key", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", String(100), nullable=False),
    # signs references to it
    Column("secret", String(64), nullable=False),
    Column("uploaded_at", UtcDateTime, nullable=False),
    # since when the bytes are kept for sure
    Column("stored_at", UtcDateTime),
    Column("appeal_id", Uuid, ForeignKey("appeal.id")),
    Column("place", Integer),
    Column("name", String(200)),
    # since when nobody is given the bytes, and since when they are gone
    Column("removed_at", UtcDateTime),
    Column("wiped_at", UtcDateTime),
    UniqueConstraint("posting_system", "key"),
    Index("ix_attachment_appeal_id_uploaded_at", "appeal_id", "uploaded_at"),
    Index("ix_attachment_wiped_at_removed_at", "wiped_at", "removed_at"),
)

attachment_access = Table(
    "attachment_access",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("attachment_id", Uuid, ForeignKey("attachment.id"), nullable=False),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(220), nullable=False),
    Column("referral_id", Uuid),
    Column("address", String(45)),
    Index("ix_attachment_access_appeal_id_seq", "appeal_id", "seq"),
)
"""Only ever added to: the database itself refuses to change or to delete what is in it."""

_NAMES: Final = ("place", "name", "appeal_id")


async def add(tx: Transaction, row: Mapping[str, Any]) -> Row[Any]:
    """Keep a document's row, or find the one that was kept under its key before."""
    await tx.execute(
        tx.insert(attachment)
        .values(row)
        .on_conflict_do_nothing(index_elements=[attachment.c.posting_system, attachment.c.key])
    )
    its = (attachment.c.posting_system == row["posting_system"], attachment.c.key == row["key"])
    return (await tx.execute(select(attachment).where(*its))).one()


async def is_stored(tx: Transaction, attachment_id: UUID, *, at: datetime) -> bool:
    """Say that the bytes are kept; False when the document has been given up meanwhile."""
    its = (attachment.c.id == attachment_id, attachment.c.removed_at.is_(None))
    stored_at = func.coalesce(attachment.c.stored_at, bindparam("now", at, UtcDateTime()))
    return (await tx.execute(update(attachment).where(*its).values(stored_at=stored_at))).rowcount == 1


async def waiting(tx: Transaction, posting_system: str) -> int:
    """How many documents of a posting system belong to no appeal yet."""
    its = (attachment.c.posting_system == posting_system, attachment.c.appeal_id.is_(None))
    return int((await tx.execute(select(func.count()).where(*its, attachment.c.removed_at.is_(None)))).scalar_one())


async def knows(tx: Transaction, posting_system: str, key: str) -> bool:
    """Whether a posting system has uploaded with this key before."""
    its = (attachment.c.posting_system == posting_system, attachment.c.key == key)
    return bool((await tx.execute(select(exists().where(*its)))).scalar())


async def free(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """Those of these documents that are kept and belong to no appeal, locked until the transaction ends."""
    its = (attachment.c.appeal_id.is_(None), attachment.c.stored_at.is_not(None), attachment.c.removed_at.is_(None))
    statement = select(attachment).where(attachment.c.id.in_(list(ids)), *its).order_by(attachment.c.id)
    return {row.id: row for row in await tx.execute(statement.with_for_update())}


async def give(tx: Transaction, given: Sequence[Mapping[str, Any]]) -> None:
    """Give documents, each with its ``id``, ``name`` and ``place``, to appeals."""
    if given:
        rows = [{"of": row["id"], **{f"new_{name}": row[name] for name in _NAMES}} for row in given]
        new = {name: bindparam(f"new_{name}", type_=attachment.c[name].type) for name in _NAMES}
        await tx.execute(update(attachment).where(attachment.c.id == bindparam("of", type_=Uuid())).values(new), rows)


async def one(tx: Transaction, attachment_id: UUID) -> Row[Any] | None:
    """A document that belongs to an appeal."""
    its = (attachment.c.id == attachment_id, attachment.c.appeal_id.is_not(None))
    return (await tx.execute(select(attachment).where(*its))).one_or_none()


async def is_there(tx: Transaction, attachment_id: UUID) -> bool:
    """Whether nobody has given a document up. Whoever would, waits until the transaction ends."""
    its = (attachment.c.id == attachment_id, attachment.c.removed_at.is_(None))
    return (await tx.execute(select(attachment.c.id).where(*its).with_for_update())).first() is not None


async def of_appeal(tx: Transaction, appeal_id: UUID) -> list[Row[Any]]:
    """An appeal's documents, in the order in which they were named."""
    statement = select(attachment).where(attachment.c.appeal_id == appeal_id)
    return list((await tx.execute(statement.order_by(attachment.c.place))).all())


async def record(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Put an access on record."""
    await tx.execute(insert(attachment_access).values(row))


async def fetched(tx: Transaction, appeal_id: UUID) -> dict[UUID, int]:
    """How often each document of an appeal was fetched."""
    of, times = attachment_access.c.attachment_id, func.count().label("times")
    count = select(of, times).where(attachment_access.c.appeal_id == appeal_id).group_by(of)
    return {row.attachment_id: row.times for row in await tx.execute(count)}


async def accesses(tx: Transaction, appeal_id: UUID, *, after: int, limit: int) -> list[Row[Any]]:
    """Who has fetched documents of an appeal, the first first."""
    its = (attachment_access.c.appeal_id == appeal_id, attachment_access.c.seq > after)
    statement = select(attachment_access).where(*its).order_by(attachment_access.c.seq).limit(limit)
    return list((await tx.execute(statement)).all())


async def forget(tx: Transaction, appeal_id: UUID, *, at: datetime) -> None:
    """Give up all documents of an appeal: no name stays, no reference is good, and the bytes go next."""
    gone = {"name": None, "secret": "", "removed_at": func.coalesce(attachment.c.removed_at, bindparam("now", at))}
    await tx.execute(update(attachment).where(attachment.c.appeal_id == appeal_id).values(gone))


async def give_up(tx: Transaction, *, before: datetime, at: datetime) -> None:
    """Give up what was taken in before then and no appeal has named."""
    its = (attachment.c.appeal_id.is_(None), attachment.c.removed_at.is_(None), attachment.c.uploaded_at < before)
    await tx.execute(update(attachment).where(*its).values(removed_at=at))


async def given_up(tx: Transaction) -> list[Row[Any]]:
    """Documents whose bytes are to vanish, or have done so of late: few at any time."""
    its = (attachment.c.removed_at.is_not(None), attachment.c.wiped_at.is_(None))
    columns = (attachment.c.id, attachment.c.sha256, attachment.c.removed_at)
    return list((await tx.execute(select(*columns).where(*its))).all())


async def wipe(tx: Transaction, ids: Collection[UUID], *, at: datetime) -> None:
    """Say that the bytes are gone. What belonged to no appeal leaves nothing; else its id stays, for the record."""
    its = attachment.c.id.in_(list(ids))
    await tx.execute(delete(attachment).where(its, attachment.c.appeal_id.is_(None)))
    await tx.execute(update(attachment).where(its).values(wiped_at=at, sha256="", secret=""))
