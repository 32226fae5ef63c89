"""The registers and an appeal's page in a real browser: by keyboard, in both languages, light and dark, on a phone."""

import asyncio

import pytest

from services.contracts.referrals import ReplyKind
from services.router.operators import Role
from tests.console.site import BALABAQSHA, KINDERGARTEN, PATIENCE, PHONE, UNCLEAR, Site, is_within, severe


@pytest.fixture(scope="module")
async def appeals(site: Site):
    """Three appeals: with an agency that has accepted, with another in Kazakh, and one that waits for a person."""
    first = await site.register(KINDERGARTEN)
    await site.reply(first["referrals"][0], ReplyKind.ACCEPTED, registration_number="К-1")
    return [first, await site.register(BALABAQSHA, language="kk"), await site.register(UNCLEAR)]


async def searched(page, words):
    """The rows that are found by words, once they are taken in."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await page.locator("body").click(position={"x": 1, "y": 1})
            await page.keyboard.press("/")
            await page.keyboard.type(words)
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
            if await page.locator("[data-rows] > tr").count():
                return await page.locator("[data-rows] > tr a").all_inner_texts()


async def test_an_appeal_is_found_by_words_and_steered_by_keyboard_alone(site: Site, appeals) -> None:
    """Search with a slash, walk with j, open with Enter; take it back, and come back to its page."""
    first = appeals[0]
    secret = await site.operator("aru", Role.OPERATOR, language="ru")
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/appeals")
        assert first["registration_number"] in await searched(page, "детские сады")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/appeals/*-*")
        assert await page.locator(".timeline li").count() >= 4
        await page.get_by_role("link", name="Отозвать").focus()
        await page.keyboard.press("Enter")
        await page.get_by_label("Причина").focus()
        await page.keyboard.type("ошиблись органом")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**?done=recall")
        assert "Отозвано" in await page.locator(".banner").first.inner_text()


async def test_a_file_is_downloaded_and_a_view_is_saved_in_kazakh(site: Site, appeals) -> None:
    """Without a mouse it is two buttons; the saved view is a link that stays."""
    secret = await site.operator("dana", Role.OPERATOR, language="kk")
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/appeals?language=kk")
        async with page.expect_download() as waited:
            await page.get_by_role("button", name="Excel-ге жүктеу").press("Enter")
        assert (await waited.value).suggested_filename.endswith(".xlsx")
        await page.get_by_text("Көріністі сақтау").press("Enter")
        await page.get_by_label("Көрініс аты").fill("Қазақша")
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="Қазақша").wait_for()
        assert await page.locator("[data-rows] > tr").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_are_fit_for_everybody(site: Site, appeals, scheme) -> None:
    """Nothing serious for axe, and nothing wider than a phone."""
    secret = await site.operator(f"er-{scheme}", Role.OPERATOR, language="kk" if scheme == "dark" else "ru")
    referral = appeals[1]["referrals"][0]["id"]
    paths = ("appeals", "referrals", f"appeals/{appeals[1]['id']}", f"referrals/{referral}/correct")
    async with site.visitor(secret, width=PHONE, color_scheme=scheme) as page:
        for path in paths:
            await page.goto(f"{site.url}/{path}")
            assert await severe(page) == [], path
            assert await is_within(page), path
