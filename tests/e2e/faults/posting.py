"""A posting system that never gives up: it posts until it is answered 201, and remembers every answer."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx

_CREATED: Final = 201
_AGAIN_SECONDS: Final = 0.1
_AT_ONCE: Final = 4
_PAUSE_SECONDS: Final = 0.3
"""Between two appeals of each of `_AT_ONCE`: some ten a second, so that there is time to break things."""
_FEWER_AFTER: Final = 50
"""Twice as long between two appeals after so many: a slow machine needs more time, not more appeals."""
_DOUBTS: Final = 0.1
"""Share of the appeals that are posted once more although they were answered."""


class Accepted(NamedTuple):
    """A 201: from here on the appeal must never be lost. `anew` when the first answer to its key had gone missing."""

    key: str
    appeal_id: UUID
    anew: bool


class PostingSystem:
    """Posts `bodies`, one key each. `accepted` is its log of answers."""

    def __init__(
        self, api: httpx.AsyncClient, url: str, key: str, bodies: Iterator[dict[str, Any]], *, seed: int
    ) -> None:
        self.attempted: set[str] = set()
        self.accepted: list[Accepted] = []
        self.refused: Counter[int] = Counter()
        """Answers other than 201, by status."""
        self.unhelpful: Counter[int] = Counter()
        """Those of them that did not say when to come again."""
        self._api = api
        self._url = url
        self._authorization = f"Bearer {key}"
        self._bodies = bodies
        self._rng = Random(seed)  # noqa: S311 - which appeals are posted twice is no secret
        self._serial = 0
        self._answered = asyncio.Condition()

    @asynccontextmanager
    async def flowing(self, *, pause: float = _PAUSE_SECONDS) -> AsyncIterator[None]:
        """Appeals flow for the length of the block; at its end each that was begun has its 201."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as posting:
            for _ in range(_AT_ONCE):
                posting.create_task(self._post_until(stop, pause))
            try:
                yield
            finally:
                stop.set()

    async def accepts(self, count: int) -> None:
        """Wait until `count` further appeals have been accepted."""
        enough = len(self.accepted) + count
        async with self._answered:
            await self._answered.wait_for(lambda: len(self.accepted) >= enough)

    async def refuses(self, count: int) -> None:
        """Wait until `count` further attempts have been answered with something else than 201."""
        enough = self.refused.total() + count
        async with self._answered:
            await self._answered.wait_for(lambda: self.refused.total() >= enough)

    async def _post_until(self, stop: asyncio.Event, pause: float) -> None:
        while not stop.is_set():
            self._serial += 1
            key, body = f"key-{self._serial}", next(self._bodies)
            await self._post(key, body)
            if self._rng.random() < _DOUBTS:
                await self._post(key, body)
            await asyncio.sleep(pause * (1 + self._serial / _FEWER_AFTER))

    async def _post(self, key: str, body: dict[str, Any]) -> None:
        first = key not in self.attempted
        self.attempted.add(key)
        headers = {"authorization": self._authorization, "idempotency-key": key}
        while True:
            with suppress(httpx.TransportError):
                answer = await self._api.post(self._url, json=body, headers=headers)
                if answer.status_code == _CREATED:
                    break
                async with self._answered:
                    self.refused[answer.status_code] += 1
                    self.unhelpful[answer.status_code] += "retry-after" not in answer.headers
                    self._answered.notify_all()
            await asyncio.sleep(_AGAIN_SECONDS)
        replayed = answer.headers.get("idempotency-replayed") == "true"
        async with self._answered:
            self.accepted.append(Accepted(key, UUID(answer.json()["id"]), anew=first and replayed))
            self._answered.notify_all()
