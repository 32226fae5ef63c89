"""What operators look up over HTTP, on both databases."""

import pytest
from sqlalchemy import event

from services.contracts.referrals import ReplyKind
from services.router.requests import OPERATE, READ
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND, registered


async def test_referrals_come_page_by_page_the_most_urgent_first(office):
    """Each once, over all pages."""
    for _ in range(5):
        await office.register(KINDERGARTEN)
        office.clock.advance(days=1)
    pages, cursor = [], None
    while True:
        page = await office.got("/v1/referrals", limit=2, **({"cursor": cursor} if cursor else {}))
        pages.append([(item["due_on"], item["id"]) for item in page["items"]])
        if (cursor := page["next_cursor"]) is None:
            break

    seen = [item for page in pages for item in page]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 3),
        ({"agency": "education"}, 2),
        ({"state": "accepted"}, 1),
        ({"agency": "education", "state": "issued"}, 1),
        ({"registration_number": "JD-77"}, 1),
        ({"overdue": True}, 0),
    ],
)
async def test_referrals_are_narrowed(office, query, found):
    """Each filter alone and together."""
    await office.register(KINDERGARTEN)
    await office.reply(await office.order(), ReplyKind.ACCEPTED)
    await office.register(KINDERGARTEN, registration_number="JD-77")
    await office.register(LAND)

    assert len((await office.got("/v1/referrals", **query))["items"]) == found


async def test_tasks_are_narrowed(office):
    """By what is asked, by appeal and by whether the day has passed."""
    greeting = await office.register(GREETING)
    await office.register("Нужен участок, и нужна школа.")
    office.clock.advance(days=7)

    assert len((await office.got("/v1/tasks"))["items"]) == 2
    assert len((await office.got("/v1/tasks", overdue=True))["items"]) == 2
    assert (await office.task(question="disagreement"))["registration_number"].startswith("JD-")
    assert (await office.task(appeal_id=str(greeting)))["question"] == "nothing_found"


async def test_counts_account_for_every_appeal(office):
    """Each appeal has exactly one outcome, whatever has happened to it."""
    await office.register(BRIBE)
    await office.register(GREETING)
    await office.register(KINDERGARTEN)
    await office.register(LAND)
    await office.reply(await office.order(), ReplyKind.DECLINED, reason="не наше")
    await office.withdraw(await office.register(KINDERGARTEN))

    counts = await office.got("/v1/counts")

    assert counts["appeals"] == {
        "total": 5,
        "by_outcome": {"retained": 1, "in_review": 2, "referred": 1, "withdrawn": 1},
    }
    assert counts["tasks"] == {"open": 2, "by_question": {"nothing_found": 1, "declined": 1}}
    assert counts["referrals"]["by_agency"] == {
        "education": {"issued": 1, "recalled": 1},
        "land-relations": {"declined": 1},
    }


async def test_a_question_is_asked_in_the_operators_language(office):
    """Accept-Language decides."""
    await office.register(GREETING)
    asked = [
        (await office.api.get("/v1/tasks", headers={"accept-language": language})).json()["items"][0]["question_text"]
        for language in ("kk", "ru", "en")
    ]

    assert len(set(asked)) == 3


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/referrals/{}", "referral_not_found"),
        ("/v1/tasks/{}", "task_not_found"),
        ("/v1/appeals/{}", "appeal_not_found"),
        ("/v1/decisions/{}", "decision_not_found"),
    ],
)
async def test_what_is_not_there_is_said_so(office, path, code):
    """404, with its own words."""
    answer = await office.api.get(path.format("018f0000-0000-7000-8000-000000000000"))

    assert (answer.status_code, answer.json()["code"]) == (404, code)


@pytest.mark.parametrize("query", [{"agency": "a\0b"}, {"registration_number": "\0"}, {"state": "x"}, {"limit": 0}])
async def test_a_filter_that_cannot_be_is_refused(office, query):
    """422, on either database."""
    assert (await office.api.get("/v1/referrals", params=query)).status_code == 422


@pytest.mark.parametrize("cursor", ["zzz", "AAAA", "%00", "MjAyNi0xMS0yMy8="])
async def test_a_made_up_cursor_is_refused(office, cursor):
    """422, never a fault of ours."""
    answer = await office.api.get("/v1/referrals", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        (READ, "/v1/referrals", 200),
        (READ, "/v1/counts", 200),
        (READ, "/v1/agencies", 200),
        (READ, "/v1/tasks", 403),
        (OPERATE, "/v1/tasks", 200),
        (OPERATE, "/v1/referrals", 403),
    ],
)
async def test_texts_are_for_operators_alone(office, scope, path, status):
    """A key that reads where referrals are does not read what appeals say."""
    key = await office.posted("/v1/keys", 201, owner="somebody", scopes=[scope])

    answer = await office.api.get(path, headers={"authorization": f"Bearer {key['key']}"})

    assert answer.status_code == status


async def test_a_decision_is_shown_with_its_record(office):
    """Why there: the evidence, the candidates and the article."""
    appeal_id = await office.register(KINDERGARTEN)
    (made,) = (await office.appeal(appeal_id))["decisions"]

    found = await office.got(f"/v1/decisions/{made['id']}")

    assert found["record"]["candidates"][0]["evidence"]
    assert found["record"]["verdict"] == made["verdict"]


async def test_a_batch_of_appeals_is_a_handful_of_statements(office):
    """A hundred appeals cost as many statements as one."""
    counted = []
    appeals = [registered(text) for text in (KINDERGARTEN, LAND, GREETING, BRIBE) for _ in range(25)]
    listener = lambda *_: counted.append(1)  # noqa: E731 - to take it off again
    event.listen(office.database.engine.sync_engine, "before_cursor_execute", listener)
    await office.take(office.router.assess, appeals, "appeals")
    event.remove(office.database.engine.sync_engine, "before_cursor_execute", listener)

    assert len(counted) <= 11
    assert (await office.got("/v1/counts"))["appeals"]["total"] == 100
