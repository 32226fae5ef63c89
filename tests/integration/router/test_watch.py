"""The clocks, each looked at on the minute, on both databases."""

from datetime import UTC, date, datetime

from prometheus_client import REGISTRY

from services.contracts.referrals import ReplyKind
from tests.integration.router.parts import GREETING, KINDERGARTEN, LAND

ALMOST = 24 * 60 - 1


async def test_a_silent_agency_is_sent_the_same_again_once(office):
    """The same referral in another message; then a person is asked, once."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    seen = []
    for minutes in (ALMOST, 2, ALMOST, 2, ALMOST):
        office.clock.advance(minutes=minutes)
        await office.look()
        seen.append([data.get("referral_id") for _, data in await office.said()])

    task = await office.task()
    found = await office.referral(order)

    assert seen == [[], [order["referral_id"]], [], [], []]
    assert (task["question"], task["referral_id"]) == ("silent", order["referral_id"])
    assert [event["kind"] for event in found["timeline"]] == ["issued", "reissued", "silent"]
    assert (found["state"], found["revision"]) == ("issued", 2)


async def test_an_agency_that_has_spoken_is_left_alone(office):
    """Any reply is a sign of life."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ReplyKind.RECEIVED)
    await office.said()
    office.clock.advance(days=5)
    await office.look()

    assert await office.said() == []


async def test_a_reply_settles_the_task_of_silence(office):
    """It was late, not lost."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    for _ in range(2):
        office.clock.advance(days=1, minutes=1)
        await office.look()
    await office.reply(order, ReplyKind.ACCEPTED)

    assert (await office.got("/v1/tasks"))["items"] == []


async def test_an_operator_stirs_a_silent_agency(office):
    """Sent by hand once more, it is waited for anew."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    for _ in range(2):
        office.clock.advance(days=1, minutes=1)
        await office.look()
    await office.said()
    await office.posted(f"/v1/referrals/{order['referral_id']}/reissue", revision=2)
    await office.look()

    assert [data["referral_id"] for _, data in await office.said()] == [order["referral_id"]]
    assert (await office.got("/v1/tasks"))["items"] == []


async def test_an_overdue_referral_is_reported_once_at_the_end_of_its_day(office):
    """Overdue is computed, never a state (18:30 in Almaty is its end)."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ReplyKind.ACCEPTED)
    due = date.fromisoformat(order["answer_due_on"])
    reported = []
    for hour, minute in ((13, 29), (13, 30), (14, 0)):
        office.clock.at = datetime(due.year, due.month, due.day, hour, minute, tzinfo=UTC)
        await office.look()
        found = await office.referral(order)
        reported.append((found["overdue"], [e["kind"] for e in found["timeline"]].count("overdue")))

    assert reported == [(False, 0), (True, 1), (True, 1)]
    assert found["state"] == "accepted"
    assert REGISTRY.get_sample_value("joldau_referrals_overdue", {"agency": "education"}) == 1
    assert [r["id"] for r in (await office.got("/v1/referrals", overdue=True))["items"]] == [order["referral_id"]]


async def test_an_answer_ends_the_clock(office):
    """What is answered is never overdue."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ReplyKind.ANSWERED, text="Место выделено.")
    office.clock.advance(days=60)
    await office.look()

    found = await office.referral(order)

    assert not found["overdue"]
    assert found["due_on"] == order["answer_due_on"]


async def test_what_waits_is_measured(office):
    """Referrals by agency and state, tasks by question, and those whose day has passed."""
    await office.register(LAND)
    await office.register(GREETING)
    office.clock.advance(days=7)
    await office.look()

    issued = {"agency": "land-relations", "state": "issued"}
    assert REGISTRY.get_sample_value("joldau_referrals", issued) == 1
    assert REGISTRY.get_sample_value("joldau_tasks_open", {"question": "nothing_found"}) == 1
    assert REGISTRY.get_sample_value("joldau_tasks_overdue") == 1


async def test_more_than_one_round_is_seen_to(office):
    """A backlog larger than one transaction is worked off at one look."""
    for _ in range(5):
        await office.register(KINDERGARTEN)
    await office.said()
    office.clock.advance(days=60)
    await office.look(at_once=2)

    ids = [item["id"] for item in (await office.got("/v1/referrals"))["items"]]
    timelines = [(await office.got(f"/v1/referrals/{i}"))["timeline"] for i in ids]
    reported = [event["kind"] for timeline in timelines for event in timeline]
    assert len(await office.said()) == reported.count("overdue") == reported.count("reissued") == 5
