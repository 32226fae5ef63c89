"""The console's pages of notices, over the notifier's own API; without a browser."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import insert

import services.notifier
from services.chassis import clock
from services.chassis.ids import new_id
from services.chassis.outbound import Answer, Failure, OutboundFailed
from services.contracts.notifications import Notice
from services.notifier import tables
from services.notifier.app import assemble as assemble_notifier
from services.notifier.desk_api import Said
from services.notifier.endpoints import TEST_EVENT
from services.notifier.notices import Own
from services.notifier.notification import Channel, Outcome, State, Suppression
from services.notifier.settings import NotifierSettings
from services.notifier.store import Awaited
from services.router.console import notices
from services.router.console.peers import Peers
from services.router.console.words import speak
from services.router.operators import Role
from tests.integration.notifier.parts import Notifier, to_applicant
from tests.integration.router.conftest import ADMIN
from tests.integration.router.parts import BRIBE, KINDERGARTEN, LAND
from tests.integration.router.visits import acts, post


@pytest.fixture
def database_url(sqlite_url):
    """One database is enough for pages: what they ask is tested on both elsewhere."""
    return sqlite_url


@dataclass
class Near:
    """What the console speaks through: the notifier of this test, as long as it is there."""

    api: httpx.AsyncClient
    away: frozenset[str] = frozenset()
    """Methods that it does not answer."""

    async def request(self, method: str, url: str, *, headers: Any, content: bytes) -> Answer:
        if method in self.away:
            raise OutboundFailed(Failure.REFUSED)
        answer = await self.api.request(method, url, headers=headers, content=content)
        return Answer(answer.status_code, answer.headers, answer.content)


@pytest.fixture
async def notifier(tmp_path, open_database):
    """The notifier without a broker, and a way to it."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'notifier.db'}"
    database = await open_database(url, "notifier")
    settings = {"smtp_host": "127.0.0.1", "mail_from": "notices@joldau.example"}
    service = assemble_notifier(
        NotifierSettings(database_url=url, amqp_url="amqp://127.0.0.1:1/", admin_key=ADMIN, **settings)
    )
    transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport) as api:
        yield Notifier(database, {}), Near(api)
    await service.database.close()


@pytest.fixture
async def frame(frame, notifier):
    """The console beside its notifier."""
    _, near = notifier
    return replace(frame, peers=Peers(near, {"notifier": "http://notifier"}, {"notifier": SecretStr(ADMIN)}))


async def letter(notifier: Notifier, appeal_id: Any) -> str:
    """A letter waits to be posted; returns its page."""
    given = {"applicant_name": "А. Сынақ", "postal_address": "Қонаев, Үлгі к., 1"}
    await notifier.ordered(to_applicant(None, appeal_id=appeal_id, **given))
    return f"/notices/{(await notifier.rows())[-1].id}"


async def test_blanks_for_a_number_are_told_by_what_is_lacking(office, notifier, enter) -> None:
    page = await letter(notifier[0], await office.register(KINDERGARTEN))
    answer = await post(await enter(Role.OPERATOR), page, act="posted", reference="   ")
    assert answer.status_code == 422
    assert '<a href="#reference">Не оставляйте пустым.</a>' in answer.text


