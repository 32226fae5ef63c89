"""Letters, findings, tests, templates, suppressions, providers and receipts over HTTP, on both databases."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.chassis import clock
from services.chassis.database import Database
from services.cli.local.sinks import MailOutcome, MailSink, WebhookAnswer
from services.contracts.appeals import Language
from services.contracts.notifications import Notice
from services.notifier import health, store
from services.notifier.app import assemble
from services.notifier.claims import Destination
from services.notifier.notification import Channel, Temporary
from services.notifier.settings import NotifierSettings
from tests.dsn import report
from tests.integration.notifier.parts import EDITION, Notifier, to_applicant, to_system, told

ADMIN = "an-admin-key-for-tests-only"
PROVIDER = {"name": "one", "kind": "http", "url": "https://sms.example", "key": "a-key", "receipt_token": "a-token"}


@pytest.fixture
async def api(
    database_url: str, open_database: Callable[[str, str], Awaitable[Database]]
) -> AsyncIterator[httpx.AsyncClient]:
    await open_database(database_url, "notifier")
    service = assemble(settings_of(database_url))
    async with client_of(service.app) as client:
        yield client
    await service.database.close()


def settings_of(database_url: str, **more: Any) -> NotifierSettings:
    return NotifierSettings(
        database_url=database_url,
        amqp_url="amqp://127.0.0.1:1/",
        admin_key=ADMIN,
        smtp_host="127.0.0.1",
        mail_from="notices@joldau.example",
        sms_providers=[PROVIDER],
        bounce_token="b-token",
        **more,
    )


def client_of(app: Any) -> httpx.AsyncClient:
    """An administrator's client of the service."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {ADMIN}"}
    return httpx.AsyncClient(transport=transport, base_url="http://notifier", headers=headers)


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def letter(notifier: Notifier, **changes: Any) -> Any:
    """A notice that waits to be put on paper."""
    given = {"applicant_name": "А. Сынақ", "postal_address": "Қонаев, <Үлгі> к., 1", **changes}
    await notifier.ordered(to_applicant(None, **given))
    [row] = await notifier.rows()
    return row


async def test_a_letter_is_printed_and_posted_once(api: httpx.AsyncClient, notifier: Notifier) -> None:
    """It shows who it is for, and nothing of it is markup; the post's number is its proof."""
    row = await letter(notifier)
    page = await api.get(f"/v1/notifications/{row.id}/letter")
    posted = await api.post(f"/v1/notifications/{row.id}/posted", json={"reference": "RR1KZ"})
    again = await api.post(f"/v1/notifications/{row.id}/posted", json={"reference": "RR2KZ"})
    arrived = await api.post(
        f"/v1/notifications/{row.id}/finding", json={"outcome": "delivered", "because": "notice of delivery"}
    )

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "А. Сынақ<br>Қонаев, &lt;Үлгі&gt; к., 1" in page.text
    assert (posted.json()["state"], posted.json()["reference"]) == ("sent", "RR1KZ")
    assert code(again) == (409, "notification_settled")
    assert arrived.json()["state"] == "delivered"
    assert [(one.outcome, one.reference) for one in await notifier.attempts()] == [("sent", "RR1KZ")]


async def test_a_sensitive_notice_tells_only_that_there_is_news(api: httpx.AsyncClient, notifier: Notifier) -> None:
    """On paper as by SMS: neither the other body nor what it says (R-SEC-5)."""
    said = {"agency_name": "ТАЙНЫЙ ОРГАН", "agency_contacts": "", "answer": "ТАЙНЫЙ ОТВЕТ"}
    variables = {**to_applicant().variables, **said}
    row = await letter(notifier, sensitive=True, notice=Notice.ANSWERED, variables=variables)
    page = await api.get(f"/v1/notifications/{row.id}/letter")
    async with notifier.database.reading() as tx:
        texts = await EDITION.current(tx)
    sms = texts.short(Notice.ANSWERED, Language.KAZAKH, variables, sensitive=True)

    assert "ТАЙНЫЙ" not in page.text + sms.plain
    assert "JD-2026-000001" in page.text
    assert sms.plain == "№ JD-2026-000001 жолданымыңыз бойынша жаңалық бар. https://joldau.example/status/x"


