"""E-mail to applicants, over SMTP (RFC 5321).

The Message-ID follows from the notification's id, so a mailbox can tell a repetition. What the server says of the
recipient or of the message is final when it is 5xx. What it says of us (greeting, login, sender) never is: that tells
nothing about the applicant, and ends when an operator mends it. Once the message has been handed over, a missing
answer means *unknown*.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from enum import StrEnum
from typing import Final, TypeGuard
from uuid import UUID

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientRefused, SMTPResponseException
from email_validator import EmailNotValidError, validate_email

from services.contracts.appeals import Language
from services.notifier.notification import Outcome, Permanent, Sent, Temporary, Unknown
from services.notifier.texts import Text

WIRE: Final = compat32.clone(linesep="\r\n")
GOODBYE_SECONDS: Final = 2.0
REFERENCE_LENGTH: Final = 120
SMTP_TEMPORARY, SMTP_CLOSING, SMTP_PERMANENT, SMTP_LAST = 400, 421, 500, 599
ENHANCED_CODE: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
"""RFC 3463. All that is kept of the words of a refusal, since servers repeat the address in them."""


class Tls(StrEnum):
    """How the connection to the mail server is protected."""

    NONE = "none"
    """Not at all: for a server on the same machine."""
    STARTTLS = "starttls"
    """Upgraded before anything of ours is said, else not used (RFC 3207)."""
    IMPLICIT = "implicit"
    """From the first byte (RFC 8314)."""


@dataclass(frozen=True)
class MailServer:
    """The server that takes our messages."""

    host: str
    port: int
    tls: Tls = Tls.STARTTLS
    ca_file: str | None = None
    """Roots for its certificate, if not the system's."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    """Seconds for one attempt, connecting included. The lease of a claim must be longer."""
    connections: int = 4
    """Attempts at the same time."""


@dataclass(frozen=True)
class MailSender:
    """Who the messages are from."""

    address: str
    names: Mapping[Language, str]
    """For sensitive appeals the name must not tell what they are about (R-SEC-5)."""
    domain: str
    """Our name in EHLO, and the right side of each Message-ID: it must not change while notices are on their way."""


@dataclass(frozen=True)
class OutgoingEmail:
    """One attempt to tell an applicant."""

    notification_id: UUID
    to: str = field(repr=False)
    text: Text = field(repr=False)
    language: Language
    at: datetime
    opt_out: str | None = None
    """Link by which the recipient opts out, if that is lawful."""


