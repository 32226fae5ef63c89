"""A RabbitMQ seen through its addresses: AMQP for messages, the management API for virtual hosts."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import httpx

from services.chassis.roots import usual_roots

MANAGEMENT_PORT: Final = 15672
_TIMEOUT_SECONDS: Final = 30


class Broker(ABC):
    """A RabbitMQ that somebody runs."""

    @property
    @abstractmethod
    def management_url(self) -> str:
        """Address of the management API, with user and password, without a path."""

    @abstractmethod
    def amqp_url(self, vhost: str | None = None) -> str:
        """Address of `vhost`, with user and password; of the broker's default one when it is None."""

    async def create_vhost(self, name: str) -> str:
        """Create a virtual host in which our user may do everything; its AMQP URL."""
        user = quote(urlsplit(self.management_url).username or "", safe="")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        async with self._management() as api:
            (await api.put(f"/vhosts/{_path(name)}")).raise_for_status()
            (await api.put(f"/permissions/{_path(name)}/{user}", json=everything)).raise_for_status()
        return self.amqp_url(name)

    async def delete_vhost(self, name: str) -> None:
        """Delete a virtual host and all that is in it."""
        async with self._management() as api:
            (await api.delete(f"/vhosts/{_path(name)}")).raise_for_status()

    def _management(self) -> httpx.AsyncClient:
        base, roots = f"{self.management_url}/api", usual_roots()
        return httpx.AsyncClient(base_url=base, timeout=_TIMEOUT_SECONDS, trust_env=False, verify=roots)


class GivenBroker(Broker):
    """A broker that is not ours: it is used, never started, stopped or cleaned."""

    def __init__(self, amqp_url: str, management_url: str | None = None) -> None:
        self._amqp = urlsplit(amqp_url)
        credentials, _, host = self._amqp.netloc.rpartition("@")
        host_alone = host.rsplit(":", 1)[0] if self._amqp.port else host
        self._management_url = management_url or f"http://{credentials or 'guest:guest'}@{host_alone}:{MANAGEMENT_PORT}"

    @property
    def management_url(self) -> str:
        return self._management_url

    def amqp_url(self, vhost: str | None = None) -> str:
        return self._amqp.geturl() if vhost is None else self._amqp._replace(path=f"/{_path(vhost)}").geturl()


class PrivateBroker(Broker):
    """A broker of our own on this machine: it may be stopped, crashed and deleted."""

    directory: Path
    """Where it is described, and its data if it is a process of ours."""

    @abstractmethod
    async def start(self) -> None:
        """Start it with the messages it had before, on the ports it had; nothing when it runs."""

    @abstractmethod
    async def stop(self) -> None:
        """End it cleanly."""

    @abstractmethod
    async def kill9(self) -> None:
        """Crash it; `start` brings it back with what it had on disk."""

    @abstractmethod
    async def destroy(self) -> None:
        """End it and delete all it wrote."""

    @abstractmethod
    async def ctl(self, *arguments: str) -> str:
        """Output of `rabbitmqctl` on it. Raises `CommandFailed`."""

    async def restart(self) -> None:
        """Stop it cleanly and start it again."""
        await self.stop()
        await self.start()


def amqp_address(port: int, vhost: str | None) -> str:
    """AMQP URL of a broker of our own on this machine."""
    return f"amqp://guest:guest@127.0.0.1:{port}/{_path(vhost or '/')}"


def management_address(port: int) -> str:
    """Management URL of a broker of our own on this machine."""
    return f"http://guest:guest@127.0.0.1:{port}"


def _path(name: str) -> str:
    return quote(name, safe="")
