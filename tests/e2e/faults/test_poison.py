"""Messages that nobody can read arrive among those that can be read."""

import json
from collections import Counter
from typing import Any
from uuid import uuid5

from services.chassis.ids import new_id
from services.contracts.envelope import MAX_BODY_BYTES, TYPE_PREFIX
from services.contracts.topology import APPEALS, NOTIFICATIONS, REFERRALS, reply_exchange
from tests.e2e.faults.broker import Letter, publish, published

ROUTES = ((APPEALS, "appeal.registered.v1"), (REFERRALS, "appeal.assessed.v1"), (NOTIFICATIONS, "applicant.notify.v1"))


def envelope(kind: str, data: dict[str, Any]) -> bytes:
    """An envelope that is in order, around whatever it is given."""
    said = {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "/test",
        "type": TYPE_PREFIX + kind,
        "time": "2026-11-23T06:00:00Z",
        "subject": str(new_id()),
        "data": data,
    }
    return json.dumps(said).encode()


def poison() -> list[tuple[str, str, bytes, str]]:
    """One of each kind for each of our exchanges: where it goes, and the reason for which it is parked."""
    return [
        (exchange, kind, body, reason)
        for exchange, kind in ROUTES
        for body, reason in (
            (b"", "not_json"),
            (b"\xff\xfe\x00 not text", "not_json"),
            (b"[" * 200_000, "not_json"),
            (b"null", "invalid"),
            (b'{"specversion": "1.0"}', "invalid"),
            (envelope(kind, {"appeal_id": 7}), "invalid"),
            (envelope("nobody.listens.v9", {}), "unknown_type"),
            (b" " * (MAX_BODY_BYTES + 1), "too_long"),
        )
    ]


async def impostors(road) -> list[Letter]:
    """Ids that were used before, with another body; and a reply in the name of another agency."""
    first = next(one for one in await published(road.databases["intake"]) if one.exchange == APPEALS)
    said = road.agencies["education"].said[0]
    reply = {"referral_id": str(said.referral_id), "appeal_id": str(new_id()), "kind": "accepted"}
    stolen = envelope("referral.reply.v1", {**reply, "occurred_at": "2026-11-23T06:00:00Z"})
    return [
        first._replace(body=first.body.replace(b'"channel":"web"', b'"channel":"post"')),
        Letter(reply_exchange("akimat"), "", stolen, uuid5(said.event_id, "stolen")),
    ]


async def test_a_poison_storm_costs_the_valid_nothing(road_on, rabbit, judge):
    """Each unreadable message is parked with its reason, the valid ones beside it arrive, the discarded are kept."""
    async with road_on(rabbit) as road:
        async with road.posting.flowing():
            for _ in range(3):
                await road.posting.accepts(5)
                await publish(road.amqp_url, [Letter(*one[:3], message_id=new_id()) for one in poison()])
            await road.until(lambda books: any(one.agency == "education" for one in books.deliveries))
            await publish(road.amqp_url, await impostors(road))
        await road.until(lambda books: len(books.parked) == 3 * len(poison()) + 2)
        for parked in (await road.asked("router", "GET", "/v1/parked?limit=200"))["items"]:
            await road.asked("router", "POST", f"/v1/parked/{parked['id']}/discard", because="Not ours.")
        books = await road.closed()

    judge.holds(books)
    reasons = Counter(one.reason for one in books.parked)
    assert reasons == Counter([one[3] for one in poison()] * 3 + ["id_reused", "agency_mismatch"])
    assert {one.state for one in books.parked if one.queue.startswith("router.")} == {"discarded"}
    assert {one.state for one in books.parked if not one.queue.startswith("router.")} == {"parked"}
