"""Each image's tree by itself: contracts, chassis and one service start without the others."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.local.ports import free_ports
from services.cli.local.processes import Program, start
from services.cli.local.readiness import answering

SERVICES = Path(__file__).parents[3] / "services"
NAMES = ("intake", "router", "notifier")
ALONE = {"PYTHONSAFEPATH": "1"}  # the directory that tests are called in is not searched
MAIL = {"SMTP_HOST": "127.0.0.1", "MAIL_FROM": "no-reply@joldau.example"}


@pytest.fixture(params=NAMES)
def service(request) -> str:
    return request.param


@pytest.fixture
def tree(service, tmp_path) -> Path:
    """What the Dockerfile copies for a service."""
    (tmp_path / "services").mkdir()
    shutil.copy(SERVICES / "__init__.py", tmp_path / "services")
    for part in ("contracts", "chassis", service):
        shutil.copytree(SERVICES / part, tmp_path / "services" / part)
    return tmp_path


async def test_a_service_migrates_and_serves_from_its_own_tree(service, tree):
    """No stray import: it makes its tables, answers without a broker, and ends in peace."""
    port = free_ports(1)[0]
    own = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tree}/joldau.db",
        "AMQP_URL": "amqp://127.0.0.1:1/",
        "PORT": str(port),
    }
    own |= {"ADMIN_KEY": "an-admin-key-for-tests-only", **MAIL}
    environment = {
        "PYTHONPATH": str(tree),
        **{f"JOLDAU_{service.upper()}_{name}": value for name, value in own.items()},
    }
    command = (sys.executable, "-m", f"services.{service}")

    migrated = start(Program("migrate", (*command, "migrate"), environment), tree, tied=True)
    assert await migrated.ended(within=60) == 0, migrated.log.read_text()
    serving = start(Program("serve", (*command, "serve"), environment), tree, tied=True)
    await answering(serving, f"http://127.0.0.1:{port}/livez", within=60)
    ended = await serving.stop()

    assert ended == 0


def test_a_stray_import_would_be_noticed(service, tree):
    """The test of the test: a sibling cannot be had from the tree."""
    sibling = next(name for name in NAMES if name != service)

    tried = subprocess.run(
        [sys.executable, "-c", f"import services.{sibling}"],
        env={**ALONE, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert f"No module named 'services.{sibling}'" in tried.stderr
