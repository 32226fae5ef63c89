"""Agencies without AMQP: they fetch, acknowledge and reply over HTTP, by the same rules, and see their own alone."""

import asyncio
import hashlib
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.chassis.database import Database
from services.chassis.ids import new_id
from services.contracts.appeals import Applicant
from services.contracts.envelope import Envelope
from services.contracts.referrals import ReferralIssued
from services.router import order_store
from services.router.forgetting import forget
from services.router.orders import WAITING, Orders
from services.router.rules import RuleSet
from services.router.tables import agency_order
from tests.integration.router.parts import KINDERGARTEN, LAND
from tests.small_rules import DIRECTORY, rule_set

MESSAGES, ACKNOWLEDGEMENT, REPLIES = (
    f"/v1/agencies/me/{path}" for path in ("messages", "messages/acknowledgement", "replies")
)

WANTS = "webhook: true, needs: [{purpose: application, fields: [applicant.phone]}],"


@pytest.fixture
def documents() -> RuleSet:
    """Education and land relations have no queue: they use HTTP. Education wants a webhook, and little data."""
    directory = DIRECTORY
    for code, more in (("education", WANTS), ("land-relations", "")):
        directory = directory.replace(f"code: {code},", f"code: {code}, transport: http, {more}")
    return rule_set(directory=directory)


