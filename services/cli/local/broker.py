"""Which RabbitMQ to use: a given one, else one of our own from the system's package, else one in Docker."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from services.cli.local import container, debian, rabbitmq
from services.cli.local.container import RabbitContainer
from services.cli.local.management import Broker, GivenBroker, PrivateBroker
from services.cli.local.rabbitmq import RabbitNode


class NoBroker(RuntimeError):
    """There is no RabbitMQ to be had on this machine. The message says, in one line, what to do."""


@dataclass(frozen=True)
class Machine:
    """What this machine offers. Each question is asked only when the ones before it were answered with no."""

    has_package: Callable[[], bool] = rabbitmq.installed
    may_install: Callable[[], Awaitable[bool]] = debian.may_install
    install: Callable[..., Awaitable[None]] = debian.install
    has_docker: Callable[[], Awaitable[bool]] = container.works


async def find_broker(
    directory: Path, *, amqp_url: str | None, management_url: str | None, tied: bool, say: Callable[[str], None]
) -> Broker:
    """The given broker if there is one, else a `private_broker`; not started yet."""
    if amqp_url:
        return GivenBroker(amqp_url, management_url)
    return await private_broker(directory, tied=tied, say=say)


async def private_broker(
    directory: Path, *, tied: bool, say: Callable[[str], None], machine: Machine | None = None
) -> PrivateBroker:
    """A broker of our own with its data in `directory`, the same one each time; not started yet.

    A node that is `tied` ends with this process. `say` is told what takes long. Raises `NoBroker`.
    """
    if (made := RabbitContainer(directory)).exists:
        return made
    machine = machine or Machine()
    refusal = ""
    if not machine.has_package() and await machine.may_install():
        say("Installing rabbitmq-server with apt-get; its system service is not started.")
        try:
            await machine.install("rabbitmq-server", log=directory.with_name("apt.log"))
        except debian.InstallFailed as failed:
            refusal = f" ({failed})"
    if machine.has_package():
        return RabbitNode(directory, tied=tied)
    if await machine.has_docker():
        return RabbitContainer(directory)
    raise NoBroker(
        "No RabbitMQ: set AMQP_URL to one that runs, or install it (apt-get install rabbitmq-server), "
        f"or start Docker; then try again.{refusal}"
    )


async def destroy_private_broker(directory: Path) -> None:
    """End the broker whose data is in `directory` and delete it, whichever command made it."""
    await RabbitContainer(directory).destroy()
    await RabbitNode(directory).destroy()
