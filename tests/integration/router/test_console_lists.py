"""The registers' pages without a browser: what they find, whom they veil it from, and what leaves as a file."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import httpx
import openpyxl
import pytest
from sqlalchemy import update

from services.contracts.appeals import Applicant
from services.contracts.referrals import ReplyKind
from services.router.console import exports, lists
from services.router.operators import Role
from services.router.tables import operator
from services.router.wording import Wording
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND
from tests.integration.router.visits import acts, post

PERSON = Applicant(name="Канарейкин Тест", phone="+77010009999", email="canary@example.kz")


@pytest.fixture
def database_url(sqlite_url):
    """One database is enough for pages: what they ask is tested on both (test_search.py)."""
    return sqlite_url


async def numbers(browser, path, **query):
    """The numbers on a list's page, in its order."""
    page = await browser.get(path, params=query or None)
    assert page.status_code == 200, page.text
    return re.findall(r'data-label="[^"]*"><a href="/console/appeals/[^"]*">([^<]*)</a>', page.text)


async def three(office):
    """А lies with an agency that has accepted, Б with another, В waits for a person."""
    await office.register(KINDERGARTEN, registration_number="А", applicant=PERSON)
    await office.reply(await office.order(), ReplyKind.ACCEPTED)
    office.clock.advance(hours=1)
    await office.register(LAND, registration_number="Б")
    office.clock.advance(hours=1)
    await office.register(GREETING, registration_number="В")
    await Wording(office.database).look()


async def test_lists_are_narrowed_and_ordered_by_their_address(office, enter):
    """What is in the address is on the page; an empty field of a form narrows nothing."""
    await three(office)
    browser = await enter(Role.OPERATOR)

    assert await numbers(browser, "/appeals") == ["В", "Б", "А"]
    assert await numbers(browser, "/appeals", sort="number", q="", outcome="", overdue="") == ["А", "Б", "В"]
    assert await numbers(browser, "/appeals", outcome="referred", category="land") == ["Б"]
    assert await numbers(browser, "/appeals", waiting="true") == ["В"]
    assert await numbers(browser, "/appeals", q="Б") == ["Б"]
    assert await numbers(browser, "/appeals", q="земельного участка") == ["Б"]
    assert await numbers(browser, "/appeals", q="детские сады") == ["А"]
    assert await numbers(browser, "/referrals") == ["А", "Б"]
    assert await numbers(browser, "/referrals", state="accepted") == ["А"]
    assert await numbers(browser, "/referrals", since="2026-11-23", until="2026-11-23", agency="education") == ["А"]


async def test_a_view_without_a_name_leads_back_to_the_whole_list(enter):
    answer = await post(await enter(Role.OPERATOR), "/views", area="appeals", query="", name="   ")
    assert answer.headers["location"] == "/console/appeals?said=nameless"


async def test_pages_follow_each_other(office, enter, monkeypatch):
    """Over the link to the next one, all rows once."""
    monkeypatch.setattr(lists, "PAGE", 2)
    await three(office)
    browser = await enter(Role.VIEWER)
    page = await browser.get("/appeals")
    following = re.search(r'rel="next" href="([^"]+)"', page.text)[1].replace("&amp;", "&")

    assert await numbers(browser, "/appeals") == ["В", "Б"]
    assert await numbers(browser, following.removeprefix("/console")) == ["А"]


@pytest.mark.parametrize(
    "query", ["outcome=none", "since=tomorrow", "sort=text", "cursor=AAAA", "person=zz.1", "agency=A%20B"]
)
async def test_an_address_that_cannot_be_is_told_on_a_page(enter, query):
    browser = await enter(Role.OPERATOR)

    page = await browser.get(f"/appeals?{query}")
    assert page.status_code == 422
    assert "<h1>" in page.text


async def test_who_may_not_read_appeals_does_not_find_them_by_words(office, enter):
    """A viewer finds by number alone, and asks for no person."""
    await three(office)
    browser = await enter(Role.VIEWER)

    assert await numbers(browser, "/appeals", q="участка") == []
    assert await numbers(browser, "/appeals", q="Б") == ["Б"]
    assert (await post(browser, "/person", **{"person-name": "Канарейкин", "area": "appeals"})).status_code == 403
    assert (await browser.get("/appeals", params={"person": "00ff"})).status_code == 403


