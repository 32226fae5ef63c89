"""Applying the topology to a broker: exchanges, queues and bindings over AMQP, policies over the management API."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel

from services.chassis.roots import usual_roots
from services.contracts.topology import Binding, Exchange, Policy, Queue, Topology


async def declare(amqp_url: str, topology: Topology) -> None:
    """Declare all that is missing. What exists with other arguments is refused by the broker, never changed."""
    connection = await aio_pika.connect(amqp_url, timeout=10)
    async with connection:
        channel = await connection.channel()
        for exchange in topology.exchanges:
            await _declare_exchange(channel, exchange)
        for queue in topology.queues:
            await channel.declare_queue(queue.name, durable=True, arguments=queue.declaration())
        for binding in topology.bindings:
            await _bind(channel, binding)


async def _declare_exchange(channel: AbstractChannel, exchange: Exchange) -> None:
    await channel.declare_exchange(exchange.name, exchange.kind, durable=True, arguments=exchange.arguments or None)


async def _bind(channel: AbstractChannel, binding: Binding) -> None:
    queue = await channel.get_queue(binding.queue, ensure=False)
    await queue.bind(binding.exchange, binding.routing_key)


async def set_policies(management_url: str, vhost: str, policies: tuple[Policy, ...]) -> None:
    """Put the policies: limits and dead-lettering, which an operator may change without a deploy."""
    base = f"{management_url}/api"
    async with httpx.AsyncClient(base_url=base, timeout=30, trust_env=False, verify=usual_roots()) as api:
        for policy in policies:
            path = f"/policies/{quote(vhost, safe='')}/{quote(policy.name, safe='')}"
            (await api.put(path, json=_policy(policy))).raise_for_status()


def definitions(topology: Topology, vhost: str) -> dict[str, Any]:
    """The topology as a definitions file, for brokers that load one at their start."""
    return {
        "vhosts": [{"name": vhost}],
        "exchanges": [_exchange(exchange, vhost) for exchange in topology.exchanges],
        "queues": [_queue(queue, vhost) for queue in topology.queues],
        "bindings": [_binding(binding, vhost) for binding in topology.bindings],
        "policies": [{"vhost": vhost, "name": policy.name, **_policy(policy)} for policy in topology.policies],
    }


def definitions_text(topology: Topology, vhost: str, more: Mapping[str, Any]) -> str:
    """The definitions file's text, with what `more` there is to define."""
    return json.dumps({**definitions(topology, vhost), **more}, indent=2, sort_keys=True) + "\n"


def _policy(policy: Policy) -> dict[str, Any]:
    # "queues" and not "quorum_queues": RabbitMQ before 3.12 does not know the latter
    return {
        "pattern": policy.pattern,
        "definition": policy.definition,
        "priority": policy.priority,
        "apply-to": "queues",
    }


def _exchange(exchange: Exchange, vhost: str) -> dict[str, Any]:
    return {
        "name": exchange.name,
        "vhost": vhost,
        "type": exchange.kind,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": exchange.arguments,
    }


def _queue(queue: Queue, vhost: str) -> dict[str, Any]:
    return {
        "name": queue.name,
        "vhost": vhost,
        "durable": True,
        "auto_delete": False,
        "arguments": queue.declaration(),
    }


def _binding(binding: Binding, vhost: str) -> dict[str, Any]:
    return {
        "source": binding.exchange,
        "vhost": vhost,
        "destination": binding.queue,
        "destination_type": "queue",
        "routing_key": binding.routing_key,
        "arguments": {},
    }
