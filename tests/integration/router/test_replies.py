"""What agencies say of referrals, on both databases."""

import pytest

from services.chassis.errors import RetryLater, Unreadable
from services.chassis.ids import new_id
from services.contracts.referrals import ReplyKind
from tests.integration.router.parts import KINDERGARTEN, LAND

RECEIVED, ACCEPTED, DECLINED, ANSWERED = ReplyKind


async def test_a_reply_is_told_to_intake_with_its_words(office):
    """The state, the reason and the answer travel on."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ACCEPTED)
    await office.reply(order, ANSWERED, text="Место выделено.")

    told = [data for _, data in await office.said()]

    assert [(data["state"], data["revision"], data["answer"]) for data in told] == [
        ("accepted", 3, None),
        ("answered", 4, "Место выделено."),
    ]


async def test_replies_that_arrive_together_are_applied_in_order(office):
    """A batch of several replies to one referral is one change after another."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, RECEIVED, ACCEPTED, ANSWERED, text="Место выделено.")

    found = await office.referral(order)

    assert (found["state"], found["revision"]) == ("answered", 5)
    assert [event["kind"] for event in found["timeline"]] == ["issued", "received", "accepted", "answered"]


async def test_a_repeated_event_changes_nothing(office):
    """The same event again, when the inbox has forgotten it: the reply is known by its agency and its id."""
    await office.register(KINDERGARTEN)
    order, event = await office.order(), new_id()
    await office.reply(order, ACCEPTED, ids=[event])
    await office.reply(order, ACCEPTED, ids=[event])

    found = await office.referral(order)

    assert len(found["replies"]) == 1
    assert found["revision"] == 3


async def test_the_same_word_in_another_event_is_kept_as_a_repeat(office):
    """An agency may say a thing twice; the referral moves once."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ACCEPTED)
    await office.said()
    await office.reply(order, ACCEPTED)

    found = await office.referral(order)

    assert [reply["outcome"] for reply in found["replies"]] == ["applied", "repeated"]
    assert found["revision"] == 3
    assert await office.said() == []


@pytest.mark.parametrize("late", [RECEIVED, ACCEPTED, DECLINED])
async def test_a_late_reply_is_noted_and_never_applied(office, late):
    """What the state does not allow is on record, and intake hears nothing of it."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ANSWERED, text="Место выделено.")
    await office.said()
    await office.reply(order, late, reason="не наше")

    found = await office.referral(order)

    assert found["state"] == "answered"
    assert [reply["outcome"] for reply in found["replies"]] == ["applied", "noted"]
    assert found["timeline"][-1]["kind"] == "noted"
    assert await office.said() == []


async def test_an_agency_speaks_of_its_own_referrals_only(office):
    """Who replied is told by the exchange; a reply to another's referral is set aside (messaging finding 6)."""
    await office.register(KINDERGARTEN)
    order = await office.order()

    with pytest.raises(Unreadable, match="agency_mismatch"):
        await office.reply(order, ACCEPTED, by="akimat")
    assert (await office.referral(order))["state"] == "issued"


async def test_a_reply_about_another_appeal_is_set_aside(office):
    """The referral and the appeal that a reply names belong together."""
    await office.register(KINDERGARTEN)
    order = await office.order()

    with pytest.raises(Unreadable, match="appeal_mismatch"):
        await office.reply({**order, "appeal_id": str(new_id())}, ACCEPTED)


async def test_a_reply_to_an_unknown_referral_is_tried_later(office):
    """It may have overtaken a restored database; in the end it is parked."""
    order = {"referral_id": str(new_id()), "appeal_id": str(new_id()), "agency": "akimat"}

    with pytest.raises(RetryLater):
        await office.reply(order, ACCEPTED)


async def test_a_declined_referral_goes_to_whom_the_agency_names(office):
    """The successor knows its predecessor; the applicant's appeal is never left alone."""
    appeal_id = await office.register(LAND)
    order = await office.order()
    await office.reply(order, DECLINED, reason="вопрос акимата", proposed_agency="akimat")

    (declined, issued, changed) = await office.said()
    found = await office.appeal(appeal_id)

    assert (declined[1]["state"], declined[1]["reason"]) == ("declined", "вопрос акимата")
    assert issued[0] == "referral.issued.v1"
    assert issued[1]["agency"] == "akimat"
    assert issued[1]["predecessor_id"] == changed[1]["predecessor_id"] == order["referral_id"]
    assert [decision["verdict"].get("because") for decision in found["decisions"]] == ["competent", "proposed"]
    assert found["outcome"] == "referred"


async def test_a_declined_referral_without_a_successor_is_a_task(office):
    """The operator sees the agency's reason; intake hears that it is in review."""
    appeal_id = await office.register(LAND)
    order = await office.order()
    await office.reply(order, DECLINED, reason="не наш район")

    task = await office.task(appeal_id=str(appeal_id))
    said = await office.said()

    assert (task["question"], task["note"], task["referral_id"]) == ("declined", "не наш район", order["referral_id"])
    assert said[-1][1]["assessment"] == "in_review"


async def test_after_two_hops_a_person_decides(office):
    """R-REF-5: no chain of agencies that decline goes on by itself."""
    appeal_id = await office.register(LAND)
    await office.reply(await office.order(), DECLINED, reason="не наше", proposed_agency="akimat")
    await office.reply(await office.order(), DECLINED, reason="не наше", proposed_agency="education")

    found = await office.appeal(appeal_id)

    assert [referral["agency"] for referral in found["referrals"]] == ["land-relations", "akimat"]
    assert [task["question"] for task in found["tasks"]] == ["declined"]
