"""What an agency's consumer refuses waits at the operators' desk, on both databases."""

from services.contracts.referrals import ReplyKind
from tests.integration.router.parts import KINDERGARTEN

WHY = "так решил специалист"


async def refused(office) -> dict:
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.refuse(order)
    return order


async def test_a_refused_referral_is_undeliverable_and_a_task(office):
    """Intake hears that it is in review again."""
    order = await refused(office)

    said = await office.said()
    task = await office.task()

    assert (task["question"], task["referral_id"]) == ("undeliverable", order["referral_id"])
    assert (await office.referral(order))["state"] == "undeliverable"
    assert [data.get("state") or data.get("assessment") for _, data in said] == ["undeliverable", "in_review"]


async def test_it_can_be_sent_again(office):
    """The same referral, with a term that counts from the day it leaves (АППК art. 76(2))."""
    order = await refused(office)
    await office.said()
    office.clock.advance(days=7)
    await office.posted(f"/v1/referrals/{order['referral_id']}/reissue")

    again = await office.order()
    found = await office.appeal(order["appeal_id"])

    assert again["referral_id"] == order["referral_id"]
    assert again["answer_due_on"] > order["answer_due_on"]
    assert found["outcome"] == "referred"
    assert [task["state"] for task in found["tasks"]] == ["reissued"]


async def test_it_can_go_to_another_agency(office):
    """The first one is told to forget it."""
    await refused(office)
    task = await office.task()
    await office.said()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason=WHY)

    said = await office.said()

    assert [kind for kind, _ in said] == [
        "referral.changed.v1",
        "referral.recalled.v1",
        "referral.issued.v1",
        "referral.changed.v1",
    ]
    assert (said[1][1]["agency"], said[2][1]["agency"]) == ("education", "akimat")


async def test_a_reply_proves_that_it_had_arrived(office):
    """The task is overtaken and the appeal is with the agency."""
    order = await refused(office)
    await office.reply(order, ReplyKind.ACCEPTED)

    found = await office.appeal(order["appeal_id"])

    assert found["outcome"] == "referred"
    assert [task["state"] for task in found["tasks"]] == ["overtaken"]
    assert (await office.referral(order))["state"] == "accepted"


async def test_a_copy_refused_after_a_reply_changes_nothing(office):
    """An agency that has the referral may refuse its second copy."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ReplyKind.RECEIVED)
    await office.said()
    await office.refuse(order)

    found = await office.referral(order)

    assert found["state"] == "received"
    assert found["timeline"][-1]["kind"] == "undelivered"
    assert await office.said() == []


async def test_a_recall_that_is_refused_is_for_a_person_to_tell(office):
    """The task only asks for a look; it is dismissed, not decided."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.posted(f"/v1/referrals/{order['referral_id']}/recall", reason=WHY)
    (recall,) = [data for kind, data in await office.said() if kind == "referral.recalled.v1"]
    await office.refuse(recall)

    task = await office.task(question="recall_refused")
    not_so = await office.posted(f"/v1/tasks/{task['id']}/assignment", 409, agency="akimat", reason=WHY)
    await office.posted(f"/v1/tasks/{task['id']}/dismissal", reason="сообщено по телефону")

    assert not_so["code"] == "task_decides_nothing"
    assert [t["question"] for t in (await office.got("/v1/tasks"))["items"]] == ["recalled"]


async def test_a_task_that_asks_for_a_decision_is_not_dismissed(office):
    """No appeal is left without an outcome."""
    await refused(office)
    task = await office.task()

    not_so = await office.posted(f"/v1/tasks/{task['id']}/dismissal", 409, reason=WHY)

    assert not_so["code"] == "task_needs_decision"
