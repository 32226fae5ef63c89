"""The overview and the statistics as pages, on both databases, without a browser."""

import asyncio
import csv
import html
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.chassis import clock
from services.contracts.calendar import ALMATY
from services.contracts.referrals import ReferralIssued, ReplyKind
from services.router import operators, report, trail
from services.router.console import overview
from services.router.console.peers import Peers, Said
from services.router.console.viewer import COOKIE
from services.router.operators import Role
from tests.integration.router.conftest import mounted
from tests.integration.router.office import Office
from tests.integration.router.parts import GREETING, KINDERGARTEN, LAND

CONSOLE = "https://console.example/console"


@pytest.fixture
async def reader(office, console) -> AsyncIterator[httpx.AsyncClient]:
    """An operator's browser, signed in."""
    async with browser(office, console) as client:
        yield client


@asynccontextmanager
async def browser(office: Office, app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Of an operator who has signed in there."""
    async with office.database.transaction() as tx:
        new = operators.NewOperator("aru", "Ару", [Role.OPERATOR], "ru", None)
        secret = await operators.begin_session(tx, await operators.add(tx, new, at=clock.now()), at=clock.now())
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=CONSOLE, cookies={COOKIE: secret}) as client:
        yield client


async def registered(office: Office, text: str, times: int) -> None:
    for _ in range(times):
        await office.register(text)


def figures(page: str) -> dict[str, int]:
    """The big numbers by their words."""
    found = re.findall(r'figure-number">(\d+)</span><span class="figure-words">([^<]+)<', page)
    return {words: int(number) for number, words in found}


async def test_the_overview_counts_and_leads_to_the_lists(office, reader) -> None:
    """What waits is the desk's, what is with agencies the register's; what does not answer is said to be away."""
    await registered(office, KINDERGARTEN, 2)
    await registered(office, GREETING, 1)
    page = (await reader.get("/")).text
    told = figures(page)

    assert (told["ждут решения"], told["в работе у органов"], told["зарегистрировано сегодня"]) == (1, 2, 3)
    assert 'href="/console/desk"' in page
    assert 'href="/console/desk?question=nothing_found"' in page
    assert 'href="/console/referrals?overdue=true"' in page
    assert page.count("сейчас не отвечает") == 5
    assert "agency=education&amp;state=issued" in page


LINKED = re.compile(
    r'<a (?:class="figure[^>]*|)href="/console(?P<path>/(?:appeals|referrals)[^"]*)"[^>]*>'
    r'(?:<span class="figure-number">)?(?P<number>\d+)<'
    r'|<a href="/console(?P<bar>/referrals[^"]*)">[^<]*</a></th>\s*<td class="bars-number">(?P<in_bar>\d+)'
)
"""A number of the overview with the list that it leads to: a big one, one of the flow's table, or a bar's."""


async def test_each_number_of_the_overview_is_how_many_its_list_shows(office, reader) -> None:
    """Also of what arrives after hours or on a day off, is late, answered, or decided by a person."""
    for text in (KINDERGARTEN, KINDERGARTEN, LAND, GREETING):
        await office.register(text)
    orders = [data for kind, data in await office.said() if kind == ReferralIssued.TYPE]
    await office.reply(orders[0], ReplyKind.ANSWERED, text="Место дали.")
    await office.reply(orders[1], ReplyKind.DECLINED, reason="Не наше.")
    task = await office.task(question="nothing_found")
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="education", reason="школа")
    office.clock.advance(days=60)
    today = office.clock().astimezone(ALMATY)
    office.clock.at = today.replace(hour=21)
    late = {"registered_on": office.router.rules.calendar.registered_on(office.clock())}
    await office.register(LAND, **late)
    page = html.unescape((await reader.get("/", params={"days": 90})).text)
    linked = [(one["path"] or one["bar"], int(one["number"] or one["in_bar"])) for one in LINKED.finditer(page)]
    found = {}
    for path, _ in linked:
        listed = (await reader.get(path)).text
        found[path] = int(re.search(r"Найдено: (\d+)", listed)[1])

    assert len(linked) > 12
    assert sum(number for _, number in linked) >= 12
    assert dict(linked) == found


async def test_what_persons_decided_today_leads_to_its_list(office, reader) -> None:
    """To those appeals, and to no others of the day."""
    office.clock.at = office.clock().replace(hour=6)
    await registered(office, GREETING, 3)
    await registered(office, LAND, 1)
    for task in (await office.got("/v1/tasks"))["items"][:2]:
        await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason="дорога")
    page = (await reader.get("/")).text
    path = re.search(r'href="/console(/appeals[?]settled_since=[^"]*)"', page)[1]

    assert figures(page)["решены человеком сегодня"] == 2
    assert "Найдено: 2" in (await reader.get(path)).text


@pytest.mark.parametrize(
    ("refresh", "every", "follows"), [("live", "10", True), ("10", "10", False), ("never", None, None)]
)
async def test_how_often_the_overview_is_refreshed_is_chosen(reader, refresh, every, follows) -> None:
    """At once, every so often, or never; now and then in any case, for clocks run out in silence."""
    page = (await reader.get("/", params={"refresh": refresh})).text

    assert (f'data-every="{every}"' in page) is (every is not None)
    assert ('data-follow="no"' in page) is (follows is False)
    assert ("data-live" in page.replace("data-live-url", "")) is (refresh != "never")


async def test_the_overview_does_not_wait_for_who_does_not_answer(office, frame, monkeypatch) -> None:
    """A service that hangs is as good as away, whichever else of it is asked; what it tells later is shown later."""
    go_on, asked = asyncio.Event(), []

    async def slowly(_peers: Peers, name: str, path: str, *_: Any) -> Said:
        asked.append(path)
        await asyncio.wait_for(go_on.wait(), 10)
        return Said(200, {"items": []})

    monkeypatch.setattr(Peers, "get", slowly)
    monkeypatch.setattr(overview, "_OTHERS_SECONDS", 0.05)
    async with browser(office, mounted(replace(frame, patience=0.05))) as client:
        first = (await client.get("/")).text
        begun = len(asked)
        go_on.set()
        async with asyncio.timeout(10):
            while "notifier сейчас не отвечает" in (last := (await client.get("/")).text):  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.02)

    assert begun == 4
    assert first.count("сейчас не отвечает") == 5
    assert last.count("сейчас не отвечает") == 1


async def test_the_flow_has_what_has_arrived_after_hours(office, reader) -> None:
    """It is registered on the next working day, and lies with an agency already."""
    office.clock.at = office.clock().astimezone(ALMATY).replace(hour=21)
    tomorrow = office.router.rules.calendar.registered_on(office.clock())
    await office.register(KINDERGARTEN, registered_on=tomorrow)
    page = html.unescape((await reader.get("/", params={"days": 1})).text)
    (path,) = (one["path"] for one in LINKED.finditer(page) if "agency=education" in (one["path"] or ""))

    assert '<svg class="flow"' in page
    assert f"until={tomorrow}" in path
    assert "Найдено: 1" in (await reader.get(path)).text


async def test_of_more_parked_messages_than_are_asked_for_it_says_so(reader, monkeypatch) -> None:
    """By a plus, beside each queue of the service that has more, and beside the sum."""

    async def told(_peers: Peers, name: str, path: str, *_: Any) -> Said:
        items = [{"queue": f"{name}.{one}"} for one in "aab"] if path.startswith("/v1/parked") else []
        return Said(200, {"items": items, "next_cursor": "more" if name == "notifier" else None})

    monkeypatch.setattr(Peers, "get", told)
    page = (await reader.get("/")).text
    rows = re.findall(r"<code>([a-z.]+)</code>(?:</a>)?</th><td[^>]*>([^<]*)</td>", page)

    assert re.findall(r'>(\d+[+]?)</span><span class="figure-words">отложенных', page) == ["6+"]
    assert rows == [("intake.a", "2"), ("notifier.a", "2+"), ("intake.b", "1"), ("notifier.b", "1+")]


async def test_a_page_that_was_told_of_a_change_sees_it_at_any_replica(office, frame, monkeypatch) -> None:
    """That one may not have seen it yet, and would show what it counted a moment ago."""
    monkeypatch.setattr(overview, "_KEPT_SECONDS", 600)
    await registered(office, GREETING, 1)
    async with browser(office, mounted(frame)) as client:
        before = figures((await client.get("/")).text)
        await registered(office, GREETING, 1)
        kept = figures((await client.get("/")).text)
        told = figures((await client.get("/", headers={"x-version": "0123456789abcdef"})).text)
        untold = figures((await client.get("/", headers={"x-version": "whatever"})).text)

    assert [one["ждут решения"] for one in (before, kept, told, untold)] == [1, 1, 2, 1]


async def test_an_empty_overview_says_so(reader) -> None:
    """Nothing waits, nothing flows: no picture and no error."""
    page = (await reader.get("/", params={"days": 1})).text

    assert "Решения ничего не ждёт" in page
    assert "За этот период обращений нет" in page
    assert '<svg class="flow"' not in page


async def test_statistics_are_shown_and_taken_away_as_they_are(office, reader) -> None:
    """What is left out on the page is empty in the file; the download is on the trail, with what it was narrowed to."""
    office.clock.at = office.clock().replace(hour=6)
    await registered(office, LAND, 2)
    await registered(office, KINDERGARTEN, 9)
    await registered(office, GREETING, 1)
    page = await reader.get("/statistics", params={"channel": "call_centre", "since": "", "district": ""})
    file = await reader.get("/statistics/rows.csv", params={"channel": "call_centre"})
    rows = {row[0].strip(): row[1] for row in csv.reader(io.StringIO(file.text.removeprefix("\ufeff")), delimiter=";")}
    noted = [row async for row in trail.entries(office.database)][-1]

    assert page.status_code == 200
    assert "скрыто" in page.text
    assert rows["Всего зарегистрировано обращений"] == "12"
    assert rows["Ожидают решения"] == ""
    assert noted.by == "operator:aru"
    assert (noted.act, noted.facts) == ("statistics.export", {"table": "rows", "as": "csv", "channel": "call_centre"})


async def test_agencies_and_decisions_are_compared_in_bars(office, reader) -> None:
    """Each number stands beside its bar, and what is left out of the table is left out there too."""
    office.clock.at = office.clock().replace(hour=6)
    await registered(office, KINDERGARTEN, 7)
    for order in [data for kind, data in await office.said() if kind == ReferralIssued.TYPE]:
        office.clock.advance(hours=1)
        await office.reply(order, ReplyKind.ANSWERED, text="Место дали.")
    await registered(office, LAND, 2)
    page = (await reader.get("/statistics")).text
    tables = re.findall(r'told-bars"><caption>(.*?)</caption>(.*?)</table>', page, re.DOTALL)
    told = {title: re.findall(r'bars-number">(?:<span[^>]*>)?([^<]*)<', rows) for title, rows in tables}

    assert told["До ответа"] == ["4 ч (90 %: 7 ч)"]
    assert told["Отказов"] == ["0", "0"]
    assert told["Сколько раз передавалось обращение"] == ["9", "0", "0"]
    assert told["Решено без участия человека"] == ["9 (100,0 %)"]
    assert page.count('<rect class="bar-filled"') == page.count(
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" class="told-bar"'
    )


async def test_a_long_count_goes_on_aside(office, frame, monkeypatch) -> None:
    """The page comes without the figures and says so; then they are there, counted once for all who look."""
    go_on, times = asyncio.Event(), 0
    made = report.made

    async def slowly(*args: Any, **more: Any) -> Any:
        nonlocal times
        times += 1
        await asyncio.wait_for(go_on.wait(), 10)
        return await made(*args, **more)

    monkeypatch.setattr(report, "made", slowly)
    await registered(office, LAND, 6)
    async with browser(office, mounted(replace(frame, patience=0.05))) as client:
        first, second = await asyncio.gather(client.get("/statistics"), client.get("/statistics"))
        go_on.set()
        file = await client.get("/statistics/rows.csv")
        last = await client.get("/statistics")

    assert 'data-state="running"' in first.text
    assert '<progress id="figures-share"' in second.text
    assert file.status_code == 200
    assert 'data-state="ready"' in last.text
    assert times == 1


@pytest.mark.parametrize("table", ["rows", "trend", "agencies", "quality"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_each_table_is_a_file(office, reader, table, kind) -> None:
    """Named after its period."""
    await registered(office, KINDERGARTEN, 1)
    file = await reader.get(f"/statistics/{table}.{kind}", params={"since": "2026-11-01", "until": "2026-11-30"})

    assert file.status_code == 200
    assert f'joldau-{table}-2026-11-01-2026-11-30.{kind}"' in file.headers["content-disposition"]
    assert file.content.startswith(b"PK" if kind == "xlsx" else b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": "2026-11-30", "until": "2026-11-01"}, "until"),
        ({"since": "2020-01-01", "by": "day"}, "by"),
        ({"district": "atlantis"}, "district"),
    ],
)
async def test_a_mistake_is_told_above_the_form(reader, asked, field) -> None:
    """With a link to the field, and what was given stays."""
    page = await reader.get("/statistics", params=asked)

    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert all(value in page.text for name, value in asked.items() if name != "district")


async def test_figures_are_for_readers(office, console) -> None:
    """An auditor has the trail, and reads; who has no role sees nothing."""
    async with office.database.transaction() as tx:
        new = operators.NewOperator("nobody", "Ешкім", [], "kk", None)
        secret = await operators.begin_session(tx, await operators.add(tx, new, at=clock.now()), at=clock.now())
    transport = httpx.ASGITransport(app=console, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=CONSOLE, cookies={COOKIE: secret}) as client:
        answers = [await client.get(path) for path in ("/", "/statistics", "/statistics/rows.csv")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
