"""What agencies say of referrals, on both databases."""

import pytest

from services.chassis.errors import RetryLater, Unreadable
from services.chassis.ids import new_id
from services.contracts.referrals import ReplyKind
from tests.integration.router.parts import GREETING, KINDERGARTEN, LAND

RECEIVED, ACCEPTED, IN_PART, DECLINED, ANSWERED, EXTENDED = ReplyKind


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


async def test_after_two_hops_an_arbiter_decides(office):
    """R-REF-5: no chain of agencies that decline goes on by itself."""
    appeal_id = await office.register(LAND)
    await office.reply(await office.order(), DECLINED, reason="не наше", proposed_agency="akimat")
    await office.reply(await office.order(), DECLINED, reason="не наше", proposed_agency="education")

    found = await office.appeal(appeal_id)

    assert [referral["agency"] for referral in found["referrals"]] == ["land-relations", "akimat"]
    assert [referral["state"] for referral in found["referrals"]] == ["declined", "disputed"]
    assert [task["question"] for task in found["tasks"]] == ["disputed"]


async def test_r_trm_3_an_extension_moves_the_due_date_by_an_event_and_no_state(office):
    """The history says so, the overdue watch starts anew, and intake is told of the decision day."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ACCEPTED)
    await office.said()
    ids = [new_id()]
    for _ in range(2):
        await office.reply(order, EXTENDED, extended_to="2027-01-25", reason="Запрошены документы.", ids=ids)

    found = await office.referral(order)
    ((kind, told),) = await office.said()

    assert (found["state"], found["answer_due_on"], found["due_on"]) == ("accepted", "2027-01-25", "2027-01-25")
    assert [event["kind"] for event in found["timeline"]] == ["issued", "accepted", "extended"]
    assert kind == "referral.changed.v1"
    assert (told["answer_due_on"], told["extended_on"], told["state"]) == ("2027-01-25", "2026-11-23", "accepted")


@pytest.mark.parametrize(
    ("kind", "to"),
    [
        pytest.param("complaint", "2027-01-20", id="a complaint's term is final"),
        pytest.param("application", "2027-01-26", id="past two months, which end on a Saturday"),
        pytest.param("application", "2026-12-01", id="earlier than the old day"),
    ],
)
async def test_r_trm_3_an_unlawful_extension_moves_nothing_and_a_person_is_told(office, kind, to):
    """The old term stands: the reply is kept, the applicant hears nothing of it, and a task asks for a look."""
    await office.register(KINDERGARTEN, kind=kind, complained_of="Управление земельных отношений")
    order = await office.order()
    await office.reply(order, EXTENDED, extended_to=to, reason="Надо подумать.")

    found, task = await office.referral(order), await office.task(question="extension_unlawful")

    assert found["answer_due_on"] == order["answer_due_on"]
    assert found["replies"][0]["outcome"] == "noted"
    assert to in task["note"]
    assert await office.said() == []


async def test_r_trm_3_a_term_that_has_passed_is_not_extended(office):
    """A decision made after the last day extends nothing, whatever day it names."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    office.clock.advance(days=30)
    await office.reply(order, EXTENDED, extended_to="2027-01-25", reason="Не успели.")

    assert (await office.referral(order))["answer_due_on"] == order["answer_due_on"]


async def test_r_trm_3_a_person_enters_the_extension_of_an_agency_without_a_system(office):
    """By letter it counts as the agency's own word; a reply that misses the day is refused with its pointer."""
    await office.register(GREETING)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="prosecution", reason="так решил специалист")
    (found,) = (await office.got("/v1/referrals"))["items"]

    said = {"kind": "extended", "occurred_at": office.clock().isoformat(), "reason": "Ждём заключения."}
    refused = await office.posted(f"/v1/referrals/{found['id']}/replies", 422, **said)

    assert refused["errors"][0]["pointer"] == "#/extended_to"


async def test_who_has_not_heard_of_a_recall_is_told_again_once_a_day(office):
    """A receipt may only have crossed it; any other word is that of an agency at work on what is not its own."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.posted(f"/v1/referrals/{order['referral_id']}/recall", reason="ошибка")
    await office.said()
    told = []
    for hours, kind in ((0, RECEIVED), (1, ACCEPTED), (22, ANSWERED), (3, ANSWERED)):
        office.clock.advance(hours=hours)
        await office.reply(order, kind, text="Место выделено.")
        told.append([said for said, _ in await office.said()])

    assert told == [[], ["referral.recalled.v1"], [], ["referral.recalled.v1"]]
