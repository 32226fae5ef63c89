"""A TCP proxy that misbehaves on order, for fault tests of whatever stands on a connection."""

import asyncio
import socket
import struct
from enum import StrEnum
from typing import Final, Self, cast

from services.cli.local.ports import free_ports

_CHUNK_BYTES: Final = 65_536
_NO_LINGERING: Final = struct.pack("ii", 1, 0)


class Mode(StrEnum):
    """What the proxy does with bytes and new connections."""

    PASS = "pass"  # noqa: S105 - no password
    """Both ways, and whatever was held up before."""
    REFUSE = "refuse"
    """New connections are reset at once; open ones go on."""
    BLACKHOLE = "blackhole"
    """Nothing passes; everything stays open: a dead network."""
    BLACKHOLE_UP = "blackhole_up"
    """Nothing reaches the server; its words still come."""
    BLACKHOLE_DOWN = "blackhole_down"
    """The server hears everything and its answers are lost: what was asked is done, and nobody is told."""


_HELD_UP: Final = {
    "up": {Mode.BLACKHOLE, Mode.BLACKHOLE_UP},
    "down": {Mode.BLACKHOLE, Mode.BLACKHOLE_DOWN},
}


class Proxy:
    """Listens on 127.0.0.1:`port` and speaks with `target` (host, port) on behalf of whoever connects."""

    def __init__(self, target: tuple[str, int], *, port: int | None = None) -> None:
        self.port = port or free_ports(1)[0]
        self.delay = 0.0
        """Seconds for which every piece is held up, each way."""
        self._target = target
        self._mode = Mode.PASS
        self._passable = {direction: asyncio.Event() for direction in _HELD_UP}
        self._links: dict[asyncio.Task[None], tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = {}
        self.mode = Mode.PASS

    @property
    def mode(self) -> Mode:
        """What it does now. Changing it counts at once, for open connections too."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        for direction, passable in self._passable.items():
            if mode in _HELD_UP[direction]:
                passable.clear()
            else:
                passable.set()

    @property
    def connections(self) -> int:
        """How many are open through the proxy."""
        return len(self._links)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        links = list(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)
        await self._server.wait_closed()

    def reset(self) -> None:
        """Cut every connection with a TCP reset, on both sides. New ones are taken as before."""
        for ends in self._links.values():
            _reset(*ends)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first byte to its last."""
        if self._mode is Mode.REFUSE:
            return _reset(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            return _reset(writer)
        link = cast("asyncio.Task[None]", asyncio.current_task())
        self._links[link] = (writer, far_writer)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(reader, far_writer, "up"))
                pumps.create_task(self._pump(far_reader, writer, "down"))
        except* OSError:
            _reset(writer, far_writer)
        finally:
            del self._links[link]
            writer.close()
            far_writer.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, direction: str) -> None:
        while True:
            piece = await source.read(_CHUNK_BYTES)
            await self._passable[direction].wait()
            await asyncio.sleep(self.delay)
            if not piece:
                return target.write_eof()
            target.write(piece)
            await target.drain()


def _reset(*ends: asyncio.StreamWriter) -> None:
    for end in ends:
        if not end.is_closing():
            end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
            end.transport.abort()
