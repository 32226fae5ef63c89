"""The load: a bounded number of connections that post as fast as they are answered, and what they saw.

A client library would cost more than the server it measures on two cores; this speaks just enough HTTP/1.1.
"""

import asyncio
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

CREATED: Final = b" 201 "


@dataclass
class Seen:
    """What the load saw."""

    milliseconds: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Accepted appeals a second."""
        return len(self.milliseconds) / self.seconds

    def percentile(self, percent: float) -> float:
        """The nearest-rank percentile of the answers' durations, in milliseconds."""
        ordered = sorted(self.milliseconds)
        return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


@dataclass(frozen=True)
class Target:
    """Where to post, with which headers."""

    host: str
    port: int
    path: str
    headers: tuple[tuple[str, str], ...] = ()


def request(target: Target, body: bytes, key: str) -> bytes:
    """One POST as it goes over the wire."""
    headers = {
        "host": target.host,
        "content-type": "application/json",
        "content-length": str(len(body)),
        "idempotency-key": key,
        **dict(target.headers),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {target.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def post(target: Target, bodies: Sequence[bytes], keys: Iterable[str], *, connections: int) -> Seen:
    """Post each body once, over `connections` at a time."""
    seen, waiting = Seen(), iter(list(zip(bodies, keys, strict=True)))
    started = time.perf_counter()
    await asyncio.gather(*(_connection(target, waiting, seen) for _ in range(connections)))
    seen.seconds = time.perf_counter() - started
    return seen


async def _connection(target: Target, waiting: Iterator[tuple[bytes, str]], seen: Seen) -> None:
    reader, writer = await asyncio.open_connection(target.host, target.port)
    try:
        for body, key in waiting:
            started = time.perf_counter()
            writer.write(request(target, body, key))
            if CREATED in await _status_line(reader):
                seen.milliseconds.append((time.perf_counter() - started) * 1000)
            else:
                seen.refused += 1
    finally:
        writer.close()


async def _status_line(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    await reader.readexactly(length)
    return head.split(b"\r\n", 1)[0]
