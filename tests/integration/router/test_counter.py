"""The counter of `joldau agency check --http` answers a partner as the router does."""

from typing import Any

import httpx
import pytest

from services.chassis.ids import new_id
from services.cli.conformance.over_http import OverHttp, key_of, url_at
from services.cli.local.ports import free_ports
from services.router.rules import RuleSet
from tests.integration.router.parts import KINDERGARTEN
from tests.small_rules import DIRECTORY, rule_set

MINE = "/v1/agencies/me"


@pytest.fixture
def documents() -> RuleSet:
    """Education has no queue."""
    return rule_set(directory=DIRECTORY.replace("code: education,", "code: education, transport: http,"))


async def a_day(api: httpx.AsyncClient) -> list[tuple[int, Any]]:
    """What an agency is answered, right and wrong, without what differs from day to day."""
    order = (await api.get(f"{MINE}/messages", params={"wait": 1})).json()["items"][0]
    about = {name: order["data"][name] for name in ("referral_id", "appeal_id")}
    said = {**about, "kind": "received", "occurred_at": "2026-11-23T07:00:00Z"}
    reply = {"id": str(new_id()), "type": "kz.joldau.referral.reply.v1", "data": said}
    strange = {**reply, "id": str(new_id()), "data": {**said, "referral_id": str(new_id())}}
    another = {**reply, "id": str(new_id()), "data": {**said, "appeal_id": str(new_id())}}
    have = {"ids": [order["id"], str(new_id())]}
    wrong = {"authorization": "Bearer wrong"}
    calls = [
        api.get(f"{MINE}/messages", headers=wrong),
        api.get(f"{MINE}/messages", params={"wait": 26}),
        api.get(f"{MINE}/messages", params={"limit": 101}),
        api.get(f"{MINE}/messages", params={"limit": 1}),
        *(api.get(f"{MINE}/referrals/{one}/attachments") for one in (about["referral_id"], new_id(), "strange")),
        *(api.post(f"{MINE}/replies", json=one) for one in (reply, reply, strange, another)),
        api.post(f"{MINE}/replies", json={**reply, "data": {**said, "kind": "accepted"}}),
        api.post(f"{MINE}/replies", json={**reply, "type": "reply"}),
        api.post(f"{MINE}/replies", json={**reply, "data": about}),
        api.post(f"{MINE}/replies", content=b"<reply/>"),
        *(api.post(f"{MINE}/messages/acknowledgement", json=one) for one in (have, have, {"ids": []}, {"ids": "all"})),
        api.get(f"{MINE}/messages"),
        api.get(f"{MINE}/nothing"),
    ]
    answers = [await call for call in calls]
    return [(answer.status_code, shape(answer.json()) if answer.is_success else None) for answer in answers]


def shape(answer: dict[str, Any]) -> dict[str, Any]:
    """Names, and whatever counts something."""
    return {name: value if name in {"acknowledged", "outcome"} else type(value) for name, value in answer.items()}


async def test_counter_and_router_answer_alike(office) -> None:
    """So whoever passes the check meets nothing new: the same statuses, and the same names in the answers."""
    await office.register(KINDERGARTEN)
    made = await office.posted("/v1/keys", 201, owner="education", scopes=["agency:education"])
    office.api.headers["authorization"] = f"Bearer {made['key']}"
    real = await a_day(office.api)
    (port,) = free_ports(1)
    async with OverHttp("education", 1, port=port) as partner:
        await partner.issue()
        headers = {"authorization": f"Bearer {key_of('education')}"}
        async with httpx.AsyncClient(base_url=url_at(port), headers=headers, trust_env=False) as api:
            lent = await a_day(api)

    assert lent == real
    expected = [401, 422, 422, 200, 200, 404, 422, 202, 202, 404, 404, 409, 422, 422, 422, 200, 200, 422, 422, 200, 404]
    assert [status for status, _ in real] == expected
