"""Agencies without AMQP: one fetches over HTTP, one has nothing but a mailbox; their applicants are answered alike."""

import re
from typing import Any
from uuid import UUID, uuid5

import httpx

from services.chassis import clock
from tests.e2e.faults.appeals import REFERRED

MAILBOX = "education@almaty-region.example"
PATIENCE = 60.0


async def test_whoever_fetches_and_whoever_opens_a_link_answer_appeals(stage, api, mail) -> None:
    """The directory is amended while the services run; from then on nothing of theirs goes by the broker."""
    router, intake = stage.url("router"), stage.url("intake")
    for code, transport in (("education", "email"), ("land-relations", "http")):
        change = {"on": str(clock.now().date()), "transport": transport, "reason": "письмо органа № 1"}
        (await api.patch(f"{router}/v1/agencies/{code}", json=change)).raise_for_status()
    for number, (language, text) in enumerate(pair for pair in REFERRED if re.search("детск|земельн", pair[1])):
        await post(api, intake, number, language=language, text=text)

    await answer_by_fetching(api, router)
    await mail.until(lambda: any(one.to == MAILBOX for one in mail.mails), within=PATIENCE)
    await answer_by_link(next(one for one in mail.mails if one.to == MAILBOX), router)

    answers = ("Участок выделен.", "Место выделено.")
    await mail.until(lambda: all(any(said in one.body for one in mail.mails) for said in answers), within=PATIENCE)
    referrals = [await got(api, f"{router}/v1/referrals", agency=code) for code in ("education", "land-relations")]
    assert [[one["state"] for one in some["items"]] for some in referrals] == [["answered"], ["answered"]]
    assert (await got(api, f"{intake}/v1/appeals/counts"))["by_status"] == {"answered": 2}
    assert (await got(api, f"{router}/v1/parked"))["items"] == []


async def answer_by_fetching(api: httpx.AsyncClient, router: str) -> None:
    """The whole loop of an agency's system: fetch, say that it is there, acknowledge, answer."""
    key = {"owner": "land", "scopes": ["agency:land-relations"]}
    made = (await api.post(f"{router}/v1/keys", json=key)).raise_for_status().json()
    headers, mine = {"authorization": f"Bearer {made['key']}"}, f"{router}/v1/agencies/me"
    async with httpx.AsyncClient(headers=headers, timeout=40, trust_env=False) as agency:
        (order,) = await got(agency, f"{mine}/messages", wait=25)
        about = {name: order["data"][name] for name in ("referral_id", "appeal_id")}
        for kind, words in (("received", {}), ("answered", {"text": "Участок выделен."})):
            said = {**about, **words, "kind": kind, "occurred_at": clock.now().isoformat()}
            event = str(uuid5(UUID(about["referral_id"]), kind))
            document = {"id": event, "type": "kz.joldau.referral.reply.v1", "data": said}
            (await agency.post(f"{mine}/replies", json=document)).raise_for_status()
            (await agency.post(f"{mine}/messages/acknowledgement", json={"ids": [order["id"]]})).raise_for_status()
        assert await got(agency, f"{mine}/messages") == []


async def answer_by_link(letter: Any, router: str) -> None:
    """What a person at the agency does with the mail."""
    path = httpx.URL(re.findall(r"http\S+/referral/\S+", letter.body)[0]).path
    assert "Сынақбаев" not in letter.body + letter.subject
    async with httpx.AsyncClient(base_url=router, timeout=30, trust_env=False, follow_redirects=True) as browser:
        page = (await browser.get(path)).raise_for_status()
        event = re.findall(r'value="answered"><input type="hidden" name="event" value="([^"]+)"', page.text)[0]
        form = {"kind": "answered", "event": event, "text": "Место выделено."}
        after = (await browser.post(path, data=form)).raise_for_status()
    assert "детском саду" in page.text
    assert "детском саду" not in after.text


async def post(api: httpx.AsyncClient, intake: str, number: int, **said: str) -> None:
    applicant = {"name": "Сынақбаев Тест", "email": f"applicant-{number}@example.kz"}
    body = {"kind": "application", "channel": "web", "applicant": applicant, "territory": "Талгарский район", **said}
    headers = {"idempotency-key": f"without-{number}"}
    (await api.post(f"{intake}/v1/appeals", json=body, headers=headers)).raise_for_status()


async def got(api: httpx.AsyncClient, url: str, **query: Any) -> Any:
    answer = (await api.get(url, params=query)).raise_for_status().json()
    return answer["items"] if url.endswith("/messages") else answer
