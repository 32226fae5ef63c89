"""Posting the year as a posting system would: a few at a time, each under its own key, again whenever in doubt."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

import httpx

from services.chassis import clock
from services.cli.failure import Exit, Failed
from services.cli.local.year import YearAppeal

CONNECTIONS: Final = 16
_TIMEOUT_SECONDS: Final = 30
_FIRST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 5.0
_PASSING: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Answers after which the same request may succeed."""


@dataclass(frozen=True)
class Posted:
    """An appeal that was accepted: its coupon, and how long that took."""

    appeal: YearAppeal
    id: UUID
    registration_number: str
    status_url: str
    sent_at: datetime
    """When it was first sent."""
    milliseconds: float
    """From sending to the coupon, of the attempt that succeeded."""
    attempts: int


class Poster:
    """A posting system with its key."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        run: str,
        posted: Callable[[Posted], None],
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`run` begins every idempotency key; `posted` hears of each appeal that was accepted."""
        self._url = f"{url}/v1/appeals"
        self._headers = {"authorization": f"Bearer {key}"}
        self._run = run
        self._posted = posted
        self._transport = transport
        self._sleep = sleep

    async def post(self, appeals: Sequence[YearAppeal]) -> None:
        """Post them all, however long the services are away. Raises `Failed` when one is refused."""
        waiting = iter(enumerate(appeals))
        async with httpx.AsyncClient(
            headers=self._headers, timeout=_TIMEOUT_SECONDS, transport=self._transport, trust_env=False
        ) as http:
            await asyncio.gather(*(self._connection(http, waiting) for _ in range(CONNECTIONS)))

    async def _connection(self, http: httpx.AsyncClient, waiting: Iterator[tuple[int, YearAppeal]]) -> None:
        for number, appeal in waiting:
            self._posted(await self._accepted(http, f"{self._run}-{number}", appeal))

    async def _accepted(self, http: httpx.AsyncClient, key: str, appeal: YearAppeal) -> Posted:
        sent_at, wait, attempts = clock.now(), _FIRST_WAIT, 0
        while True:
            attempts += 1
            started = time.perf_counter()
            answer = await _answer(http, self._url, key, appeal)
            if answer is not None and answer.status_code == HTTPStatus.CREATED:
                coupon = answer.json()
                return Posted(
                    appeal=appeal,
                    id=UUID(coupon["id"]),
                    registration_number=coupon["registration_number"],
                    status_url=coupon["status_url"],
                    sent_at=sent_at,
                    milliseconds=(time.perf_counter() - started) * 1000,
                    attempts=attempts,
                )
            if answer is not None and answer.status_code not in _PASSING:
                raise Failed(Exit.FAILURE, f"Intake refused appeal {key}: {answer.status_code} {answer.text}")
            await self._sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)


async def _answer(http: httpx.AsyncClient, url: str, key: str, appeal: YearAppeal) -> httpx.Response | None:
    """The answer; None when there was none, and the appeal may be registered or not."""
    try:
        return await http.post(url, json=appeal.body, headers={"idempotency-key": key})
    except httpx.TransportError:
        return None
