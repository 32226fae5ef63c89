"""Claim, call, record on both databases, with a real mail server and real HTTP receivers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from services.chassis import clock
from services.chassis.database import Database, Transaction
from services.chassis.errors import DatabaseUnavailable
from services.cli.local.sinks import MailOutcome, MailSink, WebhookAnswer
from services.notifier import claims, store, tables
from services.notifier.care import Care
from services.notifier.channels.email import OutgoingEmail
from services.notifier.claims import Attempt, Destination
from services.notifier.notification import Channel, Outcome, Permanent, Sent
from services.notifier.speakers import EmailSpeaker, Terms
from tests.integration.notifier.parts import (
    EDITION,
    ENDPOINTS,
    NEVER_TWICE,
    QUICK,
    SLOTS,
    TIMEOUT,
    Notifier,
    counted,
    email_speaker,
    to_applicant,
    to_system,
)
from tests.plans import by_nested_loops

MAIL = Destination(Channel.EMAIL, "smtp")
PORTAL = Destination(Channel.WEBHOOK, "portal")


async def test_r_not_2_an_email_is_sent_once_and_its_attempt_recorded(notifier: Notifier, mail: MailSink) -> None:
    order = to_applicant("aigul@post.example")
    await notifier.ordered(order)
    await notifier.settled("sent")

    [letter] = mail.mails
    [attempt] = await notifier.attempts()
    assert (letter.to, letter.message_id) == ("aigul@post.example", f"<{order.notification_id}@joldau.example>")
    assert (attempt.number, attempt.outcome, attempt.code) == (1, "sent", None)
    assert attempt.reference == "2.0.0 kept"
    assert attempt.duration_ms >= 0
    assert len(attempt.text_version) == 16


async def test_a_webhook_that_is_answered_with_success_is_delivered(notifier: Notifier) -> None:
    """The receiver's 2xx is the proof, and its signature check passed."""
    order = to_system()
    async with notifier.posting_system() as portal:
        await notifier.ordered(order)
        await notifier.settled("delivered")

    [seen] = portal.attempts
    assert (seen.webhook_id, seen.verified) == (str(order.notification_id), True)
    assert seen.payload["data"] == order.payload


async def test_a_refusal_for_now_is_tried_again(notifier: Notifier, mail: MailSink) -> None:
    mail.force("aigul@post.example", MailOutcome.TEMPORARY, times=2)
    await notifier.ordered(to_applicant("aigul@post.example"))
    await notifier.settled("sent")

    attempts = [(one.number, one.outcome, one.code) for one in await notifier.attempts()]
    assert attempts == [(1, "temporary", "smtp_451_4.3.0"), (2, "temporary", "smtp_451_4.3.0"), (3, "sent", None)]
    assert len(mail.mails) == 1


async def test_a_refusal_for_good_ends_it(notifier: Notifier, mail: MailSink) -> None:
    mail.force("aigul@post.example", MailOutcome.PERMANENT)
    await notifier.ordered(to_applicant("aigul@post.example"))
    row, letter = await notifier.settled("permanent_failure", "queued")

    assert (letter.channel, letter.notification_id) == ("letter", row.notification_id)
    assert (row.reason, row.attempts, row.next_attempt_at) == ("smtp_550_5.1.1", 1, None)


async def test_an_exhausted_schedule_ends_it(notifier: Notifier) -> None:
    async with notifier.posting_system() as portal:
        portal.answers.extend([WebhookAnswer(500)] * 9)
        await notifier.ordered(to_system())
        [row] = await notifier.settled("technical_failure")

    assert (row.reason, row.attempts, len(portal.attempts)) == ("http_500", 4, 4)


async def test_an_email_whose_answer_is_lost_is_in_doubt_and_not_repeated(notifier: Notifier, mail: MailSink) -> None:
    """It waits for a person, visibly: nobody is told twice by itself."""
    mail.force("aigul@post.example", MailOutcome.ANSWER_LOST)
    await notifier.ordered(to_applicant("aigul@post.example"), to_applicant("after@post.example"))
    first, _ = await notifier.settled("unknown", "sent")

    assert (first.reason, first.next_attempt_at, first.attempts) == ("no_answer", None, 1)
    assert len(mail.mails) == 2


