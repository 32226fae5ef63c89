"""What is broken, forged or refused, over a real broker, on both databases: set aside, and nothing stands still."""

import asyncio
import json

import aio_pika
import pytest

from services.chassis.ids import new_id
from services.contracts.access import agency_account
from services.contracts.referrals import ReplyKind
from services.contracts.topology import ROUTER_REPLIES, reply_exchange
from tests.integration.router.parts import KINDERGARTEN, PATIENCE, Running


async def parked_at(router: Running, queue: str) -> dict:
    """The message set aside for `queue`, once it is there."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await router.got("/v1/parked", queue=queue)
            if found["items"]:
                return found["items"][0]
            await asyncio.sleep(0.05)


async def test_a_broken_reply_is_parked_and_repaired(router):
    """It blocks nobody; put back with its fault mended it counts as its agency's word."""
    await router.register(KINDERGARTEN)
    order = await router.agencies["education"].next()
    event = new_id()
    await router.publish(reply_exchange("education"), b'{"specversion": "1.0", oops', message_id=event)
    await router.reply("education", order, ReplyKind.RECEIVED)
    await router.intake.until(state="received")
    waiting = await parked_at(router, ROUTER_REPLIES)

    mended = router.reply_envelope(order, ReplyKind.ACCEPTED, event).to_json().decode()
    await router.posted(f"/v1/parked/{waiting['id']}/redrive", body=mended)
    told = await router.intake.until(state="accepted")

    assert waiting["reason"] == "not_json"
    assert told.data["referral_id"] == order.data["referral_id"]


async def test_a_field_of_a_reply_is_repaired_without_seeing_the_rest(router):
    """By its pointer; what was repaired and by whom stays beside the body that came."""
    await router.register(KINDERGARTEN)
    order = await router.agencies["education"].next()
    envelope = router.reply_envelope(order, ReplyKind.ACCEPTED, new_id())
    broken = json.loads(envelope.to_json())
    broken["data"]["kind"] = "agreed"
    await router.publish(reply_exchange("education"), json.dumps(broken).encode(), message_id=envelope.id)
    waiting = await parked_at(router, ROUTER_REPLIES)

    nowhere = await router.api.post(f"/v1/parked/{waiting['id']}/redrive", json={"set": {"/nowhere/kind": "accepted"}})
    await router.posted(f"/v1/parked/{waiting['id']}/redrive", set={"/data/kind": "accepted"})
    await router.intake.until(state="accepted")
    settled = await router.got(f"/v1/parked/{waiting['id']}")

    assert nowhere.json()["code"] == "parked_no_such_place"
    assert (settled["settled_because"], settled["settled_by"]) == ("repaired: /data/kind", "admin")
    assert "agreed" in settled["body"]


async def test_a_reply_by_another_agency_is_parked_for_good(router):
    """The exchange is the identity: a redrive does not make it another's word."""
    await router.register(KINDERGARTEN)
    order = await router.agencies["education"].next()
    await router.reply("akimat", order, ReplyKind.ANSWERED, text="Отказать.")
    first = await parked_at(router, ROUTER_REPLIES)
    await router.posted(f"/v1/parked/{first['id']}/redrive")
    again = await parked_at(router, ROUTER_REPLIES)

    found = await router.got(f"/v1/referrals/{order.data['referral_id']}")

    assert (first["reason"], first["exchange"]) == ("agency_mismatch", "replies.akimat")
    assert (again["reason"], again["times"]) == ("agency_mismatch", 2)
    assert found["state"] == "issued"


async def test_one_bad_reply_costs_only_itself(router):
    """Good replies around it are applied."""
    await router.register(KINDERGARTEN)
    order = await router.agencies["education"].next()
    await asyncio.gather(
        router.reply("education", order, ReplyKind.RECEIVED),
        router.publish(reply_exchange("education"), b"\xff\xfe", message_id=new_id()),
        router.reply("akimat", order, ReplyKind.DECLINED, reason="не наше"),
        router.reply("education", order, ReplyKind.ANSWERED, text="Место выделено."),
    )

    told = await router.intake.until(state="answered")

    assert told.data["answer"] == "Место выделено."


async def test_a_referral_that_the_agency_refuses_comes_to_the_desk(router):
    """Dead-lettered by its queue, it is undeliverable; sent again, it reaches the agency."""
    await router.register(KINDERGARTEN)
    order = await router.agencies["education"].refuse()
    await router.intake.until(state="undeliverable")
    (task,) = await router.tasks()
    await router.posted(f"/v1/referrals/{order.data['referral_id']}/reissue")

    again = await router.agencies["education"].next()

    assert task["question"] == "undeliverable"
    assert again.data["referral_id"] == order.data["referral_id"]
    assert again.id != order.id


async def test_a_recalled_referral_reaches_the_agency_as_such(router):
    """The order to stop comes by the same queue, after the order to begin."""
    await router.register(KINDERGARTEN)
    order = await router.agencies["education"].next()
    await router.posted(f"/v1/referrals/{order.data['referral_id']}/recall", reason="ошибка")

    stop = await router.agencies["education"].next()

    assert stop.type == "kz.joldau.referral.recalled.v1"
    assert stop.data["referral_id"] == order.data["referral_id"]


@pytest.mark.parametrize("attempt", [-9, 99])
async def test_no_header_of_an_agency_stops_the_replies_of_another(router, let_in, attempt):
    """How often a message was tried is our own count; properties longer than a column, or with a NUL, are kept cut."""
    await router.register(KINDERGARTEN)
    order = await router.agencies["education"].next()
    about = {name: str(new_id()) for name in ("referral_id", "appeal_id")}
    unknown = order.model_copy(update={"data": about})
    forged = router.reply_envelope(unknown, ReplyKind.RECEIVED, new_id()).to_json()
    more = {"type": "a\x00b", "correlation_id": "c" * 255, "delivery_mode": 2}
    headers = {"x-attempt": attempt, "x-origin": "replies.education", "traceparent": ["\x00"]}
    async with await aio_pika.connect(await let_in(agency_account("akimat")), timeout=10) as connection:
        exchange = await (await connection.channel()).get_exchange(reply_exchange("akimat"), ensure=False)
        for body in (forged, b"{"):
            await exchange.publish(aio_pika.Message(body, message_id=str(new_id()), headers=headers, **more), "\x00")
    await router.reply("education", order, ReplyKind.ACCEPTED)

    told = await router.intake.until(state="accepted")
    waiting = await parked_at(router, ROUTER_REPLIES)

    assert told.data["referral_id"] == order.data["referral_id"]
    assert (waiting["exchange"], waiting["reason"]) == ("replies.akimat", "not_json")
