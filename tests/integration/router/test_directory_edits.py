"""Edits of the directory, and what lies with an agency that is closed, on both databases."""

from datetime import date

import pytest

from services.contracts.appeals import AppealKind
from services.contracts.referrals import ReplyKind
from services.router.rules import Policy
from tests.integration.router.parts import GREETING, KINDERGARTEN, LAND

FIRST = "2026-12-01"
NEW = {
    "code": "archive",
    "name": {"kk": "Мұрағат", "ru": "Архив", "en": "Archive"},
    "level": "oblast",
    "territories": ["region"],
    "categories": ["space"],
    "contacts": {"address": "г. Конаев", "phone": "+7 700"},
    "transport": "amqp",
    "valid_from": FIRST,
    "source": "decree 7",
}


async def close(office, code: str, successor: str | None, on: str = FIRST) -> dict:
    return await office.posted(f"/v1/agencies/{code}/closure", on=on, successor=successor, reason="decree 7")


async def come(office, day: str = FIRST) -> None:
    """The clock is put to the day's noon, and looked at twice."""
    office.clock.at = office.clock.at.replace(year=int(day[:4]), month=int(day[5:7]), day=int(day[8:]))
    for _ in range(2):
        await office.look()


async def test_an_edit_is_a_rule_set_in_force(office):
    """Audited as any other, and seen from its day on."""
    done = await office.posted("/v1/agencies", 201, agency=NEW, reason="decree 7")
    today, then = [await office.got("/v1/agencies", on=day) for day in ("2026-11-30", FIRST)]
    (act,) = (await office.got("/v1/rules/activations"))["items"]

    assert (done["directory"], act["version"], act["reason"]) == ("small+1", done["version"], "decree 7")
    assert (act["by"], act["number"]) == ("operator:admin", done["number"])
    assert [sum(item["code"] == "archive" for item in listed["items"]) for listed in (today, then)] == [0, 1]


async def test_an_amended_agency_shows_both_its_records(office):
    """Each with its days."""
    answer = await office.api.patch(
        "/v1/agencies/education", json={"on": FIRST, "superior": None, "source": "decree 8", "reason": "decree 8"}
    )
    records = (await office.got("/v1/agencies/education"))["records"]

    assert answer.status_code == 200
    assert [(one["valid_from"], one["valid_to"], one["superior"]) for one in records] == [
        ("2021-07-01", "2026-11-30", "akimat"),
        (FIRST, None, None),
    ]


async def test_a_directory_is_exported_and_imported(office):
    """As a file; what it would break is told with its lines, and nothing changes."""
    text = (await office.api.get("/v1/directory")).text
    bad, good = text.replace("superior: akimat", "superior: nobody"), text.replace("version: small", "version: mine")
    refused = await office.api.put("/v1/directory", json={"directory": bad, "reason": "decree 9"})
    taken = await office.api.put("/v1/directory", json={"directory": good, "reason": "decree 9"})

    assert (refused.status_code, refused.json()["code"]) == (422, "rules_invalid")
    assert (taken.status_code, taken.json()["directory"]) == (200, "mine")
    assert (await office.api.get("/v1/directory")).text == good


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/agencies/nobody/closure", {"on": FIRST, "successor": "akimat"}, 404, "agency_unknown"),
        ("/v1/agencies/education/closure", {"on": FIRST, "successor": "nobody"}, 422, "rules_invalid"),
        ("/v1/agencies", {"agency": {**NEW, "code": "education"}}, 422, "rules_invalid"),
        ("/v1/agencies", {"agency": {**NEW, "colour": "red"}}, 422, "body_invalid"),
    ],
)
async def test_an_edit_that_would_be_wrong_changes_nothing(office, path, body, status, code):
    """The directory is checked as a whole."""
    problem = await office.posted(path, status, **body, reason="decree 7")

    assert problem["code"] == code
    assert (await office.got("/v1/rules"))["items"] == []


async def test_what_nobody_answers_for_any_more_is_told(office):
    """Closing a body does not give its matters to its successor: a person is told what is left alone."""
    done = await close(office, "waterworks", "akimat")

    assert done["answered_by_nobody"] == [{"category": "water", "territories": ["region", "talgar", "kegen"]}]


async def test_on_the_day_open_referrals_go_to_the_successor(office):
    """With their history: the old body is told to stop, the new one has what is left of the term, intake hears both."""
    await office.register(LAND)
    order = await office.order()
    await office.reply(order, ReplyKind.ACCEPTED)
    await close(office, "land-relations", "akimat")
    await office.look()
    before = await office.referral(order)
    await office.said()
    await come(office)
    said = await office.said()
    after = await office.referral(order)
    (heir,) = (await office.got("/v1/referrals", agency="akimat"))["items"]
    whole = await office.got(f"/v1/referrals/{heir['id']}")

    assert (before["state"], after["state"]) == ("accepted", "recalled")
    assert [(kind, data.get("agency"), data.get("state")) for kind, data in said] == [
        ("referral.changed.v1", "land-relations", "recalled"),
        ("referral.recalled.v1", "land-relations", None),
        ("referral.issued.v1", "akimat", None),
        ("referral.changed.v1", "akimat", "issued"),
    ]
    assert "его место занимает: Акимат области" in said[1][1]["reason"]
    assert heir["answer_due_on"] == order["answer_due_on"]
    assert (whole["predecessor_id"], whole["forward_due"]) == (order["referral_id"], after["forward_due"])
    assert whole["decision"]["record"]["by"] == "succession"
    assert whole["decision"]["record"]["verdict"]["because"] == "successor"
    assert (await office.got("/v1/tasks"))["items"] == []


