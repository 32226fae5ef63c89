"""A chain of agencies that all decline, from the router to the applicant's page; and the clock on the way."""

import re
from datetime import date
from random import Random

import pytest

from services.contracts.referrals import ReferralChanged, ReplyKind
from services.intake.page_texts import PAGE
from tests.integration.intake.parts import form, post
from tests.integration.router.parts import LAND, pass_on

FIVE = ("land-relations", "akimat", "education", "waterworks", "education-talgar")


async def test_five_agencies_that_all_decline_end_with_a_person(office, intake):
    """Two may pass it on; then an arbiter has it within two working days, after each refusal anew, and keeps it."""
    service, api = intake
    coupon = (await post(api, form(text=LAND, kind="application", complained_of=None))).json()
    await office.register(LAND, appeal_id=coupon["id"], registration_number=coupon["registration_number"])
    (order,) = await pass_on(office, service)
    asked, dues = [], []
    for following in (*FIVE[1:], None):
        asked.append(order["agency"])
        more = {"proposed_agency": following} if order["agency"] == FIVE[0] else {}
        await office.reply(order, ReplyKind.DECLINED, reason=f"{order['agency']}: не наше", **more)
        if (await office.got("/v1/tasks"))["items"]:
            task = await office.task()
            dues.append((task["question"], task["due_on"]))
            award = {"reason": "решение арбитра", **({"agency": following} if following else {})}
            await office.posted(f"/v1/tasks/{task['id']}/arbitration", **award)
        orders = await pass_on(office, service)
        order = orders[0] if orders else None

    shown = (await api.get(f"/v1/appeals/{coupon['id']}")).json()
    pages = {
        language: (await api.get(shown["status_url"].partition("8081")[2], params={"lang": language})).text
        for language in ("kk", "ru")
    }

    assert asked == list(FIVE)
    assert dues == [("disputed", "2026-11-25"), *[("binding_declined", "2026-11-26")] * 3]
    assert (shown["status"], order) == ("retained", None)
    for language, page in pages.items():
        reasons = re.findall(r"([a-z-]+): не наше", page)
        assert reasons == list(FIVE), language
        steps = ("referral.declined", "referral.disputed", "referral.refused", "appeal.retained")
        assert [PAGE[language][step] in page for step in steps] == [True] * 4
        assert page.count(PAGE[language]["binding"]) == 3


@pytest.mark.parametrize("seed", range(4))
async def test_the_applicants_clock_never_silently_restarts(office, seed):
    """Whatever agencies and people do, the date moves only with a referral to another agency, or an extension."""
    luck = Random(seed)  # noqa: S311 - a plan, not a secret
    await office.register(LAND)
    told: list[ReferralChanged] = []
    order = None
    for _ in range(14):
        for kind, data in await office.said():
            if kind == "referral.changed.v1":
                told.append(ReferralChanged.model_validate(data))
            order = data if kind == "referral.issued.v1" else order
        tasks = (await office.got("/v1/tasks"))["items"]
        office.clock.advance(hours=luck.choice((1, 5, 30)))
        await office.look()
        if disputed := [task for task in tasks if task["question"] in {"disputed", "binding_declined"}]:
            award = {"reason": "решение арбитра", "agency": luck.choice(FIVE)}
            await office.api.post(f"/v1/tasks/{disputed[0]['id']}/arbitration", json=award)
        elif luck.random() < 0.3:
            path = f"/v1/referrals/{order['referral_id']}/{luck.choice(('recall', 'reissue'))}"
            await office.api.post(path, json={"reason": "так решил"} if path.endswith("recall") else {})
        else:
            kind = luck.choice([kind for kind in ReplyKind if kind is not ReplyKind.ACCEPTED_IN_PART])
            later = date.fromisoformat(order["answer_due_on"])
            more = {"extended_to": min(date(2027, 1, 15), later.replace(day=28))}
            named = luck.choice((None, "akimat", "education"))
            await office.reply(order, kind, reason="не наше", text="Ответ.", proposed_agency=named, **more)

    assert told
    first: dict = {}
    for change in told:
        before = first.get(change.referral_id)
        if before is not None and change.answer_due_on != before.answer_due_on:
            assert change.extended_on or change.state == "issued", change
        if before is None and change.predecessor_id in first and change.agency == first[change.predecessor_id].agency:
            assert change.answer_due_on == first[change.predecessor_id].answer_due_on
        first[change.referral_id] = change