async def test_a_finding_moves_what_is_in_doubt(api: httpx.AsyncClient, notifier: Notifier, mail: MailSink) -> None:
    """Not arrived, so the next channel's turn; what is settled cannot be found out again."""
    mail.force("aigul@post.example", MailOutcome.ANSWER_LOST, times=1)
    await notifier.ordered(to_applicant("aigul@post.example"))
    [row] = await notifier.settled("unknown")
    finding = {"outcome": "failed", "because": "she says so"}
    first = await api.post(f"/v1/notifications/{row.id}/finding", json=finding)
    second = await api.post(f"/v1/notifications/{row.id}/finding", json=finding)

    assert (first.json()["state"], first.json()["reason"]) == ("permanent_failure", "found_out")
    assert code(second) == (409, "notification_settled")
    assert [one.channel for one in await notifier.rows()] == ["email", "letter"]


async def test_what_a_person_has_found_out_is_kept_with_who_and_when(
    api: httpx.AsyncClient, notifier: Notifier
) -> None:
    """Also for whom a system says it; intake hears that it was a person, and not the words."""
    row = await letter(notifier)
    await api.post(f"/v1/notifications/{row.id}/posted", json={"reference": "RR1KZ"})
    finding = {"outcome": "delivered", "because": "notice of delivery", "person": "operator:dana"}
    said = (await api.post(f"/v1/notifications/{row.id}/finding", json=finding)).json()
    shown = (await api.get(f"/v1/notifications/{row.id}")).json()
    heard = [(one["outcome"], one.get("found_out")) for one in await told(notifier)]

    [found] = shown["findings"]
    assert said["findings"] == shown["findings"]
    assert (found["outcome"], found["because"], found["found_by"]) == (
        "delivered",
        "notice of delivery",
        "admin: operator:dana",
    )
    assert found["found_at"].startswith(str(clock.now().year))
    assert heard == [("queued", None), ("sent", None), ("delivered", True)]


async def test_where_no_channel_is_left_a_person_sees_to_it(api: httpx.AsyncClient, notifier: Notifier) -> None:
    """A letter of the law's that came back waits at the desk, until it is sent anew or said to be seen to."""
    first = await letter(notifier)
    posted, returned = {"reference": "RR1KZ"}, {"outcome": "failed", "because": "no such house"}
    too_early = await api.post(f"/v1/notifications/{first.id}/finding", json={"outcome": "closed", "because": "x"})
    await api.post(f"/v1/notifications/{first.id}/posted", json=posted)
    await api.post(f"/v1/notifications/{first.id}/finding", json=returned)
    waiting = await awaited(api)
    again = (await api.post(f"/v1/notifications/{first.id}/resend")).json()["id"]
    anew = await awaited(api)
    await api.post(f"/v1/notifications/{again}/posted", json=posted)
    await api.post(f"/v1/notifications/{again}/finding", json=returned)
    closed = await api.post(f"/v1/notifications/{again}/finding", json={"outcome": "closed", "because": "moved"})

    assert code(too_early) == (409, "notification_settled")
    assert waiting == {("letter", "failed"): 1}
    assert anew == {("letter", "letter"): 1}
    assert [one["outcome"] for one in closed.json()["findings"]] == ["failed", "closed"]
    assert await awaited(api) == {}


async def awaited(api: httpx.AsyncClient) -> dict[tuple[str, str], int]:
    """What waits for a person; each number is as long as its list."""
    items = (await api.get("/v1/desk")).json()["items"]
    for one in items:
        listed = await api.get("/v1/notifications", params={"awaited": one["awaited"]})
        assert len(listed.json()["items"]) == one["notifications"]
    return {(one["channel"], one["awaited"]): one["notifications"] for one in items}


