"""From a registered appeal to its agency and back, over a real broker, on both databases."""

from services.chassis.ids import new_id
from services.contracts.referrals import ReplyKind
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND, registered


async def test_an_appeal_reaches_its_agency_and_intake_hears_of_it(router):
    """The agency gets the order; intake hears that it was issued, with the agency's name and the day due."""
    appeal_id = await router.register(KINDERGARTEN, territory="Талгарский район")

    order = await router.agencies["education"].next()
    told = await router.intake.next()

    assert order.type == "kz.joldau.referral.issued.v1"
    assert order.data["appeal_id"] == told.data["appeal_id"] == str(appeal_id)
    assert order.data["text"] == KINDERGARTEN
    assert order.data["legal_basis"] == "АППК 65(1)"
    assert told.data["state"] == "issued"
    assert told.data["answer_due_on"] == order.data["answer_due_on"]
    assert "Управление образования" in told.data["agency_name"]["ru"]


async def test_a_repeated_appeal_is_referred_once(router):
    """The same message twice, and the same appeal in another message, change nothing."""
    appeal, event = registered(LAND), new_id()
    await router.tell(appeal, message_id=event)
    await router.tell(appeal, message_id=event)
    await router.tell(appeal)
    await router.register(KINDERGARTEN)
    await router.agencies["education"].next()

    found = await router.got(f"/v1/appeals/{appeal.appeal_id}")

    assert len(found["referrals"]) == len(found["decisions"]) == 1
    await router.agencies["land-relations"].next()
    assert router.agencies["land-relations"].silent


async def test_corruption_stays_with_us(router):
    """An appeal that tells of corruption is retained, and no agency hears of it."""
    appeal_id = await router.register(BRIBE)

    told = await router.intake.next()
    found = await router.got(f"/v1/appeals/{appeal_id}")

    assert told.data["assessment"] == "retained"
    assert found["outcome"] == "retained"
    assert found["corruption"]
    assert found["referrals"] == found["tasks"] == []


async def test_what_is_not_sure_waits_for_a_person(router):
    """An appeal that says nothing of its matter becomes a task, and is in review for intake."""
    appeal_id = await router.register(GREETING)

    told = await router.intake.next()
    (task,) = await router.tasks(appeal_id=str(appeal_id))

    assert told.data["assessment"] == "in_review"
    assert task["question"] == "nothing_found"


async def test_replies_move_a_referral_on(router):
    """Received, accepted, answered: each is told to intake, the answer with its text."""
    await router.register(KINDERGARTEN)
    order = await router.agencies["education"].next()
    await router.reply("education", order, ReplyKind.RECEIVED, registration_number="УО-1")
    await router.reply("education", order, ReplyKind.ACCEPTED)
    await router.reply("education", order, ReplyKind.ANSWERED, text="Место выделено.")

    last = await router.intake.until(state="answered")
    found = await router.got(f"/v1/referrals/{order.data['referral_id']}")

    assert last.data["answer"] == "Место выделено."
    assert [event["kind"] for event in found["timeline"]] == ["issued", "received", "accepted", "answered"]
    assert [reply["outcome"] for reply in found["replies"]] == ["applied"] * 3
    assert found["replies"][0]["registration_number"] == "УО-1"
