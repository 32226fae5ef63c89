"""Where notices arrive: a mail server and a posting system's webhook, which count what they get and fail on order."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from enum import StrEnum
from socket import socket
from typing import Any, Final, Self
from weakref import WeakSet

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.cli.local.ports import free_ports

_KEPT: Final = "250 2.0.0 kept"

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


class _Sink:
    """Somebody to whom things come, and whom one can wait for."""

    def __init__(self, port: int | None) -> None:
        self.port = port or free_ports(1)[0]
        self._news = asyncio.Event()

    async def until(self, enough: Callable[[], bool], *, within: float | None = None) -> None:
        """Wait until `enough` is true, looking whenever something came. `TimeoutError` after `within` seconds."""
        async with asyncio.timeout(within):
            while not enough():
                self._news.clear()
                await self._news.wait()


class MailOutcome(StrEnum):
    """What can be made to happen to the mail for a recipient."""

    TEMPORARY = "temporary"
    """451 to RCPT: try again."""
    PERMANENT = "permanent"
    """550 to RCPT: no such mailbox."""
    HANG = "hang"
    """The message is taken and never answered, nor kept."""
    ANSWER_LOST = "answer_lost"
    """The message is kept, and the connection breaks before the answer."""


@dataclass(frozen=True)
class Mail:
    """A message that was kept, for one of its recipients."""

    message_id: str
    to: str
    subject: str
    body: str
    one_click: str | None = None
    """Where a mail program opts out by one click (RFC 8058)."""


class MailSink(_Sink):
    """An SMTP server on `host`:`port` that keeps what it gets in `mails`. An async context manager."""

    def __init__(self, *, host: str = "127.0.0.1", port: int | None = None) -> None:
        super().__init__(port)
        self._host = host
        self.mails: list[Mail] = []
        self.attempts: Counter[str] = Counter()
        """How often a mail for a recipient was begun."""
        self._forced: dict[str, tuple[MailOutcome, float]] = {}
        self._sessions: WeakSet[SMTP] = WeakSet()

    def force(self, recipient: str, outcome: MailOutcome, *, times: float = float("inf")) -> None:
        """Make `outcome` happen to the next `times` mails for `recipient`; after them all is well again."""
        self._forced[recipient] = (outcome, times)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(self._session, self._host, self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for session in self._sessions:
            if session.transport:
                session.transport.close()
        await self._server.wait_closed()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Called by aiosmtpd for each recipient of a message."""
        self.attempts[address] += 1
        self._news.set()
        outcome = self._next_outcome(address)
        if outcome is MailOutcome.TEMPORARY:
            return "451 4.3.0 try again later"
        if outcome is MailOutcome.PERMANENT:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        if outcome:
            envelope.rcpt_options.append(outcome)
        return _KEPT

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        """Called by aiosmtpd for a whole message."""
        if MailOutcome.HANG in envelope.rcpt_options:
            await asyncio.Event().wait()
        self.mails += _mails(envelope)
        self._news.set()
        if MailOutcome.ANSWER_LOST in envelope.rcpt_options and server.transport:
            server.transport.close()
        return _KEPT

    def _session(self) -> SMTP:
        session = SMTP(self, hostname="localhost", enable_SMTPUTF8=True)
        self._sessions.add(session)
        return session

    def _next_outcome(self, recipient: str) -> MailOutcome | None:
        outcome, times = self._forced.pop(recipient, (None, 0))
        if outcome is not None and times > 1:
            self._forced[recipient] = (outcome, times - 1)
        return outcome


def _mails(envelope: Envelope) -> Iterator[Mail]:
    message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
    text = message.get_body(("plain", "html"))
    body = text.get_content().replace("\r\n", "\n") if text else ""
    one_click = message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(message["List-Unsubscribe"]).strip("<>") if one_click else None
    for recipient in envelope.rcpt_tos:
        yield Mail(str(message["Message-ID"]), recipient, str(message["Subject"]), body, link)


@dataclass(frozen=True)
class WebhookAnswer:
    """What the receiver answers."""

    status: int = 204
    retry_after: int | None = None
    """Seconds, in the header of that name."""
    hang: bool = False
    """Take the request and never answer."""


@dataclass(frozen=True)
class WebhookAttempt:
    """One request to the receiver. `payload` is None unless the signature is right."""

    webhook_id: str
    path: str
    payload: Any
    verified: bool
    status: int


class AsgiSink(_Sink):
    """Something on 127.0.0.1:`port` that takes HTTP. An async context manager."""

    async def __aenter__(self) -> Self:
        config = uvicorn.Config(
            self.answer,
            interface="asgi3",
            port=self.port,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        await self._server.listening.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        await self._serving

    async def answer(self, scope: Event, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        raise NotImplementedError

    def news(self) -> None:
        """Something came."""
        self._news.set()


class WebhookSink(AsgiSink):
    """A posting system's receiver, for any path (Standard Webhooks).

    It answers 401 to a wrong signature, else with the next of `answers`, else 204.
    """

    def __init__(self, secret: str, *, port: int | None = None) -> None:
        super().__init__(port)
        self.attempts: list[WebhookAttempt] = []
        self.answers: deque[WebhookAnswer] = deque()
        self._webhook = Webhook(secret)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def delivered(self) -> set[str]:
        """Distinct `webhook-id`s that were answered with success: the effects, however many attempts they took."""
        return {attempt.webhook_id for attempt in self.attempts if 200 <= attempt.status < 300}  # noqa: PLR2004 - 2xx

    async def answer(self, scope: Event, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        if (body := await body_of(receive)) is None:
            return
        attempt, answer = self._judged(scope["path"], headers, body)
        self.attempts.append(attempt)
        self.news()
        if answer.hang:
            await asyncio.Event().wait()
        wait = [(b"retry-after", str(answer.retry_after).encode())] if answer.retry_after else []
        await send({"type": "http.response.start", "status": answer.status, "headers": wait})
        await send({"type": "http.response.body"})

    def _judged(self, path: str, headers: dict[str, str], body: bytes) -> tuple[WebhookAttempt, WebhookAnswer]:
        webhook_id = headers.get("webhook-id", "")
        try:
            self._webhook.verify(body, headers, json_parse=False)
        except WebhookVerificationError:
            return WebhookAttempt(webhook_id, path, None, verified=False, status=401), WebhookAnswer(401)
        answer = self.answers.popleft() if self.answers else WebhookAnswer()
        status = 0 if answer.hang else answer.status
        return WebhookAttempt(webhook_id, path, json.loads(body), verified=True, status=status), answer


async def body_of(receive: Receive) -> bytes | None:
    """A request's whole body; None when the caller went before its end."""
    pieces = []
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        pieces.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(pieces)


class _Server(uvicorn.Server):
    """uvicorn inside a process that has its own way with signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
