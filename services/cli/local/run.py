"""The local whole: broker, services, agencies and receivers, started in a folder and ended from there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
from aiormq.exceptions import AMQPError

from services.cli.client import PORTS
from services.cli.failure import Exit, Failed
from services.cli.local import partners, virtualhost
from services.cli.local.broker import NoBroker, destroy_private_broker, find_broker
from services.cli.local.commands import CommandFailed
from services.cli.local.management import Broker, GivenBroker, PrivateBroker
from services.cli.local.ports import free_ports, is_free
from services.cli.local.processes import recorded
from services.cli.local.rabbitmq import RabbitNode
from services.cli.local.readiness import StartFailed, tail
from services.cli.local.stage import SERVICES, Stage, sqlite_urls
from services.cli.local.state import BROKER, Facts, Folder, Order, Say
from services.cli.local.virtualhost import VirtualHost
from services.contracts.topology import Topology, topology

CONNECTIONS: Final = 16
"""Webhooks under way to the local receiver, which takes as many as come."""
_WATCH_SECONDS: Final = 1.0


@asynccontextmanager
async def begun(order: Order) -> AsyncIterator[Facts]:
    """Everything, running, and left running; ended when the block fails. Raises `Failed`.

    Of a failure the logs stay; of an interruption nothing.
    """
    with order.folder.locked():
        await _clear_the_way(order)
        try:
            yield await _begin(order)
        except BaseException as error:
            await end(order.folder, order.say, keep_logs=not isinstance(error, asyncio.CancelledError))
            raise


async def _begin(order: Order) -> Facts:
    stage = _stage(order)
    migrating = asyncio.create_task(stage.migrate())  # while the broker starts, which takes as long
    try:
        facts = await _furnished(order, stage, await _broker(order))
        await migrating
        order.say("Starting intake, router and notifier on SQLite")
        await stage.start(tied=order.tied)
        order.say("Starting the agencies, a mail server and a webhook receiver")
        return await partners.begin(order, facts, smtp_port=stage.smtp_port)
    except (NoBroker, StartFailed, CommandFailed) as error:
        raise Failed(Exit.AWAY if isinstance(error, NoBroker) else Exit.FAILURE, str(error)) from error
    except httpx.HTTPStatusError as error:
        answer = f"{error.request.url} answered {error.response.status_code}"
        raise Failed(Exit.FAILURE, f"{answer}; the logs are in {order.folder.path}.") from error
    except (AMQPError, ConnectionError, httpx.HTTPError) as error:
        raise Failed(Exit.AWAY, f"Something went away while it was being set up ({type(error).__name__}).") from error
    finally:
        migrating.cancel()


async def end(folder: Folder, say: Say, *, keep_logs: bool = False) -> None:
    """End all that was started in the folder, whichever command did it, and delete what it wrote."""
    processes = {process.name: process for process in recorded(folder.path)}
    receivers = processes.pop(partners.RECEIVERS, None)
    await asyncio.gather(*(process.stop() for process in processes.values()))
    if receivers:
        await receivers.stop()  # last: what the notifier still sends arrives
    if (facts := folder.facts()) and facts.given_broker:
        await _leave(facts, facts.given_broker, say)
    await destroy_private_broker(folder.path / BROKER)
    folder.clear(keep_logs=keep_logs)


async def watch(order: Order) -> None:
    """See that every program lives, for ever; a node of our own that dies is started again. Raises `Failed`."""
    started = recorded(order.folder.path)
    node = RabbitNode(order.folder.path / BROKER, tied=order.tied)
    is_ours = node.running
    while True:
        for process in started:
            if not process.alive:
                raise Failed(Exit.FAILURE, f"{process.name} has died; the end of {process.log}:\n{tail(process.log)}")
        if is_ours and not node.running:
            order.say("RabbitMQ has died; starting it again")
            await node.start()
        await asyncio.sleep(_WATCH_SECONDS)


async def _clear_the_way(order: Order) -> None:
    """Clean away what a killed command has left. Raises `Failed` when everything is up already."""
    if recorded(order.folder.path):
        raise Failed(Exit.CONFLICT, f"It is up already, see {order.folder.path}: `joldau down` ends it.")
    if not order.folder.is_empty:
        order.say("Cleaning up what an earlier command has left")
        await end(order.folder, order.say)


def _stage(order: Order) -> Stage:
    """The services; where they listen and on which broker is not known yet."""
    folder = order.folder.path.absolute()
    (smtp_port,) = free_ports(1)
    return Stage(
        folder,
        amqp_url="amqp://",
        database_urls=sqlite_urls(folder),
        smtp_port=smtp_port,
        more={"notifier": {"JOLDAU_NOTIFIER_WEBHOOK_CONNECTIONS": str(CONNECTIONS)}},
    )


async def _broker(order: Order) -> Broker:
    broker = await find_broker(
        order.folder.path / BROKER,
        amqp_url=order.environ.get("AMQP_URL"),
        management_url=order.environ.get("AMQP_MANAGEMENT_URL"),
        tied=order.tied,
        say=order.say,
    )
    if isinstance(broker, PrivateBroker):
        order.say("Starting a RabbitMQ of our own")
        await broker.start()
    else:
        order.say("Using the RabbitMQ of AMQP_URL")
    return broker


async def _furnished(order: Order, stage: Stage, broker: Broker) -> Facts:
    """Give the stage a virtual host with our topology, and write down all that a later command needs to end it."""
    host = await virtualhost.make(broker)
    stage.amqp_url, stage.ports = host.amqp_url, _ports()
    facts = Facts(
        **{service: stage.url(service) for service in SERVICES},
        key=stage.admin_key,
        amqp_url=host.amqp_url,
        vhost=host.name,
        given_broker=None if isinstance(broker, PrivateBroker) else broker.amqp_url(),
        given_management=None if isinstance(broker, PrivateBroker) else broker.management_url,
    )
    order.folder.remember(facts)
    if not await virtualhost.furnish(broker, host, _topology()):
        order.say("The broker's management API cannot be used: its queues are without limits and dead-lettering")
    return facts


def _ports() -> dict[str, int]:
    """The usual ports where they are free, else any."""
    usual = list(PORTS.values())
    return dict(zip(SERVICES, usual if all(map(is_free, usual)) else free_ports(len(usual)), strict=True))


def _topology() -> Topology:
    return topology(partners.agency_codes())


async def _leave(facts: Facts, amqp_url: str, say: Say) -> None:
    broker = GivenBroker(amqp_url, facts.given_management)
    try:
        await virtualhost.leave(broker, VirtualHost(facts.amqp_url, facts.vhost), _topology())
    except (AMQPError, OSError, httpx.HTTPError) as error:
        left = f"virtual host {facts.vhost}" if facts.vhost else "queues and exchanges of Joldau"
        say(f"The broker at AMQP_URL could not be cleaned ({type(error).__name__}): {left} stay there")
