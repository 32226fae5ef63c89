"""Deleting from a broker what the topology does not know, through the management API. No message is ever deleted."""

from collections.abc import Collection
from typing import Any
from urllib.parse import quote

import aio_pika
import httpx

from services.cli import accounts
from services.cli.failure import Exit, Failed

Stranger = tuple[str, str, dict[str, Any]]
"""Kind, name, and the thing itself as a definition."""

_NOT_FOUND = 404


async def prune(amqp_url: str, api: httpx.AsyncClient, vhost: str, unknown: Collection[Stranger]) -> None:
    """Delete what is unknown. Raises `Failed` before anything is deleted if a queue is read or holds messages."""
    await _refuse_if_in_use(amqp_url, [name for kind, name, _ in unknown if kind == "queues"])
    for kind, name, item in unknown:
        if kind == "bindings":
            await _unbind(api, vhost, item)
        elif kind == "users":
            await accounts.shut_out(api, vhost, name)
        else:
            _gone(await api.delete(f"/{kind}/{_path(vhost)}/{_path(name)}"))


async def _refuse_if_in_use(amqp_url: str, queues: Collection[str]) -> None:
    """Asked over AMQP: the management API's counts are seconds old."""
    async with await aio_pika.connect(amqp_url, timeout=10) as connection:
        channel = await connection.channel()
        for queue in queues:
            found = (await channel.declare_queue(queue, passive=True)).declaration_result
            if found.message_count or found.consumer_count:
                holds = f"{queue} holds {found.message_count} messages and has {found.consumer_count} readers"
                raise Failed(Exit.CONFLICT, f"Nothing was deleted: {holds}. Let them be read, and end the readers.")


async def _unbind(api: httpx.AsyncClient, vhost: str, binding: dict[str, Any]) -> None:
    kind = binding.get("destination_type", "queue")[0]
    path = f"/bindings/{_path(vhost)}/e/{_path(binding['source'])}/{kind}/{_path(binding['destination'])}"
    for found in (await api.get(path)).raise_for_status().json():
        if found["routing_key"] == binding["routing_key"]:
            _gone(await api.delete(f"{path}/{_path(found['properties_key'])}"))


def _gone(answer: httpx.Response) -> None:
    if answer.status_code != _NOT_FOUND:
        answer.raise_for_status()


def _path(name: str) -> str:
    return quote(name, safe="")
