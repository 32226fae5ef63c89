"""What follows a decline, on both databases: the part that is returned, the dispute, and the arbiter's last word."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import update

from services.chassis.ids import new_id
from services.contracts.calendar import ALMATY
from services.contracts.referrals import ReplyKind
from services.router import tables
from tests.integration.router.parts import KINDERGARTEN, LAND

TWO = f"{LAND} Также прошу починить фонари."
REST = "прошу починить фонари"


async def disputed(office) -> tuple[dict, dict]:
    """An appeal that two agencies have declined: the last order, and the arbiter's task."""
    await office.register(LAND)
    await office.reply(await office.order(), ReplyKind.DECLINED, reason="не наше", proposed_agency="akimat")
    order = await office.order()
    await office.reply(order, ReplyKind.DECLINED, reason="не наше", reason_code="other_territory")
    return order, await office.task()


async def test_a_part_that_is_returned_goes_the_way_of_a_decline(office):
    """The rest is a referral of its own that the agency has declined; the kept part stays with it."""
    appeal_id = await office.register(TWO)
    order = await office.order()
    more = {"reason": "фонари не наши", "reason_code": "not_competent", "proposed_agency": "akimat"}
    await office.reply(order, ReplyKind.ACCEPTED_IN_PART, returned=(REST,), **more)
    task = await office.task()
    assert task["question"] == "declined"  # too little in it to follow the proposal unseen
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason="фонари")
    await office.approve(appeal_id)

    said = await office.said()
    found = await office.appeal(appeal_id)
    kept, returned, child = found["referrals"]

    assert [(r["agency"], r["state"]) for r in (kept, returned, child)] == [
        ("land-relations", "accepted_in_part"),
        ("land-relations", "declined"),
        ("akimat", "issued"),
    ]
    assert (returned["predecessor_id"], child["predecessor_id"]) == (kept["id"], returned["id"])
    (issued,) = [data for kind, data in said if kind == "referral.issued.v1"]
    assert (issued["agency"], issued["text"], issued["scope"]) == ("akimat", REST, "part")
    assert kept["answer_due_on"] == order["answer_due_on"]


async def test_what_is_not_quoted_is_not_returned(office):
    """An agency cannot put words of its own before another body: it is noted, and a person asks."""
    await office.register(TWO)
    order = await office.order()
    for _ in range(2):
        await office.reply(order, ReplyKind.ACCEPTED_IN_PART, returned=("Прошу денег.",), reason="не наше")

    task, found = await office.task(), await office.referral(order)

    assert (task["question"], found["state"]) == ("part_unclear", "issued")
    assert [reply["outcome"] for reply in found["replies"]] == ["noted", "noted"]


async def test_a_dispute_is_an_arbiters_alone_and_has_its_day(office):
    """Two working days; an operator can neither assign, retain, dismiss nor recall it."""
    order, task = await disputed(office)
    reason = {"reason": "так решил специалист"}

    assert (task["question"], task["due_on"]) == ("disputed", "2026-11-25")
    assert task["note"].startswith("hops: ")
    for verb, more in (("assignment", {"agency": "education"}), ("retention", {})):
        refused = await office.posted(f"/v1/tasks/{task['id']}/{verb}", 409, **reason, **more)
        assert refused["code"] == "arbiter_decides"
    await office.posted(f"/v1/tasks/{task['id']}/dismissal", 409, **reason)
    await office.posted(f"/v1/referrals/{order['referral_id']}/recall", 409, **reason)


async def test_an_operator_without_the_scope_is_no_arbiter(office):
    """The scope is its own."""
    _, task = await disputed(office)
    key = (await office.posted("/v1/keys", 201, owner="operator", scopes=["referrals:operate"]))["key"]
    asked = {"reason": "так решил арбитр", "agency": "education"}

    answer = await office.api.post(
        f"/v1/tasks/{task['id']}/arbitration", json=asked, headers={"authorization": f"Bearer {key}"}
    )

    assert answer.status_code == 403


async def test_what_an_arbiter_gives_cannot_be_declined(office):
    """The agency is told so; its decline is a note and a task, and the referral stays as it is."""
    order, task = await disputed(office)
    await office.said()
    await office.posted(f"/v1/tasks/{task['id']}/arbitration", reason="решение арбитра", agency="education")
    said = dict(await office.said())
    given = said["referral.issued.v1"]
    await office.reply(given, ReplyKind.DECLINED, reason="всё равно не наше")

    found, again = await office.referral(given), await office.task()

    assert (given["agency"], given["binding"], given["predecessor_id"]) == ("education", True, order["referral_id"])
    assert (said["referral.recalled.v1"]["agency"], said["referral.recalled.v1"]["reason"]) == (
        "akimat",
        "решение арбитра",
    )
    assert (found["state"], found["replies"][0]["outcome"]) == ("issued", "noted")
    assert again["question"] == "binding_declined"


async def test_given_back_to_the_same_agency_its_term_goes_on(office):
    """A dispute lost is no time won."""
    order, task = await disputed(office)
    office.clock.advance(days=2)
    await office.posted(f"/v1/tasks/{task['id']}/arbitration", reason="решение арбитра", agency="akimat")

    given = await office.order()

    assert given["referral_id"] != order["referral_id"]
    assert (given["agency"], given["answer_due_on"]) == ("akimat", order["answer_due_on"])


