"""What the law asks of each referral (R-REF-1, 2, 5, 6, R-NOT-1, R-SEC-4), on both databases."""

import pytest

from services.contracts.referrals import ReplyKind
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND, registered

WHY = "так решил специалист"


async def test_r_ref_1_r_not_1_the_order_and_what_tells_the_applicant_of_it_are_one_transaction(office):
    """By the third working day after arrival, whole; intake hears of it behind the agency, in the same transaction."""
    await office.register(KINDERGARTEN)
    (order_type, order), (told_type, told) = await office.said()
    found = await office.referral(order)

    assert (order_type, told_type) == ("referral.issued.v1", "referral.changed.v1")
    assert (order["scope"], order["legal_basis"], told["referral_id"]) == ("full", "АППК 65(1)", order["referral_id"])
    assert found["forward_due"] == {"strict": "2026-11-26", "lenient": "2026-11-26"}


async def test_r_not_1_what_is_not_committed_is_told_to_nobody(office):
    """A crash before the commit leaves neither an order nor a notice."""
    appeal = registered(KINDERGARTEN)

    async def crash(tx, received) -> None:
        await office.router.assess(tx, received)
        raise RuntimeError("a crash")

    with pytest.raises(RuntimeError):
        await office.take(crash, [appeal], "appeals")

    assert await office.said() == []
    assert (await office.api.get(f"/v1/appeals/{appeal.appeal_id}")).status_code == 404


async def test_r_ref_2_a_part_goes_alone_under_its_own_article(office):
    """The message has the part and nothing else of the letter."""
    await office.register(GREETING + " Личное: болею.")
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason=WHY, part="прошу помочь")
    order = await office.order()

    assert (order["scope"], order["text"], order["legal_basis"]) == ("part", "прошу помочь", "АППК 65(2)")


async def test_r_ref_5_a_referral_that_follows_a_decline_tells_its_later_end(office):
    """The applicant is never given a later end in silence: the new body and its last day go to intake together."""
    await office.register(LAND)
    first = await office.order()
    office.clock.advance(days=3)
    await office.reply(first, ReplyKind.DECLINED, reason="Не наш вопрос.", proposed_agency="akimat")
    said = [data for kind, data in await office.said() if kind == "referral.changed.v1"]

    assert [data["state"] for data in said] == ["declined", "issued"]
    assert said[1]["predecessor_id"] == first["referral_id"]
    assert said[1]["answer_due_on"] > first["answer_due_on"]


async def test_r_ref_6_the_order_says_what_a_cover_letter_says(office):
    """Registration number and day, article, whole or part, the applicant to be answered directly, and the last day."""
    await office.register(KINDERGARTEN)
    order = await office.order()

    needed = {"registration_number", "registered_on", "legal_basis", "scope", "applicant", "issued_at", "answer_due_on"}
    assert needed <= {name for name, value in order.items() if value}


async def test_r_sec_4_the_order_does_not_say_what_the_rest_of_the_appeal_is_about(office):
    """A body that may be the one accused reads the extract, a number and dates in neutral words."""
    appeal_id = await office.register(BRIBE, complained_of="Прокуратура района")
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    task = await office.task()
    part = {"agency": "education", "part": "Прошу место в детском саду.", "reason": WHY}
    await office.posted(f"/v1/tasks/{task['id']}/assignment", **part)
    proposed = (await office.got("/v1/referrals"))["items"][0]
    scopes = ["referrals:operate", "referrals:sealed"]
    second = (await office.posted("/v1/keys", 201, owner="second", scopes=scopes))["key"]
    await office.said()
    approval = f"/v1/referrals/{proposed['id']}/approval"
    alone = await office.api.post(approval, json={})
    approved = await office.api.post(approval, json={}, headers={"authorization": f"Bearer {second}"})

    told = await office.said()
    said = str(told).lower()

    assert (proposed["state"], alone.status_code, approved.status_code) == ("proposed", 409, 200)
    assert told[0][0] == "referral.issued.v1"
    for word in ("коррупц", "жемқор", "взятк", "прокуратур"):
        assert word not in said
