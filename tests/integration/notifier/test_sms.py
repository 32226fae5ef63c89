"""SMS on both databases, by gateways that refuse, lose answers and hang: fail-over, doubt, receipts, the ladder."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from services.chassis import clock
from services.chassis.errors import Invalid, NotFound
from services.chassis.ids import new_id
from services.chassis.outbound import EVERYWHERE, Outbound
from services.cli.local.gateways import Dialect, GatewaySink, SmsOutcome
from services.cli.local.sinks import MailOutcome, MailSink
from services.contracts.notifications import Notice, Road
from services.notifier import claims, store, suppressions
from services.notifier.channels.gateways import Account, gateway
from services.notifier.channels.sms import InDoubt, OutgoingSms
from services.notifier.claims import Attempt, Destination
from services.notifier.notification import Channel, Schedule, Sent, Temporary
from services.notifier.pace import Pace
from services.notifier.providers import Pool, Routes
from services.notifier.receipts import Receipts
from services.notifier.speakers import SmsSpeaker, Terms
from services.notifier.suppressions import Why
from services.notifier.tables import notification
from tests.integration.notifier.conftest import Receiver
from tests.integration.notifier.parts import (
    EDITION,
    QUICK,
    Notifier,
    accepted,
    counted,
    email_speaker,
    silence_of,
    to_applicant,
    told,
)

PHONE = "+77011234567"


def to_phone(phone: str = PHONE, **changes: Any) -> Any:
    return to_applicant(None, phone=phone, **changes)


@asynccontextmanager
async def by_sms(
    notifier: Notifier,
    sinks: Mapping[str, GatewaySink],
    *,
    pace: Pace | None = None,
    retry: float = 1.0,
    schedule: Schedule = QUICK,
) -> AsyncIterator[tuple[Notifier, Receipts]]:
    """The notifier with these gateways, under way."""
    async with AsyncExitStack() as stack:
        gateways = {}
        for name, sink in sinks.items():
            await stack.enter_async_context(sink)
            http = await stack.enter_async_context(Outbound(timeout=retry, allowed=EVERYWHERE))
            path = "/sms" if sink.dialect is Dialect.HTTP else ""
            gateways[name] = gateway(sink.dialect, Account(sink.url + path, "key", sender="Joldau"), http)
        terms = {
            name: Terms(replace(schedule, repeats_unknown=one.in_doubt is not InDoubt.LEAVE), 2, retry, pace)
            for name, one in gateways.items()
        }
        pools = {**notifier.routes.pools, Channel.SMS: Pool(dict.fromkeys(sinks, 1))}
        speakers = {**notifier.speakers, Channel.SMS: SmsSpeaker(EDITION, gateways, terms)}
        whole = Notifier(notifier.database, speakers, Routes(pools))
        yield whole, Receipts(whole.delivery.settling, gateways, new_id)


@pytest.mark.parametrize("dialect", Dialect)
async def test_an_sms_is_taken_once(notifier: Notifier, dialect: Dialect) -> None:
    """In the applicant's language, with the provider's own name for it and its segments on record."""
    sink = GatewaySink(dialect)
    async with by_sms(notifier, {"only": sink}) as (whole, _):
        await whole.ordered(to_phone())
        [row] = await whole.settled("sent")

    [attempt] = await whole.attempts()
    [sms] = sink.taken
    assert (sms.to.removeprefix("+"), row.reference) == (PHONE.removeprefix("+"), "1")
    assert sms.text.startswith("№ JD-2026-000001 жолданымыңыз тіркелді.")
    assert (attempt.destination, attempt.segments) == ("only", 2)


async def test_a_gateway_that_refuses_is_stood_in_for_at_once(notifier: Notifier) -> None:
    sinks = {name: GatewaySink(Dialect.HTTP) for name in ("one", "two")}
    async with by_sms(notifier, sinks) as (whole, _):
        await whole.ordered(to_phone())
        first = (await whole.rows())[0].destination
        sinks[first].outcomes.append(SmsOutcome.REFUSED)
        await whole.settled("sent")

    attempts = [(one.destination == first, one.outcome, one.code) for one in await whole.attempts()]
    assert attempts == [(True, "temporary", "http_503"), (False, "sent", None)]


async def test_a_gateway_that_is_down_is_left_alone_and_tried_with_one_sms(notifier: Notifier) -> None:
    """Its SMS go by the other; once it has taken one again, it gets its share."""
    sinks = {"up": GatewaySink(Dialect.HTTP), "down": GatewaySink(Dialect.HTTP, failing=1.0)}
    async with by_sms(notifier, sinks) as (whole, _):
        await whole.ordered(*(to_phone(f"+7701123{n:04}") for n in range(60)))
        async with whole.delivering():
            await whole.until(lambda rows: {row.state for row in rows} == {"sent"})
        calls_while_down = sinks["down"].calls
        sinks["down"].failing = 0.0
        async with whole.delivering():
            for n in range(40):
                await whole.ordered(to_phone(f"+7702123{n:04}"))
                await whole.until(lambda rows: {row.state for row in rows} == {"sent"})
                if len(sinks["down"].taken) > 1:
                    break

    assert calls_while_down <= 8
    assert len({sms.to for sink in sinks.values() for sms in sink.taken}) == len(await whole.rows())
    assert not any(sink.doubled for sink in sinks.values())
    assert sinks["down"].taken


async def test_a_gateway_that_hangs_holds_up_nobody(notifier: Notifier, mail: MailSink) -> None:
    """Its slots are its own; what it may have taken is not sent by another."""
    sinks = {"quick": GatewaySink(Dialect.HTTP), "hangs": GatewaySink(Dialect.MOBIZON, hangs=True)}
    async with by_sms(notifier, sinks, retry=0.5) as (whole, _):
        await whole.ordered(*(to_phone(f"+7701123{n:04}") for n in range(40)))
        await whole.ordered(to_applicant())
        async with whole.delivering():
            rows = await whole.until(lambda rows: not any(r.next_attempt_at or r.lease_until_ms for r in rows))

    states = Counter(row.state for row in rows)
    assert set(states) == {"sent", "unknown"}
    assert states["unknown"] == sinks["hangs"].calls <= 8
    assert len(sinks["quick"].taken) == 40 - states["unknown"]
    assert len(mail.mails) == 1


async def test_a_gateway_without_ids_is_never_told_again(notifier: Notifier) -> None:
    """The answer is lost: a person decides."""
    sink = GatewaySink(Dialect.MOBIZON)
    sink.outcomes.append(SmsOutcome.ANSWER_LOST)
    async with by_sms(notifier, {"only": sink}) as (whole, _):
        await whole.ordered(to_phone())
        await whole.settled("unknown")
        await whole.ordered(to_phone("+77011234568"))
        first, _ = await whole.settled("unknown", "sent")

    assert (first.next_attempt_at, first.reason, len(sink.taken)) == (None, "http_504", 2)
    assert sorted(one["outcome"] for one in await told(whole)) == ["sent", "unknown"]


@pytest.mark.parametrize("outcome", [SmsOutcome.ANSWER_LOST, SmsOutcome.HANG])
async def test_a_gateway_that_can_be_asked_is_asked_first(notifier: Notifier, outcome: SmsOutcome) -> None:
    """What it has is not sent again, what it has not is; either way the telephone rings once."""
    sink = GatewaySink(Dialect.SMSC)
    sink.outcomes.append(outcome)
    async with by_sms(notifier, {"only": sink}, retry=0.5) as (whole, _):
        await whole.ordered(to_phone())
        await whole.settled("sent")

    assert (len(sink.taken), sink.asked) == (1, 1)


async def test_a_gateway_that_honours_our_id_is_told_again(notifier: Notifier) -> None:
    sinks = {name: GatewaySink(Dialect.HTTP) for name in ("one", "two")}
    async with by_sms(notifier, sinks) as (whole, _):
        await whole.ordered(to_phone())
        first = (await whole.rows())[0].destination
        sinks[first].outcomes.append(SmsOutcome.ANSWER_LOST)
        [row] = await whole.settled("sent")

    assert (row.destination, len(sinks[first].taken), sinks[first].calls) == (first, 1, 2)


async def test_a_refusal_of_a_repetition_leaves_the_doubt(notifier: Notifier) -> None:
    """The one before may have been taken, so no other gateway may have it."""
    sinks = {name: GatewaySink(Dialect.HTTP) for name in ("one", "two")}
    async with by_sms(notifier, sinks) as (whole, _):
        await whole.ordered(to_phone())
        first = (await whole.rows())[0].destination
        sinks[first].outcomes.extend([SmsOutcome.ANSWER_LOST, SmsOutcome.REFUSED])
        [row] = await whole.settled("sent")

    assert (row.destination, row.attempts) == (first, 3)
    assert sum(len(sink.taken) for sink in sinks.values()) == 1


@pytest.mark.parametrize("outcome", [SmsOutcome.FORBIDDEN, SmsOutcome.CONFLICT])
async def test_no_answer_to_a_repetition_ends_the_doubt_but_its_taking(notifier: Notifier, outcome: SmsOutcome) -> None:
    """Neither paper nor another gateway follows: the one before may have been taken."""
    sinks = {name: GatewaySink(Dialect.HTTP) for name in ("one", "two")}
    async with by_sms(notifier, sinks) as (whole, _):
        await whole.ordered(to_phone())
        first = (await whole.rows())[0].destination
        sinks[first].outcomes.extend([SmsOutcome.ANSWER_LOST, *[outcome] * 3])
        async with whole.delivering():
            [row] = await whole.until(lambda rows: rows[0].attempts == 4 and rows[0].state == "unknown")

    assert (row.destination, row.in_doubt, row.next_attempt_at) == (first, True, None)
    assert sum(len(sink.taken) for sink in sinks.values()) == 1


async def test_a_conflict_is_no_refusal(notifier: Notifier) -> None:
    """The gateway has our id already, though the attempt before was refused: it is told again, and nobody else."""
    sink = GatewaySink(Dialect.HTTP)
    sink.outcomes.append(SmsOutcome.CONFLICT)
    async with by_sms(notifier, {"only": sink}) as (whole, _):
        await whole.ordered(to_phone())
        await whole.settled("sent")

    assert [(one.outcome, one.code) for one in await whole.attempts()] == [("unknown", "http_409"), ("sent", None)]


@pytest.mark.parametrize("outcome", [SmsOutcome.REFUSED, SmsOutcome.FORBIDDEN])
async def test_a_doubt_that_a_person_hastens_stays_one(notifier: Notifier, outcome: SmsOutcome) -> None:
    """The gateway knows no id of ours and refuses: what it was told before may be on its way all the same."""
    sinks = {name: GatewaySink(Dialect.MOBIZON) for name in ("one", "two")}
    async with by_sms(notifier, sinks) as (whole, _):
        await whole.ordered(to_phone())
        [row] = await whole.rows()
        sinks[row.destination].outcomes.extend([SmsOutcome.ANSWER_LOST, outcome])
        await whole.settled("unknown")
        async with whole.database.transaction() as tx:
            await store.hasten(tx, row.id, by="desk", at=clock.now())
        async with whole.delivering():
            [after] = await whole.until(lambda rows: rows[0].attempts == 2 and rows[0].state != "sending")

    assert (after.state, after.destination, after.next_attempt_at) == ("unknown", row.destination, None)
    assert sum(len(sink.taken) for sink in sinks.values()) == 1


async def test_a_pace_is_kept(notifier: Notifier) -> None:
    """Ten at once, then ten a second."""
    async with by_sms(notifier, {"only": GatewaySink(Dialect.HTTP)}, pace=Pace(10)) as (whole, _):
        await whole.ordered(*(to_phone(f"+7701123{n:04}") for n in range(15)))
        started = clock.now()
        async with whole.delivering():
            await whole.until(lambda rows: {row.state for row in rows} == {"sent"})

    assert clock.now() - started > timedelta(seconds=0.4)


async def test_what_no_telephone_takes_goes_on_paper(notifier: Notifier) -> None:
    """The law's notice does not end in silence; intake hears of each step, masked."""
    sink = GatewaySink(Dialect.SMSC)
    sink.outcomes.append(SmsOutcome.FORBIDDEN)
    async with by_sms(notifier, {"only": sink}) as (whole, _):
        await whole.ordered(to_phone(applicant_name="А. Сынақ", postal_address="Қонаев, Үлгі к., 1"))
        sms, letter = await whole.settled("permanent_failure", "queued")

    assert (sms.reason, letter.channel, letter.next_attempt_at) == ("smsc_6", "letter", None)
    assert letter.addressee == "А. Сынақ\nҚонаев, Үлгі к., 1"
    assert letter.notification_id == sms.notification_id
    said = [(one["outcome"], one["channel"], one["recipient"], one["provider"]) for one in await told(whole)]
    assert said == [("failed", "sms", "+7•••67", "only"), ("queued", "letter", "", "desk")]