async def test_a_letter_is_found_printed_posted_and_said_to_have_arrived(office, notifier, enter) -> None:
    """From the overview on; its words are shown to who asks by a form, and each act is in the trail."""
    page = await letter(notifier[0], await office.register(KINDERGARTEN))
    browser = await enter(Role.OPERATOR)
    overview = (await browser.get("/")).text
    listed = (await browser.get("/notices", params={"awaited": "letter"})).text
    before = (await browser.get(page)).text
    printed = await post(browser, f"{page}/letter")
    posted = await post(browser, page, act="posted", reference="RR1KZ")
    refused = await post(browser, page, act="posted", reference="RR2KZ")
    found = await post(browser, page, act="delivered", because="уведомление о вручении")
    after = (await browser.get(found.headers["location"].removeprefix("/console"))).text

    assert 'href="/console/notices?awaited=letter"' in overview
    assert f'href="/console{page}"' in listed
    assert "А. Сынақ" not in before + listed
    assert ("А. Сынақ" in printed.text, "script-src" in printed.headers["content-security-policy"]) == (True, False)
    assert (posted.status_code, refused.status_code) == (303, 422)
    assert "Записано: уведомление дошло." in after
    assert re.search(r"operator:aru</p><p><strong>Выяснено: дошло</strong></p><p class=\"said\">уведомление о", after)
    assert [one for one in await acts(office) if one[0].startswith("notification")] == [
        ("notification.found", {"outcome": "delivered"}),
        ("notification.posted", {}),
        ("notification.print", {}),
    ]


async def test_what_has_failed_on_every_channel_is_seen_to_or_sent_again(office, notifier, enter) -> None:
    page = await letter(notifier[0], await office.register(KINDERGARTEN))
    browser = await enter(Role.OPERATOR, language="kk")
    await post(browser, page, act="posted", reference="RR1KZ")
    await post(browser, page, act="failed", because="мекенжай жоқ")
    waiting = (await browser.get("/notices", params={"awaited": "failed"})).text
    again = await post(browser, page, act="resend")
    second = again.headers["location"].removeprefix("/console").split("?")[0]
    await post(browser, second, act="posted", reference="RR2KZ")
    await post(browser, second, act="failed", because="мекенжай жоқ")
    closed = await post(browser, second, act="closed", because="жұмыс орнынан табылды")
    rest = (await browser.get("/notices", params={"awaited": "failed"})).text

    assert f'href="/console{page}"' in waiting
    assert (again.status_code, second != page, closed.status_code) == (303, True, 303)
    assert "күтіп тұрған ештеңе жоқ" in rest


async def test_a_list_has_pages_and_filters(office, notifier, enter, monkeypatch) -> None:
    """What nobody offers is refused, and a viewer has no such page."""
    monkeypatch.setattr("services.router.console.notices.PAGE", 1)
    appeal_id = await office.register(KINDERGARTEN)
    pages = [await letter(notifier[0], appeal_id) for _ in range(2)]
    browser, stranger = await enter(Role.OPERATOR), await enter(Role.VIEWER, login="stranger")
    first = (await browser.get("/notices", params={"state": "queued", "channel": "letter"})).text
    following = re.search(r'rel="next" href="/console([^"]+)"', first)
    second = (await browser.get(following[1].replace("&amp;", "&"))).text
    nothing = (await browser.get("/notices", params={"state": "delivered"})).text

    assert [page in first for page in pages] == [False, True]
    assert [page in second for page in pages] == [True, False]
    assert "Таких уведомлений нет" in nothing
    assert (await browser.get("/notices", params={"state": "lost"})).status_code == 422
    assert (await stranger.get("/notices")).status_code == 403


async def test_r_sec_5_a_notice_of_a_sealed_appeal_is_for_few(office, notifier, enter) -> None:
    """Others see that there is one; neither whom it is to, nor what it is of, nor its letter."""
    page = await letter(notifier[0], await office.register(BRIBE))
    browser, officer = await enter(Role.OPERATOR), await enter(Role.SEALED_OFFICER, login="officer")
    listed = (await browser.get("/notices")).text
    answers = [
        (await browser.get(page)),
        await post(browser, f"{page}/letter"),
        await post(browser, page, act="resend"),
    ]

    assert page not in listed
    assert [one.status_code for one in answers] == [403, 403, 403]
    assert page in (await officer.get("/notices")).text
    assert (await officer.get(page)).status_code == 200


