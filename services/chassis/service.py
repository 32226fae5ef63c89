"""A service process: web app, consumers, relay and timers, opened and closed as one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI

from services.chassis import clock, inbox, metrics, outbox, parked
from services.chassis.broker import Broker
from services.chassis.database import Database, Transaction
from services.chassis.errors import BrokerUnavailable, DatabaseUnavailable
from services.chassis.migrations import head_of, revision_of

log = structlog.get_logger()

Worker = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set, finishes what it has in hand, and returns."""


Tasks = list["asyncio.Task[None]"]


@dataclass
class Service:
    """Everything one process runs. At a stop the workers end first: they take new work.

    The relays end when neither a worker nor a request is left: to them others hand work, and wait for it.
    """

    name: str
    app: FastAPI
    database: Database
    broker: Broker
    workers: Sequence[Worker] = ()
    relays: Sequence[Worker] = ()
    host: str = "127.0.0.1"
    port: int = 0
    drain: timedelta = timedelta(seconds=20)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then drain. Exits with 1 when the database's schema is not current."""
        uvloop.run(self.serve())

    async def serve(self) -> None:
        await _refuse_old_schema(self.name, self.database)
        server = _Server(self)
        relays_stopping = asyncio.Event()
        connecting = asyncio.create_task(self.broker.connect())
        workers = [asyncio.create_task(_supervised(worker, self.stopping)) for worker in self.workers]
        relays = [
            asyncio.create_task(_supervised(relay, relays_stopping))
            for relay in (*self.relays, every(timedelta(seconds=5), self._measure))
        ]
        log.info("service.started", port=self.port)
        try:
            await server.serve()
        finally:
            self.stopping.set()
            await self._drain(workers, relays, relays_stopping)
            connecting.cancel()
            await self.broker.close()
            await self.database.close()
            log.info("service.stopped")

    async def _drain(self, workers: Tasks, relays: Tasks, stop: asyncio.Event) -> None:
        await _finished(workers, self.drain.total_seconds())
        stop.set()
        await _finished(relays, self.drain.total_seconds())

    async def _measure(self) -> None:
        async with self.database.reading() as tx:
            count, oldest = await outbox.pending(tx)
            by_queue = await parked.counted(tx)
        age = (clock.now() - oldest).total_seconds() if oldest else 0.0
        metrics.OUTBOX_PENDING.labels(self.name).set(count)
        metrics.OUTBOX_OLDEST_SECONDS.labels(self.name).set(age)
        metrics.BROKER_CONNECTED.labels(self.name).set(self.broker.ready_to_publish)
        for queue, waiting in by_queue.items():
            metrics.PARKED.labels(self.name, queue).set(waiting)


class _Server(uvicorn.Server):
    """uvicorn, which tells the service of a stop at once: its lifespan would only after all connections are closed."""

    def __init__(self, service: Service) -> None:
        config = uvicorn.Config(
            service.app,
            host=service.host,
            port=service.port,
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=10,
        )
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: Any) -> None:  # noqa: ARG002 - uvicorn's signature
        # uvicorn's own would raise the signal again after its shutdown: the process would die before it has drained
        self._service.stopping.set()
        self.should_exit = True


async def _refuse_old_schema(name: str, database: Database) -> None:
    """A service never changes its own schema: two versions would fight over it."""
    while True:
        try:
            found = await revision_of(database)
        except DatabaseUnavailable as error:
            log.warning("database.unavailable", because=str(error))
            await asyncio.sleep(1)
            continue
        if found == (wanted := head_of(name)):
            return
        log.error("schema.outdated", found=found, wanted=wanted, remedy=f"python -m services.{name} migrate")
        raise SystemExit(1)


async def _supervised(worker: Worker, stopping: asyncio.Event) -> None:
    """A worker that dies is started again: a dead relay would be a silent loss of service."""
    while not stopping.is_set():
        try:
            await worker(stopping)
        except asyncio.CancelledError:
            # aiormq cancels callers of a lost connection; only our own cancellation ends the worker
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            log.warning("worker.cancelled")
        except Exception:
            log.exception("worker.failed")
        else:
            return
        await asyncio.sleep(1)


async def _finished(tasks: Tasks, seconds: float) -> None:
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        log.warning("worker.abandoned")
        task.cancel()


def every(period: timedelta, action: Callable[[], Awaitable[None]]) -> Worker:
    """A timer. An outage skips a beat; any other error is logged and the next beat comes all the same."""

    async def beat(stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                await action()
            except (DatabaseUnavailable, BrokerUnavailable) as error:
                log.warning("timer.skipped", because=str(error))
            except Exception:
                log.exception("timer.failed")
            try:
                await asyncio.wait_for(stopping.wait(), period.total_seconds())
            except TimeoutError:
                continue

    return beat


def pruning(database: Database, forget: Callable[[Transaction], Awaitable[None]] | None = None) -> Worker:
    """Forgets published outbox rows and old inbox ids, once an hour; and what `forget` knows must not be kept."""

    async def prune() -> None:
        at = clock.now()
        async with database.transaction() as tx:
            await outbox.prune(tx, before=at - outbox.KEPT)
            await inbox.prune(tx, before=at - timedelta(days=inbox.KEPT_DAYS))
            if forget is not None:
                await forget(tx)

    return every(timedelta(hours=1), prune)


async def dependencies(
    database: Database, broker: Broker, stopping: asyncio.Event, *, broker_needed: bool
) -> dict[str, str]:
    """What `/readyz` tells. A service that only accepts does not need the broker: the outbox waits for it."""
    checks = {"process": "stopping" if stopping.is_set() else "ok"}
    try:
        async with database.reading() as tx:
            await outbox.pending(tx)
        checks["database"] = "ok"
    except DatabaseUnavailable as error:
        checks["database"] = f"away: {error}"
    if broker.ready_to_publish and broker.ready_to_consume:
        checks["broker"] = "ok"
    else:
        checks["broker"] = "away" if broker_needed else "optional: away"
    return checks
