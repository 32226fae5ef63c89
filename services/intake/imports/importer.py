"""Registering what has come in: batch by batch, the imports in turn, and never more than half of the time.

A batch's registrations, its errors, the import's progress and the end of the batch itself are one transaction. So
whatever kills this process, the next one goes on at the first batch that is still there, and no row is done twice.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from prometheus_client import Counter
from sqlalchemy import Row

from services.chassis.database import Database, Transaction
from services.chassis.errors import DatabaseUnavailable, Refused
from services.chassis.failpoints import reach
from services.chassis.ids import new_id
from services.chassis.retention import Kept
from services.intake.imports import reading, store
from services.intake.imports.files import Row as FileRow
from services.intake.imports.rows import Origin, Prepared, fault, prepared
from services.intake.imports.store import ImportState
from services.intake.imports.vocabulary import KEY
from services.intake.registration import Registered, Registrar, Submission

log = structlog.get_logger()

ROWS = Counter("joldau_imported_rows", "Rows of imported files, by outcome", ["outcome"])

LEASE: Final = timedelta(seconds=10)
POLL: Final = timedelta(seconds=2)
KEPT: Final = timedelta(days=90)
"""How long one may ask what became of the rows of an import that has ended."""
IMPORTS_KEPT: Final = Kept("imports", store.import_job.c.changed_at, KEPT, store.ENDED)

FAILED: Final = "row_failed"

Outcome = tuple[Prepared, Registered | Refused | None]


@dataclass
class Importer:
    """Registers the batches of open imports."""

    database: Database
    registrar: Registrar
    arrived: asyncio.Event
    now: Callable[[], datetime]
    lease: timedelta = LEASE
    owner: str = field(default_factory=lambda: str(new_id()))

    async def run(self, stopping: asyncio.Event) -> None:
        """Register until told to stop; the batch in hand is finished."""
        try:
            while not stopping.is_set():
                try:
                    worked = await self.step()
                except DatabaseUnavailable as error:
                    log.warning("import.paused", because=str(error))
                    worked = False
                if not worked:
                    await self._rest_until_arrival(stopping)
        finally:
            await self._release()

    async def step(self) -> bool:
        """Register one batch, and rest as long as that kept others from registering. False when there is none."""
        self.arrived.clear()
        async with self.database.reading() as tx:
            job = await store.next_job(tx, self.owner)
            batch = await store.next_batch(tx, job.id) if job is not None else None
        if job is None or batch is None or not await self._claimed(job):
            return False
        origin = Origin(job.id, job.posting_system, job.tell_system, job.sha256, job.created_at)
        ready = await asyncio.to_thread(_prepared, batch.content, origin)
        started = time.monotonic()
        await self._register(job, batch.number, ready)
        await asyncio.sleep(time.monotonic() - started)
        return True

    async def prune(self) -> None:
        """Forget imports that ended long ago."""
        async with self.database.transaction() as tx:
            await store.prune(tx, before=self.now() - KEPT)

    async def _claimed(self, job: Row[Any]) -> bool:
        if job.lease_owner == self.owner:
            return True  # each batch renews it; should it have ended and be another's, the batch will not be there
        async with self.database.transaction() as tx:
            return await store.claim(tx, job.id, self.owner, self.lease)

    async def _register(self, job: Row[Any], number: int, rows: Sequence[Prepared]) -> None:
        given = [row.submission for row in rows if row.submission is not None]
        try:
            async with self.database.transaction() as tx:
                if await self._held(tx, job, number):
                    await self._finish(tx, job, rows, await self.registrar.register_within(tx, given))
                    reach("import.before_commit")
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - each row is judged by itself below
            log.warning("import.batch_failed", import_id=str(job.id), because=type(error).__name__)
            results = [await self._alone(one) for one in given]
            async with self.database.transaction() as tx:
                if await self._held(tx, job, number):
                    await self._finish(tx, job, rows, results)
        reach("import.after_commit")

    async def _alone(self, submission: Submission) -> Registered | Refused:
        """One row by itself, after its batch has failed: a bad row costs only itself."""
        try:
            return (await self.registrar.register([submission]))[0]
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - it is counted and told as this row's fault
            log.warning("import.row_failed", import_id=submission.cause.correlation_id, because=type(error).__name__)
            return Refused(FAILED)

    async def _held(self, tx: Transaction, job: Row[Any], number: int) -> bool:
        """Whether this batch is still ours to register: the import may have been cancelled, or be another's."""
        now = await store.job(tx, job.id, to_change=True)
        if now is None or now.state not in store.OPEN:
            return False
        return bool(await store.drop_batches(tx, job.id, number=number))

    async def _finish(
        self,
        tx: Transaction,
        job: Row[Any],
        rows: Sequence[Prepared],
        results: Sequence[Registered | Refused],
    ) -> None:
        remaining = iter(results)
        outcomes = [(row, next(remaining) if row.submission is not None else None) for row in rows]
        registrations = [_registration(job, row, done) for row, done in outcomes if isinstance(done, Registered)]
        errors = [error for outcome in outcomes for error in _errors(job, outcome)]
        await store.record(tx, registrations, errors)
        replayed = sum(one["replayed"] for one in registrations)
        counts = {
            "registered": len(registrations) - replayed,
            "replayed": replayed,
            "failed": len(rows) - len(registrations),
        }
        now = await store.advance(tx, job.id, owner=self.owner, lease=self.lease, at=self.now(), **counts)
        tx.after_commit(partial(_tell, now, counts))

    async def _rest_until_arrival(self, stopping: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in (stopping, self.arrived)]
        try:
            await asyncio.wait(waits, timeout=POLL.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _release(self) -> None:
        try:
            async with self.database.transaction() as tx:
                await store.release(tx, self.owner)
        except DatabaseUnavailable:
            log.warning("import.lease_kept")  # it ends by itself


def _tell(job: Row[Any], counts: dict[str, int]) -> None:
    for outcome, count in counts.items():
        ROWS.labels(outcome).inc(count)
    if job.state == ImportState.FINISHED:
        figures = {"registered": job.registered, "replayed": job.replayed, "failed": job.failed}
        log.info("import.finished", import_id=str(job.id), rows=job.rows, **figures)


def _prepared(content: bytes, origin: Origin) -> list[Prepared]:
    return [_checked(row, origin) for row in reading.rows(content)]


def _checked(row: FileRow, origin: Origin) -> Prepared:
    try:
        return prepared(row, origin)
    except Exception as error:  # noqa: BLE001 - it is counted and told as this row's fault
        log.warning("import.row_failed", import_id=str(origin.import_id), because=type(error).__name__)
        return Prepared(row.number, faults=[fault("#/", FAILED)])


def _registration(job: Row[Any], row: Prepared, done: Registered) -> dict[str, Any]:
    return {"import_id": job.id, "row": row.number, "appeal_id": done.appeal.id, "replayed": done.replayed}


def _errors(job: Row[Any], outcome: Outcome) -> list[dict[str, Any]]:
    row, done = outcome
    faults = list(row.faults)
    if isinstance(done, Refused):
        faults.append(fault(f"#/{KEY}" if done.code == "idempotency_key_reused" else "#/", done.code))
    return [{"import_id": job.id, "row": row.number, **each} for each in faults]