@pytest.mark.parametrize(
    ("recipient", "state"),
    [
        ("delivered@simulator.example", "delivered"),
        ("permanent@simulator.example", "permanent_failure"),
        ("unknown@simulator.example", "unknown"),
        ("somebody@post.example", "delivered"),
        ("+70000000002", "sent"),
    ],
)
async def test_a_test_key_makes_nothing_leave(
    api: httpx.AsyncClient, notifier: Notifier, mail: MailSink, recipient: str, state: str
) -> None:
    """Recipients force outcomes; even a real one gets nothing, intake hears nothing, and nobody has to look at it."""
    key = (await api.post("/v1/keys", json={"owner": "dev", "scopes": ["notifications:test"]})).json()["key"]
    as_test = {"authorization": f"Bearer {key}"}
    body = {"channel": "sms" if recipient[0] == "+" else "email", "recipient": recipient}
    queued = await api.post("/v1/test", json=body, headers=as_test)
    live = await api.post("/v1/test", json={**body, "live": True}, headers=as_test)
    [row] = await notifier.settled(state)
    async with notifier.database.reading() as tx:
        on_desk = await store.on_desk(tx)

    assert on_desk == {}
    assert (queued.status_code, queued.json()["test"]) == (202, True)
    assert code(live) == (409, "test_key_stays_inside")
    assert (row.destination, mail.attempts.total()) == ("test", 0)
    assert (await api.get("/v1/notifications", headers=as_test)).status_code == 403


async def test_in_test_mode_a_webhook_that_is_tried_out_stays_inside(
    database_url: str, open_database: Callable[[str, str], Awaitable[Database]]
) -> None:
    await open_database(database_url, "notifier")
    service = assemble(settings_of(database_url, test_mode=True))
    async with client_of(service.app) as api:
        await api.put("/v1/endpoints/portal", json={"url": "https://portal.example/hook"})
        queued = await api.post("/v1/endpoints/portal/test")
    await service.database.close()

    assert (queued.status_code, queued.json()["destination"], queued.json()["test"]) == (202, "test", True)


async def test_a_template_is_previewed_edited_and_reverted(
    api: httpx.AsyncClient, notifier: Notifier, mail: MailSink
) -> None:
    """The next notice is written with it, its version is on record, and every edit stays in the history."""
    shown = (await api.get("/v1/templates/kk/registered")).json()
    source = shown["source"].replace("Сәлеметсіз бе!", "Құрметті азамат!")
    preview = (await api.post("/v1/templates/kk/registered/preview", json={"source": source})).json()
    await notifier.ordered(to_applicant())
    await notifier.settled("sent")
    edited = await api.put("/v1/templates/kk/registered", json={"source": source, "because": "kinder"})
    await notifier.ordered(to_applicant())
    await notifier.settled("sent", "sent")
    reverted = await api.put("/v1/templates/kk/registered", json={"version": 0, "because": "as it was"})
    await notifier.ordered(to_applicant())
    await notifier.settled("sent", "sent", "sent")
    history = (await api.get("/v1/templates/kk/registered")).json()["history"]

    kinder = ["Құрметті азамат!" in one.body for one in mail.mails]
    versions = [one.text_version for one in await notifier.attempts()]
    assert "Құрметті азамат!" in preview["plain"]
    assert (edited.json()["version"], reverted.json()["version"]) == (1, 2)
    assert kinder == [False, True, False]
    assert versions[0] == versions[2] != versions[1]
    assert [(one["version"], one["because"], one["shipped"]) for one in history] == [
        (2, "as it was", True),
        (1, "kinder", False),
    ]


async def test_why_a_template_cannot_be_used_names_what_is_left_out_and_what_is_unknown(api: httpx.AsyncClient) -> None:
    preview = await api.post("/v1/templates/ru/withdrawn/preview", json={"source": "Тема\n\n{{ misspelt }}"})
    assert preview.json()["because"].startswith("ru/withdrawn.txt: − ")
    assert preview.json()["because"].endswith("; + misspelt")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("registered", "Тақырып\n\n{{ registration_number }}"),
        ("registered", "{{ misspelt }}"),
        ("registered", "{% if %}"),
        ("registered", "{{ office.__class__.__mro__ }}"),
        ("sms", "{{ subject }}"),
        ("news", "Жаңалық\n\nбар"),
    ],
)
async def test_a_template_with_a_hole_is_refused(api: httpx.AsyncClient, name: str, source: str) -> None:
    """And its preview tells why."""
    preview = await api.post(f"/v1/templates/kk/{name}/preview", json={"source": source})
    refused = await api.put(f"/v1/templates/kk/{name}", json={"source": source, "because": "x"})

    assert preview.json()["usable"] is False
    assert preview.json()["because"]
    assert code(refused) == (422, "template_unusable")
    assert not any(one["edited"] for one in (await api.get("/v1/templates")).json()["items"])


