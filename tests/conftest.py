"""One real broker and one PostgreSQL cluster for the whole run; a fresh virtual host and database for each test.

The servers are started by the first test that asks for them. Under xdist all workers share them, and the controller
ends them; without xdist the kernel ends them with pytest, whatever happens to it.
"""

import asyncio
import fcntl
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.cli.local.broker import destroy_private_broker, private_broker
from services.cli.local.management import PrivateBroker
from services.cli.local.postgres import PostgresCluster
from services.cli.local.postgres import install as install_postgres

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

TESTS = Path(__file__).parent
SHARED = pytest.StashKey[Path]()


@dataclass(frozen=True)
class Vhost:
    """A virtual host that one test has for itself. `management_url` is the whole broker's."""

    name: str
    url: str
    management_url: str


def pytest_configure(config: pytest.Config) -> None:
    """Make the directory of the run's servers, or learn from the controller which it is."""
    worker = getattr(config, "workerinput", None)
    config.stash[SHARED] = Path(worker["shared"] if worker else tempfile.mkdtemp(prefix="joldau-tests-"))


def pytest_configure_node(node: "WorkerController") -> None:
    """Tell a worker where the run's servers are (a hook of xdist)."""
    node.workerinput["shared"] = str(node.config.stash[SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run's servers and delete what they wrote."""
    if not hasattr(config, "workerinput"):
        shared = config.stash[SHARED]
        asyncio.run(destroy_private_broker(shared / "rabbitmq"))
        asyncio.run(PostgresCluster(shared / "postgres").destroy())
        shutil.rmtree(shared)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's directory is its marker: tests/unit → unit."""
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])


@pytest.fixture(scope="session")
async def rabbit(pytestconfig: pytest.Config) -> PrivateBroker:
    """The run's broker. Whoever wants to break one takes `breakable_rabbit`."""
    shared = pytestconfig.stash[SHARED]
    with _one_worker_at_a_time(shared / "rabbitmq.lock"):
        broker = await private_broker(shared / "rabbitmq", tied=_alone(pytestconfig), say=print)
        await broker.start()
    return broker


@pytest.fixture(scope="module")
async def breakable_rabbit(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrivateBroker]:
    """A broker for the tests of one module, to stop, crash and cut off (about 8 s to start)."""
    broker = await private_broker(tmp_path_factory.mktemp("rabbitmq"), tied=True, say=print)
    await broker.start()
    yield broker
    await broker.destroy()


@pytest.fixture
async def vhost(rabbit: PrivateBroker) -> AsyncIterator[Vhost]:
    """An empty virtual host of the run's broker."""
    name = f"test-{secrets.token_hex(4)}"
    yield Vhost(name, await rabbit.create_vhost(name), rabbit.management_url)
    await rabbit.delete_vhost(name)


@pytest.fixture(scope="session")
async def postgres(pytestconfig: pytest.Config) -> PostgresCluster:
    """The run's PostgreSQL, without fsync."""
    shared = pytestconfig.stash[SHARED]
    with _one_worker_at_a_time(shared / "postgres.lock"):
        await install_postgres(shared / "apt.log")
        cluster = PostgresCluster(shared / "postgres", fsync=False, tied=_alone(pytestconfig))
        await cluster.start()
    return cluster


@pytest.fixture
async def postgresql_url(postgres: PostgresCluster) -> AsyncIterator[str]:
    """An empty PostgreSQL database."""
    name = f"test_{secrets.token_hex(4)}"
    yield await postgres.create_database(name)
    await postgres.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An SQLite database that is not there yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'joldau.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind: storage tests run on both."""
    return str(request.getfixturevalue(f"{request.param}_url"))


def _alone(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")


@contextmanager
def _one_worker_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
