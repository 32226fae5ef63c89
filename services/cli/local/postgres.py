"""A private PostgreSQL cluster from the system's package, for tests and the bench."""

import asyncio
import json
import os
import pwd
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from signal import Signals
from typing import Final

import asyncpg

from services.cli.local import debian
from services.cli.local.ports import free_ports, is_free
from services.cli.local.processes import Process, Program, children, recorded, start
from services.cli.local.readiness import StartFailed

_VERSIONS: Final = Path("/usr/lib/postgresql")
_USER: Final = "joldau"
_RUN_AS: Final = "postgres"
_START_SECONDS: Final = 30.0

_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
}
_UNSAFE: Final = {"fsync": "off", "full_page_writes": "off"}
"""What a crash of the machine would make us sorry for; one of the server alone does no harm."""


@dataclass(frozen=True)
class Facts:
    """Where the cluster's data is and on which port of 127.0.0.1 it listens. Kept beside its log."""

    data: str
    port: int


def binaries() -> Path | None:
    """Directory with the newest installed PostgreSQL server's programs; None when there is none."""
    found = [path.parent for path in _VERSIONS.glob("*/bin/initdb")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


async def install(log: Path) -> None:
    """Install PostgreSQL's server where it is missing, without a cluster. Raises `InstallFailed`."""
    if binaries() is None:
        await debian.install("postgresql", log=log)


class PostgresCluster:
    """The cluster described in `directory`. Any process may make one and so reach the running server.

    PostgreSQL refuses to run as root, and root's directories are often closed to others: for root the data is in
    a directory of its own under /var/tmp, owned by the system's user ``postgres``.
    """

    def __init__(self, directory: Path, *, fsync: bool = True, tied: bool = True) -> None:
        self.directory = directory.absolute()
        self._settings = _SETTINGS if fsync else _SETTINGS | _UNSAFE
        self._tied = tied
        self._held: asyncpg.Connection | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def running(self) -> bool:
        """Whether the server's process is alive."""
        return self._process() is not None

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database, with the asyncpg driver."""
        return f"postgresql+asyncpg://{_USER}@127.0.0.1:{self._facts().port}/{database}"

    async def start(self) -> None:
        """Start the server with the databases it had before. Raises `StartFailed` with the end of its log."""
        if self.running:
            return
        programs = binaries()
        if programs is None:
            raise StartFailed("postgres", f"is not installed under {_VERSIONS}", self.directory / "postgres.log")
        facts = await self._prepare(programs)
        options = [f"-c{name}={value}" for name, value in {**self._settings, "port": facts.port}.items()]
        await self._answering(self._run("postgres", str(programs / "postgres"), "-D", facts.data, *options))

    async def stop(self) -> None:
        """End the server cleanly, closing whoever is connected."""
        if process := self._process():
            await process.stop(number=Signals.SIGINT)

    async def kill9(self) -> None:
        """Crash the server and its backends; `start` recovers what was committed."""
        if process := self._process():
            backends = children(process)
            await process.kill9()
            await asyncio.gather(*(backend.kill9() for backend in backends))

    async def destroy(self) -> None:
        """End the server and delete all databases."""
        await self.kill9()
        if (self._known).exists():
            await asyncio.to_thread(shutil.rmtree, self._facts().data, ignore_errors=True)
        await asyncio.to_thread(shutil.rmtree, self.directory, ignore_errors=True)

    async def create_database(self, name: str, *, template: str = "template1") -> str:
        """Create a database as a copy of `template`, to which nobody may be connected; its URL."""
        await self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    async def drop_database(self, name: str) -> None:
        """Drop a database, if it is there, and close whoever is connected to it."""
        await self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def rename_database(self, name: str, new: str) -> None:
        """Give a database to which nobody is connected another name."""
        await self._administer(f'ALTER DATABASE "{name}" RENAME TO "{new}"')

    async def close_connections(self, name: str) -> None:
        """Close whoever is connected to a database."""
        await self._administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)

    async def connect(self, database: str) -> "asyncpg.Connection":
        """A connection that may do everything."""
        return await asyncpg.connect(host="127.0.0.1", port=self._facts().port, user=_USER, database=database)

    @asynccontextmanager
    async def administered(self) -> AsyncIterator[None]:
        """Create and drop by one connection within the block: a new one costs as much as what it is to do."""
        self._held = await self.connect("postgres")
        try:
            yield
        finally:
            held, self._held = self._held, None
            await held.close()

    async def _administer(self, statement: str, *values: str) -> None:
        if self._held:
            async with self._one_at_a_time:
                await self._held.execute(statement, *values)
            return
        connection = await self.connect("postgres")
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    async def _answering(self, server: Process) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                while server.alive:
                    try:
                        await (await self.connect("postgres")).close()
                    except (OSError, asyncpg.CannotConnectNowError):
                        await asyncio.sleep(0.02)
                    else:
                        return
        except TimeoutError:
            await server.kill9()
        raise StartFailed("postgres", "did not start", server.log)

    async def _prepare(self, programs: Path) -> Facts:
        if self._known.exists():
            facts = self._facts()
        else:
            facts = Facts(str(self._data_directory()), 0)
            await self._initialise(programs, facts.data)
        if not facts.port or not is_free(facts.port):
            facts = replace(facts, port=free_ports(1)[0])
            self._known.write_text(json.dumps(asdict(facts)))
        return facts

    async def _initialise(self, programs: Path, data: str) -> None:
        options = (f"--username={_USER}", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        initdb = self._run("initdb", str(programs / "initdb"), "-D", data, *options)
        if await initdb.ended() != 0:
            raise StartFailed("initdb", "failed", initdb.log)

    def _data_directory(self) -> Path:
        if os.geteuid() != 0:
            return self.directory / "data"
        owner = pwd.getpwnam(_RUN_AS)
        data = Path(tempfile.mkdtemp(prefix="joldau-postgres-", dir="/var/tmp"))
        os.chown(data, owner.pw_uid, owner.pw_gid)
        return data

    def _run(self, name: str, *argv: str) -> Process:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
        return start(Program(name, argv, environment, user=_RUN_AS), self.directory, tied=self._tied)

    def _process(self) -> Process | None:
        return next((process for process in recorded(self.directory) if process.name == "postgres"), None)

    @property
    def _known(self) -> Path:
        return self.directory / "cluster.json"

    def _facts(self) -> Facts:
        return Facts(**json.loads(self._known.read_text()))