async def test_r_sec_5_a_notice_of_an_appeal_that_is_not_known_yet_is_for_few(office, notifier, enter) -> None:
    """Whether it is to be sealed nobody has seen; a test is of no appeal, and everybody's."""
    page = await letter(notifier[0], new_id())
    tried = await notifier[1].api.post(
        "http://notifier/v1/test",
        json={"channel": "email", "recipient": "a@example.kz"},
        headers={"authorization": f"Bearer {ADMIN}"},
    )
    browser, officer = await enter(Role.OPERATOR), await enter(Role.SEALED_OFFICER, login="officer")
    listed = (await browser.get("/notices")).text

    assert page not in listed
    assert f"/notices/{tried.json()['id']}" in listed
    assert [(await one.get(page)).status_code for one in (browser, officer)] == [403, 200]


async def test_an_appeal_s_page_shows_all_its_notices_or_says_that_it_does_not(
    office, notifier, enter, monkeypatch
) -> None:
    """However many the notifier tells at once; what is cut short leads to a list of this appeal's alone."""
    monkeypatch.setattr("services.router.console.chronicle.NOTICES_AT_ONCE", 1)
    appeal_id = await office.register(KINDERGARTEN)
    pages = [await letter(notifier[0], appeal_id) for _ in range(3)]
    foreign = await letter(notifier[0], await office.register(LAND))
    browser = await enter(Role.OPERATOR)
    whole = (await browser.get(f"/appeals/{appeal_id}", params={"group": "notice"})).text
    monkeypatch.setattr("services.router.console.chronicle.NOTICES_AT_MOST", 2)
    cut = (await browser.get(f"/appeals/{appeal_id}", params={"group": "notice"})).text
    decisions = (await browser.get(f"/appeals/{appeal_id}", params={"group": "decision"})).text
    link = f'href="/console/notices?appeal={appeal_id}"'
    rest = (await browser.get("/notices", params={"appeal": str(appeal_id)})).text

    assert [text.count('<p class="timeline-when">') for text in (whole, cut)] == [3, 2]
    assert [link in text for text in (whole, cut, decisions)] == [False, True, False]
    assert "последние уведомления, всего 2." in cut
    assert all(page in rest for page in pages)
    assert foreign not in rest


async def test_r_sec_5_notices_of_a_sealed_appeal_are_not_even_counted(office, notifier, enter) -> None:
    """Nor those of an appeal that is not known here yet."""
    page = await letter(notifier[0], appeal_id := await office.register(BRIBE))
    browser, officer = await enter(Role.OPERATOR), await enter(Role.SEALED_OFFICER, login="officer")
    asked = [(await browser.get("/notices", params={"appeal": str(one)})).status_code for one in (appeal_id, new_id())]

    assert asked == [403, 403]
    assert page in (await officer.get("/notices", params={"appeal": str(appeal_id)})).text


async def test_a_notice_that_there_is_not_is_told(office, notifier, enter) -> None:
    """The notifier is there, and has none: that is not the same as being away."""
    browser = await enter(Role.OPERATOR)
    page = f"/notices/{new_id()}"
    answers = [await browser.get(page), await post(browser, f"{page}/letter"), await post(browser, page, act="resend")]

    assert [one.status_code for one in answers] == [404, 404, 404]
    assert (await browser.get("/notices", params={"cursor": "x"})).status_code == 422


async def test_r_sec_1_an_administrator_sends_webhooks_again_and_no_letters(office, notifier, enter) -> None:
    """The page of a system's webhook shows, and repeats, what is to that system alone."""
    notice = await letter(notifier[0], await office.register(BRIBE))
    page = notice.replace("/notices", "/administration/webhooks/portal")
    browser = await enter(Role.ADMINISTRATOR)
    answers = [await browser.get(page), await post(browser, page)]

    assert [one.status_code for one in answers] == [404, 404]
    assert await acts(office) == []


