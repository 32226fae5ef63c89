"""The body above an agency hears of its silence by its own way, and nothing of the appeal."""

import json
from datetime import datetime
from typing import Any

import httpx
import pytest

from services.contracts.appeals import Applicant
from services.router.rules import RuleSet
from tests.integration.router.parts import BRIBE, KINDERGARTEN
from tests.integration.router.test_agency_page import opened, path_of
from tests.integration.router.test_proof import certificate, confirm
from tests.small_rules import DIRECTORY, rule_set

APPLICANT = Applicant(name="Сынақбаев Тест", phone="+77000000001", email="applicant@example.kz")
MESSAGES = "/v1/agencies/me/messages"


@pytest.fixture(params=["amqp", "http", "email"])
def way(request) -> str:
    """How the superior body, the akimat, is reached."""
    return str(request.param)


@pytest.fixture
def documents(way) -> RuleSet:
    name = "name: {kk: Білім басқармасы, ru: Управление образования, en: Education}"
    directory = DIRECTORY.replace("phone: p}", "phone: p, email: office@akimat.kz}").replace(
        "    transport: amqp", f"    transport: {way}"
    )
    return rule_set(directory=directory.replace("code: education,", f"code: education, transport: amqp, {name},"))


async def silent(office, text: str = KINDERGARTEN) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """A referral of which its agency says nothing, and what is said after half a day."""
    await office.register(text, applicant=APPLICANT)
    order = await office.order()
    await confirm(office)
    office.clock.advance(hours=5)
    await office.look()
    return order, await office.said()


async def test_the_superior_is_told_who_is_silent_and_what_it_owes(office, way):
    """By its queue, by what it fetches, or by a mail; the operator sees that it was."""
    order, said = await silent(office)
    if way == "http":
        made = await office.posted("/v1/keys", 201, owner="akimat", scopes=["agency:akimat"])
        (told,) = (await office.api.get(MESSAGES, headers={"authorization": f"Bearer {made['key']}"})).json()["items"]
        told = told["data"]
    else:
        kind = {"amqp": "referral.escalated.v1", "email": "agency.notify.v1"}[way]
        (told,) = [data for name, data in said if name == kind]
    events = (await office.referral(order))["timeline"]

    assert told["agency"] == "akimat"
    assert "образования" in json.dumps(told.get("silent_agency_name"), ensure_ascii=False)
    assert way == "email" or (told["silent_agency"], told["awaited"]) == ("education", "receipt")
    assert not any(
        word in json.dumps(told, ensure_ascii=False) for word in (KINDERGARTEN, "Сынақбаев", "+7700", "@example")
    )
    assert ("escalated", "akimat") in [(event["kind"], event["note"]) for event in events]


@pytest.mark.parametrize("way", ["email"], indirect=True)
async def test_its_link_shows_where_the_referral_is_and_takes_no_reply(office, way):
    """Neither text nor applicant, and no form; that it was opened proves nothing of the silent agency."""
    order, said = await silent(office)
    (mail,) = [data for name, data in said if name == "agency.notify.v1"]
    await confirm(office)
    page = await opened(office, mail)
    form = {"kind": "answered", "event": order["referral_id"], "text": "Ответ."}
    refused = await office.api.post(path_of(mail), data=form, headers={"authorization": ""})
    events = [event["kind"] for event in (await office.referral(order))["timeline"]]
    proved = [one["kind"] for one in (await certificate(office, order))["entries"]]

    assert (page.status_code, order["registration_number"] in page.text) == (200, True)
    assert not any(word in page.text for word in (KINDERGARTEN, "Сынақбаев", "<form"))
    assert refused.status_code == httpx.codes.GONE
    assert ("superior_looked" in events, "opened" in events) == (True, False)
    assert "opened" not in proved
    assert (await office.referral(order))["state"] == "issued"


@pytest.mark.parametrize("way", ["email"], indirect=True)
async def test_its_link_is_renewed_to_the_superior_alone(office, way):
    """As the agency's own is: not too often, not while it is good, and no more when the agency has spoken its last."""
    order, said = await silent(office)
    (mail,) = [data for name, data in said if name == "agency.notify.v1"]
    renewal = f"{path_of(mail)}/renewal"
    early = await office.api.post(renewal)
    office.clock.at = datetime.fromisoformat(mail["good_until"])
    expired = await opened(office, mail)
    for _ in range(2):
        assert (await office.api.post(renewal)).status_code == httpx.codes.SEE_OTHER
    (renewed,) = [data for name, data in await office.said() if name == "agency.notify.v1"]
    page = await opened(office, renewed)
    await office.reply(order, "answered", text="Место выделено.")
    late = await office.api.post(renewal)

    assert (early.status_code, late.status_code) == (httpx.codes.GONE, httpx.codes.GONE)
    assert (expired.status_code, "<form" in expired.text) == (httpx.codes.GONE, True)
    assert order["registration_number"] not in expired.text
    assert (renewed["agency"], renewed["email"]) == ("akimat", "office@akimat.kz")
    assert (page.status_code, order["registration_number"] in page.text) == (httpx.codes.OK, True)
    assert not any(word in page.text for word in (KINDERGARTEN, "Сынақбаев", "<form"))


@pytest.mark.parametrize("way", ["amqp"], indirect=True)
async def test_of_a_sealed_appeal_no_superior_hears(office, way):
    """Not even that there is one."""
    appeal_id = await office.register(BRIBE)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason="проверка")
    task = await office.task()
    part = {"agency": "education", "part": "Прошу место в детском саду.", "reason": "выдержка без подозрений"}
    await office.posted_by("first", f"/v1/tasks/{task['id']}/assignment", **part)
    await office.approve(appeal_id)
    await office.said()
    office.clock.advance(hours=5)
    await office.look()
    kinds = [name for name, _ in await office.said()]

    assert "referral.reminder.v1" in kinds
    assert "referral.escalated.v1" not in kinds
