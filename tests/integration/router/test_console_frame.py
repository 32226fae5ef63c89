"""The console's frame without a browser: sessions, forms, errors as pages, accounts and the audit trail."""

import asyncio
import csv
import html
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import select, update

from services.chassis import clock
from services.router import operators, trail
from services.router.console.doorstep import AT_ONCE
from services.router.console.unsent import MOST_BYTES
from services.router.console.viewer import COOKIE
from services.router.operators import Role
from services.router.tables import held_act, operator, operator_session
from services.router.tables import trail as trail_table
from tests.integration.router.parts import GREETING

PASSWORD = "an-invented-password"
OWN = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
"""What a browser says of a form that stood on a page of ours."""


@pytest.fixture
async def browser(console) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is nobody's yet."""
    transport = httpx.ASGITransport(app=console, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://console.example/console") as client:
        yield client


async def account(office, *roles: Role, login: str = "aru") -> None:
    async with office.database.transaction() as tx:
        new = operators.NewOperator(login, "Ару", [*roles], "ru", PASSWORD)
        await operators.add(tx, new, at=clock.now())


async def sign_in(browser: httpx.AsyncClient, login: str = "aru", password: str = PASSWORD) -> httpx.Response:
    return await browser.post("/sign-in", data={"login": login, "password": password, "next": "/console/trail"})


async def ended(office) -> None:
    """All sessions have rested for too long."""
    async with office.database.transaction() as tx:
        idle = clock.now() - operators.IDLE - timedelta(seconds=1)
        await tx.execute(update(operator_session).values(seen_at=idle))


async def test_signing_in_leads_to_the_page_that_was_asked_for(office, browser) -> None:
    await account(office, Role.AUDITOR)
    refused = await browser.get("/trail?act=sign_in")
    assert refused.headers["location"] == "/console/sign-in?next=/console/trail%3Fact%3Dsign_in"
    answer = await sign_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/trail")
    kept = answer.headers["set-cookie"]
    assert kept.startswith(f"{COOKIE}=")
    assert all(word in kept for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    page = await browser.get("/trail")
    assert page.status_code == 200
    assert "Журнал действий" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_who_is_refused_is_told_so_in_the_language_of_the_page(browser) -> None:
    page = await browser.get("/sign-in", params={"lang": "kk", "next": "/console/trail"})
    address = html.unescape(re.findall('action="/console([^"]+)"', page.text)[0])
    refused = await browser.post(address, data={"login": "aru", "password": "wrong", "next": "/console/trail"})
    assert refused.status_code == 401
    assert refused.headers["content-language"] == "kk"
    assert "next=%2Fconsole%2Ftrail&amp;lang=ru" in refused.text  # another language leads on to the same page


async def test_facts_of_an_entry_are_told_as_people_read_them(office, browser) -> None:
    new = operators.NewOperator("aru", "Ару", [Role.VIEWER, Role.AUDITOR], "ru", PASSWORD)
    await operators.admit(office.database, new, by="operator:admin", at=clock.now())
    await sign_in(browser)
    told = (await browser.get("/trail")).text
    assert "Роли: аудитор, наблюдатель" in told
    assert "['" not in html.unescape(told)


async def test_nobody_is_led_off_the_console(office, browser) -> None:
    """What a foreign page puts behind `next` is not followed."""
    await account(office, Role.AUDITOR)
    for elsewhere in ("https://evil.example/", "//evil.example", "/console//evil.example", "/console/\\evil"):
        data = {"login": "aru", "password": PASSWORD, "next": elsewhere}
        answer = await browser.post("/sign-in", data=data)
        assert answer.headers["location"] == "/console/"


async def test_wrong_passwords_close_an_account_for_a_while(office, browser) -> None:
    """After five the right one does not open it either; a minute later it does."""
    await account(office, Role.AUDITOR)
    for _ in range(5):
        assert (await sign_in(browser, password="wrong-password")).status_code == 401
    assert (await sign_in(browser)).status_code == 401
    async with office.database.transaction() as tx:
        await tx.execute(update(operator).values(locked_until=clock.now() - timedelta(seconds=1)))
    assert (await sign_in(browser)).status_code == 303


async def test_wrong_passwords_at_the_same_time_count_each(office, browser) -> None:
    """Nobody gets more tries by not waiting for an answer."""
    await account(office, Role.AUDITOR)
    await asyncio.gather(*(sign_in(browser, password=f"wrong-password-{n}") for n in range(5)))
    assert (await sign_in(browser)).status_code == 401


async def test_tries_from_one_address_are_limited_whatever_the_login(office, frame, browser) -> None:
    """No password is looked at any more, not even the right one; words and a header tell how long to wait."""
    await account(office, Role.AUDITOR)
    for _ in range(AT_ONCE):
        frame.doorstep.wait("127.0.0.1", at=clock.now() + timedelta(minutes=1))
    answer = await sign_in(browser)
    async with office.database.reading() as tx:
        noted = await trail.last_number(tx)

    assert (answer.status_code, noted) == (429, 0)
    assert f"seconds: {answer.headers['retry-after']}." in answer.text


async def test_a_session_ends_by_itself_and_with_its_account(office, browser) -> None:
    await account(office, Role.AUDITOR)
    await sign_in(browser)
    assert (await browser.get("/trail")).status_code == 200
    await ended(office)
    assert (await browser.get("/trail")).status_code == 303
    await sign_in(browser)
    (one,) = (await office.got("/v1/operators"))["items"]
    answer = await office.api.patch(f"/v1/operators/{one['id']}", json={"disabled": True})
    assert answer.status_code == 204
    assert (await browser.get("/trail")).status_code == 303
    assert (await sign_in(browser)).status_code == 401


async def test_a_form_from_elsewhere_is_refused(office, browser) -> None:
    await account(office, Role.AUDITOR)
    await sign_in(browser)
    assert (await browser.post("/sign-out", data={"csrf": "guessed"})).status_code == 403
    cross = {"sec-fetch-site": "cross-site"}
    login = {"login": "aru", "password": PASSWORD}
    assert (await browser.post("/sign-in", data=login, headers=cross)).status_code == 403
    other = {"origin": "https://evil.example"}
    assert (await browser.post("/sign-in", data=login, headers=other)).status_code == 403
    assert (await browser.get("/trail")).status_code == 200


def resent(page: httpx.Response) -> tuple[str, list[tuple[str, str]]]:
    """Where the form on a page that holds what was not sent leads, and what a browser would send by it."""
    form = re.search(
        r'<form method="post" action="/console([^"]+)" class="stack" id="unsent">(.*?)</form>', page.text, re.DOTALL
    )
    field = (
        r'<input type="hidden" name="([^"]+)" value="([^"]*)">|<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>'
    )
    found = re.findall(field, form[2])
    return html.unescape(form[1]), [(a or c, html.unescape(b or d)) for a, b, c, d in found]


async def held(office) -> list[tuple[str, str]]:
    """What was said at the desk, and why."""
    async with office.database.reading() as tx:
        return [(row.verb, row.arguments["reason"]) for row in await tx.execute(select(held_act))]


def encoded(fields: list[tuple[str, str]]) -> bytes:
    return urlencode(fields).encode()


async def test_what_was_typed_outlives_its_session(office, browser) -> None:
    """It comes back; signed in elsewhere, one goes on and sends it; and it is done once, word by word."""
    appeal_id = await office.register(GREETING)
    task = await office.task(appeal_id=str(appeal_id))
    await account(office, Role.OPERATOR)
    await sign_in(browser)
    page = (await browser.get(f"/desk/{task['id']}")).text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    why = 'Это к нам: "да" & <b>точно</b>.\r\nИ вторая строка.'
    typed = [("csrf", csrf), ("password", "не пароль ли"), ("verb", "retain"), ("ready", ""), ("reason", why)]
    await ended(office)
    late = await browser.post(f"/desk/{task['id']}?whose=mine", content=encoded(typed), headers=OWN)
    address, fields = resent(late)
    await sign_in(browser)
    again = await browser.post(address, content=encoded(fields), headers=OWN)
    assert await held(office) == []
    address_now, fields_now = resent(again)
    done = await browser.post(address_now, content=encoded(fields_now), headers=OWN)

    assert (late.status_code, again.status_code, done.status_code) == (401, 403, 303)
    assert address == address_now == f"/desk/{task['id']}?whose=mine"
    assert fields == typed[2:]
    assert await held(office) == [("retain", why)]
    assert fields_now[0][1] not in {csrf, ""}
    assert fields_now[1:] == fields
    assert all("<b>" not in one.text and "не пароль" not in one.text for one in (late, again))
    assert [one.headers["cache-control"] for one in (late, again)] == ["no-store"] * 2
    assert csrf not in late.text + again.text
    assert "вы вошли как Ару" in again.text


async def test_a_session_that_has_ended_is_told_of_in_the_accounts_language(office, browser) -> None:
    """Whatever the browser prefers: it remembers who was signed in by their language alone."""
    await account(office, Role.AUDITOR)
    browser.headers["accept-language"] = "en"
    before = await browser.get("/sign-in")
    await sign_in(browser)
    await ended(office)
    late = await browser.post("/desk/undo", content=encoded([("reason", "Қате жіберілген")]), headers=OWN)

    assert [one.headers["content-language"] for one in (before, late, await browser.get("/sign-in"))] == [
        *("en", "ru", "ru")
    ]


@pytest.mark.parametrize(("language", "told"), [("kk", "аяқталған"), ("ru", "завершён"), ("en", "has ended")])
async def test_it_is_told_in_each_language_and_nothing_is_lost_by_changing_it(browser, language, told) -> None:
    given = encoded([("reason", "Қате жіберілген")])
    late = await browser.post("/desk/undo?lang=en", content=given, headers=OWN)
    address = re.search(rf'formaction="/console([^"]+)" lang="{language}"', late.text)[1]
    answer = await browser.post(html.unescape(address), content=given, headers=OWN)

    assert answer.status_code == 401
    assert told in answer.text
    assert "Қате жіберілген" in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example", "sec-fetch-site": None},
        {"sec-fetch-site": None},
        {"content-type": "multipart/form-data; boundary=x"},
    ],
)
async def test_words_that_a_page_of_ours_did_not_send_are_not_shown(office, browser, changed) -> None:
    """Else another site could fill in a form of ours and have somebody send it, with a token that holds."""
    await account(office, Role.OPERATOR)
    headers = {name: value for name, value in {**OWN, **changed}.items() if value is not None}
    given = encoded([("reason", "Чужие слова")])
    answers = [await browser.post("/preferences", content=given, headers=headers)]
    await sign_in(browser)
    answers.append(await browser.post("/preferences", content=given, headers=headers))

    assert answers[0].status_code in {303, 403}
    assert answers[1].status_code == 403
    assert all("Чужие слова" not in one.text for one in answers)


