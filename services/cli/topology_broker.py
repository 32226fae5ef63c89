"""The broker that AMQP_URL names, for `joldau topology` and `joldau agency`: what it has, and what it is given."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from services.cli.failure import Exit, Failed
from services.cli.session import Session

if TYPE_CHECKING:
    import httpx

    from services.contracts.topology import Topology


def broker_of(session: Session, vhost: str | None = None) -> "TopologyBroker":
    """The broker that the environment names, at another `vhost` if one is given. Raises `Failed` when it names none."""
    from services.cli.local.management import GivenBroker  # noqa: PLC0415 - heavy: `joldau --help` does without
    from services.cli.local.virtualhost import vhost_of  # noqa: PLC0415

    if not (url := session.environ.get("AMQP_URL")):
        raise Failed(Exit.USAGE, "Set AMQP_URL to the broker, such as amqp://user:password@host:5672/vhost.")
    given = GivenBroker(url, session.environ.get("AMQP_MANAGEMENT_URL"))
    return TopologyBroker(given.amqp_url(vhost), given.management_url, vhost or vhost_of(url))


@dataclass(frozen=True)
class TopologyBroker:
    """A virtual host of a broker. Every method raises `Failed`, with a remedy, when it cannot be done."""

    amqp_url: str = field(repr=False)
    management_url: str = field(repr=False)
    vhost: str

    def wanted(self, codes: Sequence[str], *, users: bool) -> dict[str, Any]:
        """What it should have for agencies with these codes, as definitions."""
        from services.cli import accounts  # noqa: PLC0415 - likewise
        from services.cli.topology import definitions  # noqa: PLC0415
        from services.contracts import access  # noqa: PLC0415
        from services.contracts.topology import topology  # noqa: PLC0415

        wanted = definitions(topology(codes), self.vhost)
        return wanted | ({"users": accounts.wanted(access.accounts(codes))} if users else {})

    async def present(self, *, users: bool) -> dict[str, Any]:
        """What it has, likewise."""
        from services.cli import accounts  # noqa: PLC0415 - likewise

        async with self.management() as api:
            answer = await api.get(f"/definitions/{quote(self.vhost, safe='')}")
            found: dict[str, Any] = answer.raise_for_status().json()
            return found | ({"users": await accounts.present(api, self.vhost)} if users else {})

    async def apply(self, whole: "Topology") -> None:
        """Declare what is missing and set the policies."""
        from services.cli import topology  # noqa: PLC0415 - likewise

        with self._explained():
            await topology.declare(self.amqp_url, whole)
            await topology.set_policies(self.management_url, self.vhost, whole.policies)

    async def let_in(self, codes: Sequence[str], folder: Path | None, renewed: Collection[str]) -> list[dict[str, str]]:
        """Give every user its rights. Those whose passwords were made, with them."""
        from services.cli import accounts  # noqa: PLC0415 - likewise
        from services.contracts import access  # noqa: PLC0415

        every = access.accounts(codes)
        if strange := set(renewed) - {one.name for one in every}:
            raise Failed(Exit.USAGE, f"There is no user {min(strange)}: `topology plan --users` names them.")
        passwords = accounts.Passwords(folder)
        async with self.management() as api:
            made = {
                one.name: await accounts.let_in(api, self.vhost, one, passwords, renew=one.name in renewed)
                for one in every
            }
        return [{"user": user, "password": password} for user, password in made.items() if password]

    @asynccontextmanager
    async def management(self) -> AsyncIterator["httpx.AsyncClient"]:
        """The management API."""
        import httpx  # noqa: PLC0415 - likewise

        with self._explained():
            async with httpx.AsyncClient(base_url=f"{self.management_url}/api", timeout=30, trust_env=False) as api:
                yield api

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What a broker's errors mean for the command. Addresses are told without their passwords."""
        import httpx  # noqa: PLC0415 - likewise
        from aiormq.exceptions import AMQPError, ChannelPreconditionFailed  # noqa: PLC0415

        management = urlsplit(self.management_url).netloc.rpartition("@")[2]
        try:
            yield
        except ChannelPreconditionFailed as error:
            raise Failed(Exit.CONFLICT, f"It exists with other arguments; delete it first: {error}.") from error
        except (AMQPError, OSError) as error:
            raise Failed(Exit.AWAY, f"The broker at AMQP_URL cannot be used ({type(error).__name__}).") from error
        except httpx.TransportError as error:
            remedy = "enable the plugin rabbitmq_management, or set AMQP_MANAGEMENT_URL"
            raise Failed(Exit.AWAY, f"No management API at {management}: {remedy}.") from error
        except httpx.HTTPStatusError as error:
            raise Failed(
                Exit.USAGE,
                f"The management API at {management} answered {error.response.status_code}: check the user's tags.",
            ) from error
