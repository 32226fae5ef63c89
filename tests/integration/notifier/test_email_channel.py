"""E-mail against a real SMTP server that takes, refuses, falls silent and hangs up."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from services.chassis import clock, ids
from services.contracts.appeals import Language
from services.notifier.channels.email import EmailDriver, MailSender, MailServer, OutgoingEmail, Tls
from services.notifier.notification import Outcome, Permanent, Sent, Temporary, Unknown
from services.notifier.texts import Text

CERTIFICATES: Final = Path(__file__).parents[2] / "data" / "tls"
SENDER: Final = MailSender(
    "notices@joldau.example",
    {Language.KAZAKH: "Жолданымдарды қабылдау", Language.RUSSIAN: "Приём обращений"},
    "joldau.example",
)
TEXT: Final = Text("№ ЖТ-1 жолданымыңыз тіркелді", "Сәлеметсіз бе!\n", "<p>Сәлеметсіз бе!</p>", "0f")
HANG: Final = "hang"
DROP: Final = "drop"


def outgoing(to: str = "aigul@post.example", notification_id: UUID | None = None) -> OutgoingEmail:
    return OutgoingEmail(notification_id or ids.new_id(), to, TEXT, Language.KAZAKH, clock.now())


@dataclass
class Post:
    """A mail server's will: what it answers at each step, and what it has seen."""

    answers: dict[str, str] = field(default_factory=dict)
    """By command; ``HANG`` answers never, ``DROP`` ends the connection."""
    taken: list[Envelope] = field(default_factory=list)
    connections: list[SMTP] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    goodbyes: int = 0
    over_tls: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when an answer is withheld."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has gone."""

    async def handle_MAIL(self, server: SMTP, _s: Session, envelope: Envelope, address: str, _o: list[str]) -> str:  # noqa: N802
        envelope.mail_from = address
        return await self._answer(server, "MAIL")

    async def handle_RCPT(self, server: SMTP, _s: Session, envelope: Envelope, address: str, _o: list[str]) -> str:  # noqa: N802
        answer = await self._answer(server, "RCPT")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.over_tls = session.ssl is not None
        answer = await self._answer(server, "DATA", "250 2.0.0 OK: queued as 4F2C aigul@post.example")
        if answer.startswith("2"):
            self.taken.append(envelope)
        return answer

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self.goodbyes += 1
        return "221 Bye"

    async def _answer(self, server: SMTP, command: str, usually: str = "250 OK") -> str:
        answer = self.answers.get(command, usually)
        if answer in {HANG, DROP}:
            self.reached.set()
            if answer == DROP:
                server.transport.abort()
            await asyncio.Event().wait()
        return answer


class Connection(SMTP):
    """aiosmtpd's server of one connection, counted."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.connections.append(self)
        self.event_handler.open += 1
        self.event_handler.most_open = max(self.event_handler.most_open, self.event_handler.open)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.open -= 1
        self.event_handler.left.set()
        super().connection_lost(error)


@asynccontextmanager
async def listening(post: Post, *, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[MailServer]:
    """The server, on a free port, without TLS unless the test changes that."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(post, hostname="post.example", loop=loop, **options), "127.0.0.1", 0, ssl=tls
    )
    try:
        yield MailServer("127.0.0.1", server.sockets[0].getsockname()[1], tls=Tls.NONE, timeout=5.0)
    finally:
        server.close()
        for connection in post.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await server.wait_closed()


@asynccontextmanager
async def driver(server: MailServer) -> AsyncIterator[EmailDriver]:
    driver = EmailDriver(server, SENDER)
    yield driver
    await driver.rest()


async def sent(post: Post, message: OutgoingEmail, *, timeout: float = 5.0) -> Outcome:  # noqa: ASYNC109
    """What one attempt at this server comes to."""
    async with listening(post) as server, driver(replace(server, timeout=timeout)) as email:
        return await email.send(message)


def server_tls() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATES / "server.pem")
    return context


