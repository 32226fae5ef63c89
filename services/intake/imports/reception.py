"""Taking a file in: it is read in a process of its own and kept as batches; the same file twice is one import."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final
from uuid import UUID

import structlog
from sqlalchemy import Row

from services.chassis.database import Database, Transaction
from services.chassis.errors import Conflict, NotFound
from services.intake.imports import reading, store
from services.intake.imports.files import FileRefused, Format
from services.intake.imports.store import ImportState

log = structlog.get_logger()

READING_SECONDS: Final = 120.0
_AT_ONCE: Final = 2
_ROOT: Final = Path(__file__).parents[3]


@dataclass(frozen=True)
class Upload:
    """A file that has come in whole, and who sent it."""

    file: BinaryIO
    format: Format
    sha256: str
    posting_system: str
    tell_system: bool


@dataclass(frozen=True)
class Reception:
    """Takes files in and lets imports be stopped. `arrived` is set when there is something to register."""

    database: Database
    new_id: Callable[[], UUID]
    now: Callable[[], datetime]
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def receive(self, upload: Upload) -> tuple[Row[Any], bool]:
        """The import of this file, and whether it is new. A cancelled one begins anew. Raises `FileRefused`."""
        async with self.database.reading() as tx:
            known = await store.job_of(tx, upload.posting_system, upload.sha256)
        if known is not None and known.state != ImportState.CANCELLED:
            return known, False
        async with self._readers:
            batches, summary = await _read(upload)
        async with self.database.transaction() as tx:
            job, new = await self._keep(tx, upload, batches, summary)
        self.arrived.set()
        log.info("import.received", import_id=str(job.id), rows=job.rows, format=job.format, new=new)
        return job, new

    async def _keep(
        self, tx: Transaction, upload: Upload, batches: Sequence[bytes], summary: Mapping[str, Any]
    ) -> tuple[Row[Any], bool]:
        added = await store.add(tx, self._row(upload, summary))
        job = await store.job_of(tx, upload.posting_system, upload.sha256, to_change=True)
        if job is None:
            raise RuntimeError("an import that was neither added nor there before")
        if not added and job.state != ImportState.CANCELLED:
            return job, False  # the same file came twice at the same time
        if not added:
            await store.forget(tx, job.id)
            again = {"state": ImportState.WAITING, "registered": 0, "replayed": 0, "failed": 0}
            await store.change(tx, job.id, {**again, "changed_at": self.now()})
        await store.add_batches(tx, job.id, batches)
        return await store.job(tx, job.id) or job, added

    def _row(self, upload: Upload, summary: Mapping[str, Any]) -> dict[str, Any]:
        at = self.now()
        return {
            "id": self.new_id(),
            "posting_system": upload.posting_system,
            "tell_system": upload.tell_system,
            "sha256": upload.sha256,
            "format": upload.format.value,
            **summary,
            "state": ImportState.WAITING.value,
            "registered": 0,
            "replayed": 0,
            "failed": 0,
            "created_at": at,
            "changed_at": at,
            "lease_until_ms": 0,
        }

    async def find(self, import_id: UUID, *, posting_system: str | None) -> Row[Any]:
        """An import of `posting_system`, or anybody's for None. Raises `NotFound`."""
        async with self.database.reading() as tx:
            return _of(posting_system, await store.job(tx, import_id))

    async def cancel(self, import_id: UUID, *, posting_system: str | None) -> Row[Any]:
        """Stop an import and delete what it still holds of the file. Raises `NotFound`, or `Conflict` at its end."""
        async with self.database.transaction() as tx:
            job = _of(posting_system, await store.job(tx, import_id, to_change=True))
            if job.state == ImportState.FINISHED:
                raise Conflict("import_finished")
            await store.change(tx, job.id, {"state": ImportState.CANCELLED, "changed_at": self.now()})
            await store.drop_batches(tx, job.id)
            return await store.job(tx, job.id) or job


def _of(posting_system: str | None, job: Row[Any] | None) -> Row[Any]:
    if job is None or posting_system not in {None, job.posting_system}:
        raise NotFound("import_not_found")
    return job


async def _read(upload: Upload) -> tuple[Sequence[bytes], Mapping[str, Any]]:
    with TemporaryFile() as output:
        upload.file.seek(0)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", reading.__name__, upload.format.value),
            stdin=upload.file,
            stdout=output,
            stderr=asyncio.subprocess.DEVNULL,  # a parser's last words may quote the file
            env={"PYTHONPATH": str(_ROOT)},  # none of intake's secrets
        )
        try:
            status = await asyncio.wait_for(process.wait(), READING_SECONDS)
        except TimeoutError:
            status = None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if status != 0:
            log.warning("import.unreadable", format=upload.format, status=status)
            raise FileRefused("import_unreadable")
        output.seek(0)
        return await asyncio.to_thread(reading.batches, output)