async def test_no_open_referral_stays_with_a_closed_body(office):
    """More than one transaction's worth of them, in any open state."""
    orders = []
    for kinds in ((), (ReplyKind.RECEIVED,), (ReplyKind.ACCEPTED,)):
        await office.register(KINDERGARTEN)
        orders.append(await office.order())
        if kinds:
            await office.reply(orders[-1], *kinds)
    await office.register(KINDERGARTEN)
    await office.refuse(await office.order())
    await close(office, "education", "akimat")
    office.clock.at = office.clock.at.replace(month=12, day=1)
    await office.look(at_once=2)
    theirs = (await office.got("/v1/referrals", agency="education"))["items"]
    heirs = (await office.got("/v1/referrals", agency="akimat"))["items"]

    assert {one["state"] for one in theirs} == {"recalled"}
    assert [one["state"] for one in heirs] == ["issued"] * 4
    assert (await office.got("/v1/tasks"))["items"] == []


async def test_a_reply_of_the_closed_body_changes_nothing_any_more(office):
    """It is kept with the referral that was taken back."""
    await office.register(LAND)
    order = await office.order()
    await close(office, "land-relations", "akimat")
    await come(office)
    await office.reply(order, ReplyKind.ANSWERED, text="Ответ.")
    found = await office.referral(order)

    assert (found["state"], found["replies"][0]["outcome"]) == ("recalled", "noted")


@pytest.mark.parametrize("successor", [None, "prosecution"], ids=["nobody", "one without a queue"])
async def test_where_no_rule_names_a_successor_a_person_does(office, successor):
    """The referral is taken back all the same."""
    appeal_id = await office.register(LAND)
    order = await office.order()
    await close(office, "land-relations", successor)
    await come(office)
    task = await office.task()

    assert (await office.referral(order))["state"] == "recalled"
    assert (task["question"], task["referral_id"], task["note"]) == ("closed", order["referral_id"], successor)
    assert (await office.appeal(appeal_id))["outcome"] == "in_review"
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason="theirs now")


async def test_a_complaint_never_goes_to_the_body_complained_of_by_succession(office):
    """The guard holds whoever takes whose place."""
    await office.register(
        "В школе Талгара грубят.", kind=AppealKind.COMPLAINT, complained_of="Отдел образования Талгарского района"
    )
    order = await office.order()
    await close(office, "education", "education-talgar")
    await come(office)
    task = await office.task()

    assert (order["agency"], task["question"]) == ("education", "closed")
    assert (await office.got("/v1/referrals", agency="education-talgar"))["items"] == []


@pytest.mark.parametrize("policy", [Policy.ALWAYS])
async def test_a_proposal_is_proposed_to_the_successor(office):
    """What waited for a person's approval waits for it again; nothing goes out."""
    await office.register(LAND)
    await close(office, "land-relations", "akimat")
    await office.said()
    await come(office)
    task = await office.task()
    (heir,) = (await office.got("/v1/referrals", agency="akimat"))["items"]

    assert (task["question"], task["referral_id"], heir["state"]) == ("approval", heir["id"], "proposed")
    assert await office.said() == []


async def test_who_proposed_it_to_a_closed_body_approves_no_successor(office):
    """Four eyes stay four: the successor's proposal is the first proposer's still."""
    appeal_id = await office.register(GREETING, complained_of="Некто")
    task = await office.task()
    await office.posted_by("first", f"/v1/tasks/{task['id']}/assignment", agency="land-relations", reason="theirs")
    await close(office, "land-relations", "akimat")
    await come(office)
    (heir,) = (await office.got("/v1/referrals", agency="akimat"))["items"]
    refused = await office.posted_by("first", f"/v1/referrals/{heir['id']}/approval", 409)
    await office.approve(appeal_id)

    assert (heir["state"], refused["code"]) == ("proposed", "second_person_needed")
    assert (await office.appeal(appeal_id))["outcome"] == "referred"


async def test_new_appeals_go_by_the_day(office):
    """To the old body to its last day, to whom answers for it from then on."""
    await office.posted("/v1/agencies/akimat/closure", 404, on="2021-07-01", successor=None, reason="too early")
    await close(office, "land-relations", "akimat")
    categories = {"on": FIRST, "categories": ["roads", "land"], "reason": "decree 7"}
    assert (await office.api.patch("/v1/agencies/akimat", json=categories)).is_success
    await office.register(LAND)
    first = await office.order()
    office.clock.at = office.clock.at.replace(month=12, day=1)
    await office.register(LAND)
    second = await office.order()

    assert (first["agency"], second["agency"]) == ("land-relations", "akimat")
    assert date.fromisoformat(first["answer_due_on"]) < date.fromisoformat(second["answer_due_on"])
