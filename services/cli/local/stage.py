"""The three services as processes on this machine: for the demo, `joldau up`, fault tests and the bench alike."""

import asyncio
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.cli.local.ports import free_ports
from services.cli.local.processes import Process, Program, start
from services.cli.local.readiness import StartFailed, answering

SERVICES: Final = ("intake", "router", "notifier")
_MIGRATE_SECONDS: Final = 60.0
_READY_SECONDS: Final = 60.0


@dataclass
class Stage:
    """Where the services find each other's broker, their databases and the mail server; and how others find them."""

    directory: Path
    amqp_url: str
    database_urls: Mapping[str, str]
    smtp_port: int
    admin_key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    ports: Mapping[str, int] = field(default_factory=dict)
    more: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Further variables by service, such as failpoints."""

    def __post_init__(self) -> None:
        if not self.ports:
            self.ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))

    def url(self, service: str) -> str:
        """Address of a service's API."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def ready_url(self, service: str) -> str:
        """Address that answers 200 once the service takes work."""
        return f"{self.url(service)}/readyz"

    def program(self, service: str, verb: str = "serve") -> Program:
        """A service's process: ``serve`` or ``migrate``."""
        name = service if verb == "serve" else f"{service}-{verb}"
        return Program(name, (sys.executable, "-m", f"services.{service}", verb), self._environment(service))

    async def migrate(self) -> None:
        """Bring the three databases up to date. Raises `StartFailed`."""
        await asyncio.gather(*(self._migrated(service) for service in SERVICES))

    async def start(self, *, tied: bool) -> list[Process]:
        """Start the three services and wait until each is ready. Tied ones end with this process."""
        processes = [start(self.program(service), self.directory, tied=tied) for service in SERVICES]
        starting = zip(processes, SERVICES, strict=True)
        await asyncio.gather(*(answering(p, self.ready_url(s), within=_READY_SECONDS) for p, s in starting))
        return processes

    async def _migrated(self, service: str) -> None:
        process = start(self.program(service, "migrate"), self.directory, tied=True)
        if await process.ended(_MIGRATE_SECONDS) != 0:
            raise StartFailed(service, "its database could not be migrated", process.log)

    def _signing_key(self) -> str:
        """The router's key to sign proofs of hand-over with: made once, as certificates outlive a process."""
        kept = self.directory / "signing-key"
        self.directory.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_hex(32), encoding="ascii")
        return kept.read_text(encoding="ascii")

    def _environment(self, service: str) -> dict[str, str]:
        own = {
            "DATABASE_URL": self.database_urls[service],
            "AMQP_URL": self.amqp_url,
            "ADMIN_KEY": self.admin_key,
            "PORT": str(self.ports[service]),
            **_OWN[service],
        }
        if service == "intake":
            own |= {"PUBLIC_URL": self.url("intake"), "ATTACHMENTS": str(self.directory / "attachments")}
        if service == "router":
            own["SIGNING_KEY"] = self._signing_key()
            own |= {f"{peer.upper()}_URL": self.url(peer) for peer in ("intake", "notifier")}
            own |= {f"{peer.upper()}_KEY": self.admin_key for peer in ("intake", "notifier")}
            own["CONSOLE_URL"] = f"http://localhost:{self.ports['router']}"
        if service == "notifier":
            own["SMTP_PORT"] = str(self.smtp_port)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("JOLDAU_")}
        prefixed = {f"JOLDAU_{service.upper()}_{name}": value for name, value in own.items()}
        return inherited | prefixed | dict(self.more.get(service, {}))


_OWN: Final[Mapping[str, Mapping[str, str]]] = {
    "intake": {},
    "router": {},
    "notifier": {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_TLS": "none",
        "MAIL_FROM": "no-reply@joldau.example",
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    },
}


def sqlite_urls(directory: Path) -> dict[str, str]:
    """A file for each service's database in `directory`."""
    return {service: f"sqlite+aiosqlite:///{directory / service}.db" for service in SERVICES}
