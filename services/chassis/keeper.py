"""The keeper of a work queue: takes what the broker gave up delivering into the parked table, where people see it."""

from typing import Final, NoReturn

from aio_pika.abc import AbstractIncomingMessage

from services.chassis.broker import Broker
from services.chassis.consumer import Consumer, last_death
from services.chassis.database import Database
from services.chassis.errors import Unreadable
from services.contracts.topology import parked_queue

UNEXPLAINED: Final = "dead_lettered"
"""The reason of a message that came without the broker's word."""


def keeper(queue: str, *, database: Database, broker: Broker) -> Consumer:
    """Reads ``<queue>.parked``; what it parks is put back into `queue` by a redrive."""
    return Consumer(parked_queue(queue), {}, database=database, broker=broker, opener=_set_aside, parks_as=queue)


def _set_aside(raw: AbstractIncomingMessage) -> NoReturn:
    """The broker's reason becomes the parked message's: ``rejected``, ``delivery_limit``, ``maxlen``."""
    raise Unreadable(str(last_death(raw).get("reason", UNEXPLAINED)), "given up by the broker")
