"""Pictures of the console for README and docs: `make pictures` takes them, of the demo's invented year.

It is no test and is not collected as one; it stands here because it needs the same browser.
"""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from services.cli.client import ACCESS_FILE
from services.cli.local.arrivals import FIRST_DAY, LAST_DAY
from services.cli.local.commands import output_of

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
JOLDAU = Path(sys.executable).with_name("joldau")
COUNT = "400"
PAGES = (
    ("overview", "/?days=365", "ru", "light"),
    ("desk", "/desk", "kk", "light"),
    ("appeals", "/appeals", "ru", "light"),
    ("statistics", f"/statistics?since={FIRST_DAY}&until={LAST_DAY}", "ru", "light"),
    ("overview-dark", "/?days=365", "kk", "dark"),
)
"""Name, address below the console's, language, scheme."""
WIDE = {"width": 1280, "height": 1280}
COUNTED_MS = 60_000
PHONE = {"width": 360, "height": 760}

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
async def year(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Any]]:
    """A year of a demo that goes on running: what its folder says of it."""
    folder = tmp_path_factory.mktemp("year")
    await output_of(str(JOLDAU), "demo", "--count", COUNT, "--keep", cwd=folder)
    yield json.loads((folder / ".joldau" / ACCESS_FILE).read_text("utf-8"))
    await output_of(str(JOLDAU), "down", cwd=folder)


async def test_take_pictures(year: dict[str, Any], browser: Browser) -> None:
    """One of each page, and of a case and an appeal, on a desk's screen and on a telephone's."""
    PICTURES.mkdir(exist_ok=True)
    address = year["router"].replace("127.0.0.1", "localhost") + "/console"
    for name, path, language, scheme in PAGES:
        await take(browser, address, year, name, path, language, scheme, WIDE)
    case = await first(year, "/v1/tasks", question="disagreement")
    await take(browser, address, year, "case", f"/desk/{case['id']}", "ru", "light", WIDE)
    await take(browser, address, year, "case-phone", f"/desk/{case['id']}", "kk", "dark", PHONE)
    answered = await first(year, "/v1/referrals", state="answered")
    await take(browser, address, year, "appeal", f"/appeals/{answered['appeal_id']}", "ru", "light", WIDE)


async def first(year: dict[str, Any], path: str, **query: Any) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {year['key']}"}
    async with httpx.AsyncClient(base_url=year["router"], headers=headers, trust_env=False) as api:
        return dict((await api.get(path, params=query)).raise_for_status().json()["items"][0])


async def take(
    browser: Browser, address: str, year: dict[str, Any], name: str, path: str, language: str, scheme: str, size: Any
) -> None:
    context = await browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = await context.new_page()
    await sign_in(page, address, year)
    await page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={language}")
    await page.locator("#live[data-state=on], main").first.wait_for()
    await expect(page.locator("[data-progress][data-state=running]")).to_have_count(0, timeout=COUNTED_MS)
    await page.screenshot(path=PICTURES / f"{name}.png")
    await context.close()


async def sign_in(page: Page, address: str, year: dict[str, Any]) -> None:
    await page.goto(f"{address}/sign-in")
    await page.locator("#login").fill("operator")
    await page.locator("#password").fill(year["console_password"])
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: "sign-in" not in url)
