"""One database layer for SQLite (embedded default) and PostgreSQL (production), over SQLAlchemy Core."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Executable,
    Integer,
    MetaData,
    Select,
    event,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import CursorResult, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from services.chassis.errors import DatabaseUnavailable

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A growing 64-bit key; SQLite grows only what is called INTEGER."""

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def new_metadata() -> MetaData:
    """Metadata with one way of naming constraints, so that migrations can name them."""
    return MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC. SQLite knows no zones: it keeps the UTC digits and gets the zone back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time reached the database layer")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class now_ms(FunctionElement[int]):  # noqa: N801 - reads as an SQL function
    """Milliseconds since 1970 by the database's clock: leases of several replicas compare only to one clock."""

    inherit_cache = True
    type = BigInteger()


@compiles(now_ms, "sqlite")
def _now_ms_sqlite(_element: now_ms, _compiler: Any, **_: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@compiles(now_ms, "postgresql")
def _now_ms_postgresql(_element: now_ms, _compiler: Any, **_: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


class unindexed(FunctionElement[Any]):  # noqa: N801 - reads as an SQL function
    """A column that no index is to be chosen for: SQLite takes any index for better than the list's own order."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(unindexed, "sqlite")
def _unindexed_sqlite(element: unindexed, compiler: Any, **how: Any) -> str:
    return f"+{compiler.process(element.clauses, **how)}"


@compiles(unindexed)
def _unindexed(element: unindexed, compiler: Any, **how: Any) -> str:
    return str(compiler.process(element.clauses, **how))


class hours_between(FunctionElement[int]):  # noqa: N801 - reads as an SQL function
    """Whole hours from one moment to a later one, seconds not begun left out; NULL if one of them is."""

    inherit_cache = True
    type = Integer()


@compiles(hours_between, "sqlite")
def _hours_between_sqlite(element: hours_between, compiler: Any, **more: Any) -> str:
    since, until = (compiler.process(moment, **more) for moment in element.clauses)
    return f"((strftime('%s', {until}) - strftime('%s', {since})) / 3600)"


@compiles(hours_between, "postgresql")
def _hours_between_postgresql(element: hours_between, compiler: Any, **more: Any) -> str:
    since, until = (f"FLOOR(EXTRACT(EPOCH FROM {compiler.process(moment, **more)}))" for moment in element.clauses)
    return f"CAST(FLOOR(({until} - {since}) / 3600) AS INTEGER)"


def free_of(wanted: Select[Any]) -> Select[Any]:
    """The rows of `wanted` that nobody else holds, to be claimed by the statement whose condition this is.

    They are looked for once. PostgreSQL may run a plain subquery again for each row of the claiming statement, and what
    that has claimed by then is free no more, so that it would take other rows beyond the limit.
    """
    rows = wanted.with_for_update(skip_locked=True).cte("free").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(*rows.c)


def rows_to_change(wanted: Select[Any]) -> Select[Any]:
    """The rows of `wanted`, held until the transaction ends by whoever changes them, and never their keys.

    Others may go on adding rows that refer to them. Were they held more firmly, those would wait for them one by one,
    in whatever order they came, and two transactions with several of them in common for each other.
    """
    return wanted.with_for_update(key_share=True)


class Transaction:
    """One transaction. What is registered with `before_commit` becomes part of it."""

    def __init__(self, connection: AsyncConnection, database: "Database") -> None:
        self.connection = connection
        self.database = database
        self._before_commit: list[Callable[[], Awaitable[None]]] = []
        self._after_commit: list[Callable[[], None]] = []
        self.kept: dict[str, Any] = {}

    @property
    def dialect(self) -> str:
        return self.connection.dialect.name

    async def execute(
        self, statement: Executable, parameters: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Run `statement`; many parameter rows become one round trip where the driver can."""
        return await self.connection.execute(statement, parameters)

    def before_commit(self, action: Callable[[], Awaitable[None]]) -> None:
        self._before_commit.append(action)

    def after_commit(self, action: Callable[[], None]) -> None:
        self._after_commit.append(action)

    def insert(self, table: Any) -> Any:
        """An INSERT of the database's own dialect, which alone knows ON CONFLICT."""
        return sqlite.insert(table) if self.dialect == "sqlite" else postgresql.insert(table)

    async def _finish(self) -> None:
        for action in self._before_commit:
            await action()

    def _committed(self) -> None:
        for action in self._after_commit:
            action()


class Database:
    """A pool of connections to one service's database."""

    def __init__(self, url: str, *, service: str, pool_size: int = 10) -> None:
        self.service = service
        self.url = make_url(url)
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url, pool_size)
        self.posted = asyncio.Event()
        """Set when a committed transaction has posted to the outbox: the relay need not wait for its poll."""
        self._one_writer: AbstractAsyncContextManager[Any] = asyncio.Lock() if self.is_sqlite else nullcontext()

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that writes: all of it takes effect at its end, or nothing does.

        Raises `DatabaseUnavailable` when the database is away.
        """
        async with self._one_writer:
            connection = await self._connected()
            try:
                tx = Transaction(connection, self)
                with _translated():
                    await connection.begin()
                    yield tx
                    await tx._finish()  # noqa: SLF001 - the two classes are one mechanism
                    await _uncancelled(connection.commit())
            finally:
                await _uncancelled(connection.close())
        tx._committed()  # noqa: SLF001 - as above

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """A transaction that only reads; it never waits for a writer."""
        connection = await self._connected()
        try:
            with _translated():
                await connection.execution_options(joldau_reading=True)
                async with connection.begin():
                    yield Transaction(connection, self)
        finally:
            await _uncancelled(connection.close())

    async def _connected(self) -> AsyncConnection:
        try:
            return await self.engine.connect().start()
        except Exception as error:  # whatever the driver says: there is no connection
            raise DatabaseUnavailable(type(error).__name__) from error

    async def close(self) -> None:
        await self.engine.dispose()


async def _uncancelled(work: Coroutine[Any, Any, None]) -> None:
    """Let `work` finish even when the task is being cancelled: a half-done commit helps nobody."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class _translated:  # noqa: N801 - used as a statement
    """Turns a lost connection into `DatabaseUnavailable` and leaves every other error as it is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DBAPIError) and is_outage(error):
            raise DatabaseUnavailable(type(error.orig).__name__) from error


_OUTAGE_STATES: Final = ("08", "53", "57P", "40", "55P03", "25P03")
"""SQLSTATEs that say nothing of the statement: connection exception, insufficient resources, operator intervention
(shutdown), transaction rollback (deadlock, serialization), lock not available, a transaction in which this process has
stood still. Whoever waits tries again."""


def is_outage(error: DBAPIError) -> bool:
    """Whether the database is away, as opposed to having refused the statement."""
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    state = getattr(error.orig, "sqlstate", None) or ""
    if state:
        return str(state).startswith(_OUTAGE_STATES)
    return isinstance(error, OperationalError) and "no such" not in str(error.orig)


def _sqlite_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, hide_parameters=True, connect_args={"isolation_level": None, "timeout": 5})

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # FULL: with NORMAL a committed appeal may vanish when the power fails
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        # the driver's own BEGIN is deferred: two writers would read, then lose an update without an error
        reading = connection.get_execution_options().get("joldau_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


_SILENT_MS: Final = 15_000
"""So long either side of a connection believes in the other without hearing of it."""
_PROBES: Final = {"idle": 5, "interval": 5, "count": 2}
"""When TCP asks whether the other side is still there: after these seconds, and again, and how often."""
_SETTINGS: Final = {
    "application_name": "joldau",
    "lock_timeout": "5000",
    # what a process holds that stands still, or whose host has vanished, is free for the others again
    "idle_in_transaction_session_timeout": "60000",
    "tcp_user_timeout": str(_SILENT_MS),
    **{f"tcp_keepalives_{name}": str(value) for name, value in _PROBES.items()},
}


def _postgresql_engine(url: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,  # an error's text would carry personal data into the log
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,  # a round trip for each transaction; a dead connection costs one retry instead
        connect_args={"timeout": 5, "server_settings": _SETTINGS},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # a server whose host has vanished answers with no error: the system would wait a quarter of an hour for it
        peer = connection.driver_connection._transport.get_extra_info("socket")  # noqa: SLF001 - asyncpg has no other way
        if peer.family != socket.AF_UNIX:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _PROBES["idle"])
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PROBES["interval"])
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _PROBES["count"])
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT_MS)

    return engine
