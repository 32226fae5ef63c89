"""A real HTTP server, byte by byte, so that it can answer as badly as the open Internet does."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import pytest

from services.chassis.database import Database
from services.chassis.outbound import Outbound
from services.cli.local.sinks import MailSink
from services.notifier.channels.webhook import WebhookDriver
from services.notifier.notification import Channel
from services.notifier.speakers import Speaker, Terms, WebhookSpeaker
from tests.integration.notifier.parts import ENDPOINTS, QUICK, SLOTS, TIMEOUT, Notifier, email_speaker

CERTIFICATES: Final = Path(__file__).parents[2] / "data" / "tls"
Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """A request as the receiver saw it; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A posting system's endpoint. `answer` is bytes to send, or a way to misbehave."""

    answer: bytes | Answering = b"HTTP/1.1 204 No Content\r\n\r\n"
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    names: list[str | None] = field(default_factory=list)
    """Names that clients asked for in TLS."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has gone."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(await _request(head.decode(), reader))
                if callable(self.answer):
                    await self.answer(writer)
                else:
                    writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    @asynccontextmanager
    async def listening(self, host: str = "127.0.0.1", *, tls: bool = False) -> AsyncIterator["Receiver"]:
        """On a free port, or on `port` if that is set. Its certificate is valid for ``receiver.example``."""
        context = self._tls() if tls else None
        serving: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            serving.add(task)
            with suppress(asyncio.CancelledError):
                await self.serve(reader, writer)

        server = await asyncio.start_server(serve, host, self.port, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in serving:
                task.cancel()
            await asyncio.gather(*serving)

    def url(self, host: str = "127.0.0.1", *, scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}/hook"

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATES / "server.pem")
        context.sni_callback = lambda _connection, name, _context: self.names.append(name)
        return context


async def _request(head: str, reader: asyncio.StreamReader) -> Request:
    line, *fields = head.rstrip().split("\r\n")
    headers = {name.lower(): value for name, value in (each.split(": ", 1) for each in fields)}
    return Request(line, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@pytest.fixture
def receiver() -> Receiver:
    """An endpoint that answers 204 until told otherwise; a test opens it where it likes."""
    return Receiver()


@pytest.fixture
def another_receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def trusting() -> ssl.SSLContext:
    """A client's TLS that trusts the receiver's certificate."""
    return ssl.create_default_context(cafile=CERTIFICATES / "ca.pem")


@pytest.fixture
async def mail() -> AsyncIterator[MailSink]:
    """The applicants' mail server."""
    async with MailSink() as sink:
        yield sink


@pytest.fixture
async def speakers(mail: MailSink) -> AsyncIterator[dict[Channel, Speaker]]:
    """Both channels with their real drivers, which may reach this machine."""
    async with Outbound(timeout=TIMEOUT, allowed=(ip_network("127.0.0.0/8"),)) as http:
        webhooks = WebhookSpeaker(WebhookDriver(http), ENDPOINTS, Terms(QUICK, SLOTS, TIMEOUT))
        yield {Channel.EMAIL: email_speaker(mail.port), Channel.WEBHOOK: webhooks}


@pytest.fixture
async def notifier(
    database_url: str,
    open_database: Callable[[str, str], Awaitable[Database]],
    speakers: Mapping[Channel, Speaker],
) -> Notifier:
    """The notifier over a database of each kind."""
    return Notifier(await open_database(database_url, "notifier"), dict(speakers))