async def test_where_it_is_allowed_a_doubtful_email_is_repeated_under_its_message_id(
    notifier: Notifier, mail: MailSink
) -> None:
    notifier.speakers[Channel.EMAIL] = email_speaker(mail.port, schedule=QUICK)
    again = Notifier(notifier.database, notifier.speakers)
    mail.force("aigul@post.example", MailOutcome.ANSWER_LOST, times=1)
    await again.ordered(to_applicant("aigul@post.example"))
    await again.settled("sent")

    assert len(mail.mails) == 2
    assert len({letter.message_id for letter in mail.mails}) == 1


async def test_a_receiver_that_asks_for_time_gets_it(notifier: Notifier) -> None:
    """Retry-After prolongs the wait."""
    async with notifier.posting_system() as portal:
        portal.answers.append(WebhookAnswer(503, retry_after=600))
        await notifier.ordered(to_system())
        [row] = await notifier.settled("temporary_failure")

    assert timedelta(seconds=590) < row.next_attempt_at - clock.now() <= timedelta(seconds=600)


async def test_an_endpoint_that_is_gone_is_called_no_more(notifier: Notifier) -> None:
    """What waits for it is suppressed, with the reason."""
    async with notifier.posting_system() as portal:
        portal.answers.extend([WebhookAnswer(410), WebhookAnswer(503, retry_after=600)])
        await notifier.ordered(to_system())
        await notifier.settled("permanent_failure")
        await notifier.ordered(to_system())
        rows = await notifier.rows()

    async with notifier.database.reading() as tx:
        endpoint = (await store.endpoints(tx))["portal"]
    assert endpoint.disabled_because == "http_410"
    assert (rows[1].state, rows[1].reason) == ("suppressed", "endpoint_disabled")
    assert len(portal.attempts) == 1


async def test_what_its_former_address_answered_disables_no_endpoint(notifier: Notifier) -> None:
    """The system has moved while it was called."""
    await notifier.endpoint("portal", "https://former.example/")
    await notifier.ordered(to_system())
    [claim] = await _claimed(notifier, PORTAL, lease=timedelta(minutes=1))
    gone = Attempt(claim.notification, Permanent("http_410", gone=True), started_at=clock.now(), duration_ms=1)
    care = Care(notifier.delivery.recorder)
    async with notifier.database.transaction() as tx:
        await ENDPOINTS.put(tx, "portal", url="https://new.example/", description="", at=clock.now())
    async with notifier.database.transaction() as tx:
        await care.conclude(tx, PORTAL, [gone], at=clock.now())
    async with notifier.database.reading() as tx:
        assert (await store.endpoints(tx))["portal"].disabled_at is None
    async with notifier.database.transaction() as tx:
        await care.conclude(tx, PORTAL, [replace(gone, started_at=clock.now())], at=clock.now())
    async with notifier.database.reading() as tx:
        assert (await store.endpoints(tx))["portal"].disabled_at is not None


async def test_what_waits_for_a_removed_endpoint_is_suppressed_at_its_turn(notifier: Notifier) -> None:
    """Also when the row came in beside the removal."""
    await notifier.endpoint("portal", "https://portal.example/")
    await notifier.ordered(to_system())
    async with notifier.database.transaction() as tx:
        await store.remove_endpoint(tx, "portal")
    before = counted("webhook", "suppressed")
    [row] = await notifier.settled("suppressed")

    assert row.reason == "no_endpoint"
    assert counted("webhook", "suppressed") - before == 1


async def test_a_receiver_that_hangs_holds_up_nobody_else(notifier: Notifier, mail: MailSink) -> None:
    """Not e-mail, not another receiver; and it itself has no more attempts under way than its slots."""
    async with notifier.posting_system("slow") as slow, notifier.posting_system("quick") as quick:
        slow.answers.extend([WebhookAnswer(hang=True)] * 100)
        await notifier.ordered(*(to_system("slow") for _ in range(30)))
        async with notifier.delivering():
            await slow.until(lambda: len(slow.attempts) == SLOTS, within=5)
            await notifier.ordered(*(to_applicant(f"a{n}@post.example") for n in range(30)))
            await notifier.ordered(*(to_system("quick") for _ in range(30)))
            settled = {"sent", "delivered"}
            rows = await notifier.until(lambda rows: {r.state for r in rows if r.recipient != "slow"} == settled)

    assert len([row for row in rows if row.state == "sending"]) <= SLOTS
    assert (len(mail.mails), len(quick.delivered), len(slow.delivered)) == (30, 30, 0)