async def test_a_template_that_nobody_answered_for_is_not_said_to_be_in_force(office, notifier, enter) -> None:
    """The notifier may have taken it all the same."""
    browser = await enter(Role.ADMINISTRATOR)
    notifier[1].away = frozenset({"PUT"})
    answer = await post(browser, "/administration/templates/ru/registered", act="apply", source="x", reason="так надо")

    assert (answer.status_code, "notifier сейчас не отвечает" in answer.text) == (422, True)


async def test_while_the_notifier_is_away_the_pages_say_so(office, notifier, enter) -> None:
    """An act may have been done all the same: the trail tells it without an answer. What is unseen is not asked."""
    page = await letter(notifier[0], await office.register(KINDERGARTEN))
    browser = await enter(Role.OPERATOR)
    notifier[1].away = frozenset({"POST"})
    unanswered = await post(browser, page, act="posted", reference="RR1KZ")
    assert ("notification.posted", {"answered": False}) in await acts(office)

    notifier[1].away = frozenset({"GET"})
    blind = [await post(browser, f"{page}/letter"), await post(browser, page, act="resend")]
    assert [one.status_code for one in (unanswered, *blind)] == [422, 422, 422]
    assert "notification.resend" not in [act for act, _ in await acts(office)]

    notifier[1].away = frozenset({"GET", "POST"})
    pages = [await browser.get("/notices"), await browser.get(page), await browser.get("/")]
    refused = await post(browser, page, act="posted", reference="RR1KZ")

    assert [one.status_code for one in pages] == [200, 200, 200]
    assert all("notifier сейчас не отвечает" in one.text for one in (*pages, refused))
    assert refused.status_code == 422


async def test_a_test_webhook_shows_what_the_receiver_answered(notifier, enter) -> None:
    """An attempt's page has its words, as words."""
    service, _ = notifier
    await service.endpoint("portal", "https://portal.example/hook")
    browser = await enter(Role.ADMINISTRATOR)
    await post(browser, "/administration/webhooks/portal", act="test")
    (row,) = await service.rows()
    made = {"notification": row.id, "number": 1, "started_at": clock.now(), "outcome": "temporary", "code": "http_500"}
    async with service.database.transaction() as tx:
        await tx.execute(insert(tables.attempt).values(**made, answer="<b>no route</b>"))
    page = (await browser.get(f"/administration/webhooks/portal/{row.id}")).text

    assert "http_500" in page
    assert "<code>&lt;b&gt;no route&lt;/b&gt;</code>" in page


def test_what_the_console_knows_of_notices_is_what_the_notifier_has():
    """A new state, channel, outcome or reason to wait cannot go unnamed, here or where webhooks are kept."""
    prefixes = {
        "history.notice_state": State,
        "admin_webhooks.notice": State,
        "history.channel": Channel,
        "history.attempt": [one.__name__.lower() for one in get_args(Outcome)],
        "history.finding": Said,
        "notices.awaited": Awaited,
    }
    keys = {f"{prefix}_{one}" for prefix, codes in prefixes.items() for one in codes}

    assert [sorted(one) for one in (notices.STATES, notices.CHANNELS, notices.AWAITED)] == [
        sorted(one) for one in (State, Channel, Awaited)
    ]
    assert [key for key in sorted(keys) if not speak("kk").has(key)] == []


def test_each_notice_and_each_reason_of_the_notifier_has_words():
    """Nobody at a desk reads codes."""
    codes = [*(f"notice_{one}" for one in (*Notice, *Own)), *(f"why_{one}" for one in Suppression)]
    codes += [f"why_{one}" for one in ("unposted", "unconfirmed", *Failure)]
    sources = "\n".join(file.read_text("utf-8") for file in Path(services.notifier.__path__[0]).rglob("*.py"))
    codes += [f"why_{one}" for one in re.findall(r'(?:Temporary|Permanent|Unknown)\("([a-z_]+)"', sources)]
    codes += [f"notice_{event.replace('.', '_')}" for event in ("appeal.status_changed", "referral.ready", TEST_EVENT)]
    assert [code for code in codes if not speak("kk").has(f"history.{code}")] == []
