"""The mailbox where bounces come, read over IMAP (RFC 3501)."""

import asyncio
import imaplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

AT_ONCE: Final = 50
TIMEOUT: Final = 20.0

T = TypeVar("T")


class MailboxFailed(Exception):
    """The mailbox cannot be read now. Carries the kind of error, no address."""


@dataclass(frozen=True)
class Mail:
    """An unseen message, by its number in this session's folder (UID)."""

    uid: bytes
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Mailbox:
    """A folder whose unseen messages are bounces."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    tls: bool = True
    ca_file: str | None = None

    async def unseen(self) -> Sequence[Mail]:
        """At most `AT_ONCE` unseen messages; they stay unseen. Raises `MailboxFailed`."""
        return await self._asked(_unseen)

    async def seen(self, uids: Sequence[bytes]) -> None:
        """Mark messages as seen: what they say is on record. Raises `MailboxFailed`."""
        await self._asked(lambda imap: imap.uid("STORE", b",".join(uids).decode(), "+FLAGS", r"(\Seen)"))

    async def _asked(self, question: Callable[[imaplib.IMAP4], T]) -> T:
        def ask() -> T:
            with self._opened() as imap:
                return question(imap)

        try:
            return await asyncio.to_thread(ask)
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailboxFailed(type(error).__name__) from error

    @contextmanager
    def _opened(self) -> Iterator[imaplib.IMAP4]:
        with self._connected() as imap:
            imap.login(self.username, self.password)
            imap.select(self.folder)
            yield imap

    def _connected(self) -> imaplib.IMAP4:
        if not self.tls:
            return imaplib.IMAP4(self.host, self.port, timeout=TIMEOUT)
        context = ssl.create_default_context(cafile=self.ca_file)
        return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=TIMEOUT)


def _unseen(imap: imaplib.IMAP4) -> Sequence[Mail]:
    _, found = imap.uid("SEARCH", "UNSEEN")
    uids = found[0].split()[:AT_ONCE] if found and found[0] else []
    mails = []
    for uid in uids:
        _, parts = imap.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
        mails += [Mail(uid, part[1]) for part in parts if isinstance(part, tuple)]
    return mails
