"""A connection to a broker that writes whatever bytes one likes: what no client library would send."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import pamqp.frame
from pamqp import commands, header

HEADER_BYTES = 7
WITHIN = 20.0


async def publish(url: str, messages: Sequence[Sequence[bytes]]) -> None:
    """Publish messages, each given by its frames on channel 1, and wait until the broker has confirmed them all."""
    parts = urlsplit(url)
    async with asyncio.timeout(WITHIN):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(b"AMQP\x00\x00\x09\x01")
        await _next(reader)
        login = f"\0{unquote(parts.username or '')}\0{unquote(parts.password or '')}"
        writer.write(_frame(commands.Connection.StartOk({}, "PLAIN", login, "en_US"), 0))
        tune = await _next(reader)
        writer.write(_frame(commands.Connection.TuneOk(tune.channel_max, tune.frame_max, 0), 0))
        for frame, channel in (
            (commands.Connection.Open(unquote(parts.path[1:]) or "/"), 0),
            (commands.Channel.Open(), 1),
            (commands.Confirm.Select(), 1),
        ):
            writer.write(_frame(frame, channel))
            await _next(reader)
        for message in messages:
            writer.writelines(message)
        confirmed = 0
        while confirmed < len(messages):
            confirm = await _next(reader)
            assert isinstance(confirm, commands.Basic.Ack), confirm
            confirmed = confirm.delivery_tag
        writer.close()
        await writer.wait_closed()


def frames(
    exchange: str, body: bytes, *, replaced: tuple[bytes, bytes] = (b"", b""), key: str = "", **properties: Any
) -> list[bytes]:
    """A message's frames, in which some bytes are `replaced` by as many others."""
    whole = (
        commands.Basic.Publish(exchange=exchange, routing_key=key),
        header.ContentHeader(0, len(body), commands.Basic.Properties(delivery_mode=2, **properties)),
    )
    assert len(replaced[0]) == len(replaced[1])
    method, head = (_frame(frame, 1).replace(*replaced) if replaced[0] else _frame(frame, 1) for frame in whole)
    return [method, head, _frame(pamqp.body.ContentBody(body), 1)]


def _frame(frame: Any, channel: int) -> bytes:
    return pamqp.frame.marshal(frame, channel)


async def _next(reader: asyncio.StreamReader) -> Any:
    start = await reader.readexactly(HEADER_BYTES)
    rest = await reader.readexactly(int.from_bytes(start[3:], "big") + 1)
    return pamqp.frame.unmarshal(start + rest)[2]
