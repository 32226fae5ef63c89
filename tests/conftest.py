"""One real broker and one PostgreSQL cluster for the whole run; a fresh virtual host and database for each test.

The first test that asks for a server starts it. Under xdist the workers share it: whoever started it waits, before it
ends, until no worker needs it any more. The kernel ends it with that worker, whatever happens to the run.
"""

import asyncio
import fcntl
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import httpx
import hypothesis
import pytest

from services.cli import accounts
from services.cli.local import debian
from services.cli.local.broker import private_broker
from services.cli.local.commands import output_of
from services.cli.local.management import PrivateBroker
from services.cli.local.postgres import PostgresCluster
from services.cli.local.postgres import install as install_postgres
from services.contracts.access import Account
from tests.templates import Templates

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

hypothesis.settings.register_profile(
    "busy",
    deadline=None,  # a machine with other work is slow now and then, and no property is about time
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("busy")
TESTS = Path(__file__).parent
NODE = TESTS / "node"
PASSWORD = "invented-for-tests"


@dataclass(frozen=True)
class Vhost:
    """A virtual host that one test has for itself. `management_url` is the whole broker's."""

    name: str
    url: str
    management_url: str


@dataclass
class Run:
    """What the processes of one run of pytest share."""

    directory: Path
    in_use: TextIO
    """Locked by each process that uses a server, until it ends."""
    started: list[PrivateBroker | PostgresCluster] = field(default_factory=list)
    """Servers that this process has started, and so must end."""

    async def broker(self, directory: Path) -> PrivateBroker:
        """A broker of our own, started by the first that asks for the one in `directory`."""
        with self._alone():
            broker = await private_broker(directory, tied=True, say=print)
            await self._start(broker)
        return broker

    async def postgres(self, directory: Path) -> PostgresCluster:
        """A PostgreSQL cluster without fsync, started by the first that asks for the one in `directory`."""
        with self._alone():
            await install_postgres(self.directory / "apt.log")
            cluster = PostgresCluster(directory, fsync=False)
            await self._start(cluster)
        return cluster

    async def chromium(self) -> Path:
        """Debian's Chromium, with letters for Kazakh."""
        with self._alone():
            if shutil.which("chromium") is None:
                await debian.install("chromium", "fonts-noto-core", log=self.directory / "apt.log")
        return Path(shutil.which("chromium") or "")

    async def node_modules(self) -> Path:
        """What tests/node/package-lock.json names, installed beside it; Node.js too where there is none."""
        with self._alone():
            if shutil.which("npm") is None:
                await debian.install("nodejs", "npm", log=self.directory / "apt.log")
            installed, lock = NODE / "node_modules", (NODE / "package-lock.json").read_bytes()
            stamp = installed / ".installed-from.json"
            if not stamp.exists() or stamp.read_bytes() != lock:
                await output_of("npm", "ci", "--prefix", str(NODE), "--ignore-scripts", "--no-audit", "--no-fund")
                stamp.write_bytes(lock)
        return installed

    def end(self) -> None:
        """End the servers of this process as soon as no other process uses any."""
        if self.started:
            fcntl.flock(self.in_use, fcntl.LOCK_EX)
        for server in self.started:
            asyncio.run(server.destroy())
        self.in_use.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Join those who use servers; within the block, one process at a time installs and starts."""
        fcntl.flock(self.in_use, fcntl.LOCK_SH)
        with (self.directory / "starting").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    async def _start(self, server: PrivateBroker | PostgresCluster) -> None:
        if not server.directory.exists():
            self.started.append(server)
            await server.start()


RUN = pytest.StashKey[Run]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's directory, or learn from xdist's controller which it is."""
    worker = getattr(config, "workerinput", None)
    directory = Path(worker["directory"] if worker else tempfile.mkdtemp(prefix="joldau-tests-"))
    config.stash[RUN] = Run(directory, (directory / "in-use").open("w"))
    if not worker:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends us early wants nothing left behind


def pytest_configure_node(node: "WorkerController") -> None:
    """Tell a worker where the run's directory is (a hook of xdist)."""
    node.workerinput["directory"] = str(node.config.stash[RUN].directory)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End what this process has started."""
    session.config.stash[RUN].end()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Delete the run's directory, and what workers that were ended early could not."""
    if not hasattr(config, "workerinput"):
        directory = config.stash[RUN].directory
        asyncio.run(PostgresCluster(directory / "postgres").destroy())
        shutil.rmtree(directory)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's directory is its marker: tests/unit → unit."""
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the line of each run that was broken on purpose, with the seed that repeats it."""
    reports = [one for some in terminalreporter.stats.values() for one in some if isinstance(one, pytest.TestReport)]
    told = [
        (one, value) for one in reports if one.when == "call" for name, value in one.user_properties if name == "run"
    ]
    if told:
        terminalreporter.section("runs that were broken on purpose")
    for report, line in told:
        terminalreporter.line(f"{report.nodeid.rpartition('/')[2]}: {line}")


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """What this run's processes share."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
async def node_modules(run: Run) -> Path:
    """The packages that tests run with Node.js."""
    return await run.node_modules()


@pytest.fixture(scope="session")
async def rabbit(run: Run) -> PrivateBroker:
    """The run's broker. Whoever wants to break one takes `breakable_rabbit`."""
    return await run.broker(run.directory / "rabbitmq")


@pytest.fixture(scope="module")
async def breakable_rabbit(run: Run, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrivateBroker]:
    """A broker for the tests of one module, to stop, crash and cut off (about 8 s to start)."""
    broker = await run.broker(tmp_path_factory.mktemp("servers") / "rabbitmq")
    yield broker
    await broker.destroy()


@pytest.fixture
async def vhost(rabbit: PrivateBroker) -> AsyncIterator[Vhost]:
    """An empty virtual host of the run's broker."""
    name = f"test-{secrets.token_hex(4)}"
    yield Vhost(name, await rabbit.create_vhost(name), rabbit.management_url)
    await rabbit.delete_vhost(name)


@pytest.fixture
async def let_in(vhost: Vhost, tmp_path: Path) -> Callable[[Account], Awaitable[str]]:
    """Gives an account its rights in the virtual host; its AMQP URL. Users are the whole broker's: one password."""
    folder = tmp_path / "passwords"
    folder.mkdir()

    async def let_in_(account: Account) -> str:
        (folder / account.name).write_text(PASSWORD, encoding="utf-8")
        async with httpx.AsyncClient(base_url=f"{vhost.management_url}/api", trust_env=False) as api:
            await accounts.let_in(api, vhost.name, account, accounts.Passwords(folder))
        return vhost.url.replace("guest:guest@", f"{account.name}:{PASSWORD}@")

    return let_in_


@pytest.fixture(scope="session")
async def postgres(run: Run, templates: Templates) -> AsyncIterator[PostgresCluster]:
    """The run's PostgreSQL. Whoever wants to break one takes `breakable_postgres`."""
    templates.cluster = await run.postgres(run.directory / "postgres")
    async with templates.cluster.administered():
        yield templates.cluster


@pytest.fixture(scope="module")
async def breakable_postgres(run: Run, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PostgresCluster]:
    """A PostgreSQL for the tests of one module, to stop and crash (about 1 s to start)."""
    cluster = await run.postgres(tmp_path_factory.mktemp("servers") / "postgres")
    yield cluster
    await cluster.destroy()


@pytest.fixture
async def postgresql_url(postgres: PostgresCluster, templates: Templates) -> AsyncIterator[str]:
    """A PostgreSQL database that is not there yet."""
    name = f"test_{secrets.token_hex(4)}"
    yield postgres.url(name)
    await templates.give_back(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An SQLite database that is not there yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'joldau.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind that is not there yet: storage tests run on both."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Migrated databases to be copied."""
    return Templates(tmp_path_factory.mktemp("templates"))