async def test_a_message_arrives_as_it_was_sent() -> None:
    post = Post()
    message = outgoing()
    outcome = await sent(post, message)

    assert outcome == Sent(reference="2.0.0 OK: queued as 4F2C")
    [envelope] = post.taken
    read = message_from_bytes(envelope.content)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("notices@joldau.example", ["aigul@post.example"])
    assert read["Message-ID"] == f"<{message.notification_id}@joldau.example>"
    assert [part.get_content_type() for part in read.get_payload()] == ["text/plain", "text/html"]
    assert read.get_payload(0).get_payload(decode=True).decode() == "Сәлеметсіз бе!\r\n"


@pytest.mark.parametrize(
    ("command", "answer", "outcome"),
    [
        ("MAIL", "451 4.3.0 busy", Temporary("smtp_451_4.3.0")),
        ("MAIL", "550 5.7.1 you may not", Temporary("smtp_550_5.7.1")),
        ("RCPT", "450 4.2.1 greylisted, aigul@post.example", Temporary("smtp_450_4.2.1", of_this_one=True)),
        ("RCPT", "550 5.1.1 no aigul@post.example here", Permanent("smtp_550_5.1.1")),
        ("DATA", "421 4.3.2 shutting down", Temporary("smtp_421_4.3.2")),
        ("DATA", "452 4.3.1 disk full", Temporary("smtp_452_4.3.1")),
        ("DATA", "554 5.6.0 not wanted", Permanent("smtp_554_5.6.0")),
    ],
)
async def test_a_refusal_is_final_only_as_5xx_of_recipient_or_message(
    command: str, answer: str, outcome: Outcome
) -> None:
    assert await sent(Post({command: answer}), outgoing()) == outcome


@pytest.mark.parametrize(
    ("command", "misbehaviour", "outcome"),
    [
        ("MAIL", HANG, Temporary("timeout")),
        ("RCPT", HANG, Temporary("timeout")),
        ("RCPT", DROP, Temporary("unreachable")),
        ("DATA", HANG, Unknown("no_answer")),
        ("DATA", DROP, Unknown("no_answer")),
    ],
)
async def test_silence_is_unknown_only_once_the_message_is_handed_over(
    command: str, misbehaviour: str, outcome: Outcome
) -> None:
    """Before that the server cannot have taken it."""
    assert await sent(Post({command: misbehaviour}), outgoing(), timeout=2.0) == outcome