async def test_what_is_too_long_or_empty_is_not_sent_back(browser) -> None:
    """Who only signs out, or says more than a form of ours holds, is led to the sign-in."""
    for given in ([("csrf", "ended")], [("reason", "ы" * (MOST_BYTES // len("%D1%8B")))]):
        answer = await browser.post("/sign-out", content=encoded(given), headers=OWN)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


async def test_who_lacks_the_role_is_told_so_in_words(office, browser) -> None:
    await account(office, Role.VIEWER)
    await sign_in(browser)
    page = await browser.get("/trail")
    assert page.status_code == 403
    assert "нет права" in page.text


async def test_what_operators_do_is_in_the_trail_and_the_chain_holds(office) -> None:
    """A changed entry is found by its number."""
    appeal_id = await office.register(GREETING)
    waiting = await office.task(appeal_id=str(appeal_id))
    await office.posted(f"/v1/tasks/{waiting['id']}/retention", reason="Это к нам.")
    await account(office, Role.VIEWER)
    await office.posted("/v1/operators", 201, login="berik", name="Берик", roles=["viewer"], password=PASSWORD)
    async with office.database.reading() as tx:
        rows = await trail.listed(tx, trail.Filters(), before=None, limit=10)
        assert (await trail.verify(tx)).broken_at is None
    assert [(row.by, row.act) for row in rows] == [
        ("operator:admin", "operator.add"),
        ("operator:admin", "task.retain"),
    ]
    assert rows[-1].subject == str(appeal_id)
    assert "Это к нам" not in str(rows)
    async with office.database.transaction() as tx:
        await tx.execute(update(trail_table).where(trail_table.c.number == 1).values(by="operator:nobody"))
    async with office.database.reading() as tx:
        assert (await trail.verify(tx)).broken_at == 1


async def test_a_long_chain_is_checked_some_entries_at_a_time(office) -> None:
    """Each answer tells where to go on, and the page goes on by itself; a change is found from wherever one began."""
    for number in range(5):
        async with office.database.transaction() as tx:
            trail.note(tx, trail.Act("operator:aru", "case.claim", str(number), clock.now(), {}))
    first = await office.got("/v1/trail/check", limit=2)
    second = await office.got("/v1/trail/check", limit=2, cursor=first["next_cursor"])
    last = await office.got("/v1/trail/check", limit=2, cursor=second["next_cursor"])
    async with office.database.transaction() as tx:
        await tx.execute(update(trail_table).where(trail_table.c.number == 4).values(by="operator:nobody"))
    broken = await office.got("/v1/trail/check", limit=2, cursor=second["next_cursor"] - 1)

    assert [(one["whole"], one["checked"], one["next_cursor"]) for one in (first, second, last)] == [
        (None, 2, 2),
        (None, 4, 4),
        (True, 5, None),
    ]
    assert (broken["whole"], broken["broken_at"], broken["next_cursor"]) == (False, 4, None)


async def test_the_page_of_a_long_check_shows_how_far_it_is_and_goes_on(office, browser) -> None:
    """By itself, or by its link."""
    await account(office, Role.AUDITOR)
    async with office.database.transaction() as tx:
        for number in range(trail.CHECKED_AT_ONCE):
            trail.note(tx, trail.Act("operator:aru", "case.claim", str(number), clock.now(), {}))
    await sign_in(browser)
    count, onward = trail.CHECKED_AT_ONCE + 1, f"/trail/check?after={trail.CHECKED_AT_ONCE}"
    first, last = (await browser.get("/trail/check")).text, (await browser.get(onward)).text

    assert f"Проверено записей: {count - 1} из {count}" in first
    assert f'content="0; url=/console{onward}"' in first
    assert f'href="/console{onward}"' in first
    assert f"все записи ({count})" in last
    assert "http-equiv" not in last


async def test_a_refused_act_leaves_no_trace(office) -> None:
    appeal_id = await office.register(GREETING)
    waiting = await office.task(appeal_id=str(appeal_id))
    await office.posted(f"/v1/tasks/{waiting['id']}/assignment", 422, agency="nobody", reason="Пробую.")
    async with office.database.reading() as tx:
        assert await trail.last_number(tx) == 0


async def test_the_trail_can_be_downloaded_whole(office, browser) -> None:
    await account(office, Role.AUDITOR)
    await sign_in(browser)
    answer = await browser.get("/trail.csv")
    lines = answer.text.splitlines()
    assert lines[0] == "number,at,by,act,subject,facts,previous,sha256,act_in_words,facts_in_words"
    assert [line.split(",")[3] for line in lines[1:]] == ["sign_in", "trail.export"]


async def test_no_cell_of_the_trail_is_taken_for_a_formula(office, browser) -> None:
    """An apostrophe stands before what some program would reckon with, and before another apostrophe."""
    await account(office, Role.AUDITOR)
    await sign_in(browser)
    for subject in ("=1+1", "'quoted", "plain"):
        async with office.database.transaction() as tx:
            trail.note(tx, trail.Act("operator:aru", "key.make", subject, clock.now(), {}))
    answer = await browser.get("/trail.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))

    assert [row[4] for row in rows[2:]] == ["'=1+1", "''quoted", "plain", "'-"]


@pytest.mark.parametrize("bad", ["", "Aru", "ару", "a b", "a" * 64])
async def test_a_login_is_plain(office, bad) -> None:
    body = {"login": bad, "name": "Ару", "roles": ["viewer"], "password": PASSWORD}
    assert (await office.api.post("/v1/operators", json=body)).status_code == 422