async def test_the_preferred_channel_comes_first_and_the_other_after_it(notifier: Notifier, mail: MailSink) -> None:
    """E-mail's server refuses for good, so an SMS follows; by preference it is the other way round."""
    mail.force("aigul@post.example", MailOutcome.PERMANENT)
    async with by_sms(notifier, {"only": GatewaySink(Dialect.HTTP)}) as (whole, _):
        await whole.ordered(to_applicant("aigul@post.example", phone=PHONE))
        await whole.settled("permanent_failure", "sent")
        await whole.ordered(to_applicant("aigul@post.example", phone=PHONE, channels=(Road.SMS,)))
        rows = await whole.settled("permanent_failure", "sent", "sent")

    assert [row.channel for row in rows] == ["email", "sms", "sms"]


async def test_who_opted_out_gets_what_the_law_requires_and_nothing_else(notifier: Notifier) -> None:
    async with by_sms(notifier, {"only": GatewaySink(Dialect.HTTP)}) as (whole, _):
        async with whole.database.transaction() as tx:
            rung = (Channel.SMS, PHONE)
            await suppressions.add(tx, rung, Why.OPTED_OUT, row_id=new_id(), by="desk", at=clock.now())
        await whole.ordered(accepted(None, phone=PHONE))
        await whole.ordered(to_phone())
        rows = await whole.settled("suppressed", "sent")

    assert rows[0].reason == "opted_out"


