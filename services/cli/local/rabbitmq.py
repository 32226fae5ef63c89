"""A private RabbitMQ node from the system's package: its own ports, cookie, epmd and data, whoever else runs one.

It needs no root and no system service. Started by the package's inner script, since the one in /usr/sbin
changes the user and the directory.
"""

import asyncio
import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from services.cli.local.commands import CommandFailed, output_of
from services.cli.local.management import PrivateBroker, amqp_address, management_address
from services.cli.local.ports import free_ports, is_free
from services.cli.local.processes import Process, Program, recorded, start
from services.cli.local.readiness import StartFailed, answering

_SCRIPTS: Final = Path("/usr/lib/rabbitmq/bin")
_EPMD: Final = "epmd"
_NODE: Final = "joldau@localhost"
_START_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.1
_SCHEDULERS: Final = 2
_LOOPBACK: Final = "-kernel inet_dist_use_interface {127,0,0,1}"

_CONFIGURATION: Final = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
log.console = true
log.file = false
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 64000000
"""


@dataclass(frozen=True)
class Ports:
    """Where a node listens, all on 127.0.0.1. Kept with the node: clients find it again after a restart."""

    amqp: int
    management: int
    distribution: int
    epmd: int


def installed() -> bool:
    """Whether the system has RabbitMQ's package."""
    return (_SCRIPTS / "rabbitmq-server").exists() and shutil.which(_EPMD) is not None


class RabbitNode(PrivateBroker):
    """The node whose data is in `directory`. Any process may make one and so reach the running node.

    A tied node is killed when the process that started it dies; any other runs until it is stopped.
    """

    def __init__(self, directory: Path, *, tied: bool = True) -> None:
        self.directory = directory.absolute()
        self._tied = tied

    @property
    def running(self) -> bool:
        """Whether the node's process is alive."""
        return self._process("rabbitmq") is not None

    @property
    def management_url(self) -> str:
        return management_address(self._ports().management)

    def amqp_url(self, vhost: str | None = None) -> str:
        return amqp_address(self._ports().amqp, vhost)

    async def start(self) -> None:
        """Start the node and its epmd. Raises `StartFailed` with the end of its log."""
        if self.running:
            return
        ports = self._write_configuration()
        if self._process("epmd") is None:
            self._start("epmd", _EPMD, "-address", "127.0.0.1", "-port", str(ports.epmd))
        node = self._start("rabbitmq", str(_SCRIPTS / "rabbitmq-server"))
        listening = f"{management_address(ports.management)}/api/health/checks/port-listener/{ports.amqp}"
        try:
            await answering(node, listening, within=_START_SECONDS)
        except (StartFailed, asyncio.CancelledError):
            await self.stop()
            raise

    async def stop(self) -> None:
        if node := self._process("rabbitmq"):
            await node.stop(within=_STOP_SECONDS)
        await self._end_epmd()

    async def kill9(self) -> None:
        """Crash the node, with its directories flushed.

        RabbitMQ writes Ra's names up to a second late. A crash so soon after a queue was declared loses what is in
        it, confirmed or not (seen on 3.10.8): a fault of the broker that our tests do not study.
        """
        if process := self._process("rabbitmq"):
            with suppress(CommandFailed):
                await self.ctl("--timeout", "5", "eval", "[dets:sync(T) || T <- dets:all()].")
            await process.kill9()

    async def destroy(self) -> None:
        if node := self._process("rabbitmq"):
            await node.kill9()
        await self._end_epmd()
        await asyncio.to_thread(shutil.rmtree, self.directory, ignore_errors=True)

    async def ctl(self, *arguments: str) -> str:
        return await output_of(str(_SCRIPTS / "rabbitmqctl"), *arguments, env=self._environment(self._ports()))

    async def _end_epmd(self) -> None:
        if process := self._process("epmd"):
            await process.stop()
        elif self._known.exists():
            await _end_stray_epmd(self._ports().epmd)

    def _process(self, name: str) -> Process | None:
        return next((process for process in recorded(self.directory) if process.name == name), None)

    def _start(self, name: str, *argv: str) -> Process:
        return start(Program(name, argv, self._environment(self._ports())), self.directory, tied=self._tied)

    @property
    def _known(self) -> Path:
        return self.directory / "ports.json"

    def _ports(self) -> Ports:
        return Ports(**json.loads(self._known.read_text()))

    def _write_configuration(self) -> Ports:
        self.directory.joinpath("home").mkdir(parents=True, exist_ok=True)
        ports = self._ports() if self._known.exists() else None
        if ports is None or not all(is_free(port) for port in (ports.amqp, ports.management, ports.distribution)):
            ports = Ports(*free_ports(4))
        self._known.write_text(json.dumps(asdict(ports)))
        (self.directory / "rabbitmq.conf").write_text(_CONFIGURATION.format(**asdict(ports)))
        (self.directory / "enabled_plugins").write_text("[rabbitmq_management].\n")
        return ports

    def _environment(self, ports: Ports) -> dict[str, str]:
        here = self.directory
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(here / "home"),  # the Erlang cookie is there
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(ports.epmd),
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_NODE_PORT": str(ports.amqp),
            "RABBITMQ_DIST_PORT": str(ports.distribution),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,  # not the system's rabbitmq-env.conf
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(here / "data"),
            "RABBITMQ_LOG": "info,-color",
            "RABBITMQ_LOG_BASE": str(here / "logs"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_LOOPBACK} +S {_SCHEDULERS}:{_SCHEDULERS}",
            "RABBITMQ_CTL_ERL_ARGS": _LOOPBACK,
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the node: one process, one pid, SIGTERM stops it
        }


async def _end_stray_epmd(port: int) -> None:
    """End what a node has started in the place of our epmd, which had died. It stays while it knows of a node."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            while not is_free(port):
                with suppress(CommandFailed):
                    await output_of(_EPMD, "-port", str(port), "-kill")
                await asyncio.sleep(_LOOK_SECONDS)
