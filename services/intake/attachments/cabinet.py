"""The cabinet: takes documents in, hands them out on record, and makes vanish what nobody may have any more.

A document's row is written before its bytes are kept, and deleted after they are gone. So a crash leaves a row
that says what to tidy up, and never bytes that nobody knows of.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Row

from services.chassis.database import Database
from services.chassis.errors import Conflict, Gone, Invalid, Refused
from services.chassis.failpoints import reach
from services.intake.attachments import store
from services.intake.attachments.content import media_type
from services.intake.attachments.storage import Storage, clear_spool, new_file, on_disk

log = structlog.get_logger()

WAITING: Final = 500
"""So many documents of one posting system may wait for their appeals."""
UNCLAIMED: Final = timedelta(days=1)
"""So long a document waits for its appeal."""
GRACE: Final = timedelta(hours=1)
"""So long the bytes of what was given up are removed again and again: an upload may have been under way."""
_AT_ONCE: Final = 200


class UnknownContent(Refused):
    """The document is of a kind that is not taken."""

    status = 415


@dataclass(frozen=True)
class Gathered:
    """What has come in, in a file of its own."""

    file: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Reader:
    """Who fetches a document."""

    by: str
    """``agency:<code>``, ``link:<code>``, ``operator:<name>`` or ``system:<name>``."""
    address: str | None
    referral_id: UUID | None = None


@dataclass(frozen=True)
class Cabinet:
    """Documents of all appeals."""

    database: Database
    storage: Storage
    new_id: Callable[[], UUID]
    now: Callable[[], datetime]

    async def take(self, body: AsyncIterator[bytes], *, posting_system: str, key: str) -> tuple[Row[Any], bool]:
        """Take a document in, and say whether it is new. The same key and content are the same document.

        Raises `UnknownContent`, `Conflict` when too many wait, `Invalid` for a key that had other content.
        """
        async with self.database.reading() as tx:
            is_new = not await store.knows(tx, posting_system, key)
            if is_new and await store.waiting(tx, posting_system) >= WAITING:
                raise Conflict("attachments_waiting")
        gathered = await self._gather(body)
        try:
            kind = await on_disk(media_type, gathered.file)
            if kind is None:
                raise UnknownContent("attachment_type_unknown")
            return await self._keep(gathered, kind, posting_system, key)
        finally:
            await on_disk(gathered.file.unlink, missing_ok=True)

    async def hand_out(self, row: Row[Any], reader: Reader) -> AsyncIterator[bytes]:
        """The bytes of an appeal's document; first the access is put on record. Raises `Gone`, `StorageAway`."""
        if row.removed_at is not None:
            raise Gone("attachment_removed")
        content = await self.storage.read(_name(row))
        access = {"attachment_id": row.id, "appeal_id": row.appeal_id, "at": self.now(), **vars(reader)}
        async with self.database.transaction() as tx:
            if not await store.is_there(tx, row.id):  # it was forgotten in between
                raise Gone("attachment_removed")
            await store.record(tx, access)
        log.info("attachment.fetched", attachment_id=str(row.id), appeal_id=str(row.appeal_id), by=reader.by)
        return content

    async def tidy(self) -> None:
        """Make the bytes vanish of what was forgotten, of what no appeal has named in time, and what a crash left."""
        at = self.now()
        await on_disk(clear_spool, self.storage, before=(at - GRACE).timestamp())
        async with self.database.transaction() as tx:
            await store.give_up(tx, before=at - UNCLAIMED, at=at)
            rows = await store.given_up(tx)
        for row in rows:
            await self.storage.remove(_name(row))
        reach("attachments.after_removal")
        gone = [row.id for row in rows if row.removed_at <= at - GRACE]
        for first in range(0, len(gone), _AT_ONCE):
            async with self.database.transaction() as tx:
                await store.wipe(tx, gone[first : first + _AT_ONCE], at=at)
        if gone:
            log.info("attachments.wiped", documents=len(gone))

    async def _gather(self, body: AsyncIterator[bytes]) -> Gathered:
        digest, size = hashlib.sha256(), 0
        path = await on_disk(new_file, self.storage)
        try:
            with await on_disk(path.open, "wb") as file:
                async for part in body:
                    size += len(part)
                    digest.update(part)
                    await on_disk(file.write, part)
                await on_disk(file.flush)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Gathered(path, digest.hexdigest(), size)

    async def _keep(self, gathered: Gathered, kind: str, posting_system: str, key: str) -> tuple[Row[Any], bool]:
        new = self._row(gathered, kind, posting_system, key)
        async with self.database.transaction() as tx:
            row = await store.add(tx, new)
        if row.sha256 != gathered.sha256 and row.wiped_at is None:
            raise Invalid("idempotency_key_reused")
        if row.removed_at is not None:
            raise Gone("attachment_removed")
        reach("attachments.after_row")
        if row.stored_at is None:
            await self.storage.keep(_name(row), gathered.file)
            reach("attachments.after_file")
            async with self.database.transaction() as tx:
                kept = await store.is_stored(tx, row.id, at=self.now())
            if not kept:
                raise Gone("attachment_removed")
            log.info("attachment.taken", attachment_id=str(row.id), size=row.size, media_type=row.media_type)
        return row, row.id == new["id"]

    def _row(self, gathered: Gathered, kind: str, posting_system: str, key: str) -> dict[str, Any]:
        return {
            "id": self.new_id(),
            "posting_system": posting_system,
            "key": key,
            "sha256": gathered.sha256,
            "size": gathered.size,
            "media_type": kind,
            "secret": secrets.token_hex(32),
            "uploaded_at": self.now(),
        }


def _name(row: Row[Any]) -> str:
    """Where a document's bytes lie: by their hash, so that a copy can be checked, and apart from all others.

    The same bytes twice lie there twice: to forget one document never takes another's.
    """
    return f"{row.sha256}-{row.id.hex}"
