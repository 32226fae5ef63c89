"""What went to a wrong agency is given to the right one in one act, on both databases; and what its applicant hears."""

import pytest
from sqlalchemy import select

from services.chassis import outbox
from services.contracts.envelope import Envelope
from services.contracts.referrals import ReplyKind
from tests.integration.intake.parts import form, post
from tests.integration.router.parts import KINDERGARTEN, pass_on

WHY = "отправлено по ошибке"


async def corrected(office, order, agency="akimat", status=200, **more):
    path = f"/v1/referrals/{order['referral_id']}/correction"
    return await office.posted(path, status, agency=agency, reason=WHY, **more)


async def test_both_agencies_are_told_in_one_transaction_and_no_clock_begins_anew(office):
    """The right one gets the same appeal, due on the same day; the wrong one hears why; nobody has a task."""
    appeal_id = await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ReplyKind.ACCEPTED)
    await office.reply(order, ReplyKind.EXTENDED, extended_to="2026-12-30", reason="сложное дело")
    await office.said()
    office.clock.advance(days=2)
    await office.look()
    told = await corrected(office, order)

    said = [(kind, data) for kind, data in await office.said() if kind != "referral.reminder.v1"]
    found = await office.appeal(appeal_id)

    assert [(kind, data.get("agency"), data.get("state")) for kind, data in said] == [
        ("referral.issued.v1", "akimat", None),
        ("referral.changed.v1", "akimat", "issued"),
        ("referral.changed.v1", "education", "recalled"),
        ("referral.recalled.v1", "education", None),
    ]
    assert (said[0][1]["text"], said[0][1]["answer_due_on"], said[3][1]["reason"]) == (KINDERGARTEN, "2026-12-30", WHY)
    assert told == {"referral_id": said[0][1]["referral_id"], "agency": "akimat", "state": "issued"}
    assert [(r["agency"], r["state"]) for r in found["referrals"]] == [("education", "recalled"), ("akimat", "issued")]
    assert (await office.got("/v1/tasks"))["items"] == []
    assert (await office.referral(told))["decision"]["record"]["reason"] == WHY


async def test_the_applicant_is_told_once_of_the_right_one(office, intake):
    """At no moment is the appeal shown with nobody."""
    service, api = intake
    coupon = (await post(api, form(text=KINDERGARTEN, kind="application", complained_of=None))).json()
    await office.register(KINDERGARTEN, appeal_id=coupon["id"], registration_number=coupon["registration_number"])
    (order,) = await pass_on(office, service)
    before = len(await notices(service))
    await corrected(office, order)
    statuses = []

    async def look() -> None:
        statuses.append((await api.get(f"/v1/appeals/{coupon['id']}")).json()["status"])

    await pass_on(office, service, then=look)
    told = (await notices(service))[before:]

    assert [(one["notice"], one["variables"]["agency_name"]) for one in told] == [("referred", "Акимат области")]
    assert set(statuses) == {"referred"}


async def notices(service) -> list[dict]:
    async with service.database.reading() as tx:
        rows = await tx.execute(select(outbox.outbox.c.body).order_by(outbox.outbox.c.seq))
    said = [Envelope.model_validate_json(row.body) for row in rows]
    return [one.data for one in said if one.type.endswith("applicant.notify.v1")]


async def test_a_complaint_goes_on_when_a_second_person_has_seen_it(office):
    """The wrong agency is recalled at once; the day stays through the approval."""
    appeal_id = await office.register(KINDERGARTEN, kind="complaint")
    task = await office.task()
    await office.posted_by("first", f"/v1/tasks/{task['id']}/assignment", agency="education", reason=WHY)
    await office.approve(appeal_id)
    order = await office.order()
    office.clock.advance(days=1)
    told = await corrected(office, order)
    await office.approve(appeal_id)
    right = await office.order()

    assert (told["state"], (await office.referral(order))["state"]) == ("proposed", "recalled")
    assert (right["agency"], right["answer_due_on"]) == ("akimat", order["answer_due_on"])


@pytest.mark.parametrize(
    ("agency", "status", "code"),
    [("education", 409, "agency_has_it"), ("nobody", 422, "agency_unknown")],
)
async def test_what_makes_no_sense_changes_nothing(office, agency, status, code):
    """Also for the same agency: it has it."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    refused = await corrected(office, order, agency, status)

    assert refused["code"] == code
    assert (await office.referral(order))["state"] == "issued"
    assert await office.said() == []


async def test_what_has_ended_or_is_with_an_arbiter_is_not_corrected(office):
    """An answer stands, and an arbiter's word is final."""
    await office.register(KINDERGARTEN)
    answered = await office.order()
    await office.reply(answered, ReplyKind.ANSWERED, text="Место выделено.")
    await office.register(KINDERGARTEN, territory="Кеген")
    disputed = await office.order()
    await office.reply(disputed, ReplyKind.ACCEPTED)
    await office.reply(disputed, ReplyKind.DECLINED, reason="не наше")
    codes = [(await corrected(office, order, status=409))["code"] for order in (answered, disputed)]
    stale = await corrected(office, disputed, status=409, revision=1)

    assert codes == ["transition_not_allowed", "arbiter_decides"]
    assert stale["code"] == "referral_changed"
