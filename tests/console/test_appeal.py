"""An appeal's page in a real browser: its whole history, which grows as it happens, and steering by keyboard alone."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page

from services.contracts.referrals import ReplyKind
from services.router.operators import Role
from tests.console.site import BALABAQSHA, KINDERGARTEN, PATIENCE, PHONE, Site, is_within, severe, tab_to

TEXTS = {"kk": BALABAQSHA, "ru": KINDERGARTEN}
HISTORY = {
    "kk": (
        *("Жолданым түсті", "Шешім: құзыретті орган", "органына жіберілді", "Брокер", "қабылдады"),
        *("Өтініш берушіге хабар: тіркелді (электрондық пошта)", "орган қабылдады (электрондық пошта)"),
    ),
    "ru": (
        *("Обращение получено", "Решение: компетентный орган", "Направлено", "подтверждена брокером", "принято"),
        *("Уведомление заявителю: зарегистрировано (эл. почта)", "орган принял (эл. почта)"),
    ),
}
"""What stands in the history of an appeal that an agency has accepted; the proof is written every ten seconds."""
SENT = {"kk": "жіберілді", "ru": "отправлено"}
ANSWERED = {"kk": "жауап берді", "ru": "ответ"}
STEPS = {
    "kk": [
        ("reissue", "Қайта жіберу", "Органға қайта жіберілді."),
        ("remind", "Еске салу", "Органға еске салынды."),
        ("correct", "Басқа органға беру", "Басқа органға берілді."),
        ("recall", "Кері алу", "Органнан кері алынды: жолданым шешім күтуде."),
    ],
    "ru": [
        ("reissue", "Отправить снова", "Отправлено органу снова."),
        ("remind", "Напомнить", "Органу отправлено напоминание."),
        ("correct", "Передать другому органу", "Передано другому органу."),
        ("recall", "Отозвать", "Отозвано: обращение ждёт решения."),
    ],
}
"""Each verb: its words, and what is said once it is done."""


@pytest.fixture(scope="module")
async def accepted(site: Site) -> dict[str, dict[str, Any]]:
    """An appeal in each language, with an agency that has accepted it."""
    found = {language: await site.register(text, language=language) for language, text in TEXTS.items()}
    for appeal in found.values():
        await site.reply(appeal["referrals"][0], ReplyKind.ACCEPTED, registration_number="К-1")
    return found


async def whole(page: Page, wanted: tuple[str, ...]) -> str:
    """The history, once all that is wanted stands in it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            told = await page.locator(".timeline").inner_text()
            if all(words in told for words in wanted):
                return told
            await asyncio.sleep(0.5)
            await page.reload()


async def choose(page: Page, field: str, wanted: str) -> None:
    """Choose from a list with arrows."""
    await page.locator(f"#{field}").focus()
    for _ in range(60):
        if await page.locator(f"#{field}").input_value() == wanted:
            return
        await page.keyboard.press("ArrowDown")
    raise AssertionError(wanted)


@pytest.mark.parametrize("language", ["kk", "ru"])
async def test_the_whole_history_stands_in_one_order_and_grows(site: Site, accepted, language: str) -> None:
    """Decision and why, hand-over with its proof, the reply, notices with attempts; an answer comes by itself."""
    appeal = accepted[language]
    secret = await site.operator(f"reads-history-{language}", Role.OPERATOR, language=language)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/appeals/{appeal['id']}")
        told = await whole(page, HISTORY[language])
        assert told.index(HISTORY[language][0]) < told.index(HISTORY[language][1]) < told.index("К-1")
        assert await page.locator("#why ~ details li").count() >= 1
        assert SENT[language] in await page.locator(".attempts li").first.inner_text()
        async with page.expect_download() as proof:
            await page.locator('a[href$="/certificate"]').press("Enter")
        assert (await proof.value).suggested_filename.startswith("certificate-")

        await page.locator("#live[data-state=on]").wait_for()
        entries = await page.locator(".timeline > li").count()
        await site.reply(appeal["referrals"][0], ReplyKind.ANSWERED, text="Орын берілді.")
        await page.locator(".timeline > li", has_text="Орын берілді.").wait_for()
        assert await page.locator(".timeline > li").count() > entries
        assert ANSWERED[language] in await page.locator(".timeline > li", has_text="Орын берілді.").inner_text()


@pytest.mark.parametrize("language", ["kk", "ru"])
async def test_a_referral_is_steered_by_keyboard(site: Site, language: str) -> None:
    """Sent again, reminded, given to another agency, taken back from it; the history tells who did each."""
    login, person = f"steers-{language}", {"name": f"Тест {language}", "contacts_confirmed": True}
    person["email"] = f"{language}@example.kz"
    appeal = await site.register(TEXTS[language], language=language, applicant=person)
    secret = await site.operator(login, Role.OPERATOR, language=language)
    async with site.visitor(secret) as page:
        await page.goto(f"{site.url}/appeals/{appeal['id']}")
        for verb, words, done in STEPS[language]:
            await tab_to(page, words)
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"**/{verb}")
            if verb == "correct":
                await choose(page, "agency", "akimat")
            if verb in {"correct", "recall"}:
                await tab_to(page, "reason")
                await page.keyboard.type("орган қате таңдалды")
            await tab_to(page, words)
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"**done={verb}")
            assert done in await page.locator(".banner").first.inner_text()
        by = page.locator(".timeline > li", has_text=login.title())
        assert await by.count() >= len(STEPS[language])
    states = {one["agency"]: one["state"] for one in (await site.until(f"/v1/appeals/{appeal['id']}"))["referrals"]}
    assert states == {"education": "recalled", "akimat": "recalled"}


@pytest.mark.parametrize(("language", "scheme"), [("kk", "dark"), ("ru", "light")])
async def test_the_page_can_be_read_by_everybody(site: Site, accepted, language: str, scheme: str) -> None:
    """Axe finds nothing serious in it, opened up or revealed, and the narrowest phone shows it without scrolling."""
    secret = await site.operator(f"reads-{language}-{scheme}", Role.OPERATOR, language=language)
    async with site.visitor(secret, width=PHONE, color_scheme=scheme) as page:
        appeal = accepted[language]
        await page.goto(f"{site.url}/appeals/{appeal['id']}")
        await page.locator("#applicant summary").click()
        assert await severe(page) == []
        assert await is_within(page)
        await page.locator("#reason-contact").check()
        await page.locator("#applicant button").click()
        assert "applicant@example.kz" in await page.locator("#applicant").inner_text()
        assert await is_within(page)
        (referral,) = appeal["referrals"]
        for verb in ("correct", "recall"):
            await page.goto(f"{site.url}/referrals/{referral['id']}/{verb}")
            assert await severe(page) == [], verb
            assert await is_within(page), verb
