"""What the proxy of the fault tests does to a connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from services.cli.local.ports import free_ports
from services.cli.local.proxy import Mode, Proxy

SOON = 5.0
LONG_ENOUGH_TO_HAVE_COME = 0.2


@dataclass
class Shouter:
    """A server that answers each line in capitals and remembers what it heard."""

    port: int
    heard: list[bytes] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while line := await reader.readline():
                self.heard.append(line)
                writer.write(line.upper())
        writer.close()


@pytest.fixture
async def shouter() -> AsyncIterator[Shouter]:
    shouter = Shouter(free_ports(1)[0])
    async with await asyncio.start_server(shouter.answer, "127.0.0.1", shouter.port):
        yield shouter


@pytest.fixture
async def proxy(shouter: Shouter) -> AsyncIterator[Proxy]:
    async with Proxy(("127.0.0.1", shouter.port)) as proxy:
        yield proxy


class Client:
    """Somebody who speaks through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def of(cls, proxy: Proxy) -> "Client":
        return cls(*await asyncio.open_connection("127.0.0.1", proxy.port))

    def say(self, line: bytes) -> None:
        self._writer.write(line)

    async def hear(self, within: float = SOON) -> bytes:
        return await asyncio.wait_for(self._reader.readline(), within)

    def fall_silent(self) -> None:
        self._writer.write_eof()

    def leave(self) -> None:
        self._writer.close()


async def test_bytes_pass_both_ways(proxy: Proxy) -> None:
    """Left alone, it is not there."""
    client = await Client.of(proxy)
    client.say(b"good day\n")

    assert await client.hear() == b"GOOD DAY\n"
    client.leave()


async def test_end_of_the_connection_passes(proxy: Proxy) -> None:
    """Whoever falls silent is heard to, on the other side."""
    client = await Client.of(proxy)
    client.say(b"last words")
    client.fall_silent()

    assert await client.hear() == b"LAST WORDS"
    assert await client.hear() == b""
    client.leave()


@pytest.mark.parametrize(("mode", "heard"), [(Mode.BLACKHOLE, 0), (Mode.BLACKHOLE_UP, 0), (Mode.BLACKHOLE_DOWN, 1)])
async def test_black_hole_holds_bytes_up_until_it_ends(proxy: Proxy, shouter: Shouter, mode: Mode, heard: int) -> None:
    """Nothing is lost on an open connection: what was held up comes when the network is back."""
    client = await Client.of(proxy)
    client.say(b"one\n")
    await client.hear()

    proxy.mode = mode
    client.say(b"two\n")
    with pytest.raises(TimeoutError):
        await client.hear(LONG_ENOUGH_TO_HAVE_COME)
    assert len(shouter.heard) == 1 + heard

    proxy.mode = Mode.PASS
    assert await client.hear() == b"TWO\n"
    client.leave()


async def test_refused_connection_is_reset(proxy: Proxy) -> None:
    """New connections find nobody, while open ones go on."""
    client = await Client.of(proxy)
    client.say(b"one\n")
    await client.hear()
    proxy.mode = Mode.REFUSE

    stranger = await Client.of(proxy)
    with pytest.raises(ConnectionResetError):
        await stranger.hear()
    client.say(b"two\n")
    assert await client.hear() == b"TWO\n"
    client.leave()


async def test_reset_cuts_open_connections_only(proxy: Proxy) -> None:
    """A reset is seen at once by who is connected; the next one comes through."""
    client = await Client.of(proxy)
    client.say(b"one\n")
    await client.hear()

    proxy.reset()

    with pytest.raises(ConnectionResetError):
        await client.hear()
    another = await Client.of(proxy)
    another.say(b"again\n")
    assert await another.hear() == b"AGAIN\n"
    another.leave()


async def test_delay_counts_each_way(proxy: Proxy) -> None:
    """An answer takes twice the delay."""
    proxy.delay = 0.1
    client = await Client.of(proxy)
    started = asyncio.get_running_loop().time()
    client.say(b"slowly\n")
    await client.hear()

    assert asyncio.get_running_loop().time() - started >= 0.2
    client.leave()


async def test_dead_target_resets_the_client() -> None:
    """Where nobody listens behind the proxy, nobody listens."""
    async with Proxy(("127.0.0.1", free_ports(1)[0])) as proxy:
        client = await Client.of(proxy)
        with pytest.raises(ConnectionResetError):
            await client.hear()
