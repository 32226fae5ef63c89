"""The broker in a container, on a Docker that only remembers."""

from pathlib import Path

import pytest

from services.cli.local.commands import CommandFailed
from services.cli.local.container import RabbitContainer, works


class FakeDocker:
    """Answers the commands of one container that dies as soon as it is waited for."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []

    async def __call__(self, *arguments: str) -> str:
        self.commands.append(arguments)
        return "no space left on device" if arguments[0] == "logs" else ""


async def missing_docker(*_: str) -> str:
    """A machine without Docker."""
    raise CommandFailed("docker is not installed")


async def made(directory: Path, docker: FakeDocker) -> RabbitContainer:
    """A container that was made, and did not become ready."""
    broker = RabbitContainer(directory, run=docker)
    with pytest.raises(CommandFailed, match="did not become ready:\nno space left on device"):
        await broker.start()
    return broker


async def test_container_is_reached_through_its_directory(tmp_path: Path) -> None:
    """A later command speaks of the same container and the same ports, all on the loopback address."""
    docker = FakeDocker()
    earlier = await made(tmp_path, docker)
    later = RabbitContainer(tmp_path, run=docker)
    await later.kill9()

    run, kill = docker.commands[0], docker.commands[-1]
    port = earlier.amqp_url().rpartition(":")[2].removesuffix("/%2F")
    assert later.amqp_url() == earlier.amqp_url()
    assert f"127.0.0.1:{port}:5672" in run
    assert kill == ("kill", run[run.index("--name") + 1])


async def test_destroyed_container_is_forgotten(tmp_path: Path) -> None:
    """Destroying takes the data with it, and twice is once."""
    docker = FakeDocker()
    broker = await made(tmp_path / "rabbitmq", docker)
    await broker.destroy()
    await broker.destroy()

    assert [command[:3] for command in docker.commands if command[0] == "rm"] == [("rm", "--force", "--volumes")]
    assert not broker.exists
    assert not (tmp_path / "rabbitmq").exists()


async def test_started_container_is_started_not_made_again(tmp_path: Path) -> None:
    """A broker that comes back has its messages."""
    docker = FakeDocker()
    broker = await made(tmp_path, docker)
    with pytest.raises(CommandFailed):
        await broker.start()

    assert [command[0] for command in docker.commands if command[0] in {"run", "start"}] == ["run", "start"]


async def test_docker_that_fails_does_not_work() -> None:
    """Neither a missing program nor one that may not be used counts."""
    assert await works(FakeDocker())
    assert not await works(missing_docker)
