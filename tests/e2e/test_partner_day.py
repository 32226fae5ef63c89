"""The Node.js consumer, made from the published documents alone, works a day of appeals through real services."""

import asyncio
from typing import Any

import httpx

from services.cli.local.processes import start
from services.cli.local.stage import Stage
from services.contracts.access import agency_account
from tests.e2e.faults.appeals import REFERRED
from tests.partners import consumer

AGENCY = "education"
DAY = 40
"""Appeals to the agency in a day: a busy one."""
PATIENCE = 90.0


async def test_a_day_of_appeals_without_a_fault(stage, api, let_in, node_modules, tmp_path) -> None:
    """Killed at noon, it comes back, and takes a replay of the day: each appeal is answered, each reply counts once."""
    url = await let_in(agency_account(AGENCY))
    (tmp_path / "agency").mkdir()
    program = consumer(
        "node", tmp_path / "agency", node_modules=node_modules, amqp_url=url, agency=AGENCY, ANSWER="Орын берілді."
    )

    agency = start(program, tmp_path, tied=True)
    await post(api, stage, range(DAY // 2))
    await agency.kill9()
    agency = start(program, tmp_path, tied=True)
    await post(api, stage, range(DAY // 2, DAY))
    await until_answered(api, stage)
    replay = {"since": "2026-01-01T00:00:00Z"}
    replayed = (await api.post(f"{stage.url('router')}/v1/agencies/{AGENCY}/replay", json=replay)).raise_for_status()
    await until(lambda: agency.log.read_text().count("have ") >= 2 * DAY)
    await agency.stop()

    router = stage.url("router")
    referrals = (await got(api, f"{router}/v1/referrals", agency=AGENCY, limit=200))["items"]
    replies = [(await got(api, f"{router}/v1/referrals/{one['id']}"))["replies"] for one in referrals]
    assert replayed.json()["sent"] == DAY
    assert [one["state"] for one in referrals] == ["answered"] * DAY
    assert all([reply["kind"] for reply in some] == ["received", "accepted", "answered"] for some in replies)
    assert (await got(api, f"{router}/v1/tasks"))["items"] == []
    assert (await got(api, f"{router}/v1/parked"))["items"] == []
    assert (await got(api, f"{stage.url('intake')}/v1/appeals/counts"))["by_status"] == {"answered": DAY}


async def post(api: httpx.AsyncClient, stage: Stage, numbers: range) -> None:
    """Post appeals about kindergartens, in both languages."""
    about = [pair for pair in REFERRED if "детск" in pair[1] or "балабақша" in pair[1]]
    for number in numbers:
        language, text = about[number % len(about)]
        body = {
            "kind": "application",
            "channel": "web",
            "language": language,
            "text": f"{text} № {number}.",
            "territory": "Талгарский район",
            "applicant": {"name": "Сынақбаев Тест", "email": f"applicant-{number}@example.kz"},
        }
        headers = {"idempotency-key": f"day-{number}"}
        (await api.post(f"{stage.url('intake')}/v1/appeals", json=body, headers=headers)).raise_for_status()


async def until_answered(api: httpx.AsyncClient, stage: Stage) -> None:
    async def answered() -> bool:
        counts = await got(api, f"{stage.url('intake')}/v1/appeals/counts")
        return bool(counts["by_status"].get("answered") == DAY)

    await until(answered)


async def until(condition: Any) -> None:
    """Wait for what no event tells us of."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = condition()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.2)


async def got(api: httpx.AsyncClient, url: str, **query: Any) -> Any:
    return (await api.get(url, params=query)).raise_for_status().json()
