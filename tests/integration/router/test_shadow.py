"""The shadow, on both databases: it decides on what really arrives, and does nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.chassis.outbox import outbox
from services.contracts.referrals import ReplyKind
from services.router import shadow_store, tables
from services.router.rules import LEXICON
from services.router.shadow import Shadow
from tests.integration.router.parts import BRIBE, KINDERGARTEN
from tests.small_rules import rule_set

LIBRARY = "В библиотеке холодно."
WITH_LIBRARIES = rule_set().lexicon.replace("школ*", "школ*\n\n        библиотек*")


@pytest.fixture
async def version(office) -> str:
    """A rule set that knows libraries, and decides nothing yet."""
    return (await office.posted("/v1/rules", 201, lexicon=WITH_LIBRARIES))["version"]


@pytest.fixture
def settings() -> dict[str, Any]:
    """A router that looks often."""
    return {"watch_every": timedelta(hours=1), "shadow_every": timedelta(seconds=0.2)}


async def look(office) -> None:
    await Shadow(office.database, office.router, at_once=2).look()


async def test_a_shadow_decides_what_arrives_and_does_nothing(office, version):
    """Not on what was there before; more than a batch of it, each once."""
    await office.register(LIBRARY)
    await office.posted("/v1/shadow", version=version, reason="libraries")
    appeal_id = await office.register(LIBRARY)
    for text in (KINDERGARTEN, BRIBE, KINDERGARTEN):
        await office.register(text)
    async with office.database.reading() as tx:
        before = (await tx.execute(select(func.count()).select_from(outbox))).scalar_one()
    await look(office)
    await look(office)
    report = await office.got("/v1/shadow/report")
    async with office.database.reading() as tx:
        after = (await tx.execute(select(func.count()).select_from(outbox))).scalar_one()

    assert (report["tried"], report["runs"], report["version"]) == (4, True, version)
    assert [(item["id"], item["from"], item["to"]) for item in report["items"]] == [
        (str(appeal_id), "review:nothing_found", "education")
    ]
    assert before == after
    assert (await office.appeal(appeal_id))["outcome"] == "in_review"


async def test_the_report_tells_who_was_right(office, version):
    """By where the appeals were accepted since."""
    await office.posted("/v1/shadow", version=version, reason="libraries")
    await office.register(LIBRARY)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="education", reason="библиотека")
    await office.reply(await office.order(), ReplyKind.ACCEPTED)
    await look(office)
    report = await office.got("/v1/shadow/report", version=version)

    assert report["outcomes"] == {
        "known": 1,
        "agreed": {"before": 0, "after": 1},
        "turned_right": 1,
        "turned_wrong": 0,
    }
    assert report["changes"] == [{"from": "review:nothing_found", "to": "education", "count": 1}]


async def test_a_stopped_shadow_decides_no_more(office, version):
    """What it has decided stays to be read; each act is on record."""
    assert (await office.got("/v1/shadow"))["version"] is None
    await office.posted("/v1/shadow/end", 409, reason="nothing runs")
    await office.posted("/v1/shadow", version=version, reason="libraries")
    await office.posted("/v1/shadow", 409, version=version, reason="again")
    await office.register(LIBRARY)
    await look(office)
    ended = await office.posted("/v1/shadow/end", reason="seen enough")
    await office.register(LIBRARY)
    await look(office)
    report = await office.got("/v1/shadow/report")

    assert (report["tried"], report["runs"], ended["number"]) == (1, False, 2)
    assert (await office.got("/v1/shadow"))["reason"] == "seen enough"


async def test_what_is_in_force_or_unknown_is_no_shadow(office):
    """Nor is there a report of what never ran."""
    async with office.database.transaction() as tx:
        await office.router.book.begin(tx, at=office.clock())
    in_force = (await office.got("/v1/rules/in-force"))["version"]
    await office.posted("/v1/shadow", 409, version=in_force, reason="why not")
    await office.posted("/v1/shadow", 404, version="0a1b", reason="why not")

    assert (await office.api.get("/v1/shadow/report")).status_code == 404


async def test_two_processes_keep_a_decision_once(office, version):
    """The second one finds it there."""
    await office.posted("/v1/shadow", version=version, reason="libraries")
    appeal_id = await office.register(LIBRARY)
    row = {"appeal_id": appeal_id, "version": version, "was": "retained", "would_be": "retained", "at": office.clock()}
    async with office.database.transaction() as tx:
        await shadow_store.add(tx, [row])
        await shadow_store.add(tx, [row])
    await look(office)
    async with office.database.reading() as tx:
        kept = (await tx.execute(select(tables.shadow_decision.c.was))).scalars().all()

    assert kept == ["retained"]


async def test_a_router_at_work_has_its_shadow(router):
    """Nobody needs to ask it to look."""
    lexicon = LEXICON.read_text("utf-8")
    made = await router.posted("/v1/rules", lexicon=f"{lexicon}\n# the same, under another version\n")
    await router.posted("/v1/shadow", version=made["version"], reason="nothing changes")
    await router.register(KINDERGARTEN)
    async with asyncio.timeout(20):
        while (report := await router.got("/v1/shadow/report"))["tried"] == 0:  # noqa: ASYNC110 - another process would be asked
            await asyncio.sleep(0.1)

    assert (report["tried"], report["changed"]) == (1, 0)


async def test_an_appeal_in_parts_is_compared_as_a_whole(office, version):
    """Both agencies, in a word; and each appeal once, however many decisions there are on it."""
    await office.posted("/v1/shadow", version=version, reason="libraries")
    await office.register("1. Прошу дать место в детском саду. 2. Прошу выделить земельный участок под ИЖС.")
    await office.register(KINDERGARTEN)
    await look(office)
    report = await office.got("/v1/shadow/report")
    async with office.database.reading() as tx:
        kept = (await tx.execute(select(tables.shadow_decision.c.would_be))).scalars().all()

    assert (report["tried"], report["changed"]) == (2, 0)
    assert sorted(kept) == ["education", "education+land-relations"]
