"""The check itself: scenario by scenario, a line for each fault, and what the management API shows beside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import httpx

from services.cli.conformance.judging import faults
from services.cli.conformance.partner import Partner
from services.cli.conformance.scenarios import FIRST, SCENARIOS, plain
from services.contracts.topology import agency_queue

OK: Final = "ok"
WRONG: Final = "wrong"
UNCHECKED: Final = "not checked"

SEEN: Final = ("reconnect", "acknowledged")
"""What only the management API shows."""
_STATISTICS_SECONDS: Final = 6.0
"""So old may be what the management API shows."""
_LOOK_SECONDS: Final = 0.2

Seen = Callable[[], Awaitable[dict[str, Any]]]
"""The agency's queue, as the management API shows it."""


@dataclass(frozen=True)
class Line:
    """What came of a scenario; one that failed in several ways has several lines."""

    scenario: str
    verdict: str
    what: str = ""


async def check(
    partner: Partner, management: httpx.AsyncClient | None, vhost: str, *, only: Collection[str] = ()
) -> AsyncIterator[Line]:
    """Play every scenario, or `only` these. A fault of form is told once, where it is first seen."""
    if not await _soon(partner.readers, partner.within):
        queue = agency_queue(partner.agency)
        yield Line("connect", WRONG, f"nobody reads {queue} within {partner.within:g} s: start the consumer first")
        return
    yield Line("connect", OK)
    names = [name for name in (*SCENARIOS, *SEEN) if name in only or not only]
    told: set[str] = set()
    while names:
        name = names.pop(0)
        if name in SEEN:
            yield await _looked_at(name, partner, management, vhost)
            continue
        found = await _played(partner, name)
        new = [fault for fault in found if fault not in told]
        told.update(new)
        for fault in new:
            yield Line(name, WRONG, fault)
        if not new:
            yield Line(name, OK)
        if name == FIRST and not partner.said:
            for rest in names:
                yield Line(rest, UNCHECKED, "it does not reply at all")
            return


async def _played(partner: Partner, name: str) -> list[str]:
    """Every fault of one scenario. What a faulty one has left in the queue is taken away."""
    begun = len(partner.heard)
    found = [fault async for fault in SCENARIOS[name](partner)]
    found += faults(partner.heard[begun:], agency=partner.agency, appeals=partner.appeals)
    if found:
        await partner.clear()
    return list(dict.fromkeys(found))


async def _looked_at(name: str, partner: Partner, management: httpx.AsyncClient | None, vhost: str) -> Line:
    if management is None:
        return Line(name, UNCHECKED, "there is no management API: set AMQP_MANAGEMENT_URL")
    seen = partial(_queue, partner, management, vhost)
    return await (_acknowledged(seen) if name == "acknowledged" else _comes_back(partner, management, seen))


async def _comes_back(partner: Partner, api: httpx.AsyncClient, seen: Seen) -> Line:
    names: set[str] = set()

    async def known() -> bool:
        consumers = (await seen()).get("consumer_details", ())
        names.update(one["channel_details"]["connection_name"] for one in consumers if one["channel_details"])
        return bool(names)

    if not await _soon(known, 2 * _STATISTICS_SECONDS):
        return Line("reconnect", UNCHECKED, "the management API does not tell who reads the queue")
    for name in names:
        await api.delete(f"/connections/{quote(name, safe='')}")
    if [fault async for fault in plain(partner)]:
        return Line("reconnect", WRONG, "no reply after its connection was closed: connect again, for ever")
    return Line("reconnect", OK)


async def _acknowledged(seen: Seen) -> Line:
    async def none_left() -> bool:
        return not (await seen()).get("messages_unacknowledged", 1)

    await asyncio.sleep(_STATISTICS_SECONDS)
    if await _soon(none_left, _STATISTICS_SECONDS):
        return Line("acknowledged", OK)
    held = (await seen()).get("messages_unacknowledged")
    return Line("acknowledged", WRONG, f"{held} messages are not acknowledged: acknowledge what is on your disk")


async def _soon(condition: Callable[[], Awaitable[Any]], within: float) -> bool:
    """Whether the condition comes true in time; it is asked again and again."""
    try:
        async with asyncio.timeout(within):
            while not await condition():  # noqa: ASYNC110 - what a broker counts has no event for us
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        return False
    return True


async def _queue(partner: Partner, api: httpx.AsyncClient, vhost: str) -> dict[str, Any]:
    path = f"/queues/{quote(vhost, safe='')}/{quote(agency_queue(partner.agency), safe='')}"
    found: dict[str, Any] = (await api.get(path)).raise_for_status().json()
    return found
