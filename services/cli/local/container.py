"""RabbitMQ in a container, where the system has no package of it but Docker."""

import asyncio
import json
import secrets
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from services.cli.local.commands import CommandFailed, output_of
from services.cli.local.management import PrivateBroker, amqp_address, management_address
from services.cli.local.ports import free_ports
from services.cli.local.readiness import answered

_IMAGE: Final = "rabbitmq:4-management"
_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = "30"

Docker = Callable[..., Coroutine[Any, Any, str]]
"""Runs `docker` with arguments and returns its output; raises `CommandFailed`."""


async def docker(*arguments: str) -> str:
    """Output of a docker command. Raises `CommandFailed`, also where there is no docker."""
    return await output_of("docker", *arguments)


async def works(run: Docker = docker) -> bool:
    """Whether Docker is here and we may use it."""
    try:
        await run("info")
    except CommandFailed:
        return False
    return True


@dataclass(frozen=True)
class Facts:
    """The container's name and where it listens on 127.0.0.1."""

    name: str
    amqp: int
    management: int


class RabbitContainer(PrivateBroker):
    """The container described in `directory`. Any process may make one and so reach the running broker.

    It holds its data itself: they stay while it is stopped or killed, and go with `destroy`.
    """

    def __init__(self, directory: Path, *, run: Docker = docker) -> None:
        self.directory = directory.absolute()
        self._docker = run

    @property
    def exists(self) -> bool:
        """Whether the container was made, running or not."""
        return self._known.exists()

    @property
    def management_url(self) -> str:
        return management_address(self._facts().management)

    def amqp_url(self, vhost: str | None = None) -> str:
        return amqp_address(self._facts().amqp, vhost)

    async def start(self) -> None:
        """Start the container. Raises `CommandFailed` with the end of its log."""
        if self.exists:
            await self._docker("start", self._facts().name)
        else:
            await self._create()
        listening = f"{self.management_url}/api/health/checks/port-listener/5672"
        try:
            ready = await answered(listening, before=self._docker("wait", self._facts().name), within=_START_SECONDS)
        except TimeoutError:
            ready = False
        if not ready:
            raise CommandFailed(f"{self._facts().name} did not become ready:\n{await self._log()}")

    async def stop(self) -> None:
        await self._docker("stop", "--time", _STOP_SECONDS, self._facts().name)

    async def kill9(self) -> None:
        await self._docker("kill", self._facts().name)

    async def destroy(self) -> None:
        if self.exists:
            await self._docker("rm", "--force", "--volumes", self._facts().name)
            await asyncio.to_thread(shutil.rmtree, self.directory)

    async def ctl(self, *arguments: str) -> str:
        return await self._docker("exec", self._facts().name, "rabbitmqctl", *arguments)

    async def _create(self) -> None:
        facts = Facts(f"joldau-rabbitmq-{secrets.token_hex(4)}", *free_ports(2))
        self.directory.mkdir(parents=True, exist_ok=True)
        self._known.write_text(json.dumps(asdict(facts)))
        ports = ("-p", f"127.0.0.1:{facts.amqp}:5672", "-p", f"127.0.0.1:{facts.management}:15672")
        # a fixed host name: the node's name, and so the place of its data, hang on it
        await self._docker("run", "--detach", "--name", facts.name, "--hostname", "joldau", *ports, _IMAGE)

    async def _log(self) -> str:
        return await self._docker("logs", "--tail", "20", self._facts().name)

    @property
    def _known(self) -> Path:
        return self.directory / "container.json"

    def _facts(self) -> Facts:
        return Facts(**json.loads(self._known.read_text()))