@pytest.mark.parametrize("status", [408, 425, 429])
@pytest.mark.parametrize("dialect", Dialect)
async def test_a_gateway_that_cannot_take_it_now_is_tried_again(
    receiver: Receiver, dialect: Dialect, status: int
) -> None:
    """Too slow, too early, too often: nothing was taken, and nothing is wrong with the SMS."""
    receiver.answer = f"HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n".encode()
    async with receiver.listening(), Outbound(timeout=5, allowed=EVERYWHERE) as http:
        outcome = await gateway(dialect, Account(receiver.url(), "key"), http).send(OutgoingSms(new_id(), PHONE, "x"))

    assert outcome == Temporary(f"http_{status}")


async def test_a_newer_notice_replaces_one_that_has_failed_and_is_not_the_law_s(
    notifier: Notifier, mail: MailSink
) -> None:
    """Of the same referral, between two attempts; required ones are all sent."""
    variables = {**to_applicant().variables, "agency_name": "Отдел", "agency_contacts": "", "answer_due_on": ""}
    referral = new_id()
    slow = Schedule((timedelta(0), timedelta(hours=1)), repeats_unknown=False)
    later = Notifier(notifier.database, {Channel.EMAIL: email_speaker(mail.port, schedule=slow)})
    mail.force("aigul@post.example", MailOutcome.TEMPORARY, times=1)
    await later.ordered(to_applicant(notice=Notice.ACCEPTED, variables=variables, referral_id=referral, revision=3))
    await later.settled("temporary_failure")
    before = counted("email", "replaced")
    answered = {**variables, "answer": "Жауап"}
    await later.ordered(to_applicant(notice=Notice.ANSWERED, variables=answered, referral_id=referral, revision=4))
    rows = await later.settled("replaced", "sent")

    assert [row.notice for row in rows] == ["accepted", "answered"]
    assert counted("email", "replaced") - before == 1