async def test_an_arbiter_keeps_it(office):
    """Back to ourselves: the disputed referral is taken back, and intake hears that it is ours."""
    order, task = await disputed(office)
    await office.said()
    await office.posted(f"/v1/tasks/{task['id']}/arbitration", reason="рассмотрим сами")

    said = await office.said()

    assert (await office.referral(order))["state"] == "recalled"
    assert said[-1][1]["assessment"] == "retained"
    assert (await office.got("/v1/tasks"))["items"] == []


async def test_an_agency_may_relent(office):
    """Its acceptance ends the dispute; so does its answer."""
    order, _ = await disputed(office)
    await office.reply(order, ReplyKind.ACCEPTED)

    assert (await office.referral(order))["state"] == "accepted"
    assert (await office.got("/v1/tasks"))["items"] == []


async def test_only_a_dispute_is_arbitrated(office):
    """The scope opens no other door."""
    await office.register(LAND)
    await office.reply(await office.order(), ReplyKind.DECLINED, reason="не наше")
    task = await office.task()

    refused = await office.posted(f"/v1/tasks/{task['id']}/arbitration", 409, reason="решение арбитра")

    assert refused["code"] == "not_disputed"


@pytest.mark.parametrize("more", [{"reason_code": "has_it_already", "legal_basis": "АППК 65"}, {}])
async def test_who_refused_and_on_what_ground_is_told(office, more):
    """A decline without a code is read as before; what is given reaches intake."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ReplyKind.DECLINED, reason="не наше", **more)

    told = (await office.said())[0][1]
    kept = (await office.referral(order))["replies"][0]

    assert {name: told.get(name) for name in ("reason_code", "legal_basis")} == {
        "reason_code": more.get("reason_code"),
        "legal_basis": more.get("legal_basis"),
    }
    assert kept["reason_code"] == more.get("reason_code", "unspecified")


async def test_all_words_of_a_reply_are_kept_and_told(office):
    """Number and day of the agency's registration, documents and language of its answer."""
    await office.register(KINDERGARTEN)
    order, event = await office.order(), new_id()
    document = {"name": "Ответ.pdf", "reference": "https://agency.example/1", "sha256": "0" * 64}
    await office.reply(
        order, ReplyKind.RECEIVED, registration_number="ЖТ-15", registered_on="2026-11-23", sequence=1, ids=[event]
    )
    await office.reply(order, ReplyKind.ANSWERED, text="Орын берілді.", language="kk", documents=[document], sequence=2)

    received, answered = [data for _, data in await office.said()]
    first, second = (await office.referral(order))["replies"]

    assert (received["agency_number"], received["agency_registered_on"]) == ("ЖТ-15", "2026-11-23")
    assert (answered["answer_language"], answered["documents"][0]["name"]) == ("kk", "Ответ.pdf")
    assert (first["event_id"], first["sequence"], second["language"]) == (str(event), 1, "kk")


async def questions(office) -> list[str]:
    return sorted(task["question"] for task in (await office.got("/v1/tasks"))["items"])


async def test_an_arbiter_who_lets_the_day_pass_is_told_of_once(office):
    """Not before the end of the day on the task; the dispute stays the arbiter's."""
    order, _ = await disputed(office)
    office.clock.at = datetime(2026, 11, 25, 18, 29, tzinfo=ALMATY)
    await office.look()
    before = await questions(office)
    for _ in range(2):
        office.clock.advance(minutes=1)
        await office.look()

    found = await office.referral(order)

    assert before == ["disputed"]
    assert await questions(office) == ["arbiter_late", "disputed"]
    assert [event["kind"] for event in found["timeline"]].count("arbiter_late") == 1


async def test_a_task_that_tells_of_no_dispute_any_more_holds_up_no_look(office):
    """What there is nothing to do about is left, and the look goes on."""
    await disputed(office)
    async with office.database.transaction() as tx:
        await tx.execute(update(tables.referral).values(state="answered"))
    office.clock.advance(days=7)
    async with asyncio.timeout(30):
        await office.look(at_once=1)

    assert await questions(office) == ["disputed"]


async def test_a_term_that_ends_in_a_dispute_is_overdue_once(office):
    """A person is told while the arbiter thinks, and the task outlives what the agency says later."""
    order, _ = await disputed(office)
    office.clock.at = datetime(2027, 1, 15, 10, tzinfo=ALMATY)
    await office.look()
    await office.said()
    in_dispute = await questions(office)
    await office.reply(order, ReplyKind.ACCEPTED)
    await office.look()

    assert in_dispute == ["arbiter_late", "disputed", "overdue"]
    assert await questions(office) == ["overdue"]
    assert [data["awaited"] for _, data in await office.said() if "awaited" in data] == []


async def test_a_late_referral_given_back_is_overdue_at_once(office):
    """The term goes on as it was, also when it has passed."""
    order, task = await disputed(office)
    office.clock.at = datetime(2027, 1, 15, 10, tzinfo=ALMATY)
    await office.posted(f"/v1/tasks/{task['id']}/arbitration", agency=order["agency"], reason="так решил арбитр")
    for _ in range(2):
        await office.look()

    assert await questions(office) == ["overdue"]
