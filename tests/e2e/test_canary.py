"""A canary: a number of a person that is sown into an appeal stays in intake's own database, and is nowhere else."""

import asyncio
import json

import aio_pika
import httpx

from services.contracts.topology import APPEALS, NOTICES, NOTIFICATIONS, REFERRALS, agency_queue
from tests.e2e.faults.appeals import AGENCIES, REFERRED

IIN = "000101000109"
"""Invented: a first day of 2000, with the check digit that belongs to it."""
SCAN = f"%PDF-1.7 ИИН {IIN}".encode()
PATIENCE = 60.0


async def test_a_sown_iin_is_in_no_message_log_or_metric_and_no_other_database(stage, api, vhost, tmp_path) -> None:
    """It is sown by a form and by a document; the referral, the notice and the proof pass by all three services.

    The document itself, in which the number stands, is given to whoever has the reference, and to nobody else.
    """
    async with await aio_pika.connect(vhost.url) as connection:
        channel = await connection.channel()
        tap = await channel.declare_queue("canary", exclusive=True)
        for exchange in (APPEALS, REFERRALS, NOTIFICATIONS, NOTICES):
            await tap.bind(exchange, "#")
        passed: asyncio.Queue[aio_pika.abc.AbstractIncomingMessage] = asyncio.Queue()
        await tap.consume(passed.put, no_ack=True)
        await post(api, stage.url("intake"))
        heard = await until(passed, b'"notice":"referred"', "kz.joldau.applicant.notified.v1")
        waiting = [
            await (await channel.get_queue(agency_queue(code), ensure=False)).get(fail=False) for code in AGENCIES
        ]
    order = next(one for one in heard if one.type == "kz.joldau.referral.issued.v1")
    (document,) = json.loads(order.body)["data"]["attachments"]
    fetched = await api.get(document["reference"])
    logs = {one.name: one.read_text("utf-8") for one in tmp_path.rglob("*.log")}
    metrics = [(await api.get(f"{stage.url(one)}/metrics")).text for one in ("intake", "router", "notifier")]
    holders = {one.name.partition(".")[0] for one in tmp_path.rglob("*.db*") if IIN.encode() in one.read_bytes()}

    assert {one.type for one in heard} >= {"kz.joldau.referral.issued.v1", "kz.joldau.applicant.notify.v1"}
    assert any(waiting)
    assert document["name"] == "ИИН •••.pdf"
    assert fetched.content == SCAN
    assert not any(IIN in str(one.info()) or IIN.encode() in one.body for one in (*heard, *filter(None, waiting)))
    assert len(logs) >= len(metrics)
    assert not [name for name, text in logs.items() if IIN in text]
    assert not any(IIN in text for text in metrics)
    assert holders == {"intake"}


async def post(api: httpx.AsyncClient, intake: str) -> None:
    """One appeal that is sure to be referred, whose form holds the number."""
    language, text = next(pair for pair in REFERRED if "детск" in pair[1])
    body = {
        "kind": "application",
        "channel": "web",
        "language": language,
        "text": text,
        "applicant": {"name": "Сынақбаев Тест", "iin_bin": IIN, "email": "canary@example.kz"},
    }
    headers = {"idempotency-key": f"scan {IIN}"}
    document = (await api.post(f"{intake}/v1/attachments", content=SCAN, headers=headers)).raise_for_status().json()
    body["attachments"] = [{"id": document["id"], "name": f"ИИН {IIN}.pdf"}]
    (await api.post(f"{intake}/v1/appeals", json=body, headers={"idempotency-key": "canary"})).raise_for_status()


async def until(passed: "asyncio.Queue[aio_pika.abc.AbstractIncomingMessage]", words: bytes, last: str) -> list:
    """All messages that pass, up to the first of this type with these words."""
    heard: list = []
    async with asyncio.timeout(PATIENCE):
        while not heard or heard[-1].type != last or words not in heard[-1].body:
            heard.append(await passed.get())
    return heard
