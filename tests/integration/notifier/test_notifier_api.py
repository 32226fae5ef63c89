"""The notifier over HTTP, on both databases: what operators see, resending, and endpoints of posting systems."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
import structlog
from sqlalchemy import insert

from services.chassis import clock, inbox
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.cli.local.sinks import MailOutcome, MailSink, WebhookAnswer
from services.notifier import endpoints, store
from services.notifier.app import assemble
from services.notifier.settings import NotifierSettings
from tests.integration.notifier.parts import ENDPOINTS, Notifier, accepted, to_applicant, to_system

ADMIN = "an-admin-key-for-tests-only"


@pytest.fixture
async def api(
    database_url: str, open_database: Callable[[str, str], Awaitable[Database]]
) -> AsyncIterator[httpx.AsyncClient]:
    await open_database(database_url, "notifier")
    settings = NotifierSettings(
        database_url=database_url,
        amqp_url="amqp://127.0.0.1:1/",
        admin_key=ADMIN,
        smtp_host="127.0.0.1",
        mail_from="notices@joldau.example",
    )
    service = assemble(settings)
    transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://notifier") as client:
        client.headers["authorization"] = f"Bearer {ADMIN}"
        yield client
    await service.database.close()


async def only(api: httpx.AsyncClient) -> dict:
    [item] = (await api.get("/v1/notifications")).json()["items"]
    return item


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_an_operator_sees_each_attempt_and_no_whole_address(
    api: httpx.AsyncClient, notifier: Notifier, mail: MailSink
) -> None:
    mail.force("aigul@post.example", MailOutcome.TEMPORARY, times=1)
    await notifier.ordered(to_applicant("aigul@post.example"))
    await notifier.settled("sent")
    shown = (await api.get(f"/v1/notifications/{(await only(api))['id']}")).json()
    [told] = (await api.get("/v1/notifications", params={"attempts": True})).json()["items"]

    assert (shown["state"], shown["channel"], shown["notice"]) == ("sent", "email", "registered")
    assert shown["recipient"] == "a•••@post.example"
    assert told == shown
    assert "attempts" not in await only(api)
    assert [(one["number"], one["outcome"], one["code"]) for one in shown["attempts"]] == [
        (1, "temporary", "smtp_451_4.3.0"),
        (2, "sent", None),
    ]
    assert "aigul" not in json.dumps(shown)


async def test_lists_are_narrowed_and_paged_newest_first(api: httpx.AsyncClient, notifier: Notifier) -> None:
    orders = [to_applicant(f"a{n}@post.example") for n in range(3)]
    for order in orders:
        await notifier.ordered(order)
    await notifier.ordered(to_system(appeal_id=orders[0].appeal_id))

    async def ids(**query: str) -> list[UUID]:
        found: list[UUID] = []
        while True:
            page = (await api.get("/v1/notifications", params={"limit": "2", **query})).json()
            found += [UUID(item["notification_id"]) for item in page["items"]]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    emails = [order.notification_id for order in reversed(orders)]
    assert await ids(channel="email") == emails
    assert await ids(state="queued") == emails
    assert (await ids())[1:] == emails
    assert len(await ids(appeal_id=str(orders[0].appeal_id))) == 2
    assert (await api.get("/v1/notifications", params={"state": "lost"})).status_code == 422


async def test_counts_are_by_channel_and_state(api: httpx.AsyncClient, notifier: Notifier) -> None:
    await notifier.ordered(to_applicant(), to_applicant(), to_applicant(None))
    await notifier.ordered(to_system())

    counts = (await api.get("/v1/counts")).json()
    assert counts == {"email": {"queued": 2}, "letter": {"queued": 1}, "webhook": {"suppressed": 1}}


async def test_a_notification_in_doubt_is_sent_again_when_an_operator_says_so(
    api: httpx.AsyncClient, notifier: Notifier, mail: MailSink
) -> None:
    """Under the same Message-ID, by name of whoever said so."""
    mail.force("aigul@post.example", MailOutcome.ANSWER_LOST, times=1)
    await notifier.ordered(to_applicant("aigul@post.example"))
    await notifier.settled("unknown")
    doubtful = await only(api)
    answer = await api.post(f"/v1/notifications/{doubtful['id']}/resend")
    await notifier.settled("sent")

    assert (answer.status_code, answer.json()["id"], answer.json()["resent_by"]) == (202, doubtful["id"], "admin")
    assert len(mail.mails) == 2
    assert len({letter.message_id for letter in mail.mails}) == 1


async def test_a_finished_notification_is_sent_anew_and_the_old_one_stays(
    api: httpx.AsyncClient, notifier: Notifier
) -> None:
    """The receiver gets the same webhook-id; only the last of a line can be sent anew."""
    async with notifier.posting_system() as portal:
        portal.answers.extend([WebhookAnswer(500)] * 4)
        await notifier.ordered(to_system())
        await notifier.settled("technical_failure")
        failed = await only(api)
        answer = await api.post(f"/v1/notifications/{failed['id']}/resend")
        await notifier.settled("technical_failure", "delivered")
        again = await api.post(f"/v1/notifications/{failed['id']}/resend")

    assert (answer.status_code, answer.json()["resend"]) == (202, 1)
    assert code(again) == (409, "notification_resent_already")
    assert {one.webhook_id for one in portal.attempts} == {failed["notification_id"]}


async def test_what_cannot_be_sent_again_is_refused(api: httpx.AsyncClient, notifier: Notifier) -> None:
    await notifier.ordered(to_applicant(), accepted(None))
    await notifier.ordered(to_system())
    rows = {row.reason or row.state: row.id for row in await notifier.rows()}

    refused = {reason: code(await api.post(f"/v1/notifications/{row}/resend")) for reason, row in rows.items()}
    assert refused == {
        "queued": (409, "notification_under_way"),
        "no_contact": (409, "no_contact"),
        "no_endpoint": (409, "no_endpoint"),
    }
    assert code(await api.post(f"/v1/notifications/{new_id()}/resend")) == (404, "notification_not_found")


async def test_what_a_disabled_endpoint_missed_is_sent_when_it_is_back(
    api: httpx.AsyncClient, notifier: Notifier
) -> None:
    """Its owner registers it again, and an operator resends."""
    async with notifier.posting_system() as portal:
        async with notifier.database.transaction() as tx:
            await endpoints.disable(tx, "portal", because="http_410", at=clock.now())
        await notifier.ordered(to_system())
        missed = await only(api)
        refused = await api.post(f"/v1/notifications/{missed['id']}/resend")
        async with notifier.database.transaction() as tx:
            await ENDPOINTS.put(tx, "portal", url=portal.url, description="", at=clock.now())
        await api.post(f"/v1/notifications/{missed['id']}/resend")
        await notifier.settled("suppressed", "delivered")

    assert code(refused) == (409, "endpoint_disabled")
    assert portal.delivered == {missed["notification_id"]}


async def test_an_endpoint_s_secret_is_shown_once(api: httpx.AsyncClient) -> None:
    """When it is made, and when it is rotated; in no list, no other answer and no log line."""
    form = {"url": "https://portal.example/hook", "description": "the portal"}
    with structlog.testing.capture_logs() as lines:
        made = await api.put("/v1/endpoints/portal", json=form)
        changed = await api.put("/v1/endpoints/portal", json={**form, "url": "https://portal.example/new"})
        rotated = await api.post("/v1/endpoints/portal/rotate", json={"overlap_hours": 1})
        listed = (await api.get("/v1/endpoints")).json()["items"]

    assert (made.status_code, changed.status_code, rotated.status_code) == (201, 200, 200)
    assert made.json()["secret"].startswith("whsec_")
    assert made.json()["secret"] != rotated.json()["secret"]
    assert rotated.json()["previous_until"] is not None
    assert [item["url"] for item in listed] == ["https://portal.example/new"]
    assert "whsec_" not in f"{changed.text} {listed} {lines}"


async def test_an_endpoint_can_be_removed(api: httpx.AsyncClient, notifier: Notifier) -> None:
    """What waits for it is not sent, and says why."""
    await api.put("/v1/endpoints/portal", json={"url": "https://portal.example/hook"})
    await notifier.ordered(to_system())
    removed = await api.delete("/v1/endpoints/portal")

    assert removed.status_code == 204
    assert ((await only(api))["state"], (await only(api))["reason"]) == ("suppressed", "no_endpoint")
    assert code(await api.delete("/v1/endpoints/portal")) == (404, "endpoint_not_found")
    assert code(await api.post("/v1/endpoints/portal/rotate")) == (404, "endpoint_not_found")


@pytest.mark.parametrize(
    "url",
    ["http://portal.example/", "https://user:pass@portal.example/", "ftp://x.example/", "https:///x", "https://x:y/"],
)
async def test_an_endpoint_s_address_must_be_usable(api: httpx.AsyncClient, url: str) -> None:
    answer = await api.put("/v1/endpoints/portal", json={"url": url})

    assert code(answer) == (422, "endpoint_url_unusable")
    assert url not in answer.text


async def test_each_scope_opens_its_own_doors(api: httpx.AsyncClient) -> None:
    """Reading is not operating, and no key sees nothing."""
    body = {"owner": "desk", "scopes": ["notifications:read"]}
    key = (await api.post("/v1/keys", json=body)).json()["key"]
    as_reader = {"authorization": f"Bearer {key}"}
    url = {"url": "https://portal.example/hook"}

    assert (await api.get("/v1/notifications", headers=as_reader)).status_code == 200
    assert (await api.get("/v1/endpoints", headers=as_reader)).status_code == 200
    assert code(await api.put("/v1/endpoints/portal", json=url, headers=as_reader)) == (403, "scope_missing")
    assert code(await api.post(f"/v1/notifications/{new_id()}/resend", headers=as_reader)) == (403, "scope_missing")
    assert code(await api.get("/v1/counts", headers={"authorization": "none"})) == (401, "key_missing")


async def test_a_webhook_is_tried_out_and_found_by_its_system(api: httpx.AsyncClient, notifier: Notifier) -> None:
    """It is signed and repeated as any other, and tells of nothing; without an endpoint there is nothing to try."""
    assert code(await api.post("/v1/endpoints/portal/test")) == (409, "no_endpoint")
    async with notifier.posting_system() as portal:
        await api.put("/v1/endpoints/portal", json={"url": "https://portal.example/hook"})
        async with notifier.database.transaction() as tx:
            await store.change_endpoint(tx, "portal", url=portal.url)
        assert (await api.post("/v1/endpoints/portal/test")).status_code == 202
        await notifier.settled("delivered")
    (found,) = (await api.get("/v1/notifications", params={"system": "portal"})).json()["items"]
    assert (found["notice"], found["recipient"]) == ("webhook.test", "portal")
    assert (await api.get("/v1/notifications", params={"system": "another"})).json()["items"] == []


async def test_of_a_test_webhook_the_answer_is_kept(api: httpx.AsyncClient, notifier: Notifier) -> None:
    """With refusals and with success; of other webhooks it is not, for it may quote what was told."""
    async with notifier.posting_system(says=b"no route\x1b[0m\r\nhere" * 40) as portal:
        portal.answers.extend(map(WebhookAnswer, (404, 200, 200)))
        await api.post("/v1/endpoints/portal/test")
        await notifier.settled("delivered")
        await notifier.ordered(to_system())
        await notifier.settled("delivered", "delivered")
    shown = [(await api.get(f"/v1/notifications/{one.id}")).json()["attempts"] for one in await notifier.rows()]
    told = {attempt["code"] or attempt["reference"]: attempt["answer"] for attempt in shown[0]}

    assert sorted(told) == ["http_200", "http_404"]
    assert {answer[:24] for answer in told.values()} == {"no route [0m hereno rout"}
    assert {len(answer) for answer in told.values()} == {500}
    assert [attempt["answer"] for attempt in shown[1]] == [None]


async def test_a_service_tells_what_it_forgets_and_when(api: httpx.AsyncClient, notifier: Notifier) -> None:
    """What goes within a day is counted; what is kept for good has no days."""
    async with notifier.database.transaction() as tx:
        old = clock.now() - timedelta(days=inbox.KEPT_DAYS) + timedelta(hours=1)
        row = {"queue": "notifier.requests", "message_id": new_id(), "body_sha256": b"0" * 32, "received_at": old}
        await tx.execute(insert(inbox.inbox).values(row))
    told = {one["what"]: one for one in (await api.get("/v1/retention")).json()["items"]}
    assert (told["inbox"]["days"], told["inbox"]["due_within_a_day"]) == (90.0, 1)
    assert datetime.fromisoformat(told["inbox"]["oldest"]) == old
    assert (told["parked"]["days"], told["outbox"]["due_within_a_day"]) == (None, 0)
