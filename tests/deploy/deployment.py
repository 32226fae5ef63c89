"""A deployment by docker-compose.yml, as a person would make one, in a directory and under a name of its own."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.cli.local.ports import free_ports
from tests.deploy.engine import Engine, run
from tests.deploy.images import ROOT, SERVICES

TLS = ROOT / "tests/data/tls"
HEALTHY_SECONDS = 120.0
OURS = ("intake", "router", "notifier")

_ENVIRONMENT = """\
JOLDAU_VERSION={version}
JOLDAU_ROUTER_APPROVAL=never
JOLDAU_NOTIFIER_SMTP_HOST={gateway}
JOLDAU_NOTIFIER_SMTP_PORT={mail_port}
JOLDAU_NOTIFIER_SMTP_TLS=none
JOLDAU_NOTIFIER_MAIL_FROM=no-reply@joldau.example
INTAKE_PORT={intake}
ROUTER_PORT={router}
NOTIFIER_PORT={notifier}
RABBITMQ_PORT={amqp}
RABBITMQ_MANAGEMENT_PORT={management}
AMQPS_LISTEN=127.0.0.1:{amqps}
"""
_PORTS = (*OURS, "amqp", "management", "amqps")


@dataclass
class Deployment:
    """What `docker compose up` has made. `ports` are those of 127.0.0.1."""

    engine: Engine
    directory: Path
    name: str
    ports: dict[str, int]

    @property
    def command(self) -> tuple[str, ...]:
        """The compose command that knows this deployment."""
        files = ("docker-compose.yml", "deploy/compose.tls.yml", "outside.yml")
        return (*self.engine.compose_client, "--project-name", self.name, *(f"--file={file}" for file in files))

    async def compose(self, *arguments: str) -> str:
        return await run(*self.command, *arguments, env=self.engine.environment, cwd=self.directory)

    async def container(self, service: str) -> str:
        """Id of a service's container, running or not."""
        labels = {"project": self.name, "service": service}
        which = [f"--filter=label=com.docker.compose.{label}={value}" for label, value in labels.items()]
        return await self.engine.docker("ps", "--all", "--quiet", *which)

    async def exit_code(self, service: str) -> int:
        """How a service's container ended."""
        return int(await self._inspected(service, ".State.ExitCode"))

    async def _inspected(self, service: str, what: str) -> str:
        return await self.engine.docker("inspect", f"--format={{{{{what}}}}}", await self.container(service))

    async def healthy(self, *services: str) -> None:
        """Wait until these services' containers are healthy."""
        async with asyncio.timeout(HEALTHY_SECONDS):
            for service in services:
                while await self._inspected(service, ".State.Health.Status") != "healthy":  # noqa: ASYNC110 - the engine is elsewhere
                    await asyncio.sleep(0.5)

    def secret(self, name: str) -> str:
        return (self.directory / "deploy/secrets" / name).read_text().strip()

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"


@asynccontextmanager
async def outside(engine: Engine, name: str) -> AsyncIterator[str]:
    """The network `outside` of a deployment that is still to come; yields this machine's address in it."""
    await engine.docker("network", "create", name)
    try:
        yield await engine.docker("network", "inspect", "--format={{(index .IPAM.Config 0).Gateway}}", name)
    finally:
        await engine.docker("network", "rm", name)


@asynccontextmanager
async def deployed(
    engine: Engine, directory: Path, *, version: str, network: str, gateway: str, mail_port: int
) -> AsyncIterator[Deployment]:
    """Prepare a directory as deploy/README.md says, and bring everything up; in the end it is all taken down."""
    ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
    await _prepare(directory, network)
    facts = {"version": version, "gateway": gateway, "mail_port": mail_port, **ports}
    (directory / ".env").write_text(_ENVIRONMENT.format(**facts))
    deployment = Deployment(engine, directory, f"joldau-{version}", ports)
    try:
        await deployment.compose("up", "--detach", "--no-build")
        await deployment.healthy(*OURS)
        yield deployment
    except BaseException:
        print(await deployment.compose("logs", "--no-color", "--tail=40"))  # noqa: T201 - pytest shows it with the failure
        raise
    finally:
        await deployment.compose("down", "--volumes")


async def _prepare(directory: Path, network: str) -> None:
    kept_out = shutil.ignore_patterns("secrets")
    shutil.copytree(ROOT / "deploy", directory / "deploy", ignore=kept_out, dirs_exist_ok=True)
    directory_of_agencies = "services/router/directory.demo.yaml"
    (directory / directory_of_agencies).parent.mkdir(parents=True)
    for file in ("docker-compose.yml", directory_of_agencies):
        shutil.copy(ROOT / file, directory / file)
    await run("sh", "deploy/secrets.sh", cwd=directory)
    secrets = directory / "deploy/secrets"
    shutil.copy(TLS / "ca.pem", secrets / "rabbitmq_ca.pem")
    for part in ("certificate", "key"):
        shutil.copy(TLS / "server.pem", secrets / f"rabbitmq_{part}.pem")
    # the tests' mail server must listen in it before the notifier is there
    (directory / "outside.yml").write_text(f"networks: {{outside: {{external: true, name: {network}}}}}\n")


def hardened() -> list[str]:
    """Services of the compose file that run our images."""
    return [name for name, service in SERVICES.items() if service["image"].startswith("joldau-")]
