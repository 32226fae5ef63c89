"""Gateways for SMS that count what they take and fail on order: refusals, lost answers, silence."""

import json
import random
from collections import Counter, deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qs

from services.cli.local.sinks import AsgiSink, Event, Receive, Send, body_of

_FORM: Final = {"smsc": ("phones", "mes"), "mobizon": ("recipient", "text")}


class Dialect(StrEnum):
    """How a gateway speaks, and so what it can do with an id of ours."""

    SMSC = "smsc"
    """Can be asked by it."""
    MOBIZON = "mobizon"
    """Knows none."""
    HTTP = "http"
    """Takes an SMS once under it."""


class SmsOutcome(StrEnum):
    """What can be made to happen to an SMS."""

    TAKEN = "taken"
    REFUSED = "refused"
    """503: try again."""
    FORBIDDEN = "forbidden"
    """Never."""
    CONFLICT = "conflict"
    """409: it is at it already."""
    ANSWER_LOST = "answer_lost"
    """It is taken, and what stands before the gateway says 504."""
    HANG = "hang"
    """Nothing is taken and nothing said."""


@dataclass(frozen=True)
class TakenSms:
    """An SMS that goes to its telephone. `key`: our id, or number and text where the gateway knows no id."""

    key: str
    to: str
    text: str


class GatewaySink(AsgiSink):
    """A gateway on 127.0.0.1:`port`. The next of `outcomes` happens, else dice are thrown.

    `failing` is the part of all SMS that is refused, `losing` the part that is taken and its answer lost.
    `status` is what it says of what it has taken.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        failing: float = 0.0,
        losing: float = 0.0,
        hangs: bool = False,
        status: int = 0,
        seed: int = 1,
        port: int | None = None,
    ) -> None:
        super().__init__(port)
        self.dialect = dialect
        self.taken: list[TakenSms] = []
        self.calls = 0
        self.asked = 0
        self.outcomes: deque[SmsOutcome] = deque()
        self.failing = failing
        self.losing = losing
        self.hangs = hangs
        self.status = status
        self._random = random.Random(seed)  # noqa: S311 - a test's dice

    @property
    def url(self) -> str:
        """Its address, as an account has it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def doubled(self) -> list[str]:
        """Keys of what went to its telephone more than once."""
        return [key for key, times in Counter(one.key for one in self.taken).items() if times > 1]

    async def answer(self, scope: Event, receive: Receive, send: Send) -> None:
        self.calls += 1
        raw = await body_of(receive)
        if raw is None or self.hangs:
            await _gone(receive)
            return
        fields = json.loads(raw) if self.dialect is Dialect.HTTP else _form(raw)
        if scope["path"].endswith("status.php"):
            status, said = self._told(fields)
        else:
            outcome = self._next()
            if outcome is SmsOutcome.HANG:
                await _gone(receive)
                return
            status, said = self._said(outcome, fields)
        self.news()
        content = json.dumps(said).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _said(self, outcome: SmsOutcome, fields: dict[str, str]) -> tuple[int, Any]:
        if outcome is SmsOutcome.REFUSED:
            return 503, {}
        if outcome is SmsOutcome.FORBIDDEN:
            return self._forbidden()
        if outcome is SmsOutcome.CONFLICT:
            return 409, {}
        number = self._take(fields)
        if outcome is SmsOutcome.ANSWER_LOST:
            return 504, {}
        return 200, {"id": number} if self.dialect is not Dialect.MOBIZON else {
            "code": 0,
            "data": {"messageId": number},
        }

    def _told(self, fields: dict[str, str]) -> tuple[int, Any]:
        self.asked += 1
        known = any(one.key == fields["id"] for one in self.taken)
        return 200, {"status": self.status if known else -3}

    def _next(self) -> SmsOutcome:
        if self.outcomes:
            return self.outcomes.popleft()
        dice = self._random.random()
        if dice < self.failing:
            return SmsOutcome.REFUSED
        return SmsOutcome.ANSWER_LOST if dice < self.failing + self.losing else SmsOutcome.TAKEN

    def _forbidden(self) -> tuple[int, Any]:
        if self.dialect is Dialect.HTTP:
            return 422, {}
        return 200, {"error_code": 6} if self.dialect is Dialect.SMSC else {"code": 1, "data": {}}

    def _take(self, fields: dict[str, str]) -> int:
        to, text = (fields[name] for name in _FORM.get(self.dialect, ("to", "text")))
        key = fields.get("id", f"{to} {text}")
        known = [number for number, one in enumerate(self.taken) if one.key == key]
        if known and self.dialect is Dialect.HTTP:
            return known[0] + 1
        self.taken.append(TakenSms(key, to, text))
        return len(self.taken)


async def _gone(receive: Receive) -> None:
    """Say nothing until the caller has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _form(raw: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(raw.decode()).items()}
