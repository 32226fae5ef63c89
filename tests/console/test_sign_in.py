"""Signing in, in a real browser, and the page that shows who did."""

import pytest

from services.router.operators import Role
from tests.console.site import PHONE, Site, is_within, severe

PASSWORD = "an-invented-password"


async def test_an_operator_signs_in_and_out_by_keyboard(site: Site) -> None:
    """The page asked for is the page that comes, and after signing out it is closed again."""
    await site.operator("aru", Role.AUDITOR, language="kk", password=PASSWORD)
    async with site.visitor() as page:
        await page.goto(f"{site.url}/trail")
        assert "/console/sign-in" in page.url
        await page.keyboard.type("aru")
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{site.url}/trail")
        assert await page.get_by_role("heading", level=1).inner_text() == "Әрекеттер журналы"
        (cookie,) = [one for one in await page.context.cookies() if one["name"] == "__Host-joldau"]
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")

        await page.locator(".account summary").click()
        await page.get_by_role("button", name="Шығу").click()
        await page.wait_for_url(f"{site.url}/sign-in")
        await page.goto(f"{site.url}/trail")
        assert "/console/sign-in" in page.url


async def test_a_wrong_password_is_told_and_the_login_kept(site: Site) -> None:
    await site.operator("berik", Role.AUDITOR, password=PASSWORD)
    async with site.visitor(locale="ru-RU") as page:
        await page.goto(f"{site.url}/sign-in")
        await page.get_by_label("Логин").fill("berik")
        await page.get_by_label("Пароль").fill("something-else-than-that")
        await page.get_by_role("button", name="Войти").click()
        assert "неверны" in await page.locator("#faults").inner_text()
        assert await page.get_by_label("Логин").input_value() == "berik"


async def test_what_another_does_is_shown_within_two_seconds(site: Site) -> None:
    """The auditor's page grows while they look at it, without being touched."""
    secret = await site.operator("dana", Role.AUDITOR)
    await site.operator("erlan", Role.VIEWER, password=PASSWORD)
    async with site.visitor(secret) as page, site.visitor() as other:
        await page.goto(f"{site.url}/trail?by=operator:erlan")
        await page.locator("#live[data-state=on]").wait_for()
        assert await page.locator("#entries tbody tr").count() == 0
        await other.goto(f"{site.url}/sign-in")
        await other.locator("#login").fill("erlan")
        await other.locator("#password").fill(PASSWORD)
        await other.keyboard.press("Enter")
        await other.wait_for_url(lambda url: "sign-in" not in url)
        await page.locator("#entries tbody tr").wait_for(timeout=2_000)


async def test_a_page_outlives_a_restart_of_the_router(site: Site) -> None:
    """While the router is dead the page says that it may be old; when it is back, so is the page."""
    secret = await site.operator("gulnar", Role.AUDITOR)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/trail")
        await page.locator("#live[data-state=on]").wait_for()
        await site.kill("router")
        await page.locator("#live[data-state=stale]").wait_for()
        await site.restart("router")
        await page.locator("#live[data-state=on]").wait_for()
        await site.operator("zhanar", Role.AUDITOR)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_the_pages_can_be_read_by_everybody(site: Site, language: str, scheme: str) -> None:
    """Axe finds nothing serious, and the narrowest phone shows all without scrolling sideways."""
    secret = await site.operator(f"reader-{language}-{scheme}", Role.AUDITOR, language=language)
    async with site.visitor(secret, width=PHONE, color_scheme=scheme) as page:
        for path in ("/trail", "/trail/check", "/nowhere"):
            await page.goto(site.url + path)
            assert await severe(page) == [], path
            assert await is_within(page), path
    async with site.visitor(width=PHONE, color_scheme=scheme) as page:
        await page.goto(f"{site.url}/sign-in?lang={language}")
        assert await severe(page) == []
        assert await is_within(page)


async def test_without_scripts_all_of_it_works(site: Site) -> None:
    secret = await site.operator("marat", Role.AUDITOR)
    async with site.visitor(secret, java_script_enabled=False) as page:
        await page.goto(f"{site.url}/trail")
        await page.get_by_role("button", name="kk").click()
        assert await page.get_by_role("heading", level=1).inner_text() == "Әрекеттер журналы"
