"""What the console asks of the other two services, over the HTTP that everybody asks them by.

No appeal depends on it: when one of them is away, the page says so in that place and shows the rest.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

from pydantic import SecretStr

from services.chassis.outbound import Answer, Outbound, OutboundFailed

SECONDS: Final = 3.0
"""Longest time to wait for what a peer tells: an operator waits with it."""
ACT_SECONDS: Final = 15.0
"""Longest time to wait for a peer to act: what is given up on may have been done."""
KEPT_BYTES: Final = 2 * 1024 * 1024
_SUCCESS: Final = range(200, 300)

Name = Literal["intake", "notifier"]


@dataclass(frozen=True)
class Said:
    """What a peer answered. `body` is its JSON, None where there is none; of a page, its text."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status in _SUCCESS

    @property
    def title(self) -> str:
        """What a problem says, in the language asked in."""
        return str(self.body.get("title", "")) if isinstance(self.body, dict) else ""


class PeerAway(Exception):
    """A peer does not answer, or is not configured."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Peers:
    """The other two services."""

    http: Outbound
    urls: Mapping[str, str]
    keys: Mapping[str, SecretStr | None]

    async def get(self, name: Name, path: str, language: str, **query: Any) -> Said:
        """What is at `path`. Raises `PeerAway`."""
        told = urlencode({key: value for key, value in query.items() if value is not None}, doseq=True)
        return await self.ask(name, "GET", f"{path}?{told}" if told else path, language)

    async def ask(self, name: Name, method: str, path: str, language: str, body: Any = None) -> Said:
        """One request. Raises `PeerAway`."""
        answer = await self._answer(name, method, path, language, b"" if body is None else json.dumps(body).encode())
        try:
            return Said(answer.status, json.loads(answer.body) if answer.body else None)
        except ValueError as error:
            raise PeerAway(name) from error

    async def page(self, name: Name, path: str, language: str) -> Said:
        """A page as a peer makes it, to be handed on; a refusal is JSON as always. Raises `PeerAway`."""
        answer = await self._answer(name, "GET", path, language)
        try:
            body = answer.body.decode()
            return Said(answer.status, body if answer.status in _SUCCESS else json.loads(body))
        except ValueError as error:
            raise PeerAway(name) from error

    async def _answer(self, name: Name, method: str, path: str, language: str, content: bytes = b"") -> Answer:
        key = self.keys.get(name)
        if key is None:
            raise PeerAway(name)
        headers = {
            "authorization": f"Bearer {key.get_secret_value()}",
            "accept-language": language,
            "content-type": "application/json",
        }
        try:
            async with asyncio.timeout(SECONDS if method == "GET" else ACT_SECONDS):
                return await self.http.request(method, self.urls[name] + path, headers=headers, content=content)
        except (OutboundFailed, TimeoutError) as error:
            raise PeerAway(name) from error
