"""The desk in a real browser: deciding by keyboard, undoing, many at once, and two operators at one case."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from playwright.async_api import Page, expect

from services.router import operators
from services.router.operators import Role
from services.router.requests import OPERATE
from tests.console.site import PATIENCE, PHONE, UNCLEAR, Site, is_within, severe

WORDS = {
    "kk": {
        "undone": "Болдырылмады",
        "mine": "сізде",
        "other": "басқа қызметкер",
        "progress": "2 ішінен 0 аяқталды",
        "all_undone": "болдырылмады",
        "barred": "Шағым жасалған",
        "divide": "Бөліктерге бөлу",
        "own": "Біздің мәселе.",
    },
    "ru": {
        "undone": "Отменено",
        "mine": "у вас",
        "other": "другой сотрудник",
        "progress": "Завершено 0 из 2",
        "all_undone": "отменено",
        "barred": "на кого жалуются",
        "divide": "Разделить на части",
        "own": "Наш вопрос.",
    },
}
CYRILLIC = {"j": "о", "o": "щ", "t": "е", "u": "г"}
"""What a Russian or Kazakh layout writes with the keys of these letters."""
LIVE = 2_000
"""Milliseconds within which another's doing is shown."""


in_each_language = pytest.mark.parametrize("language", ["kk", "ru"])


async def outcome(site: Site, appeal: dict[str, Any], wanted: str) -> None:
    """Wait until this has become of an appeal."""
    async with asyncio.timeout(PATIENCE):
        while (await site.until(f"/v1/appeals/{appeal['id']}"))["outcome"] != wanted:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.1)


def task_of(appeal: dict[str, Any]) -> str:
    return str(next(task["id"] for task in appeal["tasks"] if task["state"] == "open"))


async def press_cyrillic(page: Page, key: str) -> None:
    """Press the key of this letter as a Cyrillic layout sends it: Playwright's own keyboard has no such keys."""
    told = {"key": CYRILLIC[key], "code": f"Key{key.upper()}", "windowsVirtualKeyCode": ord(key.upper())}
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": CYRILLIC[key], **told})
    await devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **told})
    await devtools.detach()


async def walk_to(page: Page, number: str, down: Callable[[], Awaitable[None]] | None = None) -> None:
    """Walk down the list by keyboard until the row of this number."""
    for _ in range(50):
        await (down() if down else page.keyboard.press("j"))
        if number in await page.locator("[data-rows] > .here").inner_text():
            return
    raise AssertionError(number)


@in_each_language
async def test_a_case_is_decided_and_undone_by_keyboard(site: Site, language: str) -> None:
    """From the list to the agency, with its name narrowed by typing; undone, and nothing has left."""
    appeal, words = await site.register(UNCLEAR), WORDS[language]
    secret = await site.operator(f"aigul-{language}", Role.OPERATOR, language=language)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/desk")
        await page.keyboard.press("?")
        assert await page.locator("#keys").is_visible()
        await page.keyboard.press("Escape")
        await walk_to(page, appeal["registration_number"])
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/desk/{task_of(appeal)}*")
        await page.keyboard.press("t")
        await expect(page.locator("#claim .tag")).to_have_text(words["mine"])
        await page.locator("#assign-agency-find").wait_for(state="attached")  # by the scripts, which take keys
        await page.keyboard.press("r")
        await page.keyboard.type("әкімдік алматы облыс" if language == "kk" else "акимат алматинск")
        await expect(page.locator("#assign-agency")).to_have_value("akimat")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk")
        assert appeal["registration_number"] in await page.locator("#told").inner_text()
        await expect(page.locator("#cases")).not_to_contain_text(appeal["registration_number"])
        await page.keyboard.press("u")
        await expect(page.locator(".banner-done")).to_contain_text(words["undone"])
        await expect(page.locator("#cases")).to_contain_text(appeal["registration_number"])
    assert (await site.until(f"/v1/appeals/{appeal['id']}"))["referrals"] == []


@in_each_language
async def test_keys_are_where_they_are_whatever_is_written_on_them(site: Site, language: str) -> None:
    """Who types reasons in Russian or Kazakh decides a case and undoes it without switching the keyboard."""
    appeal, words = await site.register(UNCLEAR), WORDS[language]
    secret = await site.operator(f"gulnar-{language}", Role.OPERATOR, language=language)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/desk")
        await walk_to(page, appeal["registration_number"], partial(press_cyrillic, page, "j"))
        await page.keyboard.press("Enter")
        await page.locator("#assign-agency-find").wait_for(state="attached")  # by the scripts, which take keys
        await press_cyrillic(page, "t")
        await press_cyrillic(page, "o")  # at once, as a quick hand does
        await expect(page.locator("#claim .tag")).to_have_text(words["mine"])
        await expect(page.locator("details.verb[open]")).to_have_count(1)
        await page.keyboard.press("Tab")
        await page.keyboard.type(words["own"])
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk")
        await press_cyrillic(page, "u")
        await expect(page.locator(".banner-done")).to_contain_text(words["undone"])


