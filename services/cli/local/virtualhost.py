"""A virtual host for the stage: one made for it where we may, else the given one, if nobody's Joldau is in it."""

import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import aio_pika
import httpx
from aiormq.exceptions import AMQPError, ChannelNotFoundEntity

from services.cli import topology as applied
from services.cli.failure import Exit, Failed
from services.cli.local.management import Broker
from services.contracts.topology import ROUTER_APPEALS, Topology

_PREFIX: Final = "joldau-demo-"


@dataclass(frozen=True)
class VirtualHost:
    """Where our exchanges and queues are. `name` is None for one that was there before."""

    amqp_url: str
    name: str | None


def vhost_of(amqp_url: str) -> str:
    """The virtual host that an AMQP URL names."""
    return unquote(urlsplit(amqp_url).path[1:]) or "/"


async def make(broker: Broker) -> VirtualHost:
    """A virtual host of our own; the given one when we may not make any. Raises `Failed` when that cannot serve."""
    name = f"{_PREFIX}{secrets.token_hex(4)}"
    try:
        return VirtualHost(await broker.create_vhost(name), name)
    except (httpx.TransportError, httpx.HTTPStatusError):
        url = broker.amqp_url()
    try:
        if await _is_in_use(url):
            raise Failed(
                Exit.CONFLICT,
                "There are Joldau's queues in the virtual host of AMQP_URL: name another one, or set "
                "AMQP_MANAGEMENT_URL to a management API that may make one.",
            )
    except (AMQPError, OSError) as error:
        raise Failed(Exit.AWAY, f"The broker at AMQP_URL cannot be used ({type(error).__name__}).") from error
    return VirtualHost(url, None)


async def furnish(broker: Broker, host: VirtualHost, topology: Topology) -> bool:
    """Apply the topology. False when the limits that are policies could not be set: there is no management API."""
    await applied.declare(host.amqp_url, topology)
    try:
        await applied.set_policies(broker.management_url, vhost_of(host.amqp_url), topology.policies)
    except (httpx.TransportError, httpx.HTTPStatusError):
        return False
    return True


async def leave(broker: Broker, host: VirtualHost, topology: Topology) -> None:
    """Delete the virtual host that was made for us, or what we put into another one."""
    if host.name:
        await broker.delete_vhost(host.name)
        return
    connection = await aio_pika.connect(host.amqp_url, timeout=10)
    async with connection:
        channel = await connection.channel()
        for queue in topology.queues:
            await channel.queue_delete(queue.name)
        for exchange in topology.exchanges:
            await channel.exchange_delete(exchange.name)


async def _is_in_use(url: str) -> bool:
    connection = await aio_pika.connect(url, timeout=10)
    async with connection:
        try:
            await (await connection.channel()).declare_queue(ROUTER_APPEALS, passive=True)
        except ChannelNotFoundEntity:
            return False
    return True