async def receipt(notifier: Notifier, receipts: Receipts, provider: str, **fields: str) -> None:
    async with notifier.database.transaction() as tx:
        await receipts.of_sms(tx, provider, fields, at=clock.now())


async def test_a_receipt_proves_delivery_however_often_and_late_it_comes(notifier: Notifier) -> None:
    async with by_sms(notifier, {"only": GatewaySink(Dialect.HTTP)}) as (whole, receipts):
        await whole.ordered(to_phone())
        [row] = await whole.settled("sent")
        for _ in range(2):
            await receipt(whole, receipts, "only", id=str(row.id), status="delivered")
        await receipt(whole, receipts, "only", id=str(row.id), status="failed", code="late")
        [after] = await whole.rows()

    assert after.state == "delivered"
    assert [one["outcome"] for one in await told(whole)] == ["sent", "delivered"]


async def test_a_gateway_speaks_for_its_own_sms_alone(notifier: Notifier, mail: MailSink) -> None:
    """Neither of an e-mail nor of what another gateway took: it may know our ids, and proves nothing by them."""
    sinks = {name: GatewaySink(Dialect.HTTP) for name in ("one", "two")}
    async with by_sms(notifier, sinks) as (whole, receipts):
        await whole.ordered(to_phone(), to_applicant("aigul@post.example"))
        sms, email = await whole.settled("sent", "sent")
        other = next(name for name in sinks if name != sms.destination)
        for row, provider in ((sms, other), (email, sms.destination)):
            with pytest.raises(NotFound):
                await receipt(whole, receipts, provider, id=str(row.id), status="delivered")
        rows = await whole.rows()

    assert [row.state for row in rows] == ["sent", "sent"]