async def test_taking_a_case_leaves_the_focus_where_it_was(site: Site) -> None:
    """By the key it stays in the page; by the button it goes to what says whose the case is now."""
    secret = await site.operator("botagoz", Role.OPERATOR)
    async with site.visitor(secret) as page:
        for by_button in (False, True):
            appeal = await site.register(f"{UNCLEAR} {by_button}")
            await page.goto(f"{site.url}/desk/{task_of(appeal)}")
            if by_button:
                await page.locator("[data-take]").press("Enter")
            else:
                await page.keyboard.press("t")
            await expect(page.locator("form.claim[data-renew]")).to_have_count(1)
            assert (await page.locator("form.claim:focus").count() == 1) is by_button


async def test_what_is_said_is_done_even_if_the_router_restarts(site: Site) -> None:
    """An act that waits is kept; the agency gets it after the crash, and the trail says whose it was."""
    appeal = await site.register(UNCLEAR)
    secret = await site.operator("samat", Role.OPERATOR)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/desk/{task_of(appeal)}")
        await page.keyboard.press("r")
        await page.keyboard.type("акимат алматинск")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk")
        await site.kill("router")
        await site.restart("router")
        await outcome(site, appeal, "referred")
        await page.goto(f"{site.url}/desk/{task_of(appeal)}")
        assert "направлено в орган, Samat" in await page.locator(".decide").inner_text()


@in_each_language
async def test_two_operators_never_work_on_one_case_unknowingly(site: Site, language: str) -> None:
    """Who works on it is shown to the other within two seconds; taking over is an act, and the first one sees it."""
    appeal, words = await site.register(UNCLEAR), WORDS[language]
    first = await site.operator(f"dina-{language}", Role.OPERATOR, language=language)
    second = await site.operator(f"erbol-{language}", Role.OPERATOR, language=language)
    path = f"{site.url}/desk/{task_of(appeal)}"
    async with site.visitor(first) as one, site.visitor(second) as other:
        await other.goto(f"{site.url}/desk")
        await other.locator("#live[data-state=on]").wait_for()
        await one.goto(path)
        await one.keyboard.press("o")  # to begin to decide claims it
        row = other.locator("tr", has_text=appeal["registration_number"])
        await expect(row).to_contain_text("Dina", timeout=LIVE)
        await other.goto(path)
        assert "Dina" in await other.locator(".decide").inner_text()
        assert await other.locator("details.verb").count() == 0
        await other.keyboard.press("t")
        await expect(other.locator("#claim .tag")).to_have_text(words["mine"])
        await expect(one.locator("#claim")).to_contain_text("Erbol", timeout=LIVE)
        await one.locator("details.verb[open] button.main").click()
        assert words["other"] in await one.locator("#faults").inner_text()


@in_each_language
async def test_many_are_decided_at_once_by_keyboard(site: Site, language: str) -> None:
    """Ticked, previewed with what would not be done, said, undone together."""
    made = [await site.register(UNCLEAR) for _ in range(3)]
    numbers = [one["registration_number"] for one in made]
    words = WORDS[language]
    secret = await site.operator(f"madina-{language}", Role.OPERATOR, language=language)
    other = await site.operator(f"nurlan-{language}", Role.OPERATOR, language=language)
    async with site.visitor(other) as page:
        await page.goto(f"{site.url}/desk/{task_of(made[0])}")
        await page.keyboard.press("t")
        await expect(page.locator("#claim .tag")).to_have_text(words["mine"])
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/desk")
        for number in numbers:
            await walk_to(page, number)
            await page.keyboard.press("x")
        await page.keyboard.press("o")
        await page.wait_for_url("**/desk/bulk?*")
        assert await page.locator(".figure-number").all_inner_texts() == ["2", "1"]
        assert words["other"] in await page.locator("main").inner_text()
        await page.locator("#reason").focus()
        await page.keyboard.type(words["own"])
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk/bulk/*")
        assert words["progress"] in await page.locator("#progress").inner_text()
        await page.keyboard.press("u")
        await expect(page.locator("#progress")).to_contain_text(words["all_undone"], timeout=LIVE)
    assert [(await site.until(f"/v1/appeals/{one['id']}"))["outcome"] for one in made] == ["in_review"] * 3


@in_each_language
async def test_a_mistake_is_told_and_the_form_kept(site: Site, language: str) -> None:
    """A body that the complaint is about cannot have it: the summary says so, and the words stand."""
    appeal = await site.register(UNCLEAR, complained_of="Управление образования Алматинской области")
    words = WORDS[language]
    secret = await site.operator(f"olzhas-{language}", Role.OPERATOR, language=language)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/desk/{task_of(appeal)}")
        await page.keyboard.press("r")
        await page.locator("#assign-agency").select_option("education")
        await page.locator("#assign-reason").fill(words["own"])
        await page.locator("details.verb[open] button.main").click()
        assert words["barred"] in await page.locator("#faults").inner_text()
        assert await page.locator("#assign-reason").input_value() == words["own"]
        assert await page.locator("#assign-agency").input_value() == "education"


@in_each_language
async def test_an_appeal_is_split_by_keyboard(site: Site, language: str) -> None:
    """What is marked in the text is a part's quotation; the rest remains ours."""
    appeal = await site.register("Добрый день. Нужна помощь. Ждём ответа.")
    words = WORDS[language]
    secret = await site.operator(f"raushan-{language}", Role.OPERATOR, language=language)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/desk/{task_of(appeal)}")
        await page.keyboard.press("s")
        await page.wait_for_url("**/divide")
        script = """const text = document.getElementById("appeal-text").firstChild;
            const at = text.data.indexOf("Нужна");
            getSelection().setBaseAndExtent(text, at, text, at + 13)"""
        await page.evaluate(script)
        await page.keyboard.press("p")
        assert await page.locator("#part-text-0").input_value() == "Нужна помощь."
        await page.locator("#part-agency-0").select_option("akimat")
        await page.locator("#rest").check()
        await page.locator("#division button.main").click()
        await page.wait_for_url("**/desk")
        assert words["divide"] in await page.locator("#told").inner_text()
        await page.keyboard.press("u")
        await expect(page.locator(".banner-done")).to_contain_text(words["undone"])