async def test_r_sec_1_of_a_sealed_appeal_a_list_shows_number_days_and_state(office, enter):
    """And nothing finds it that is veiled; the officer for them sees it whole."""
    await office.register(BRIBE, registration_number="Т-1", channel="post", territory="Талгар")
    plain, officer = await enter(Role.OPERATOR), await enter(Role.SEALED_OFFICER, login="dana")
    columns = {"columns": ["number", "channel", "district", "outcome", "kind"]}
    veiled, whole = [await one.get("/appeals", params=columns) for one in (plain, officer)]

    assert await numbers(plain, "/appeals") == ["Т-1"]
    assert "почта" not in veiled.text.split("<tbody")[1]
    assert "осталось у нас" in veiled.text.split("<tbody")[1]
    assert "почта" in whole.text.split("<tbody")[1]
    assert await numbers(plain, "/appeals", channel="post") == []
    assert await numbers(officer, "/appeals", channel="post") == ["Т-1"]


async def test_a_person_is_looked_for_by_name_and_the_name_is_in_no_address_and_no_trail(office, enter):
    """It is noted that somebody has looked."""
    await three(office)
    browser = await enter(Role.OPERATOR)
    answer = await post(browser, "/person", **{"person-name": "Канарейкина", "area": "appeals"})
    address = answer.headers["location"]

    assert answer.status_code == 303
    assert "анарейкин" not in httpx.URL(address).query.decode()
    assert await numbers(browser, address.removeprefix("/console")) == ["А"]
    assert ("appeal.look_for_person", {}) in await acts(office)


async def test_views_are_saved_found_again_and_removed(office, enter):
    """A shared one is everybody's to open, and its owner's to remove."""
    await three(office)
    aru, berik = await enter(Role.OPERATOR), await enter(Role.VIEWER, login="berik")
    view = {"area": "appeals", "query": "outcome=in_review&sort=number", "name": "Ждут", "shared": "yes"}
    saved = await post(aru, "/views", **view)
    page = await berik.get("/appeals")
    removal = re.search(r'action="/console(/views/[^"]+/removal)"', (await aru.get("/appeals")).text)[1]

    assert saved.headers["location"] == "/console/appeals?outcome=in_review&sort=number&said=saved"
    assert 'href="/console/appeals?outcome=in_review&amp;sort=number"' in page.text
    assert "/removal" not in page.text
    assert (await post(berik, removal)).status_code == 404
    assert (await post(aru, removal)).status_code == 303
    assert "Ждут" not in (await berik.get("/appeals")).text


async def export(browser, kind, query="", area="appeals"):
    """The file that is asked for, at once or as soon as it is ready."""
    answer = await post(browser, "/exports", area=area, kind=kind, query=query)
    return answer if answer.status_code == 200 else await made(browser, answer.headers["location"])


async def made(browser, address):
    path = address.removeprefix("/console")
    page = await browser.get(path)
    while 'data-state="running"' in page.text:
        page = await browser.get(path)
    assert 'data-state="ready"' in page.text
    return await browser.get(f"{path}/file")


async def test_a_file_holds_what_the_list_is_narrowed_to_and_no_personal_data(office, enter):
    """In the viewer's language, with the chosen columns; filter and count are in the trail, its words are not."""
    await three(office)
    browser = await enter(Role.OPERATOR, language="kk")
    answer = await export(
        browser, "csv", "q=%D0%B4%D0%B5%D1%82%D1%81%D0%BA%D0%B8%D0%B9&columns=number&columns=outcome&cursor=x"
    )
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))

    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert lines == [["Нөмірі", "Не болды"], ["А", "қайта жолданды"]]
    assert ("list.export", {"filter": {"q": 1}, "rows": 1, "kind": "csv"}) in await acts(office)
    whole = (await export(browser, "csv", "columns=" + "&columns=".join(lists.APPEALS.columns))).text
    assert all(word not in whole for word in ("Канарейкин", "7701", "canary"))


