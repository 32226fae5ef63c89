"""The clocks, each looked at on the minute, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from services.contracts.calendar import ALMATY
from services.contracts.referrals import ReferralReminder, ReplyKind
from tests.integration.router.parts import GREETING, KINDERGARTEN, LAND

# 23 November 2026 is a Monday; the office begins at noon in Almaty, and a working day ends at 18:30.
LADDER = [
    ("2026-11-23 12:15", ["reminder receipt"], []),
    ("2026-11-23 16:00", ["escalated receipt"], ["silent"]),
    ("2026-11-24 12:00", ["issued"], []),
    ("2026-11-24 18:30", ["reminder acceptance"], []),
    ("2026-11-25 18:30", ["escalated acceptance"], ["not_accepted"]),
    ("2026-12-09 09:00", ["reminder term"], []),
    ("2026-12-14 18:30", ["reminder overdue", "escalated overdue"], ["overdue"]),
]


def almaty(when: str) -> datetime:
    return datetime.fromisoformat(when).replace(tzinfo=ALMATY)


async def new_at(office, seen: set) -> tuple[list[str], list[str]]:
    """What the agency is sent at a look, and what a person is newly asked."""
    await office.look()
    said = await office.said()
    tasks = {task["question"]: task for task in (await office.got("/v1/tasks"))["items"]}
    new = [question for question in tasks if question not in seen]
    seen.update(new)
    kinds = {f"referral.{kind}.v1": kind for kind in ("issued", "escalated")} | {"referral.reminder.v1": "reminder"}
    return [" ".join(filter(None, (kinds[kind], data.get("awaited")))) for kind, data in said], new


async def test_each_step_of_silence_is_taken_at_its_minute_and_once(office):
    """Nothing a minute before, the step on the minute, nothing a minute later; the superior body is told, and named."""
    await office.register(KINDERGARTEN)
    order, seen, found = await office.order(), set(), []
    for when, _, _ in LADDER:
        for minutes in (-1, 0, 1):
            office.clock.at = almaty(when) + timedelta(minutes=minutes)
            sent, asked = await new_at(office, seen)
            assert minutes == 0 or (sent, asked) == ([], []), when
            if minutes == 0:
                found.append((when, sent, asked))

    referral = await office.referral(order)

    assert found == LADDER
    assert (referral["state"], referral["revision"], referral["look_at"]) == ("issued", 2, None)
    assert {task["note"] for task in (await office.got("/v1/tasks"))["items"]} == {"akimat"}


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        pytest.param(ReplyKind.RECEIVED, LADDER[3:], id="received"),
        pytest.param(ReplyKind.ACCEPTED, LADDER[5:], id="accepted"),
        pytest.param(ReplyKind.ANSWERED, [], id="answered"),
    ],
)
async def test_a_reply_takes_its_steps_off_the_ladder(office, kind, steps):
    """What it says need not be asked; what it leaves open is asked at the same minute as before."""
    await office.register(KINDERGARTEN)
    order, seen, found = await office.order(), set(), []
    await office.reply(order, kind, text="Место выделено.")
    await office.said()
    for when, _, _ in LADDER:
        office.clock.at = almaty(when)
        if (now := await new_at(office, seen)) != ([], []):
            found.append((when, *now))

    assert found == steps


async def test_a_receipt_leaves_open_what_it_does_not_answer(office):
    """It settles the task of silence, and neither that of acceptance nor that of the term."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    office.clock.at = almaty("2027-01-15 10:00")
    await office.look()
    await office.reply(order, ReplyKind.RECEIVED)

    left = {task["question"] for task in (await office.got("/v1/tasks"))["items"]}

    assert left == {"not_accepted", "overdue"}


async def test_after_a_standstill_an_agency_is_reminded_once_and_people_of_all(office):
    """Four reminders at one moment help nobody."""
    await office.register(KINDERGARTEN)
    await office.order()
    office.clock.at = almaty("2027-01-15 10:00")

    sent, asked = await new_at(office, set())

    assert sent == ["issued", "reminder overdue", "escalated overdue"]
    assert sorted(asked) == ["not_accepted", "overdue", "silent"]


async def test_an_agency_without_a_system_is_not_written_to(office):
    """A person is told at the same minutes, and asks by letter or telephone."""
    await office.register(GREETING)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="prosecution", reason="так решил специалист")
    await office.said()
    office.clock.at = almaty("2026-11-25 18:30")

    assert await new_at(office, set()) == ([], ["silent", "not_accepted"])


async def test_a_refused_reminder_is_on_record(office):
    """It is no referral: nothing comes back to the desk."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    office.clock.advance(minutes=15)
    await office.look()
    ((_, reminder),) = await office.said()
    await office.take(office.router.reminder_refused, [ReferralReminder.model_validate(reminder)], "referrals")

    found = await office.referral(order)

    assert [event["kind"] for event in found["timeline"]] == ["issued", "reminded", "reminder_refused"]


async def test_an_agency_that_has_spoken_is_left_alone(office):
    """Any reply is a sign of life."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ReplyKind.RECEIVED)
    await office.said()
    office.clock.advance(hours=24)
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
    assert len(await office.said()) == 3 * reported.count("overdue") == 3 * reported.count("reissued") == 15


async def test_what_was_undeliverable_is_overdue_when_it_turns_up_late(office):
    """Its term has passed on the way: a person is told once, though no step of the ladder is still to come."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.refuse(order)
    office.clock.at = almaty("2027-01-15 10:00")
    await office.look()
    await office.reply(order, ReplyKind.RECEIVED)
    for _ in range(2):
        await office.look()
    await office.reply(order, ReplyKind.ACCEPTED)
    await office.look()

    asked = [task["question"] for task in (await office.got("/v1/tasks"))["items"]]

    assert asked.count("overdue") == 1


async def test_a_step_that_has_come_outlives_a_reply_that_comes_before_the_look(office):
    """The minute of the term and the agency's receipt may be the same."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    for when in ("2026-12-14 18:29", "2026-12-14 18:31"):
        office.clock.at = almaty(when)
        if when.endswith("29"):
            await office.look()
        else:
            await office.reply(order, ReplyKind.RECEIVED)
    await office.look()

    asked = {task["question"] for task in (await office.got("/v1/tasks"))["items"]}

    assert "overdue" in asked
