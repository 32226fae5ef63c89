"""When everything has come to rest: the services say that nothing is under way, and the books of others agree."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from services.cli.local.stage import SERVICES
from services.cli.local.state import Facts

LOOK_SECONDS: Final = 1.0
STILL_SECONDS: Final = 120.0
"""So long may nothing move before we stop waiting …"""
AWAY_SECONDS: Final = 1800.0
"""… and so long if something is away: an outage costs time, not appeals."""

_OPEN: Final = ("proposed", "issued", "received", "accepted", "undeliverable")
_UNDER_WAY: Final = ("queued", "sending", "temporary_failure", "unknown")


@dataclass(frozen=True)
class Snapshot:
    """What the three services say of themselves at one moment."""

    registered: int
    """Appeals that intake has accepted."""
    heard: int
    """Those of which intake has heard what becomes of them."""
    decided: int
    """Those that the router has decided on."""
    referrals: int
    open_referrals: int
    """Those that their agency has not ended."""
    notices: int
    notices_under_way: int
    waiting: int
    """Messages in the outboxes, refused ones too."""
    away: tuple[str, ...]
    """Dependencies that a service lacks: ``router: broker``."""

    @property
    def quiet(self) -> bool:
        """Nothing is under way, as far as the services can tell."""
        all_heard = self.registered == self.decided == self.heard
        return all_heard and not (self.open_referrals or self.notices_under_way or self.waiting)


class Watcher:
    """Asks the services of a stage, over `http`."""

    def __init__(self, facts: Facts, http: httpx.AsyncClient) -> None:
        self._facts = facts
        self._http = http

    async def look(self) -> Snapshot | None:
        """One look; None when a service does not answer just now."""
        try:
            return await self._look()
        except httpx.HTTPError:
            return None

    async def _look(self) -> Snapshot:
        intake, router, notifier, *rest = await asyncio.gather(
            self._get(f"{self._facts.intake}/v1/appeals/counts"),
            self._get(f"{self._facts.router}/v1/counts"),
            self._get(f"{self._facts.notifier}/v1/counts"),
            *(self._get(f"{self._facts.address_of(service)}/v1/outbox") for service in SERVICES),
            *(self._lacks(service) for service in SERVICES),
        )
        states = [item for agency in router["referrals"]["by_agency"].values() for item in agency.items()]
        # a letter waits for a person, and there is none here
        notices = [item for channel, states in notifier.items() if channel != "letter" for item in states.items()]
        outboxes, lacking = rest[: len(SERVICES)], rest[len(SERVICES) :]
        return Snapshot(
            registered=intake["total"],
            heard=intake["total"] - intake["by_status"].get("registered", 0),
            decided=router["appeals"]["total"],
            referrals=sum(n for _, n in states),
            open_referrals=sum(n for state, n in states if state in _OPEN),
            notices=sum(n for _, n in notices),
            notices_under_way=sum(n for state, n in notices if state in _UNDER_WAY),
            waiting=sum(outbox["pending"] for outbox in outboxes),
            away=tuple(what for whats in lacking for what in whats),
        )

    async def _get(self, url: str) -> Any:
        return (await self._http.get(url)).raise_for_status().json()

    async def _lacks(self, service: str) -> list[str]:
        checks = (await self._http.get(f"{self._facts.address_of(service)}/readyz")).json()["checks"]
        return [f"{service}: {name}" for name, state in checks.items() if state != "ok"]


async def come_to_rest(
    look: Callable[[], Awaitable[Snapshot | None]],
    *,
    settled: Callable[[], bool],
    seen: Callable[[Snapshot], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> bool:
    """Wait until the services are quiet and the books `settled`. False: they are not, and nothing moves any more."""
    last: Snapshot | None = None
    since = clock()
    while True:
        if (now := await look()) is not None:
            seen(now)
            if now.quiet and settled():
                return True
        if now != last:
            last, since = now, clock()
        elif clock() - since > (STILL_SECONDS if now and not now.away else AWAY_SECONDS):
            return False
        await sleep(LOOK_SECONDS)
