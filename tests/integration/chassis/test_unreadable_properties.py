"""What an agency writes into a message's properties, by a client of its own making, ends nobody's connection."""

import struct
from datetime import UTC, datetime
from typing import Any

import pytest

from services.chassis import clock
from services.chassis.ids import new_id
from services.contracts.appeals import AppealWithdrawn
from services.contracts.envelope import Envelope
from services.contracts.topology import reply_exchange
from tests import raw_amqp
from tests.integration.chassis.test_agencies_apart import heard

CYRILLIC = "Сообщение".encode("cp1251")
PLACE = b"x" * len(CYRILLIC)
MOMENT = datetime(2026, 11, 26, tzinfo=UTC)
NO_YEAR = (struct.pack(">Q", int(MOMENT.timestamp())), struct.pack(">Q", 2**62))
DEPTH = 3_000
DEEP = b"".join(b"A" + struct.pack(">I", 5 * within) for within in reversed(range(DEPTH)))
FLAT = "x" * (len(DEEP) - 5)

PROPERTIES: dict[str, dict[str, Any]] = {
    "an id in another encoding": {"message_id": PLACE.decode(), "replaced": (PLACE, CYRILLIC)},
    "a key in another encoding": {"key": PLACE.decode(), "replaced": (PLACE, CYRILLIC)},
    "a header's name in another encoding": {"headers": {PLACE.decode(): 1}, "replaced": (PLACE, CYRILLIC)},
    "a time that no calendar has": {"timestamp": MOMENT, "replaced": NO_YEAR},
    "headers within headers": {
        "headers": {"deep": FLAT},
        "replaced": (b"S" + struct.pack(">I", len(FLAT)) + FLAT.encode(), DEEP),
    },
}


@pytest.fixture
async def database(database_url, open_database):
    return await open_database(database_url, "router")


async def test_properties_that_cannot_be_read_block_nobody(database, broker, amqp_url):
    """The body is what counts: each is handled, in its order, and so is what comes after."""
    bodies = []
    for _ in (*PROPERTIES, "none"):
        told = AppealWithdrawn(appeal_id=new_id(), withdrawn_at=clock.now())
        bodies.append(Envelope.of(told, id=new_id(), source="/test", at=clock.now(), correlation_id="t").to_json())
    messages = [
        raw_amqp.frames(reply_exchange("akimat"), body, **more)
        for body, more in zip(bodies, (*PROPERTIES.values(), {}), strict=True)
    ]
    await raw_amqp.publish(amqp_url, messages)

    assert await heard(database, broker, len(bodies)) == ["akimat"] * len(bodies)