async def test_a_bounce_fails_the_notice_and_lists_the_dead_address(
    api: httpx.AsyncClient, notifier: Notifier, mail: MailSink
) -> None:
    """The law's notice goes on paper, and so does the next one at once."""
    order = to_applicant("aigul@post.example")
    await notifier.ordered(order)
    await notifier.settled("sent")
    dsn = report("failed", "5.1.1", message_id=f"<{order.notification_id}@joldau.example>")
    taken = await api.post("/v1/receipts/bounces/b-token", content=dsn)
    strange = await api.post("/v1/receipts/bounces/wrong", content=dsn)
    nothing = await api.post("/v1/receipts/bounces/b-token", content=b"hello")
    await notifier.ordered(to_applicant("Aigul@post.example"))
    listed = (await api.get("/v1/suppressions")).json()["items"]

    assert (taken.status_code, code(strange), code(nothing)) == (204, (404, "not_found"), (422, "receipt_unreadable"))
    rows = await notifier.rows()
    assert [(row.channel, row.state) for row in rows] == [
        ("email", "permanent_failure"),
        ("letter", "queued"),
        ("letter", "queued"),
    ]
    assert [(one["masked"], one["reason"]) for one in listed] == [("a•••@post.example", "dead")]
    assert "aigul" not in json.dumps(listed)


async def test_a_bounce_of_a_resend_goes_on_to_the_next_channel_once(
    api: httpx.AsyncClient, notifier: Notifier, mail: MailSink
) -> None:
    """Both e-mails bear one Message-ID, and both bounce."""
    order = to_applicant("aigul@post.example")
    await notifier.ordered(order)
    [first] = await notifier.settled("sent")
    answer = await api.post(f"/v1/notifications/{first.id}/resend")
    await notifier.settled("sent", "sent")
    dsn = report("failed", "5.2.2", message_id=f"<{order.notification_id}@joldau.example>")
    for _ in range(2):
        assert (await api.post("/v1/receipts/bounces/b-token", content=dsn)).status_code == 204

    assert answer.json()["next_channels"] == ["letter"]
    rows = [(row.channel, row.resend, row.state) for row in await notifier.rows()]
    assert rows == [("email", 0, "sent"), ("email", 1, "permanent_failure"), ("letter", 1, "queued")]


async def test_what_has_failed_and_is_sent_anew_opens_no_second_letter(
    api: httpx.AsyncClient, notifier: Notifier, mail: MailSink
) -> None:
    mail.force("aigul@post.example", MailOutcome.PERMANENT)
    await notifier.ordered(to_applicant("aigul@post.example"))
    first, _ = await notifier.settled("permanent_failure", "queued")
    await api.post(f"/v1/notifications/{first.id}/resend")
    rows = await notifier.settled("permanent_failure", "queued", "permanent_failure")

    assert [row.channel for row in rows] == ["email", "letter", "email"]


async def test_a_suppression_can_be_added_and_removed(api: httpx.AsyncClient, notifier: Notifier) -> None:
    body = {"channel": "email", "recipient": "aigul@post.example", "reason": "dead"}
    for _ in range(2):
        assert (await api.post("/v1/suppressions", json=body)).status_code == 204
    [one] = (await api.get("/v1/suppressions", params={"channel": "email"})).json()["items"]
    removed = await api.delete(f"/v1/suppressions/{one['id']}")
    await notifier.ordered(to_applicant("aigul@post.example"))

    assert removed.status_code == 204
    assert code(await api.delete(f"/v1/suppressions/{one['id']}")) == (404, "suppression_not_found")
    assert [row.channel for row in await notifier.rows()] == ["email"]


