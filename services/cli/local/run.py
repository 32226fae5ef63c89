"""The local whole: broker, services, agencies and receivers, started in a folder and ended from there."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
from aiormq.exceptions import AMQPError

from services.cli.client import PORTS
from services.cli.failure import Exit, Failed
from services.cli.local import virtualhost
from services.cli.local.broker import NoBroker, destroy_private_broker, find_broker
from services.cli.local.commands import CommandFailed
from services.cli.local.management import Broker, GivenBroker, PrivateBroker
from services.cli.local.ports import free_ports, is_free
from services.cli.local.processes import Process, Program, recorded, start
from services.cli.local.rabbitmq import RabbitNode
from services.cli.local.readiness import StartFailed, tail
from services.cli.local.stage import SERVICES, Stage, sqlite_urls
from services.cli.local.state import BROKER, Facts, Folder
from services.cli.local.virtualhost import VirtualHost
from services.contracts.topology import Topology, topology
from services.router.directory_file import read_directory

AGENCIES: Final = "agencies"
RECEIVERS: Final = "receivers"
POSTING_SYSTEM: Final = "portal"
POSTING_SCOPES: Final = ("appeals:write", "appeals:read", "appeals:notify")
CONNECTIONS: Final = 16
"""Webhooks under way to the local receiver, which takes as many as come."""
_HTTP_SECONDS: Final = 30
_LISTEN_SECONDS: Final = 30.0
_WATCH_SECONDS: Final = 1.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What is wanted, and where. Tied programs end with this process, however it ends."""

    folder: Folder
    environ: Mapping[str, str]
    tied: bool
    seed: int
    say: Say


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
        return await _with_partners(order, stage, facts)
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
    receivers = processes.pop(RECEIVERS, None)
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


def agency_codes() -> tuple[str, ...]:
    """Agencies of the demo directory that have a queue."""
    return read_directory().queue_codes()


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
    return topology(agency_codes())


async def _with_partners(order: Order, stage: Stage, facts: Facts) -> Facts:
    """A posting system with key and webhook, somebody who receives, and the agencies."""
    (webhook_port,) = free_ports(1)
    headers = {"authorization": f"Bearer {facts.key}"}
    async with httpx.AsyncClient(headers=headers, timeout=_HTTP_SECONDS, trust_env=False) as api:
        key = {"owner": POSTING_SYSTEM, "scopes": POSTING_SCOPES}
        issued = await _answer(api.post(f"{facts.intake}/v1/keys", json=key))
        receiver = {"url": f"http://127.0.0.1:{webhook_port}/", "description": "the local receiver"}
        endpoint = await _answer(api.put(f"{facts.notifier}/v1/endpoints/{POSTING_SYSTEM}", json=receiver))
    ports = {"JOLDAU_MAIL_PORT": str(stage.smtp_port), "JOLDAU_WEBHOOK_PORT": str(webhook_port)}
    process = _start(order, RECEIVERS, {**ports, "JOLDAU_WEBHOOK_SECRET": endpoint["secret"]})
    await asyncio.gather(*(_listening(process, port) for port in (stage.smtp_port, webhook_port)))
    agencies = {"AMQP_URL": facts.amqp_url, "JOLDAU_AGENCIES": ",".join(agency_codes()), "JOLDAU_SEED": str(order.seed)}
    _start(order, AGENCIES, agencies)
    facts = replace(facts, posting_key=issued["key"])
    order.folder.remember(facts)
    return facts


async def _answer(request: Any) -> Any:
    return (await request).raise_for_status().json()


def _start(order: Order, name: str, environment: Mapping[str, str]) -> Process:
    folder = order.folder.path.absolute()
    inherited = {variable: value for variable, value in order.environ.items() if not variable.startswith("JOLDAU_")}
    argv = (sys.executable, "-m", f"services.cli.local.{name}")
    program = Program(name, argv, {**inherited, "JOLDAU_FOLDER": str(folder), **environment})
    return start(program, folder, tied=order.tied)


async def _listening(process: Process, port: int) -> None:
    """Wait until something listens. Raises `StartFailed`."""
    try:
        async with asyncio.timeout(_LISTEN_SECONDS):
            while process.alive:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return
    except TimeoutError:
        pass
    raise StartFailed(process.name, f"does not listen on port {port}", process.log)


async def _leave(facts: Facts, amqp_url: str, say: Say) -> None:
    broker = GivenBroker(amqp_url, facts.given_management)
    try:
        await virtualhost.leave(broker, VirtualHost(facts.amqp_url, facts.vhost), _topology())
    except (AMQPError, OSError, httpx.HTTPError) as error:
        left = f"virtual host {facts.vhost}" if facts.vhost else "queues and exchanges of Joldau"
        say(f"The broker at AMQP_URL could not be cleaned ({type(error).__name__}): {left} stay there")
