"""Which broker the demo uses, and what it says where there is none."""

from pathlib import Path

import pytest

from services.cli.local.broker import Machine, NoBroker, find_broker, private_broker
from services.cli.local.container import RabbitContainer
from services.cli.local.debian import InstallFailed
from services.cli.local.management import Broker, GivenBroker
from services.cli.local.rabbitmq import RabbitNode

NOWHERE = Path("/nowhere")


class FakeMachine:
    """A machine of the described kind. Remembers what was asked of it."""

    def __init__(self, *, package: bool = False, root: bool = False, mirror: bool = True, docker: bool = False) -> None:
        self.package, self.root, self.mirror, self.docker = package, root, mirror, docker
        self.asked: list[str] = []
        self.said: list[str] = []

    def has_package(self) -> bool:
        self.asked.append("package")
        return self.package

    async def may_install(self) -> bool:
        self.asked.append("root")
        return self.root

    async def install(self, *packages: str, log: Path) -> None:
        self.asked.append(f"install {' '.join(packages)}")
        if not self.mirror:
            raise InstallFailed(f"no mirror answers, see {log}")
        self.package = True

    async def has_docker(self) -> bool:
        self.asked.append("docker")
        return self.docker

    async def broker(self) -> Broker:
        machine = Machine(self.has_package, self.may_install, self.install, self.has_docker)
        return await private_broker(NOWHERE, tied=True, say=self.said.append, machine=machine)


async def test_given_broker_is_used() -> None:
    """AMQP_URL decides before anything else; the management API is where RabbitMQ puts it, unless told."""
    url = "amqp://me:secret@mq.example:5673/joldau"

    broker = await find_broker(NOWHERE, amqp_url=url, management_url=None, tied=True, say=print)

    assert isinstance(broker, GivenBroker)
    assert broker.amqp_url() == url
    assert broker.amqp_url("a/b") == "amqp://me:secret@mq.example:5673/a%2Fb"
    assert broker.management_url == "http://me:secret@mq.example:15672"


async def test_installed_package_gives_a_private_node() -> None:
    """Nothing is installed where the package is there."""
    machine = FakeMachine(package=True, root=True, docker=True)

    assert isinstance(await machine.broker(), RabbitNode)
    assert machine.asked == ["package", "package"]
    assert machine.said == []


async def test_missing_package_is_installed_where_allowed() -> None:
    """Root, or sudo without a password, may install; the user is told."""
    machine = FakeMachine(root=True, docker=True)

    assert isinstance(await machine.broker(), RabbitNode)
    assert "install rabbitmq-server" in machine.asked
    assert "Installing rabbitmq-server" in machine.said[0]


async def test_docker_is_used_where_nothing_may_be_installed() -> None:
    """Without rights the container is next."""
    assert isinstance(await FakeMachine(docker=True).broker(), RabbitContainer)


async def test_docker_is_used_where_installing_fails() -> None:
    """No package mirror is no reason to give up."""
    assert isinstance(await FakeMachine(root=True, mirror=False, docker=True).broker(), RabbitContainer)


@pytest.mark.parametrize(("root", "reason"), [(False, ""), (True, "no mirror answers")])
async def test_no_broker_is_one_line_that_says_what_to_do(root: bool, reason: str) -> None:  # noqa: FBT001
    """The last word names every way out."""
    with pytest.raises(NoBroker) as refused:
        await FakeMachine(root=root, mirror=False).broker()

    assert "\n" not in str(refused.value)
    assert all(way in str(refused.value) for way in ("AMQP_URL", "apt-get install rabbitmq-server", "Docker", reason))