@dataclass
class Partner:
    """An agency with a key of its own."""

    api: httpx.AsyncClient
    key: str
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    async def fetch(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.api.get(MESSAGES, params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def acknowledge(self, *messages: dict[str, Any]) -> int:
        body = {"ids": [one["id"] for one in messages]}
        answer = await self.api.post(ACKNOWLEDGEMENT, json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["acknowledged"])

    async def say(self, order: dict[str, Any], kind: str, *, event: Any = None, **more: Any) -> httpx.Response:
        about = {name: order["data"][name] for name in ("referral_id", "appeal_id")}
        document = {
            "specversion": "1.0",
            "id": str(event or new_id()),
            "source": "/agency/test",
            "type": "kz.joldau.referral.reply.v1",
            "data": {**about, "kind": kind, "occurred_at": "2026-11-23T07:00:00Z", **more},
        }
        return await self.api.post(REPLIES, json=document, headers=self.headers)


@pytest.fixture
def partner(office):
    """Makes an agency's caller."""

    async def partner_(code: str = "education") -> Partner:
        made = await office.posted("/v1/keys", 201, owner=code, scopes=[f"agency:{code}"])
        return Partner(office.api, made["key"])

    return partner_


async def test_what_is_fetched_is_shown_again_until_it_is_acknowledged(office, partner):
    """A crash after a fetch loses nothing; what is acknowledged is gone, and its words are no longer kept for it."""
    agency, referred = await partner(), await office.register(KINDERGARTEN)
    (first,), (again,) = await agency.fetch(), await agency.fetch()
    issued = ReferralIssued.model_validate(Envelope.model_validate(first).data)
    counts = [await agency.acknowledge(again) for _ in range(2)]
    async with office.database.reading() as tx:
        kept = (await tx.execute(select(agency_order.c.body, agency_order.c.acknowledged_at))).one()

    assert first == again
    assert (issued.appeal_id, issued.agency, issued.text) == (referred, "education", KINDERGARTEN)
    assert counts == [1, 0]
    assert await agency.fetch() == []
    assert (kept.body, kept.acknowledged_at) == (None, office.clock())


async def test_an_order_is_forgotten_a_quarter_after_its_acknowledgement(office, partner):
    """What nobody has acknowledged lies ready for as long as it takes."""
    agency = await partner()
    for _ in range(2):
        await office.register(KINDERGARTEN)
    have, waits = await agency.fetch()
    await agency.acknowledge(have)
    async with office.database.transaction() as tx:
        early = await order_store.prune(tx, before=office.clock())
        due = await order_store.prune(tx, before=office.clock() + timedelta(seconds=1))

    assert (early, due) == (0, 1)
    assert await agency.fetch() == [waits]


async def test_nothing_is_posted_for_an_agency_without_a_queue_and_intake_hears_all_the_same(office, partner):
    """No queue would take it: the order lies ready in the transaction that told intake."""
    await office.register(KINDERGARTEN)
    said = [data["state"] for kind, data in await office.said() if kind == "referral.changed.v1"]

    assert said == ["issued"]
    assert len(await (await partner()).fetch()) == 1


async def test_a_webhook_tells_by_ids_alone_that_something_lies_ready(office, partner):
    """Ordered in the same transaction from the notifier, which signs and repeats it; only for who asks for it."""
    for text in (KINDERGARTEN, LAND):
        await office.register(text)
    told = [data for kind, data in await office.said() if kind == "system.notify.v1"]
    (order,) = await (await partner()).fetch()

    assert [(one["system"], one["event"], one["payload"]) for one in told] == [
        (
            "agency.education",
            "referral.ready",
            {"id": order["id"], "type": order["type"], "referral_id": order["data"]["referral_id"]},
        )
    ]


async def test_an_agency_gets_what_it_needs_and_a_replay_no_more(office, partner):
    """Education has asked for a telephone number alone; land relations, which lists nothing, is told everything."""
    little, everything = await partner(), await partner("land-relations")
    for text in (KINDERGARTEN, LAND):
        await office.register(
            text, territory="Кеген", applicant=Applicant(name="А", phone="+77000000001", email="a@b.kz")
        )
    (order,), (whole,) = await little.fetch(), await everything.fetch()
    await office.posted("/v1/agencies/education/replay", referral_ids=[order["data"]["referral_id"]])
    _, replayed = await little.fetch()

    for one in (order, replayed):
        assert {name for name, value in one["data"]["applicant"].items() if value} == {"name", "phone"}
        assert one["data"]["applicant"]["name"] == "Сведения о заявителе не раскрываются"
        assert one["data"]["territory"] is None
    assert whole["data"]["territory"] == "Кеген"


async def test_pages_follow_the_cursor(office, partner):
    """The oldest first; a page's cursor is where the next one begins."""
    agency = await partner()
    for _ in range(3):
        await office.register(KINDERGARTEN)
    first = (await office.api.get(MESSAGES, params={"limit": 2}, headers=agency.headers)).json()
    rest = await agency.fetch(limit=2, cursor=first["next_cursor"])
    whole = await agency.fetch()

    assert [one["id"] for one in (*first["items"], *rest)] == [one["id"] for one in whole]


async def test_a_recall_and_a_replay_lie_ready_too(office, partner):
    """Whatever AMQP would carry: the recall after the referral, and what was acknowledged when it is replayed."""
    agency = await partner()
    await office.register(KINDERGARTEN)
    (order,) = await agency.fetch()
    await agency.acknowledge(order)
    path = f"/v1/referrals/{order['data']['referral_id']}/recall"
    await office.posted("/v1/agencies/education/replay", referral_ids=[order["data"]["referral_id"]])
    await office.posted(path, reason="отправлено по ошибке")
    replayed, recalled = await agency.fetch()

    assert (replayed["data"]["referral_id"], replayed["data"]["replayed_at"] is None) == (
        order["data"]["referral_id"],
        False,
    )
    assert recalled["type"] == "kz.joldau.referral.recalled.v1"
    assert len({order["id"], replayed["id"], recalled["id"]}) == 3


async def test_a_reply_tells_what_came_of_it_and_where_the_referral_stands(office, partner):
    """Applied, said before under another id, too late: 202 each time, with the state that holds."""
    agency = await partner()
    await office.register(KINDERGARTEN)
    (order,) = await agency.fetch()
    answers = [
        await agency.say(order, kind, **more)
        for kind, more in (
            ("accepted", {}),
            ("accepted", {}),
            ("answered", {"text": "Место выделено."}),
            ("received", {}),
        )
    ]

    assert [answer.status_code for answer in answers] == [202] * 4
    assert [(a["outcome"], a["state"], a["revision"]) for a in (answer.json() for answer in answers)] == [
        ("applied", "accepted", 3),
        ("repeated", "accepted", 3),
        ("applied", "answered", 4),
        ("noted", "answered", 4),
    ]


async def test_the_same_event_twice_is_one_reply_and_other_words_under_its_id_are_refused(office, partner):
    """A client that got no answer sends the same again; whoever reuses an id has a fault, and changes nothing."""
    agency, event = await partner(), new_id()
    await office.register(KINDERGARTEN)
    (order,) = await agency.fetch()
    first, second = [await agency.say(order, "accepted", event=event) for _ in range(2)]
    other = await agency.say(order, "answered", event=event, text="Иной ответ.")
    found = await office.referral({"referral_id": order["data"]["referral_id"]})

    assert (first.json(), second.status_code) == (second.json(), 202)
    assert (other.status_code, other.json()["code"]) == (409, "event_id_reused")
    assert (found["state"], len(found["replies"])) == ("accepted", 1)


async def test_an_agency_sees_and_answers_its_own_alone(office, partner):
    """Another's documents are not shown, not acknowledged and not answered, whatever ids it knows."""
    owner, stranger = await partner(), await partner("land-relations")
    await office.register(KINDERGARTEN)
    (order,) = await owner.fetch()
    seen, taken, said = await stranger.fetch(), await stranger.acknowledge(order), await stranger.say(order, "accepted")

    assert (seen, taken) == ([], 0)
    assert (said.status_code, said.json()["code"]) == (404, "referral_not_found")
    assert await owner.fetch() == [order]
    assert (await office.referral({"referral_id": order["data"]["referral_id"]}))["state"] == "issued"


async def test_a_reply_to_what_is_not_there_or_of_another_appeal_is_not_found(office, partner):
    """No difference tells a stranger what exists."""
    agency = await partner()
    await office.register(KINDERGARTEN)
    (order,) = await agency.fetch()
    wrong = [{**order, "data": {**order["data"], name: str(new_id())}} for name in ("referral_id", "appeal_id")]

    assert [(await agency.say(one, "accepted")).status_code for one in wrong] == [404, 404]


async def test_a_reply_that_cannot_be_read_says_where(office, partner):
    """A decline without a reason, a kind nobody knows, a character no database keeps: 422, and nothing changes."""
    agency = await partner()
    await office.register(KINDERGARTEN)
    (order,) = await agency.fetch()
    wrong = ({"kind": "declined"}, {"kind": "perhaps"}, {"kind": "answered", "text": "a\x00b"})
    answers = [await agency.say(order, **one) for one in wrong]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert [answer.json()["errors"][0]["pointer"] for answer in answers] == ["#/data", "#/data/kind", "#/"]
    assert (await office.referral({"referral_id": order["data"]["referral_id"]}))["replies"] == []


async def test_only_a_key_of_one_agency_opens_this_side(office):
    """An operator's key is no agency's, a key of two would not say whose word it is, nor would the administrator's."""
    given = (["referrals:read", "referrals:operate"], ["agency:education", "agency:akimat"])
    made = [await office.posted("/v1/keys", 201, owner="someone", scopes=scopes) for scopes in given]
    callers = [{"authorization": f"Bearer {one['key']}"} for one in made]
    answers = [await office.api.get(MESSAGES, headers=headers) for headers in (*callers, {})]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "scope_missing")] * 3


