"""Several mail servers that stand in for one another, as providers of SMS do, on both databases."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from services.chassis import clock
from services.chassis.database import Database
from services.cli.local.sinks import MailOutcome, MailSink
from services.notifier.notification import Channel
from services.notifier.pace import Pace
from services.notifier.providers import Pool, Routes
from tests.integration.notifier.parts import Notifier, email_speaker, to_applicant

BOTH = Routes({Channel.EMAIL: Pool({"smtp": 1, "smtp-2": 1})})


def letters(count: int) -> list:
    return [to_applicant(f"a{n}@post.example") for n in range(count)]


@asynccontextmanager
async def silent() -> AsyncIterator[int]:
    """A mail server that takes connections and never says a word; its port."""
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _reader, writer: held.append(writer), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in held:
        writer.close()


async def test_a_mail_server_that_hangs_holds_back_no_other_and_its_mail_goes_by_it(
    notifier: Notifier, mail: MailSink
) -> None:
    """What the other has is sent meanwhile; what hung was never handed over, so it is sent once, by the other."""
    async with silent() as port:
        speaker = email_speaker(mail.port, port, timeouts={"smtp-2": 1.0})
        whole = Notifier(notifier.database, {Channel.EMAIL: speaker}, BOTH)
        await whole.ordered(*letters(24))
        first = Counter(row.destination for row in await whole.rows())
        async with whole.delivering():
            await mail.until(lambda: len(mail.mails) >= first["smtp"], within=30)
            meanwhile = [one.outcome for one in await whole.attempts() if one.destination == "smtp-2"]
            rows = await whole.until(lambda rows: {row.state for row in rows} == {"sent"})

    assert min(first.values()) > 4
    assert len(meanwhile) < first["smtp-2"]
    assert {row.destination for row in rows} == {"smtp"}
    assert len({letter.message_id for letter in mail.mails}) == len(mail.mails) == 24
    hung = [one for one in await whole.attempts() if one.destination == "smtp-2"]
    assert {(one.outcome, one.code) for one in hung} == {("temporary", "timeout")}


async def test_what_one_server_refuses_for_now_the_next_one_takes(notifier: Notifier, mail: MailSink) -> None:
    """Each notice has its own order of servers, so each carries its share."""
    async with MailSink() as second:
        for sink in (mail, second):
            sink.force("a0@post.example", MailOutcome.TEMPORARY, times=1)
        whole = Notifier(notifier.database, {Channel.EMAIL: email_speaker(mail.port, second.port)}, BOTH)
        await whole.ordered(*letters(30))
        async with whole.delivering():
            await whole.until(lambda rows: {row.state for row in rows} == {"sent"})

        assert min(len(mail.mails), len(second.mails)) > 0
        assert len(mail.mails) + len(second.mails) == 30
    refused = [one for one in await whole.attempts() if one.outcome == "temporary"]
    assert len({one.destination for one in refused}) == len(refused) == 2


async def test_an_answer_that_was_lost_stays_with_the_server_that_may_have_taken_it(
    notifier: Notifier, mail: MailSink
) -> None:
    """No other one is given it."""
    async with MailSink() as second:
        for sink in (mail, second):
            sink.force("a0@post.example", MailOutcome.ANSWER_LOST)
        whole = Notifier(notifier.database, {Channel.EMAIL: email_speaker(mail.port, second.port)}, BOTH)
        await whole.ordered(*letters(1))
        [row] = await whole.settled("unknown")

        assert (row.next_attempt_at, len(mail.mails) + len(second.mails)) == (None, 1)


async def test_two_processes_keep_one_pace_together(
    notifier: Notifier, mail: MailSink, database_url: str, open_database: Callable[[str, str], Awaitable[Database]]
) -> None:
    """Twenty at once, then twenty a second, however many call: the pace is the database's to keep."""
    first, second = (
        Notifier(database, {Channel.EMAIL: email_speaker(mail.port, pace=Pace(20))})
        for database in (notifier.database, await open_database(database_url, "notifier"))
    )
    await first.ordered(*letters(40))
    started = clock.now()
    async with first.delivering(), second.delivering():
        await second.delivery.poll()
        await first.until(lambda rows: {row.state for row in rows} == {"sent"})

    assert clock.now() - started > timedelta(seconds=0.95)
    assert len(mail.mails) == 40