async def _claimed(notifier: Notifier, where: Destination, *, lease: timedelta) -> list[claims.Claim]:
    async with notifier.database.transaction() as tx:
        return await claims.claim(tx, where, limit=50, lease=lease, at=clock.now())


async def test_no_more_is_claimed_than_asked_for_whatever_the_plan(notifier: Notifier) -> None:
    """PostgreSQL may look for what is free once for each row, and what it has just claimed is not free any more."""
    await notifier.ordered(*(to_applicant(f"a{n}@post.example") for n in range(9)))
    async with notifier.database.transaction() as tx:
        await by_nested_loops(tx)
        claimed = await claims.claim(tx, MAIL, limit=4, lease=timedelta(minutes=1), at=clock.now())

    assert len(claimed) == 4


async def test_a_webhook_cut_off_by_a_crash_is_sent_again_under_its_id(notifier: Notifier) -> None:
    order = to_system()
    async with notifier.posting_system() as portal:
        await notifier.ordered(order)
        await _claimed(notifier, PORTAL, lease=timedelta(0))
        await notifier.delivery.recover()
        await notifier.settled("delivered")

    attempts = [(one.number, one.outcome, one.code, one.duration_ms is None) for one in await notifier.attempts()]
    assert attempts == [(1, "unknown", "interrupted", True), (2, "sent", None, False)]
    assert {one.webhook_id for one in portal.attempts} == {str(order.notification_id)}


async def test_an_email_cut_off_by_a_crash_is_in_doubt_and_not_repeated(notifier: Notifier, mail: MailSink) -> None:
    await notifier.ordered(to_applicant())
    await _claimed(notifier, MAIL, lease=timedelta(0))
    await notifier.delivery.recover()
    await notifier.ordered(to_applicant())
    first, _ = await notifier.settled("unknown", "sent")

    assert (first.reason, first.next_attempt_at) == ("interrupted", None)
    assert len(mail.mails) == 1


async def test_an_attempt_within_its_lease_is_left_alone(notifier: Notifier) -> None:
    """Another process may be in the middle of it."""
    await notifier.ordered(to_applicant())
    await _claimed(notifier, MAIL, lease=timedelta(minutes=1))
    await notifier.delivery.recover()

    [row] = await notifier.rows()
    assert row.state == "sending"


async def test_an_answer_after_the_lease_still_counts(notifier: Notifier) -> None:
    """A process that stood still learns that the e-mail was taken: the doubt is over."""
    await notifier.ordered(to_applicant())
    [claim] = await _claimed(notifier, MAIL, lease=timedelta(0))
    await notifier.delivery.recover()
    late = Attempt(claim.notification, Sent("kept"), started_at=clock.now(), duration_ms=90_000)
    async with notifier.database.transaction() as tx:
        await notifier.delivery.recorder.record(tx, [late], at=clock.now())

    [row], [attempt] = await notifier.rows(), await notifier.attempts()
    assert row.state == "sent"
    assert (attempt.outcome, attempt.code, attempt.reference) == ("sent", None, "kept")


async def test_an_answer_that_another_attempt_has_overtaken_changes_nothing(notifier: Notifier) -> None:
    async with notifier.posting_system():
        await notifier.ordered(to_system())
        [claim] = await _claimed(notifier, PORTAL, lease=timedelta(0))
        await notifier.delivery.recover()
        before = await notifier.settled("delivered")
    late = Attempt(claim.notification, Sent("late"), started_at=clock.now(), duration_ms=90_000)
    async with notifier.database.transaction() as tx:
        await notifier.delivery.recorder.record(tx, [late], at=clock.now())

    assert await notifier.rows() == before
    assert [one.reference for one in await notifier.attempts()] == [None, "http_204"]


async def test_two_processes_over_one_database_send_each_notice_once(
    notifier: Notifier, mail: MailSink, database_url: str, open_database: Any
) -> None:
    other = Notifier(await open_database(database_url, "notifier"), {Channel.EMAIL: email_speaker(mail.port)})
    await notifier.ordered(*(to_applicant(f"a{n}@post.example") for n in range(60)))
    async with notifier.delivering(), other.delivering():
        await notifier.until(lambda rows: {row.state for row in rows} == {"sent"})

    assert sorted(letter.to for letter in mail.mails) == sorted(f"a{n}@post.example" for n in range(60))
    assert len(await notifier.attempts()) == 60


class Failing(Database):
    """A database that goes away for a while, at a commit that writes."""

    outages = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with super().transaction() as tx:
            yield tx
            if self.outages:
                self.outages -= 1
                raise DatabaseUnavailable("as told")


