"""Notices in a real browser: a letter is posted and said to have arrived; read by everybody, on a phone too."""

import pytest

from services.router.operators import Role
from tests.console.site import KINDERGARTEN, PHONE, Site, is_within, severe


@pytest.mark.parametrize(("language", "scheme"), [("kk", "light"), ("ru", "dark")])
async def test_a_letter_goes_its_way_on_a_phone(site: Site, language: str, scheme: str) -> None:
    """From the list of letters to the proof; axe finds nothing serious, and nothing is wider than the screen."""
    await site.register(KINDERGARTEN, applicant={"name": "Сынақбаев Тест", "postal_address": "Қонаев, Үлгі к., 1"})
    secret = await site.operator(f"notices-{language}", Role.OPERATOR, language=language)
    async with site.visitor(secret, width=PHONE, color_scheme=scheme) as page:
        await page.goto(f"{site.url}/notices?awaited=letter")
        letters = page.locator("#entries tbody a[href*='/notices/']")
        for _ in range(50):
            if await letters.count():
                break
            await page.wait_for_timeout(200)
            await page.reload()
        assert await severe(page) == []
        assert await is_within(page)
        await letters.first.click()
        assert await severe(page) == []
        assert await is_within(page)
        await page.locator("#reference").fill("RR123456789KZ")
        await page.locator("button[value=posted]").click()
        await page.locator("#because").fill("notice of delivery")
        await page.locator("button[value=delivered]").click()
        assert "notice of delivery" in await page.locator(".timeline").inner_text()
        assert await page.locator("button[value=delivered]").count() == 0
        assert await severe(page) == []
        assert await is_within(page)