@pytest.mark.parametrize("why", Why)
async def test_a_rung_that_came_to_be_suppressed_is_left_out(notifier: Notifier, mail: MailSink, why: Why) -> None:
    """A number that died since the order came is not tried; who opted out still gets what the law requires."""
    mail.force("aigul@post.example", MailOutcome.PERMANENT)
    async with by_sms(notifier, {"only": GatewaySink(Dialect.HTTP)}) as (whole, _):
        await whole.ordered(to_applicant(phone=PHONE), accepted(phone=PHONE))
        async with whole.database.transaction() as tx:
            await suppressions.add(tx, (Channel.SMS, PHONE), why, row_id=new_id(), by="desk", at=clock.now())
        async with whole.delivering():
            rows = await whole.until(
                lambda rows: len(rows) == 3 and not any(row.next_attempt_at or row.lease_until_ms for row in rows)
            )

    tried = [(row.notice, row.channel, row.state) for row in rows[2:]]
    expected = ("letter", "queued") if why is Why.DEAD else ("sms", "sent")
    assert tried == [("registered", *expected)]


async def test_a_provider_that_another_stands_in_for_cannot_fail_the_sms(notifier: Notifier) -> None:
    """It refused, had taken it all the same, and gave it up: the other one speaks for it. Its proof counts."""
    sinks = {name: GatewaySink(Dialect.HTTP) for name in ("one", "two")}
    async with by_sms(notifier, sinks) as (whole, receipts):
        await whole.ordered(to_phone())
        first = (await whole.rows())[0].destination
        sinks[first].outcomes.append(SmsOutcome.REFUSED)
        [row] = await whole.settled("sent")
        await receipt(whole, receipts, first, id=str(row.id), status="expired")
        rows: Sequence[Any] = await whole.rows()
        await receipt(whole, receipts, first, id=str(row.id), status="delivered")
        after: Sequence[Any] = await whole.rows()

    assert [(one.channel, one.state, one.destination != first) for one in rows] == [("sms", "sent", True)]
    assert [one.state for one in after] == ["delivered"]


async def test_a_receipt_before_the_answer_is_recorded_counts(notifier: Notifier) -> None:
    """The gateway's answer comes after its receipt: the attempt is on record all the same."""
    async with by_sms(notifier, {"only": GatewaySink(Dialect.HTTP)}) as (whole, receipts):
        await whole.ordered(to_phone())
        async with whole.database.transaction() as tx:
            where = Destination(Channel.SMS, "only")
            [claim] = await claims.claim(tx, where, limit=1, lease=timedelta(minutes=1), at=clock.now())
        await receipt(whole, receipts, "only", id=str(claim.notification.id), status="delivered")
        late = Attempt(claim.notification, Sent("late"), started_at=clock.now(), duration_ms=5)
        async with whole.database.transaction() as tx:
            await whole.delivery.recorder.record(tx, [late], at=clock.now())
        [row], [attempt] = await whole.rows(), await whole.attempts()

    assert (row.state, row.reference) == ("delivered", "late")
    assert (attempt.outcome, attempt.reference) == ("sent", "late")
    assert [(one["outcome"], one.get("reference")) for one in await told(whole)] == [
        ("delivered", None),
        ("sent", "late"),
    ]


async def test_a_gateway_that_gave_up_is_followed_by_paper(notifier: Notifier) -> None:
    async with by_sms(notifier, {"only": GatewaySink(Dialect.SMSC)}) as (whole, receipts):
        await whole.ordered(to_phone())
        [row] = await whole.settled("sent")
        await receipt(whole, receipts, "only", id=row.id.hex, phone=PHONE, status="3")
        rows: Sequence[Any] = await whole.rows()

    assert [(r.channel, r.state) for r in rows] == [("sms", "technical_failure"), ("letter", "queued")]


async def test_a_receipt_by_the_gateway_s_own_name_is_found(notifier: Notifier) -> None:
    async with by_sms(notifier, {"only": GatewaySink(Dialect.MOBIZON)}) as (whole, receipts):
        await whole.ordered(to_phone())
        await whole.settled("sent")
        signed = {"eventId": "1", "attempt": "1", "eventCreateTs": "x"}
        await receipt(whole, receipts, "only", **signed, **{"data.messageId": "1", "data.status": "DELIVRD"})
        [row] = await whole.rows()
        with pytest.raises(NotFound):
            await receipt(whole, receipts, "only", **signed, **{"data.messageId": "9", "data.status": "DELIVRD"})
        with pytest.raises(Invalid):
            await receipt(whole, receipts, "only", status="DELIVRD")

    assert row.state == "delivered"