async def test_a_server_that_never_greets_costs_one_timeout() -> None:
    """The kernel takes the connection; nobody answers on it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", silent.getsockname()[1], Tls.NONE, timeout=0.3)
        async with driver(server) as email:
            outcome = await email.send(outgoing())

    assert outcome == Temporary("timeout")


async def test_a_server_that_is_away_is_a_temporary_failure() -> None:
    async with listening(Post()) as server:
        pass
    async with driver(server) as email:
        outcome = await email.send(outgoing())

    assert outcome == Temporary("unreachable")


async def test_a_batch_goes_over_one_connection_until_the_driver_rests() -> None:
    post = Post()
    async with listening(post) as server, driver(server) as email:
        for _ in range(5):
            await email.send(outgoing())
        within_the_batch = len(post.connections)
        await email.rest()
        await email.send(outgoing())

    assert within_the_batch == 1
    assert len(post.connections) == 2
    assert post.goodbyes == 2
    assert len(post.taken) == 6


async def test_a_refused_message_leaves_nothing_on_the_connection() -> None:
    """The next message on it goes to its own recipient alone."""
    post = Post({"DATA": "452 4.3.1 disk full"})
    async with listening(post) as server, driver(server) as email:
        await email.send(outgoing("first@post.example"))
        post.answers.clear()
        await email.send(outgoing("second@post.example"))

    assert len(post.connections) == 1
    assert [envelope.rcpt_tos for envelope in post.taken] == [["second@post.example"]]


async def test_a_connection_that_the_server_closed_in_between_is_replaced() -> None:
    """An idle time-out of the server costs no attempt."""
    post = Post()
    async with listening(post) as server, driver(server) as email:
        await email.send(outgoing())
        post.connections[0].transport.abort()
        await post.left.wait()
        outcome = await email.send(outgoing())

    assert isinstance(outcome, Sent)
    assert len(post.connections) == 2


async def test_no_more_connections_than_allowed_are_open_at_once() -> None:
    post = Post()
    async with listening(post) as server, driver(replace(server, connections=2)) as email:
        outcomes = await asyncio.gather(*(email.send(outgoing()) for _ in range(20)))

    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert len(post.taken) == 20
    assert post.most_open == 2


async def test_an_attempt_cut_off_by_a_stop_leaves_no_connection() -> None:
    post = Post({"DATA": HANG})
    async with listening(post) as server, driver(server) as email:
        attempt = asyncio.create_task(email.send(outgoing()))
        await post.reached.wait()
        attempt.cancel()
        await post.left.wait()

        with pytest.raises(asyncio.CancelledError):
            await attempt


async def test_an_unusable_address_never_reaches_the_server() -> None:
    post = Post()

    assert await sent(post, outgoing("айгүл@post.example")) == Permanent("address_unusable")
    assert post.connections == []


async def test_every_attempt_has_the_same_message_id_on_the_wire() -> None:
    post = Post()
    notification_id = ids.new_id()
    async with listening(post) as server, driver(server) as email:
        for _ in range(2):
            await email.send(outgoing(notification_id=notification_id))

    assert len({message_from_bytes(envelope.content)["Message-ID"] for envelope in post.taken}) == 1


Listening = Callable[[Post], AbstractAsyncContextManager[MailServer]]
SECURE: Final[dict[Tls, Listening]] = {
    Tls.STARTTLS: lambda post: listening(post, tls_context=server_tls(), require_starttls=True),
    Tls.IMPLICIT: lambda post: listening(post, tls=server_tls()),
}


@pytest.mark.parametrize("tls", SECURE)
async def test_a_message_goes_over_tls_to_a_trusted_server(tls: Tls) -> None:
    post = Post()
    async with SECURE[tls](post) as server:
        trusting = replace(server, tls=tls, ca_file=str(CERTIFICATES / "ca.pem"))
        async with driver(trusting) as email:
            outcome = await email.send(outgoing())

    assert isinstance(outcome, Sent)
    assert len(post.taken) == 1
    assert post.over_tls or tls is Tls.IMPLICIT


@pytest.mark.parametrize("tls", SECURE)
async def test_a_server_that_nobody_trusts_gets_no_message(tls: Tls) -> None:
    post = Post()
    async with SECURE[tls](post) as server, driver(replace(server, tls=tls)) as email:
        outcome = await email.send(outgoing())

    assert outcome == Temporary("tls_failed")
    assert post.taken == []


async def test_a_server_without_starttls_gets_no_message() -> None:
    """Asked for, it is not optional: whoever strips it from the greeting learns nothing."""
    post = Post()
    async with listening(post) as server, driver(replace(server, tls=Tls.STARTTLS)) as email:
        outcome = await email.send(outgoing())

    assert outcome == Temporary("server_unsuitable")
    assert post.taken == []


def _doorkeeper(
    _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, login: LoginPassword
) -> AuthResult:
    return AuthResult(success=(login.login, login.password) == (b"joldau", b"right"), handled=False)


@pytest.mark.parametrize(
    ("password", "outcome"),
    [("right", Sent(reference="2.0.0 OK: queued as 4F2C")), ("wrong", Temporary("smtp_535_5.7.8"))],
)
async def test_a_refused_login_is_ours_to_mend_and_fails_no_notice(password: str, outcome: Outcome) -> None:
    """5xx, and yet not the applicant's: the notice waits for the operator."""
    post = Post()
    doors: dict[str, Any] = {"authenticator": _doorkeeper, "auth_required": True, "tls_context": server_tls()}
    async with listening(post, **doors) as server:
        known = replace(
            server, tls=Tls.STARTTLS, ca_file=str(CERTIFICATES / "ca.pem"), username="joldau", password=password
        )
        async with driver(known) as email:
            found = await email.send(outgoing())

    assert found == outcome
    assert len(post.taken) == isinstance(outcome, Sent)