async def test_an_excel_file_is_read_by_another_program(office, enter, monkeypatch):
    """Referrals, with days as days; over several pages of rows."""
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    await three(office)
    browser = await enter(Role.OPERATOR)
    answer = await export(browser, "xlsx", "sort=created", "referrals")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))

    assert [row[0] for row in rows] == ["Номер", "А", "Б"]
    assert rows[1][2] == "принято"
    assert rows[1][3].year == 2026
    assert 'filename="joldau-referrals-' in answer.headers["content-disposition"]


async def test_a_long_file_tells_how_far_it_is_and_is_its_owners_alone(office, enter, monkeypatch):
    """The page waits no longer than it must; the file can be had afterwards."""
    monkeypatch.setattr(exports, "WAITED_SECONDS", 0)
    await three(office)
    browser, other = await enter(Role.OPERATOR), await enter(Role.OPERATOR, login="berik")
    asked = await post(browser, "/exports", area="appeals", kind="csv", query="")
    path = asked.headers["location"].removeprefix("/console")

    assert asked.status_code == 303
    assert (await made(browser, path)).text.count("\r\n") == 4
    assert "Строк: 3" in (await browser.get(path)).text
    assert (await other.get(path)).status_code == 404
    assert (await other.get(f"{path}/file")).status_code == 404


async def test_a_file_is_kept_for_an_hour_and_is_called_after_almatys_clock(office, enter, monkeypatch):
    """Afterwards it is not to be had, whether or not somebody has made another one since."""
    monkeypatch.setattr(exports, "WAITED_SECONDS", 0)
    at = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
    monkeypatch.setattr(exports.clock, "now", lambda: at)
    browser = await enter(Role.OPERATOR)
    path = (await post(browser, "/exports", area="appeals", kind="csv", query="")).headers["location"]
    named = (await made(browser, path)).headers["content-disposition"]
    at += timedelta(minutes=59)
    within = await browser.get(f"{path.removeprefix('/console')}/file")
    at += timedelta(minutes=2)

    assert 'filename="joldau-appeals-2026-11-24-0030.csv"' in named
    assert within.status_code == 200
    assert (await browser.get(f"{path.removeprefix('/console')}/file")).status_code == 404


async def test_a_file_is_not_handed_out_to_who_may_see_sealed_appeals_no_more(office, enter, monkeypatch):
    """It was made with other rights than its owner has now."""
    monkeypatch.setattr(exports, "WAITED_SECONDS", 0)
    await office.register(BRIBE, registration_number="Т-1", channel="post")
    officer = await enter(Role.OPERATOR, Role.SEALED_OFFICER)
    path = (
        await post(officer, "/exports", area="appeals", kind="csv", query="columns=number&columns=channel")
    ).headers["location"]
    assert "почта" in (await made(officer, path)).text
    async with office.database.transaction() as tx:
        await tx.execute(update(operator).values(roles=[Role.OPERATOR.value]))

    assert (await officer.get(path.removeprefix("/console"))).status_code == 404
    assert (await officer.get(f"{path.removeprefix('/console')}/file")).status_code == 404


async def test_a_file_of_a_sealed_appeal_is_veiled_like_the_page(office, enter):
    await office.register(BRIBE, registration_number="Т-1", channel="post", territory="Талгар")
    browser = await enter(Role.OPERATOR)
    answer = await export(browser, "csv", "columns=number&columns=channel&columns=outcome")

    assert answer.text.splitlines()[1] == "Т-1;;осталось у нас"


async def test_days_left_are_told_in_working_days(office, enter):
    """Before, on and after the day due."""
    await office.register(KINDERGARTEN, registration_number="А")
    browser = await enter(Role.VIEWER)
    before = (await browser.get("/referrals")).text
    office.clock.advance(days=40)
    after = (await browser.get("/referrals", params={"overdue": "1"})).text

    assert re.search(r"рабочих дней: \d+", before)
    assert re.search(r"просрочено на \d+ раб", after)
