"""One deployment for all tests of the containers."""

import secrets
from collections.abc import AsyncIterator

import pytest

from services.cli.local.sinks import MailSink
from tests.deploy.deployment import Deployment, deployed, outside
from tests.deploy.engine import Engine, opened
from tests.deploy.images import build, make_stand_ins


@pytest.fixture(scope="session")
async def engine() -> AsyncIterator[Engine]:
    """Docker's engine, with stand-ins for foreign images where it is the tests' own."""
    async with opened() as engine:
        if engine.own:
            await make_stand_ins(engine)
        yield engine


@pytest.fixture(scope="session")
async def version(engine) -> AsyncIterator[str]:
    """Our images, built; yields their tag."""
    version = f"test-{secrets.token_hex(4)}"
    images = await build(engine, version)
    yield version
    await engine.docker("image", "rm", *images)


@pytest.fixture(scope="session")
async def network(engine, version) -> AsyncIterator[tuple[str, str]]:
    """The deployment's network to the world: its name, and this machine's address in it."""
    name = f"joldau-{version}-outside"
    async with outside(engine, name) as gateway:
        yield name, gateway


@pytest.fixture(scope="session")
async def mails(network) -> AsyncIterator[MailSink]:
    """The mail server that the notifier is told of."""
    async with MailSink(host=network[1]) as sink:
        yield sink


@pytest.fixture(scope="session")
async def deployment(engine, version, network, mails, tmp_path_factory) -> AsyncIterator[Deployment]:
    """Everything of docker-compose.yml, healthy."""
    directory = tmp_path_factory.mktemp("deployment")
    name, gateway = network
    async with deployed(
        engine, directory, version=version, network=name, gateway=gateway, mail_port=mails.port
    ) as deployment:
        yield deployment