async def test_an_agencys_key_opens_nothing_else(office, partner):
    """Not the operators' lists, nor the directory."""
    agency = await partner()
    paths = ("/v1/referrals", "/v1/tasks", "/v1/agencies", "/v1/keys", f"/v1/appeals/{new_id()}")

    assert [(await office.api.get(path, headers=agency.headers)).status_code for path in paths] == [403] * len(paths)


async def test_a_scope_that_names_no_agency_is_unknown(office):
    """A key that nobody could use is not made."""
    scopes = ("agency:", "agency:Акимат", "agency:a b", "agency", "agencies:education")
    answers = [await office.posted("/v1/keys", 422, owner="someone", scopes=[scope]) for scope in scopes]

    assert {answer["errors"][0]["code"] for answer in answers} == {"scope_unknown"}


async def test_a_waiting_request_is_answered_when_something_comes(office, partner):
    """Long poll: no need to ask every second."""
    agency = await partner()
    waiting = asyncio.create_task(agency.fetch(wait=20))
    answered, _ = await asyncio.wait([waiting], timeout=0.3)
    await office.register(KINDERGARTEN)
    found = await asyncio.wait_for(waiting, 10)

    assert not answered
    assert [one["data"]["agency"] for one in found] == ["education"]


async def test_nobody_waits_longer_than_asked_nor_through_a_stop(database_url, open_database):
    """An empty answer after the time, or at once when the service stops."""
    database: Database = await open_database(database_url, "router")
    stopping = asyncio.Event()
    orders, began = Orders(database, stopping), time.monotonic()
    soon = await orders.ready("education", after=0, limit=1, seconds=0.1)
    waiting = asyncio.create_task(orders.ready("education", after=0, limit=1, seconds=60))
    stopping.set()
    stopped = await asyncio.wait_for(waiting, 10)

    assert (list(soon), list(stopped)) == ([], [])
    assert time.monotonic() - began < 10


async def test_one_agency_cannot_keep_many_requests_waiting(database_url, open_database):
    """Beyond a few, a request is answered at once: polls are cheap for a caller and not for a database."""
    database: Database = await open_database(database_url, "router")
    stopping = asyncio.Event()
    orders = Orders(database, stopping)
    ask = [asyncio.create_task(orders.ready("education", after=0, limit=1, seconds=60)) for _ in range(WAITING + 1)]
    done, waiting = await asyncio.wait(ask, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    await asyncio.wait_for(asyncio.gather(*waiting), 10)

    assert (len(done), len(waiting)) == (1, WAITING)


async def test_what_is_forgotten_lies_ready_no_more(office, partner):
    """R-SEC-3: a document that waits for its agency is a copy of the appeal's words."""
    agency, appeal_id = await partner("land-relations"), await office.register(LAND)
    before = await agency.fetch()
    async with office.database.transaction() as tx:
        await forget(tx, appeal_id)

    assert (len(before), await agency.fetch()) == (1, [])


async def test_what_is_fetched_and_acknowledged_is_proved(office, partner):
    """The hash is that of the document which lay ready; its words are gone, the proof stays."""
    education = await partner("education")
    await office.register(KINDERGARTEN)
    (order,) = await education.fetch()
    async with office.database.reading() as tx:
        (body,) = (await tx.execute(select(agency_order.c.body))).scalars()
    path = f"/v1/referrals/{order['data']['referral_id']}/certificate"
    before = await office.got(path)
    await education.acknowledge(order)

    (entry,) = (await office.got(path))["entries"]

    assert before["entries"] == []
    assert (entry["kind"], entry["facts"]["message_id"]) == ("fetched", order["id"])
    assert entry["facts"]["body_sha256"] == hashlib.sha256(body).hexdigest()
