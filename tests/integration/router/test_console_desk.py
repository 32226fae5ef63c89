"""The desk's pages without a browser: each question has its page, and each form says what it is for."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from services.chassis import clock
from services.router import operators, triage
from services.router.act import ENDS, verbs_on
from services.router.console.desk_forms import END
from services.router.console.viewer import COOKIE
from services.router.operators import Role
from services.router.tables import operator, task
from services.router.task import Question
from services.router.triage import Wanted
from tests.integration.router.parts import BRIBE, GREETING

TWO_MATTERS = "Нужен участок, и нужна школа."
WHY = "так решил специалист"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they ask is tested on both."""
    return sqlite_url


@pytest.fixture
async def browser(office, console) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with an operator signed in who may do all that the desk knows."""
    async with office.database.transaction() as tx:
        new = operators.NewOperator("aru", "Ару", [Role.APPROVER, Role.SEALED_OFFICER], "ru")
        secret = await operators.begin_session(tx, await operators.add(tx, new, at=clock.now()), at=clock.now())
    transport = httpx.ASGITransport(app=console, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://console.example/console") as client:
        client.cookies.set(COOKIE, secret, domain="console.example", path="/")
        yield client


async def shown(browser: httpx.AsyncClient, path: str, **query: Any) -> str:
    page = await browser.get(path, params=query or None)
    assert page.status_code == 200, page.text
    return page.text


async def sent(browser: httpx.AsyncClient, path: str, **form: Any) -> httpx.Response:
    """A form is sent, with the token of its page."""
    csrf = re.search(r'name="csrf" value="([^"]+)"', await shown(browser, "/desk"))
    assert csrf is not None
    return await browser.post(path, data={"csrf": csrf[1], **form})


async def test_each_question_has_its_page(office, browser) -> None:
    """With the forms of its verbs, whatever it asks about a referral."""
    await office.register(GREETING, complained_of="Управление образования Алматинской области", kind="complaint")
    waiting = await office.task()
    await office.posted(f"/v1/tasks/{waiting['id']}/assignment", agency="akimat", reason=WHY)
    waiting = await office.task()
    for question in Question:
        async with office.database.transaction() as tx:
            await tx.execute(update(task).where(task.c.id == UUID(waiting["id"])).values(question=question.value))
        page = await shown(browser, f"/desk/{waiting['id']}")
        listed = await shown(browser, "/desk", question=question.value)
        forms = {END if verb in ENDS else verb.value for verb in verbs_on(question)}

        assert set(re.findall(r'id="verb-([a-z-]+)"', page)) == forms - {"divide"}, question
        assert ("/divide" in page) == ("divide" in forms), question
        assert waiting["id"] in listed, question


async def test_a_case_shows_all_that_is_needed_and_nobodys_name(office, browser) -> None:
    """The words that tell the matter are marked; the applicant is not there."""
    await office.register(TWO_MATTERS)
    page = await shown(browser, f"/desk/{(await office.task())['id']}")

    assert re.search(r"<mark>участок<sup>\d</sup></mark>", page)
    assert re.search(r"<mark>школа<sup>\d</sup></mark>", page)
    assert "Сынақбаев" not in page


async def test_a_form_is_kept_as_an_act_and_leads_back_to_the_list(office, browser) -> None:
    """The list keeps what it was narrowed to; the act can be undone from there, once."""
    await office.register(GREETING)
    path = f"/desk/{(await office.task())['id']}"
    answer = await sent(browser, f"{path}?language=ru", verb="retain", ready="Вопрос наш.", reason="")
    (act,) = re.findall(r"/desk/undo/([0-9a-f-]{36})", await shown(browser, "/desk"))
    undone = await sent(browser, f"/desk/undo/{act}", next="/console/desk?language=ru")
    late = await sent(browser, f"/desk/undo/{act}")

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/desk?language=ru")
    assert undone.headers["location"] == "/console/desk?language=ru&said=undone"
    assert late.headers["location"] == "/console/desk?said=late"
    assert "<time" not in await shown(browser, "/desk", said="undone")


@pytest.mark.parametrize(
    ("place", "form", "words"),
    [
        ("", {"verb": "ask-to-fix"}, "Чего не хватает: Отметьте хотя бы одно."),
        ("/divide", {"verb": "divide", "part_agency": "akimat", "part_text": "свет"}, "Нужно хотя бы две части"),
    ],
)
async def test_what_is_too_few_is_told_by_what_to_do(office, browser, place, form, words) -> None:
    """Nobody at a desk is told of the length of a value."""
    await office.register(GREETING)
    answer = await sent(browser, f"/desk/{(await office.task())['id']}{place}", ready="Вопрос не наш.", **form)
    assert (answer.status_code, words in answer.text) == (422, True)


async def test_the_next_case_follows_when_asked_for(office, browser) -> None:
    """The next one on the same list that nobody else has."""
    for language in ("ru", "kk", "ru"):
        await office.register(GREETING, language=language)
    wanted = Wanted(viewer="operator:aru", reads_sealed=True)
    async with office.database.reading() as tx:
        first, _, third = await triage.waiting(tx, wanted, at=office.clock(), limit=5)
    answer = await sent(browser, f"/desk/{first.id}?language=ru", verb="retain", reason=WHY, then="next")

    assert answer.headers["location"] == f"/console/desk/{third.id}?language=ru"


async def test_what_failed_is_told_until_it_has_been_seen(office, browser, frame) -> None:
    """The applicant has withdrawn before the act's time came."""
    appeal_id = await office.register(GREETING, registration_number="JD-7")
    await sent(browser, f"/desk/{(await office.task())['id']}", verb="retain", reason=WHY)
    await office.withdraw(appeal_id)
    office.clock.advance(seconds=8)
    await frame.holding.look()
    told = await shown(browser, "/desk")
    (act,) = re.findall(r'name="act" value="([^"]+)"', told)
    await sent(browser, "/desk/seen", act=act)

    assert "Не исполнено" in told
    assert "JD-7" in told
    assert "Не исполнено" not in await shown(browser, "/desk")