class EmailDriver:
    """Sends e-mail. Keeps its connections until it may rest."""

    def __init__(self, server: MailServer, sender: MailSender) -> None:
        self._server = server
        self._sender = sender
        self._tls = None if server.tls is Tls.NONE else ssl.create_default_context(cafile=server.ca_file)
        self._slots = asyncio.Semaphore(server.connections)
        self._idle: list[SMTP] = []

    async def send(self, outgoing: OutgoingEmail) -> Outcome:
        """Make one attempt, as soon as a connection may be used."""
        try:
            to = mailbox(outgoing.to)
        except EmailNotValidError:
            return Permanent("address_unusable")
        content = composed(outgoing, to, self._sender)
        handed_over = False
        async with self._slots:
            try:
                async with asyncio.timeout(self._server.timeout), self._connection() as smtp:
                    await smtp.mail(self._sender.address)
                    await smtp.rcpt(to)
                    handed_over = True
                    answer = await smtp.data(content)
            except (SMTPException, OSError) as error:
                return outcome_of(error, handed_over=handed_over)
        return Sent(reference=_reference(answer.message))

    async def rest(self) -> None:
        """Say goodbye on every idle connection, all at once."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*map(_said_goodbye, idle))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[SMTP]:
        """A connection for one message, kept afterwards unless it broke or we no longer know what was said on it."""
        smtp = await self._kept() or await self._opened()
        try:
            yield smtp
        except BaseException as error:
            if _is_refusal(error):
                self._idle.append(smtp)
            else:
                smtp.close()
            raise
        self._idle.append(smtp)

    async def _kept(self) -> SMTP | None:
        """An idle connection that still answers, cleared of the message before."""
        while self._idle:
            smtp = self._idle.pop()
            with suppress(SMTPException, OSError):
                await smtp.rset()
                return smtp
            smtp.close()
        return None

    async def _opened(self) -> SMTP:
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            local_hostname=self._sender.domain,
            timeout=server.timeout,
            use_tls=server.tls is Tls.IMPLICIT,
            start_tls=server.tls is Tls.STARTTLS,
            tls_context=self._tls,
        )
        await smtp.connect()
        return smtp


async def _said_goodbye(smtp: SMTP) -> None:
    with suppress(SMTPException, OSError):
        await smtp.quit(timeout=GOODBYE_SECONDS)
    smtp.close()


def mailbox(address: str) -> str:
    """The address as a mail server takes it: a domain in Kazakh or Russian letters becomes punycode.

    Raises EmailNotValidError, also for letters outside ASCII before the @, which few servers accept (RFC 6531).
    """
    ascii_address = validate_email(address, check_deliverability=False, globally_deliverable=False).ascii_email
    if ascii_address is None:
        raise EmailNotValidError("not ASCII before the @")
    return ascii_address


def composed(outgoing: OutgoingEmail, to: str, sender: MailSender) -> bytes:
    """The message: plain text with an HTML alternative, in ASCII on the wire, marked as automatic (RFC 3834).

    What can be opted out of says so to mail programs, which do it by one click (RFC 8058). Made with the older half of
    `email`: until 2026 the newer one lost spaces where it broke a long subject (python/cpython#92081), and put words
    together in a way that large mailbox providers refuse (#144156).
    """
    message = MIMEMultipart("alternative", policy=WIRE)
    message["From"] = f"{_encoded(sender.names[outgoing.language], 'From')} <{sender.address}>"
    message["To"] = to
    message["Subject"] = _encoded(outgoing.text.subject, "Subject")
    message["Date"] = format_datetime(outgoing.at)
    message["Message-ID"] = f"<{outgoing.notification_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = outgoing.language.value
    if outgoing.opt_out:
        message["List-Unsubscribe"] = _Unfolded(f"<{outgoing.opt_out}>")  # type: ignore[assignment] # as good as a str
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for content, subtype in ((outgoing.text.plain, "plain"), (outgoing.text.html, "html")):
        message.attach(MIMEText(content.replace("\n", "\r\n"), subtype, "utf-8", policy=WIRE))
    return message.as_bytes()


class _Unfolded(Header):
    """A header in one line: a long link in a folded one is lost to some mail programs."""

    def encode(self, splitchars: str = ";, \t", maxlinelen: int | None = None, linesep: str = "\n") -> str:  # noqa: ARG002
        return super().encode(splitchars, 0, linesep)


def _encoded(words: str, header: str) -> str:
    """Words as a header may hold them (RFC 2047)."""
    return Header(words, "utf-8", header_name=header).encode(linesep="\r\n")


def outcome_of(error: Exception, *, handed_over: bool) -> Outcome:
    """What a failed attempt means. `handed_over`: the server may have taken the message without our knowing."""
    if _is_refusal(error):
        enhanced = ENHANCED_CODE.match(error.message)
        code = f"smtp_{error.code}" + (f"_{enhanced[0]}" if enhanced else "")
        of_the_message = isinstance(error, SMTPRecipientRefused | SMTPDataError)
        if of_the_message and error.code >= SMTP_PERMANENT:
            return Permanent(code)
        return Temporary(code, of_this_one=isinstance(error, SMTPRecipientRefused) and error.code != SMTP_CLOSING)
    if handed_over:
        return Unknown("no_answer")
    if isinstance(error, TimeoutError):
        return Temporary("timeout")
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return Temporary("tls_failed")
    return Temporary("unreachable" if isinstance(error, OSError) else "server_unsuitable")


def _is_refusal(error: BaseException) -> TypeGuard[SMTPResponseException]:
    """Whether the server has answered with a refusal, so that both sides know where they are."""
    return isinstance(error, SMTPResponseException) and SMTP_TEMPORARY <= error.code <= SMTP_LAST


def _reference(words: str) -> str | None:
    """The server's own name for the message, for the desk to ask with; without addresses, which some put there."""
    kept = (word for word in words.split() if "@" not in word and word.isprintable())
    return " ".join(kept)[:REFERENCE_LENGTH] or None
