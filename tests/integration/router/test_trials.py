"""Trials on the router's own past, on both databases: they tell what would change, and write nothing."""

import json
from datetime import timedelta

from sqlalchemy import func, select

from services.chassis.outbox import outbox
from services.contracts.referrals import ReplyKind
from services.router import tables, trials
from tests.integration.router.parts import BRIBE, KINDERGARTEN
from tests.small_rules import rule_set

LIBRARY = "В библиотеке холодно."
WITH_LIBRARIES = rule_set().lexicon.replace("школ*", "школ*\n\n        библиотек*")


async def tried(office, **asked) -> list[dict]:
    answer = await office.api.post("/v1/rules/trial", json=asked)
    assert answer.is_success, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def counts(office) -> dict[str, int]:
    async with office.database.reading() as tx:
        return {
            table.name: (await tx.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (*tables.metadata.sorted_tables, outbox)
        }


async def test_a_trial_tells_what_would_change_and_writes_nothing(office):
    """Not a row, not a message."""
    appeal_id = await office.register(LIBRARY)
    await office.register(BRIBE)
    await office.register(KINDERGARTEN)
    await office.reply(await office.order(), ReplyKind.ACCEPTED)
    before = await counts(office)
    *steps, last = await tried(office, lexicon=WITH_LIBRARIES)
    report = last["report"]

    assert steps[-1] == {"done": 3, "of": 3}
    assert [(item["id"], item["from"], item["to"]) for item in report["items"]] == [
        (str(appeal_id), "review:nothing_found", "education")
    ]
    assert report["outcomes"]["known"] == report["outcomes"]["agreed"]["after"] == 2
    assert await counts(office) == before


async def test_a_kept_version_is_tried_as_of_a_day_on_a_stretch_of_days(office, monkeypatch):
    """More than one page of them, each once."""
    monkeypatch.setattr(trials, "AT_ONCE", 2)
    for _ in range(5):
        await office.register(KINDERGARTEN)
    office.clock.advance(days=3)
    await office.register(KINDERGARTEN)
    closing = {"on": "2026-12-01", "successor": None, "reason": "decree"}
    done = await office.posted("/v1/agencies/education/closure", **closing)
    first = (office.clock() - timedelta(days=3)).date().isoformat()
    asked = {"version": done["version"], "since": first, "until": first}
    now, then = [(await tried(office, **asked, as_of=day))[-1]["report"] for day in (first, "2026-12-02")]
    (limited,) = [(await tried(office, version=done["version"], limit=3))[-1]["report"]]

    assert (now["tried"], now["changed"], limited["tried"]) == (5, 0, 3)
    assert then["confusion"] == now["confusion"] == {"before": [], "after": []}


async def test_rules_that_cannot_be_used_are_not_tried(office):
    """The lines are told at once."""
    answer = await office.api.post("/v1/rules/trial", json={"lexicon": WITH_LIBRARIES.replace("взятк*", "взятк* ..")})

    assert (answer.status_code, answer.json()["code"]) == (422, "rules_invalid")
    assert (await office.api.post("/v1/rules/trial", json={"version": "none"})).status_code == 404


async def test_one_trial_runs_at_a_time(office):
    """The second one is told so."""
    one = trials.Trials(office.database)
    stretch = trials.Stretch(office.clock(), office.clock(), 1)
    running = one.run(office.router.rules, office.router.rules, stretch)
    await anext(running)
    second = one.run(office.router.rules, office.router.rules, stretch)
    refused = None
    try:
        await anext(second)
    except trials.Conflict as conflict:
        refused = conflict.code
    rest = [step async for step in running]

    assert (refused, len(rest)) == ("trial_running", 1)
    assert "report" in [step async for step in one.run(office.router.rules, office.router.rules, stretch)][-1]