async def test_many_are_chosen_by_the_filter_and_each_is_an_act(office, browser, frame) -> None:
    """All by the filter, not what is beside it."""
    appeals = [await office.register(GREETING, language=language) for language in ("ru", "kk", "ru")]
    page = await shown(browser, "/desk/bulk", verb="retain", all="true", language="ru")
    tasks = re.findall(r'name="task" value="([^"]+)"', page)
    answer = await sent(browser, "/desk/bulk?verb=retain", verb="retain", reason=WHY, task=tasks)
    before = await shown(browser, answer.headers["location"].removeprefix("/console"))
    office.clock.advance(seconds=8)
    await frame.holding.look()
    after = await shown(browser, answer.headers["location"].removeprefix("/console"))

    assert len(tasks) == 2
    assert "Завершено 0 из 2" in before
    assert "Всё завершено: 2" in after
    assert [(await office.appeal(one))["outcome"] for one in appeals] == ["retained", "in_review", "retained"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/desk/00000000-0000-7000-8000-000000000000", 404),
        ("/desk/bulk?verb=return", 404),
        ("/desk/bulk/00000000-0000-7000-8000-000000000000", 404),
        ("/desk?question=nothing", 422),
        ("/desk?cursor=AAAA", 422),
    ],
)
async def test_an_address_that_cannot_be_is_told_on_a_page(browser, path, status) -> None:
    page = await browser.get(path)

    assert page.status_code == status
    assert "<h1>" in page.text


async def test_a_sealed_case_is_veiled_from_who_may_not_read_it(office, browser) -> None:
    """Its number and its days are shown, its words and its question are not, and no form."""
    appeal_id = await office.register(BRIBE, registration_number="JD-8")
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    path = f"/desk/{(await office.task())['id']}"
    async with office.database.transaction() as tx:
        await tx.execute(update(operator).values(roles=[Role.OPERATOR.value]))
    page, listed = await shown(browser, path), await shown(browser, "/desk")

    for told in (page, listed):
        assert "JD-8" in told
        assert "взятк" not in told
    assert 'id="verb-' not in page
    refused = await sent(browser, path, verb="retain", reason=WHY)
    assert refused.status_code == 403


async def test_only_an_approver_arbitrates_whatever_is_sent(office, browser) -> None:
    """The form is not on an operator's page; sent all the same, it is refused and nothing waits."""
    await office.register(GREETING)
    path = f"/desk/{(await office.task())['id']}"
    async with office.database.transaction() as tx:
        await tx.execute(update(task).values(question=Question.DISPUTED.value))
        await tx.execute(update(operator).values(roles=[Role.OPERATOR.value]))
    page, refused = await shown(browser, path), await sent(browser, path, verb="arbitrate", reason=WHY)

    assert 'id="verb-arbitrate"' not in page
    assert refused.status_code == 403
    assert "/desk/undo/" not in await shown(browser, "/desk")


async def test_a_token_that_is_none_is_refused(browser) -> None:
    """Also one that no page could have held."""
    assert (await browser.post("/desk/seen", data={"csrf": "жоқ"})).status_code == 403


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/desk/seen", {"act": "not-an-id"}, 422),
        ("/desk/bulk", {"verb": "retain", "task": "not-an-id", "reason": WHY}, 422),
        ("/desk/bulk", {"verb": "explode", "reason": WHY}, 404),
        ("/desk/bulk", {"verb": "end", "how": "explode/now", "reason": WHY}, 404),
        ("/administration/parked", {"act": "explode", "message": "router/00000000-0000-7000-8000-000000000000"}, 404),
    ],
)
async def test_a_form_that_no_page_of_ours_has_is_refused_in_words(browser, path, form, status) -> None:
    """And does nothing: whatever a form may say, it is not our bug."""
    assert (await sent(browser, path, **form)).status_code == status
