"""Signing in, in a real browser, with a password and at a sign-in service; and the trail, which shows who did."""

import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.chassis import clock
from services.router import operators, trail
from services.router.operators import Role
from tests.console.site import PHONE, Site, is_within, severe, tab_to
from tests.oidc import known_as, sign_in_service

PASSWORD = "an-invented-password"
TRAIL = {
    "kk": {"name": "Әрекеттер журналы", "apply": "Көрсету", "csv": "Түгел жүктеу (CSV)", "entered": "кірді"},
    "ru": {"name": "Журнал действий", "apply": "Показать", "csv": "Скачать целиком (CSV)", "entered": "вход"},
}


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[str]:
    """A sign-in service that the console knows."""
    async with sign_in_service() as url:
        yield url


@pytest.fixture(scope="module")
def variables(issuer: str) -> dict[str, dict[str, str]]:
    return {"router": {"JOLDAU_ROUTER_OIDC_ISSUER": issuer, "JOLDAU_ROUTER_OIDC_CLIENT_SECRET": "secret"}}


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


@pytest.mark.parametrize(("language", "words"), [("kk", "Қызметтік есептік жазбамен кіру"), ("ru", "Войти через")])
async def test_an_operator_signs_in_at_the_sign_in_service(site: Site, issuer: str, language: str, words: str) -> None:
    """By keyboard, there and back to the page asked for; whoever has no account here is told so in words."""
    login = f"elsewhere-{language}"
    await site.operator(login, Role.AUDITOR, language=language)
    await known_as(issuer, f"subject-{language}", login)
    for subject, heading in ((f"subject-{language}", TRAIL[language]["name"]), (f"stranger-{language}", None)):
        async with site.visitor(locale=language) as page:
            await page.goto(f"{site.url}/trail?act=sign_in")
            await page.get_by_role("link", name=words).press("Enter")
            await page.get_by_role("textbox", name="sub").fill(subject)
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"{site.url}/**")
            if heading:
                assert page.url == f"{site.url}/trail?act=sign_in"
                assert await page.get_by_role("heading", level=1).inner_text() == heading
            else:
                assert await page.locator("#faults").is_visible()
                assert await severe(page) == []


@pytest.mark.parametrize("language", ["kk", "ru"])
async def test_the_trail_is_narrowed_and_handed_out_by_keyboard(site: Site, language: str) -> None:
    """By who and what; the file is all of it, and proves by its hashes alone that nothing is missing."""
    words, login = TRAIL[language], f"auditor-{language}"
    await site.operator(login, Role.AUDITOR, language=language, password=PASSWORD)
    async with site.visitor() as page:
        await page.goto(f"{site.url}/sign-in?next=/console/trail")
        await page.keyboard.type(login)
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{site.url}/trail")
        await page.locator("#by").focus()
        await page.keyboard.type(login.title())
        await tab_to(page, "act")
        await page.keyboard.type("sign_in")
        await tab_to(page, words["apply"])
        await page.keyboard.press("Enter")
        await page.wait_for_url("**act=sign_in**")
        cells = await page.locator("#entries tbody td:nth-child(4)").all_inner_texts()
        assert cells == [words["entered"]]
        async with page.expect_download() as download:
            await page.get_by_role("link", name=words["csv"]).press("Enter")
        assert chained(await (await download.value).path())


def chained(path: Path) -> int:
    """How many entries a file of the trail holds, each proved by the hash of the one before, as an auditor would."""
    previous, number = "0" * 64, 0
    for number, row in enumerate(csv.DictReader(io.StringIO(path.read_text("utf-8"))), 1):
        told = {name: row[name].removeprefix("'") for name in ("by", "act", "subject", "at", "previous")}
        told |= {"number": int(row["number"]), "facts": json.loads(row["facts"])}
        canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert (int(row["number"]), row["previous"]) == (number, previous)
        assert (previous := row["sha256"]) == hashlib.sha256(canonical.encode()).hexdigest()
    return number


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


async def test_a_page_says_within_seconds_that_its_session_has_ended(site: Site) -> None:
    """Signed out in another tab: nothing of the console is told to it any more, and it says what to do."""
    secret = await site.operator("karlygash", Role.AUDITOR)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/trail")
        await page.locator("#live[data-state=on]").wait_for()
        async with site.database.transaction() as tx:
            await operators.end_session(tx, secret)
        await page.locator("#live[data-state=ended]", has_text="войдите снова").wait_for(timeout=15_000)


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
        async with site.database.transaction() as tx:
            trail.note(tx, trail.Act("operator:zhanar", "case.claim", "after-the-restart", clock.now(), {}))
        await page.locator("#entries td", has_text="after-the-restart").wait_for(timeout=2_000)


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