async def test_a_provider_that_rests_shows_and_can_be_resumed(api: httpx.AsyncClient, notifier: Notifier) -> None:
    where = Destination(Channel.SMS, "one")
    async with notifier.database.transaction() as tx:
        failures = [Temporary("http_503")] * 5
        await health.note(tx, where, failures, at=clock.now(), first_pause=timedelta(minutes=1))
    before = (await api.get("/v1/providers")).json()["items"]
    resumed = await api.post("/v1/providers/sms/one/resume")
    after = (await api.get("/v1/providers")).json()["items"]

    assert [(one["name"], one["failures"], one["resting_until"] is None) for one in before] == [
        ("smtp", 0, True),
        ("one", 5, False),
    ]
    assert resumed.status_code == 204
    assert after[1]["resting_until"] is None
    assert code(await api.post("/v1/providers/sms/one/resume")) == (404, "provider_not_failing")
    assert "a-key" not in json.dumps(before)


async def test_a_receipt_comes_by_its_provider_s_own_address(api: httpx.AsyncClient, notifier: Notifier) -> None:
    body = {"id": "01890000-0000-7000-8000-000000000001", "status": "delivered"}

    assert code(await api.post("/v1/receipts/one/a-token", json=body)) == (404, "notification_not_found")
    assert code(await api.post("/v1/receipts/one/other", json=body)) == (404, "not_found")
    assert code(await api.post("/v1/receipts/two/a-token", json=body)) == (404, "not_found")
    assert code(await api.post("/v1/receipts/one/a-token", content=b"{", headers={"content-type": "application/json"}))[
        1
    ] == ("receipt_unreadable")


async def test_what_a_system_has_missed_is_recovered_since_a_time(api: httpx.AsyncClient, notifier: Notifier) -> None:
    """What it has got, and what was ordered before, is not sent."""
    long_ago = clock.now() - timedelta(days=2)
    async with notifier.posting_system() as portal:
        await notifier.ordered(to_system())
        await notifier.settled("delivered")
        await api.delete("/v1/endpoints/portal")
        await notifier.ordered(to_system(), to_system(requested_at=long_ago), to_system())
        gone = await api.post("/v1/endpoints/portal/recover", json={"since": long_ago.isoformat()})
        url = {"url": portal.url.replace("http:", "https:")}
        secret = (await api.put("/v1/endpoints/portal", json=url)).json()["secret"]
        since = (clock.now() - timedelta(hours=1)).isoformat()
        recovered = await api.post("/v1/endpoints/portal/recover", json={"since": since})
        again = await api.post("/v1/endpoints/portal/recover", json={"since": since})

    assert code(gone) == (409, "no_endpoint")
    assert secret.startswith("whsec_")
    assert (recovered.json()["resent"], again.json()["resent"]) == (2, 0)


async def test_an_endpoint_s_owner_is_told_after_hours_and_it_is_disabled_after_days(
    api: httpx.AsyncClient, notifier: Notifier, mail: MailSink
) -> None:
    """Once for the warning, once for the end; both name the system and the last failure."""
    where = Destination(Channel.WEBHOOK, "portal")

    async def failing_since(ago: timedelta) -> None:
        async with notifier.database.transaction() as tx:
            await health.forget(tx, where)
            one = [Temporary("http_500")]
            await health.note(tx, where, one, at=clock.now() - ago, first_pause=timedelta(seconds=1))

    async with notifier.posting_system() as portal:
        form = {"url": "https://portal.example/", "owner_email": "owner@portal.example"}
        await api.put("/v1/endpoints/portal", json=form)
        async with notifier.database.transaction() as tx:
            await store.change_endpoint(tx, "portal", url=portal.url)
        portal.answers.extend([WebhookAnswer(500)] * 20)
        await failing_since(timedelta(hours=5))
        await notifier.ordered(to_system())
        await notifier.settled("technical_failure", "sent")
        await failing_since(timedelta(days=6))
        await notifier.ordered(to_system(), to_system())
        async with notifier.delivering():
            await mail_until(mail, 2)

    assert [one.to for one in mail.mails] == ["owner@portal.example"] * 2
    assert [one.subject for one in mail.mails] == [
        "portal: вебхуки не принимаются",
        "portal: адрес для вебхуков отключён",
    ]
    assert "http_500" in mail.mails[1].body
    [endpoint] = (await api.get("/v1/endpoints")).json()["items"]
    assert (endpoint["disabled_because"], endpoint["disabled_at"] is not None) == ("http_500", True)


async def mail_until(mail: MailSink, count: int) -> None:
    await mail.until(lambda: len(mail.mails) == count, within=20)