@pytest.mark.parametrize(
    ("dialect", "status", "expected"),
    [
        (Dialect.SMSC, 1, [("sms", "delivered", None)]),
        (Dialect.SMSC, 0, [("sms", "sent", "unconfirmed")]),
        (Dialect.SMSC, 20, [("sms", "technical_failure", "smsc_status_20"), ("letter", "queued", None)]),
        (Dialect.MOBIZON, 0, [("sms", "sent", "unconfirmed")]),
    ],
)
async def test_silence_after_sending_is_looked_into_once(
    notifier: Notifier, dialect: Dialect, status: int, expected: list[tuple[str, str, str | None]]
) -> None:
    """The law's alone: its gateway is asked, or a person looks; nothing is sent again, and a young one waits."""
    sink = GatewaySink(dialect, status=status)
    async with by_sms(notifier, {"only": sink}) as (whole, receipts):
        await whole.ordered(to_phone(), accepted(None, phone="+77011234568"))
        await whole.settled("sent", "sent")
        async with whole.database.transaction() as tx:
            await tx.execute(update(notification).values(changed_at=clock.now() - timedelta(days=30)))
        await whole.ordered(to_phone("+77011234569"))
        await whole.settled("sent", "sent", "sent")
        for _ in range(2):
            await silence_of(receipts).look(whole.database)
        old, optional, young, *more = await whole.rows()
        async with whole.database.reading() as tx:
            on_desk = await store.on_desk(tx)

    asked = {("sms", "unconfirmed")} if expected[-1][-1] == "unconfirmed" else {("letter", "letter")} if more else set()
    assert on_desk == dict.fromkeys(asked, 1)
    assert [(row.channel, row.state, row.reason) for row in (old, *more)] == expected
    assert {(row.state, row.reason) for row in (optional, young)} == {("sent", None)}
    assert (len(sink.taken), sink.asked) == (3, int(dialect is Dialect.SMSC))


async def test_what_waits_at_a_provider_that_is_no_more_goes_by_another(notifier: Notifier) -> None:
    """The operator has taken it out of the settings."""
    former = {"former": GatewaySink(Dialect.HTTP)}
    async with by_sms(notifier, former) as (whole, _):
        await whole.ordered(to_phone())
    present = GatewaySink(Dialect.HTTP)
    async with by_sms(notifier, {"present": present}) as (whole, _):
        [row] = await whole.settled("sent")

    assert (row.destination, len(present.taken)) == ("present", 1)


async def test_a_doubt_at_a_provider_that_is_no_more_is_a_person_s_and_told(notifier: Notifier) -> None:
    """Nobody can be asked any more; intake hears of it as of any other doubt."""
    former = GatewaySink(Dialect.HTTP)
    former.outcomes.append(SmsOutcome.ANSWER_LOST)
    slow = Schedule((timedelta(0), timedelta(hours=1)), repeats_unknown=True)
    async with by_sms(notifier, {"former": former}, schedule=slow) as (whole, _):
        await whole.ordered(to_phone())
        await whole.settled("unknown")
        silent = await told(whole)
        async with whole.database.transaction() as tx:
            await tx.execute(update(notification).values(next_attempt_at=clock.now()))
    async with by_sms(notifier, {"present": GatewaySink(Dialect.HTTP)}) as (whole, _):
        await whole.delivery.poll()
        [row] = await whole.rows()
        [heard] = await told(whole)

    assert silent == []
    assert (row.state, row.next_attempt_at, row.destination) == ("unknown", None, "former")
    assert (heard["outcome"], heard["provider"]) == ("unknown", "former")


async def test_without_any_provider_left_the_next_channel_is_tried(notifier: Notifier, mail: MailSink) -> None:
    async with by_sms(notifier, {"former": GatewaySink(Dialect.HTTP)}) as (whole, _):
        await whole.ordered(to_applicant("aigul@post.example", phone=PHONE, channels=(Road.SMS,)))
    speakers = {Channel.EMAIL: email_speaker(mail.port), Channel.SMS: SmsSpeaker(EDITION, {}, {})}
    bare = Notifier(notifier.database, speakers)
    rows = await bare.settled("permanent_failure", "sent")

    assert (rows[0].reason, rows[1].channel) == ("channel_unavailable", "email")
