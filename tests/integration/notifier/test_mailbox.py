"""Bounces read from a real IMAP dialogue: what says something is on record before it is marked as seen."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from services.chassis.ids import new_id
from services.notifier import bounces
from services.notifier.channels.mailbox import Mailbox, MailboxFailed
from services.notifier.receipts import Receipts
from tests.dsn import report
from tests.integration.notifier.parts import Notifier, to_applicant


@dataclass
class Imap:
    """A mail server's folder, as much of RFC 3501 as reading bounces takes."""

    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    port: int = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Imap"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        with suppress(ConnectionError):
            while line := (await reader.readline()).decode().strip():
                tag, _, command = line.partition(" ")
                for part in self._answers(command):
                    writer.write(part)
                if command.startswith("LOGIN") and "wrong" in command:
                    writer.write(f"{tag} NO\r\n".encode())
                else:
                    writer.write(f"{tag} OK done\r\n".encode())
                await writer.drain()
        writer.close()

    def _answers(self, command: str) -> list[bytes]:
        if command.startswith("CAPABILITY"):
            return [b"* CAPABILITY IMAP4rev1\r\n"]
        if command.startswith("SELECT"):
            return [f"* {len(self.mails)} EXISTS\r\n".encode()]
        if command == "UID SEARCH UNSEEN":
            return [f"* SEARCH {' '.join(map(str, sorted(self.mails.keys() - self.seen)))}\r\n".encode()]
        if found := re.match(r"UID FETCH (\d+)", command):
            content = self.mails[int(found[1])]
            head = f"* {found[1]} FETCH (UID {found[1]} BODY[] {{{len(content)}}}\r\n".encode()
            return [head, content, b")\r\n"]
        if found := re.match(r"UID STORE ([\d,]+)", command):
            self.seen |= set(map(int, found[1].split(",")))
        return []


@pytest.fixture
async def imap() -> AsyncIterator[Imap]:
    async with Imap().listening() as server:
        yield server


def mailbox(imap: Imap, word: str = "right") -> Mailbox:
    return Mailbox("127.0.0.1", imap.port, "bounces", word, tls=False)


async def test_bounces_are_collected_once(notifier: Notifier, imap: Imap) -> None:
    """Whatever else lies in the folder is left alone but marked, so that it is not read for ever."""
    order = to_applicant("aigul@post.example")
    await notifier.ordered(order)
    await notifier.settled("sent")
    imap.mails[4] = report("failed", "5.2.2", message_id=f"<{order.notification_id}@joldau.example>")
    imap.mails[7] = b"Subject: I am on holiday\r\n\r\nUntil Monday."
    receipts = Receipts(notifier.delivery.settling, {}, new_id)
    for _ in range(2):
        await receipts.collect(notifier.database, mailbox(imap))

    rows = await notifier.rows()
    assert [(row.channel, row.state, row.reason) for row in rows] == [
        ("email", "permanent_failure", "bounced_5.2.2"),
        ("letter", "queued", None),
    ]
    assert imap.seen == {4, 7}


async def test_a_mail_that_cannot_be_taken_holds_up_no_other(notifier: Notifier, imap: Imap, monkeypatch) -> None:
    """It stays unread, for whoever mends what it stumbled over."""
    order = to_applicant("aigul@post.example")
    await notifier.ordered(order)
    await notifier.settled("sent")
    imap.mails[4] = b"odd"
    imap.mails[7] = report("failed", "5.2.2", message_id=f"<{order.notification_id}@joldau.example>")
    read = bounces.read

    def stumbling(content: bytes) -> object:
        if content.startswith(b"odd"):
            raise LookupError("no such charset")
        return read(content)

    monkeypatch.setattr(bounces, "read", stumbling)
    await Receipts(notifier.delivery.settling, {}, new_id).collect(notifier.database, mailbox(imap))

    assert [row.state for row in await notifier.rows()] == ["permanent_failure", "queued"]
    assert imap.seen == {7}


async def test_a_mailbox_that_cannot_be_read_is_waited_for(notifier: Notifier, imap: Imap) -> None:
    """Nothing is marked; the timer goes on."""
    imap.mails[1] = b"x"
    with pytest.raises(MailboxFailed):
        await mailbox(imap, "wrong").unseen()
    await Receipts(notifier.delivery.settling, {}, new_id).collect(notifier.database, mailbox(imap, "wrong"))

    assert imap.seen == set()
