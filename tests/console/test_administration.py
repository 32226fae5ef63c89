"""The administration, in a real browser and with all three services: by keyboard, without scripts, on a phone."""

import pytest

from services.router.operators import Role
from tests.console.site import PHONE, Site, is_within, severe, tab_to

PAGES = {
    "kk": (
        *("", "/accounts", "/directory", "/directory/akimat/edit", "/calendar", "/rules", "/rules/shadow"),
        *("/templates", "/keys", "/webhooks", "/parked"),
    ),
    "ru": (
        *("/accounts/new", "/directory/akimat", "/directory/akimat/close", "/calendar/2026-11-28", "/rules/try"),
        *("/rules/history", "/templates/kk/registered", "/keys/intake/new", "/webhooks/new", "/retention"),
    ),
}
"""Each page in one language and one scheme: all of them share their pieces."""


async def test_an_account_is_made_by_keyboard_and_opens_the_console(site: Site) -> None:
    """In Kazakh; the password is shown once, and is good."""
    secret = await site.operator("admin-kk", Role.ADMINISTRATOR, language="kk")
    async with site.visitor(secret) as page, site.visitor() as other:
        await page.goto(f"{site.url}/administration/accounts/new")
        await tab_to(page, "login")
        await page.keyboard.type("saule")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Сәуле")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await tab_to(page, "Есептік жазба қосу")
        await page.keyboard.press("Enter")
        password = await page.locator(".secret code").nth(1).inner_text()
        assert await page.get_by_role("heading", level=1).inner_text() == "Қазір сақтап алыңыз"
        await other.goto(f"{site.url}/sign-in")
        await other.locator("#login").fill("saule")
        await other.locator("#password").fill(password)
        await other.keyboard.press("Enter")
        await other.wait_for_url(lambda url: "sign-in" not in url)


async def test_a_template_is_previewed_put_in_force_and_taken_back(site: Site) -> None:
    """The preview says how many parts the SMS takes; what lacks a word is refused with the reason."""
    secret = await site.operator("admin-templates", Role.ADMINISTRATOR)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/administration/templates")
        await page.locator('a[href$="/templates/ru/registered"]').click()
        source = page.locator("#source")
        shipped = await source.input_value()
        await source.fill("Без нужных слов\n\nПривет.")
        await page.get_by_role("button", name="Предпросмотр").click()
        await page.locator("#faults").wait_for()
        await source.fill(shipped.replace("\n", " (проба)\n", 1))
        await page.get_by_role("button", name="Предпросмотр").click()
        assert "(проба)" in await page.locator("#preview").inner_text()
        assert "Частей SMS: " in await page.locator("#preview").inner_text()
        await page.locator("#reason").fill("проба слов")
        await page.get_by_role("button", name="Ввести в действие").click()
        assert "введён в действие" in await page.get_by_role("status").first.inner_text()
        await page.get_by_role("button", name="Вернуть версию из поставки").click()
        assert await page.locator("#source").input_value() == shipped


async def test_a_webhook_is_registered_tried_and_its_attempts_are_seen(site: Site) -> None:
    """Nobody listens there: the attempt is on the page, with why it failed, and all of it is in the trail."""
    secret = await site.operator("admin-hooks", Role.ADMINISTRATOR, Role.AUDITOR)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/administration/webhooks/new")
        await page.locator("#system").fill("portal")
        await page.locator("#url").fill("http://127.0.0.1:9/hook")
        await page.get_by_role("button", name="Зарегистрировать webhook").click()
        assert (await page.locator(".secret code").nth(1).inner_text()).startswith("whsec_")
        await page.goto(f"{site.url}/administration/webhooks/portal")
        await page.get_by_role("button", name="Отправить проверку").click()
        await page.locator("#tries tbody tr").wait_for()
        await page.locator("#tries tbody a").click()
        for _ in range(50):
            if await page.locator("tbody tr").count():
                break
            await page.wait_for_timeout(100)
            await page.reload()
        assert "unreachable" in await page.locator("tbody tr").first.inner_text()
        await page.goto(f"{site.url}/trail?act=endpoint")
        assert await page.locator("#entries tbody tr").count() == 2


async def test_a_key_of_intake_is_made_and_rotated_from_here(site: Site) -> None:
    secret = await site.operator("admin-keys", Role.ADMINISTRATOR)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/administration/keys/intake/new")
        await page.locator("#owner").fill("portal-2")
        await page.locator('input[value="appeals:read"]').check()
        await page.get_by_role("button", name="Создать ключ").click()
        first = await page.locator(".secret code").nth(1).inner_text()
        await page.get_by_role("link", name="Сохранил(а)").click()
        await page.get_by_role("link", name="portal-2").click()
        await page.get_by_role("button", name="Заменить ключ").click()
        second = await page.locator(".secret code").nth(1).inner_text()
        for key in (first, second):
            headers = {"authorization": f"Bearer {key}"}
            answer = await site.api.get(f"{site.stage.url('intake')}/v1/appeals", headers=headers)
            assert answer.status_code == 200


async def test_a_day_is_moved_without_scripts(site: Site) -> None:
    secret = await site.operator("admin-days", Role.ADMINISTRATOR)
    async with site.visitor(secret, java_script_enabled=False) as page:
        await page.goto(f"{site.url}/administration/calendar?year=2027")
        await page.locator('a[href$="/calendar/2027-03-20"]').click()
        await page.locator("#source").fill("Постановление № 7")
        await page.get_by_role("button", name="Показать, что изменится").click()
        assert "были бы другими: 0" in await page.locator("#plan").inner_text()
        await page.get_by_role("button", name="Ввести в действие").click()
        await page.goto(f"{site.url}/administration/calendar?year=2027")
        assert "Постановление № 7" in await page.locator("main").inner_text()


@pytest.mark.parametrize(("language", "scheme"), [("kk", "light"), ("ru", "dark")])
async def test_every_page_can_be_read_by_everybody(site: Site, language: str, scheme: str) -> None:
    """Axe finds nothing serious, and the narrowest phone shows all without scrolling sideways."""
    roles = (Role.ADMINISTRATOR, Role.AUDITOR)
    secret = await site.operator(f"reads-{language}", *roles, language=language)
    async with site.visitor(secret, width=PHONE, color_scheme=scheme) as page:
        for path in PAGES[language]:
            await page.goto(f"{site.url}/administration{path}")
            assert await severe(page) == [], path
            assert await is_within(page), path
