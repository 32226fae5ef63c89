"""The overview's counts, on both databases, and the queues' depths on a real broker."""

from datetime import UTC, date, datetime, timedelta

import aio_pika
import pytest

from services.chassis.broker import Broker, Depth
from services.chassis.errors import BrokerUnavailable
from services.contracts.referrals import ReplyKind
from services.contracts.topology import agency_queue
from services.router import overview
from services.router.operators import Role
from services.router.overview import NOBODY, OURS, PERSON, RULE, Now, Rates
from services.router.periods import Period
from services.router.statistics import Slice
from services.router.watch import last_missed_day
from tests.integration.router.office import Office
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND

SOON = timedelta(seconds=5)


async def now(office: Office, *, reads_sealed: bool = True) -> Now:
    calendar, at = office.router.rules.calendar, office.clock()
    async with office.database.reading() as tx:
        return await overview.counted(
            tx, calendar, at=at, missed=last_missed_day(calendar, at), reads_sealed=reads_sealed
        )


async def test_what_waits_is_under_way_and_done_is_counted(office):
    """Each appeal where it is, and what has been done today apart from what was done before."""
    for text in (KINDERGARTEN, LAND, GREETING):
        await office.register(text)
    await office.reply(await office.order(), ReplyKind.ANSWERED, text="ответ")
    office.clock.advance(days=1)
    await office.register(KINDERGARTEN)
    await office.reply(await office.order(), ReplyKind.ANSWERED, text="ответ")
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/retention", reason="наше")
    await office.register("Здравствуйте, что делать?")
    found = await now(office)

    assert (found.waiting, found.waiting_late, dict(found.questions)) == (1, 0, {"nothing_found": 1})
    assert (found.in_flight, found.states["answered"]) == (1, 2)
    assert (found.registered_today, found.answered_today, found.decided_today) == (2, 1, 1)
    assert found.rates == Rates(received=2, issued=1, answered=1)


async def test_what_is_late_is_told_by_working_days(office):
    """Late from the hour on at which the day ends; each open referral in one span."""
    await office.register(KINDERGARTEN)
    await office.register(GREETING)
    due = date.fromisoformat((await office.got("/v1/referrals"))["items"][0]["due_on"])
    calendar = office.router.rules.calendar
    office.clock.at = calendar.end_of(due) - timedelta(minutes=1)
    today = await now(office)
    office.clock.advance(minutes=1)
    late = await now(office)

    assert (today.today, today.late, _spans(today)) == (1, 0, {(0, 0): 1})
    assert (late.today, late.late, _spans(late)) == (0, 1, {(-5, -1): 1})
    assert (late.waiting, late.waiting_late) == (1, 1)
    office.clock.at = calendar.end_of(calendar.nth_working_day_after(due, 6))
    assert _spans(await now(office)) == {(-overview.MANY, -6): 1}


def _spans(found: Now) -> dict[tuple[int, int], int]:
    return {(span.least, span.most): span.found for span in found.spans if span.found}


async def test_flows_tell_each_appeals_way(office):
    """Whether a person was asked, who has it, and how it stands; what nobody has ends with nobody."""
    await office.register(KINDERGARTEN)
    await office.register(BRIBE)
    await office.register(GREETING)
    await office.withdraw(await office.register(LAND))
    await office.register(GREETING)
    task = (await office.got("/v1/tasks"))["items"][0]
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason="дорога")
    week = Period(office.clock().date() - timedelta(days=6), office.clock().date())
    async with office.database.reading() as tx:
        found = await overview.flows(tx, Slice(week), reads_sealed=True)
        before = await overview.flows(tx, Slice(week.before), reads_sealed=True)

    assert found == {
        ("call_centre", RULE, "education", "issued"): 1,
        ("call_centre", RULE, OURS, "retained"): 1,
        ("call_centre", PERSON, NOBODY, "in_review"): 1,
        ("call_centre", RULE, NOBODY, "withdrawn"): 1,
        ("call_centre", PERSON, "akimat", "issued"): 1,
    }
    assert before == {}


async def test_queues_tell_how_deep_they_are(broker: Broker, amqp_url: str):
    """What waits, and who takes it; a missing queue closes nobody else's channel."""
    queue, other = agency_queue("education"), agency_queue("akimat")
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        for _ in range(3):
            await channel.default_exchange.publish(aio_pika.Message(b"{}"), queue)
        consumer = await channel.get_queue(other)
        await consumer.consume(_taken)
        found = await broker.depths([queue, "referrals.nowhere", other], timeout=SOON)

        assert found == {queue: Depth(3, 0), "referrals.nowhere": None, other: Depth(0, 1)}


async def _taken(_message: object) -> None:
    """By a consumer of no interest."""


async def test_a_broker_that_is_away_is_said_to_be():
    """At once."""
    with pytest.raises(BrokerUnavailable):
        await Broker("amqp://nobody@localhost:1/", name="test").depths(["x"], timeout=SOON)


async def test_r_sec_1_neither_questions_nor_flows_tell_of_a_sealed_appeal(office):
    """Who may not read it sees that something waits, and no more."""
    appeal_id = await office.register(BRIBE)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason="посмотрите снова")
    today = office.clock().date()
    whole, veiled = await now(office), await now(office, reads_sealed=False)
    async with office.database.reading() as tx:
        of = Slice(Period(today, today))
        seen, unseen = [await overview.flows(tx, of, reads_sealed=reads) for reads in (True, False)]

    assert (dict(whole.questions), dict(veiled.questions)) == ({"review": 1}, {})
    assert (whole.waiting, veiled.waiting) == (1, 1)
    assert (sum(seen.values()), sum(unseen.values())) == (1, 0)


async def test_what_came_after_hours_flows_before_its_day_of_registration(office, enter):
    """It is registered on the next working day (АППК art. 64(3)); on a Friday evening nobody waits until Monday."""
    office.clock.at = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
    await office.register(KINDERGARTEN, registered_on=date(2026, 11, 30))
    page = await (await enter(Role.VIEWER)).get("/?days=1")

    assert "с 27.11.2026 по 30.11.2026" in page.text
    assert "since=2026-11-27&amp;until=2026-11-30" in page.text
