"""The overview and the statistics, in a real browser."""

import pytest

from services.router.operators import Role
from tests.console.site import BALABAQSHA, KINDERGARTEN, PHONE, UNCLEAR, Site, is_within, severe

PAGES = ("/", "/statistics")


async def test_a_number_grows_within_two_seconds_and_can_be_paused(site: Site) -> None:
    """An appeal arrives while the overview is looked at; paused, nothing moves until it goes on."""
    secret = await site.operator("aigerim", Role.OPERATOR)
    waiting = "a.figure:has-text('ждут решения') .figure-number"
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/")
        await page.locator("#live[data-state=on]").wait_for()
        before = int(await page.locator(waiting).inner_text())
        await site.register(UNCLEAR)
        await page.locator(f"{waiting}:text-is('{before + 1}')").wait_for(timeout=2_000)

        await page.locator("#live-pause").click()
        async with site.visitor(secret) as other:
            await other.goto(f"{site.url}/")
            await site.register(f"{UNCLEAR} Рақмет.")
            await other.locator(f"{waiting}:text-is('{before + 2}')").wait_for()
        assert int(await page.locator(waiting).inner_text()) == before + 1
        await page.locator("#live-pause").click()
        await page.locator(f"{waiting}:text-is('{before + 2}')").wait_for()


async def test_what_is_pressed_is_clicked_though_a_change_comes_meanwhile(site: Site) -> None:
    """The part that holds it is refreshed when the button is let go, not under the hand."""
    await site.register(KINDERGARTEN)
    secret = await site.operator("saule", Role.VIEWER)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/")
        await page.locator("#live[data-state=on]").wait_for()
        table = page.get_by_text("Таблицей")
        await table.hover()
        async with page.expect_response(f"{site.url}/"):
            await page.mouse.down()
            await site.register(UNCLEAR)
        await page.evaluate("new Promise((done) => setTimeout(done, 200))")  # for the answer to be put in
        await page.mouse.up()
        await page.locator("details[open]", has=table).wait_for()


async def test_the_flow_and_the_queues_are_those_of_the_broker(site: Site) -> None:
    """The picture has its numbers in words too, and the queue of an agency that nobody reads says so."""
    await site.register(KINDERGARTEN)
    secret = await site.operator("bolat", Role.VIEWER)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/")
        # the table in hand is left as it is, so the picture must have it before
        await page.locator("svg.flow", has_text="направлено").wait_for()
        await page.get_by_text("Таблицей").click()
        await page.locator("tr", has_text="направлено").first.wait_for()
        queue = page.locator("section", has=page.locator("#queues")).locator("tr", has_text="Управление образования")
        await queue.get_by_text("никто не слушает").wait_for()
        await page.get_by_text("smtp").first.wait_for()


async def test_a_period_is_chosen_by_keyboard(site: Site) -> None:
    """In Kazakh: the last month by its link, the step by its field; the address tells all of it."""
    await site.register(BALABAQSHA, language="kk")
    secret = await site.operator("dinara", Role.VIEWER, language="kk")
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/statistics")
        assert await page.get_by_role("heading", level=1).inner_text() == "Статистика"
        await page.get_by_role("link", name="осы ай").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url(lambda url: "since=" in url)
        await page.locator("#by").focus()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await page.get_by_role("button", name="Көрсету").press("Enter")
        await page.wait_for_url(lambda url: "by=week" in url)
        await page.locator("svg.trend .column, svg.trend .column-unknown").first.wait_for(state="attached")


async def test_a_table_is_downloaded(site: Site) -> None:
    """As the page shows it."""
    secret = await site.operator("ermek", Role.VIEWER)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/statistics")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="CSV").first.click()
        assert (await download.value).suggested_filename.startswith("joldau-rows-")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["kk", "ru"])
async def test_the_pages_can_be_read_by_everybody(site: Site, language: str, scheme: str) -> None:
    """Axe finds nothing serious, and the narrowest phone shows all without scrolling sideways."""
    secret = await site.operator(f"figures-{language}-{scheme}", Role.OPERATOR, language=language)
    async with site.visitor(secret, width=PHONE, color_scheme=scheme) as page:
        for path in PAGES:
            await page.goto(site.url + path)
            await page.locator("[data-progress][data-state=ready]").first.wait_for()
            assert await severe(page) == [], path
            assert await is_within(page), path


async def test_without_scripts_all_of_it_works(site: Site) -> None:
    """Forms and links do it."""
    secret = await site.operator("farida", Role.VIEWER)
    async with site.visitor(secret, java_script_enabled=False) as page:
        await page.goto(f"{site.url}/")
        await page.locator("#days").select_option("7")
        await page.locator("#refresh").select_option("never")
        await page.get_by_role("button", name="Показать").click()
        await page.wait_for_url(lambda url: "days=7" in url)
        await page.goto(f"{site.url}/statistics?by=month")
        await page.get_by_role("link", name="этот год").click()
        await page.wait_for_url(lambda url: "since=" in url)