async def test_without_scripts_a_case_is_decided_and_undone(site: Site) -> None:
    """Plain forms do all of it."""
    appeal = await site.register(UNCLEAR)
    secret = await site.operator("tolegen", Role.OPERATOR)
    async with site.visitor(secret, java_script_enabled=False) as page:
        await page.goto(f"{site.url}/desk/{task_of(appeal)}")
        await page.locator("#verb-retain").click()
        await page.locator("details.verb[open] button.main").click()
        assert appeal["registration_number"] in await page.locator("#told").inner_text()
        await page.locator("#told button").first.click()
        assert "Отменено" in await page.locator(".banner-done").inner_text()


@in_each_language
async def test_what_was_typed_outlives_a_session(site: Site, language: str) -> None:
    """The page says so, can be read by everybody, and is sent again once somebody has signed in."""
    appeal, words = await site.register(UNCLEAR), WORDS[language]
    login = f"zarina-{language}"
    secret = await site.operator(login, Role.OPERATOR, language=language)
    async with site.visitor(secret, width=PHONE, color_scheme="dark" if language == "kk" else "light") as page:
        await page.goto(f"{site.url}/desk/{task_of(appeal)}?lang={language}")
        await page.locator("#verb-retain").click()
        await page.locator("#retain-reason").fill(words["own"])
        async with site.database.transaction() as tx:
            await operators.end_session(tx, secret)
        await page.locator("details.verb[open] button.main").click()
        for again in (False, True):
            await expect(page.locator("#unsent textarea").last).to_have_value(words["own"])
            assert await severe(page) == []
            assert await is_within(page)
            if not again:
                await site.enter(page, login)
            await page.locator("#unsent button.main").click()
        await page.wait_for_url("**/desk*")
        assert appeal["registration_number"] in await page.locator("#told").inner_text()


async def test_who_may_not_decide_is_shown_no_desk(site: Site) -> None:
    """And of a sealed case an operator without the right sees its number and its days."""
    await site.api.get(site.stage.url("router"))
    viewer, operator = await site.operator("ulan", Role.VIEWER), await site.operator("farida", Role.OPERATOR)
    appeal = await site.register("Специалист берёт откат, и школа в Талгаре не работает.")
    async with site.visitor(viewer) as page:
        answer = await page.goto(f"{site.url}/desk")
        assert answer is not None
        assert answer.status == 403
    async with site.visitor(operator) as page:
        await page.goto(f"{site.url}/desk/{task_of(appeal)}")
        shown = await page.locator("main").inner_text()
        assert appeal["registration_number"] in shown
        assert "откат" not in shown
        assert OPERATE not in shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
@in_each_language
async def test_the_desk_can_be_read_by_everybody(site: Site, language: str, scheme: str) -> None:
    """Axe finds nothing serious, and the narrowest phone shows all without scrolling sideways."""
    appeal = await site.register("Нужен земельный участок и место в детском саду: қалай аламыз?")
    unclear = await site.register(UNCLEAR)
    secret = await site.operator(f"reader-{language}-{scheme}", Role.APPROVER, Role.SEALED_OFFICER, language=language)
    case = f"/desk/{task_of(unclear)}"
    assert appeal["registration_number"]
    async with site.visitor(secret, width=PHONE, color_scheme=scheme) as page:
        for path in ("/desk", case, f"{case}/divide", "/desk/bulk?verb=assign&all=true", "/desk?whose=mine"):
            await page.goto(site.url + path)
            for summary in await page.locator("details.verb > summary").all():
                await summary.click()
            assert await severe(page) == [], path
            assert await is_within(page), path