async def test_an_outage_of_the_database_repeats_no_call(notifier: Notifier, mail: MailSink, database_url: str) -> None:
    """The outcome stays in hand until it can be recorded."""
    database = Failing(database_url, service="notifier")

    async def go_away() -> None:
        database.outages = 2

    failing = Notifier(database, {Channel.EMAIL: Scripted(go_away)})
    await failing.ordered(to_applicant())
    await failing.settled("sent")
    await database.close()

    [row], [attempt] = await notifier.rows(), await notifier.attempts()
    assert (row.attempts, attempt.outcome) == (1, "sent")


class Scripted(EmailSpeaker):
    """A channel whose provider does as the test says, and then takes the message."""

    def __init__(self, script: Callable[[], Awaitable[None]]) -> None:
        super().__init__(EDITION, {"smtp": self}, {"smtp": Terms(NEVER_TWICE, 4, TIMEOUT)})
        self._script = script

    async def send(self, _outgoing: OutgoingEmail) -> Outcome:
        await self._script()
        return Sent()

    async def rest(self) -> None:
        return None


async def _broken() -> None:
    raise RuntimeError("a bug in the driver")


async def test_a_bug_in_a_driver_leaves_a_doubt_and_stops_nothing(notifier: Notifier) -> None:
    """Whether it had been handed over is not known, so it is not repeated."""
    notifier.speakers[Channel.EMAIL] = Scripted(_broken)
    broken = Notifier(notifier.database, notifier.speakers)
    await broken.ordered(to_applicant())
    async with broken.posting_system():
        await broken.ordered(to_system())
        first, _ = await broken.settled("unknown", "delivered")

    assert first.reason == "fault"


async def test_a_notice_that_cannot_be_rendered_is_tried_again(notifier: Notifier, mail: MailSink) -> None:
    """Nothing was said to anybody, and the next release may mend it."""
    await notifier.ordered(to_applicant())
    async with notifier.database.transaction() as tx:
        await tx.execute(update(tables.notification).values(content="{}"))
    row, _ = await notifier.settled("technical_failure", "queued")

    assert (row.reason, row.attempts, mail.mails) == ("fault", 4, [])


async def test_a_stop_finishes_what_is_under_way(notifier: Notifier, mail: MailSink) -> None:
    """Nothing new is begun, and what was begun is recorded."""
    reached, answering = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        reached.set()
        await answering.wait()

    slow = Notifier(notifier.database, {Channel.EMAIL: Scripted(wait)})
    await slow.ordered(*(to_applicant(f"a{n}@post.example") for n in range(9)))
    stopping = asyncio.Event()
    running = asyncio.create_task(slow.delivery.run(stopping))
    await reached.wait()
    stopping.set()
    answering.set()
    await running

    states = [row.state for row in await slow.rows()]
    assert sorted(states) == ["queued"] * 5 + ["sent"] * 4


async def test_many_notices_with_a_fifth_failing_end_explained(notifier: Notifier, mail: MailSink) -> None:
    """Each ends in a final or explained state; receivers see each id with one effect."""
    letters = [to_applicant(f"a{n}@post.example") for n in range(150)]
    forced = (MailOutcome.TEMPORARY, MailOutcome.PERMANENT, MailOutcome.ANSWER_LOST)
    for n in range(0, 150, 5):
        mail.force(f"a{n}@post.example", forced[n // 5 % 3], times=2)
    async with notifier.posting_system() as portal:
        portal.answers.extend([WebhookAnswer(500 if n % 5 == 0 else 204) for n in range(200)])
        await notifier.ordered(*letters)
        await notifier.ordered(*(to_system() for _ in range(150)))
        async with notifier.delivering():
            rows = await notifier.until(lambda rows: not any(row.next_attempt_at or row.lease_until_ms for row in rows))

    ended = {(row.channel, row.state, row.reason) for row in rows}
    ids = [letter.message_id for letter in mail.mails]
    assert ended == {
        ("email", "sent", None),
        ("email", "permanent_failure", "smtp_550_5.1.1"),
        ("email", "unknown", "no_answer"),
        ("letter", "queued", None),
        ("webhook", "delivered", None),
    }
    assert (len(ids), len(set(ids))) == (140, 140)
    assert (len(portal.delivered), sum(200 <= one.status < 300 for one in portal.attempts)) == (150, 150)
