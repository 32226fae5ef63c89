"""A partner that comes over HTTP: it asks at a counter of ours, and is woken by webhooks if it wishes."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self
from uuid import UUID

import httpx
from standardwebhooks.webhooks import Webhook

from services.chassis import clock
from services.chassis.ids import new_id
from services.cli.conformance.counter import Counter
from services.cli.conformance.judging import REPLY_TYPE, Heard
from services.cli.conformance.partner import Faults, Partner, Scenario, soon
from services.cli.local.ports import is_free
from services.contracts.envelope import CONTENT_TYPE, Envelope
from services.contracts.referrals import ReferralIssued, ReferralReply

_OLD: Final = timedelta(minutes=10)
"""Receivers refuse what was signed more than five minutes ago (Standard Webhooks)."""
_ANSWER_SECONDS: Final = 10.0


def url_at(port: int) -> str:
    """Where a consumer asks."""
    return f"http://127.0.0.1:{port}"


def key_of(agency: str) -> str:
    """The sandbox's key: it opens invented referrals on this machine, so everybody may know it."""
    return f"sandbox.{agency}"


def secret_of(agency: str) -> str:
    """The secret that the sandbox's webhooks are signed with, likewise."""
    return "whsec_" + base64.b64encode(hashlib.sha256(key_of(agency).encode()).digest()).decode()


@dataclass
class OverHttp(Partner):
    """A consumer that fetches. An async context manager: outside it, the counter is closed."""

    refusing: ClassVar[str] = "leave what you cannot read unacknowledged"
    renewing: ClassVar[str] = "ask for a new one at /referrals/{referral_id}/attachments, and fetch by that"
    port: int
    webhook: str | None = None
    """Where it wants to be woken."""
    _counter: Counter = field(init=False)
    _http: httpx.AsyncClient = field(init=False)
    _wakes: bool = field(init=False)

    async def __aenter__(self) -> Self:
        if not is_free(self.port):
            raise OSError(f"port {self.port} is taken")
        self._wakes = self.webhook is not None
        self._counter = Counter(self.port, key_of(self.agency), self)
        self._http = httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False)
        await self._counter.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._counter.leave(away=True)  # whoever waits has an answer
        await self._counter.__aexit__()
        await self._http.aclose()

    @property
    def nobody(self) -> str:
        where = f"{url_at(self.port)} with the key of the sandbox within {self.within:g} s"
        return f"nobody asks at {where}: start the consumer first"

    @property
    def refused(self) -> list[str]:
        return ["left"] * self._counter.passed_over

    async def readers(self) -> int:
        return self._counter.asked

    def fault(self, what: str) -> None:
        """Keep a fault of form."""
        self.wrong.append(what)

    async def words(self, event_id: UUID, said: ReferralReply) -> None:
        """Take a reply, as an event that says no more than what counts."""
        event = Envelope(
            id=event_id,
            source=f"/agencies/{self.agency}",
            type=REPLY_TYPE,
            time=said.occurred_at,
            subject=str(said.appeal_id),
            data=said.model_dump(mode="json"),
        )
        await self.hear(Heard(event.to_json(), CONTENT_TYPE, str(event_id), 2, clock.now()))

    async def send_raw(self, body: bytes, *, key: str, type_: str, event_id: UUID) -> None:  # noqa: ARG002 - the other way's
        try:
            document = json.loads(body)
        except ValueError:
            document = body.decode()
        await self._counter.put(document)
        if self._wakes and isinstance(document, dict):
            about = {"id": document.get("id"), "type": type_, "referral_id": document["data"].get("referral_id")}
            self._wakes = await self.called(about)
            if not self._wakes:
                self.fault(f"no 2xx to a webhook in {_ANSWER_SECONDS:g} s: answer it before you fetch")

    async def called(
        self, about: Mapping[str, Any], *, secret: str | None = None, at: datetime | None = None, times: int = 1
    ) -> bool:
        """Send a webhook, `times` times; whether it was taken each time."""
        body = json.dumps({"type": "referral.ready", "timestamp": clock.now().isoformat(), "data": about})
        webhook_id, at = str(new_id()), at or clock.now()
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret or secret_of(self.agency)).sign(webhook_id, at, body),
        }
        assert self.webhook  # noqa: S101 - nobody calls otherwise
        try:
            answers = [await self._http.post(self.webhook, content=body, headers=headers) for _ in range(times)]
        except httpx.HTTPError:
            return False
        return all(answer.is_success for answer in answers)

    async def clear(self) -> None:
        self._counter.lying.clear()

    async def cut(self) -> None:
        before = self._counter.turned_away

        async def turned_away() -> bool:
            return self._counter.turned_away > before

        await self._counter.leave(away=True)
        await soon(turned_away, self.within)
        await self._counter.leave(away=False)

    async def held(self) -> int:
        async def none_left() -> bool:
            return not self._counter.ready

        await soon(none_left, self.within)
        return len(self._counter.ready)

    async def renew(self, order: ReferralIssued) -> None:
        """It asks, and the counter answers."""


async def woken(partner: OverHttp) -> Faults:
    """A webhook that comes twice, as after an answer that was lost; of what is no longer there."""
    about = {"id": str(new_id()), "type": "kz.joldau.referral.issued.v1", "referral_id": str(new_id())}
    if not await partner.called(about, times=2):
        yield "no 2xx to a webhook that came twice, of something that is not there: take it, and fetch"


async def forged(partner: OverHttp) -> Faults:
    """One that somebody else has signed, and one that was signed long ago."""
    about = {"id": str(new_id()), "type": "kz.joldau.referral.issued.v1", "referral_id": str(new_id())}
    if await partner.called(about, secret=secret_of("somebody-else")):
        yield "takes a webhook with a wrong signature: verify `webhook-signature`, and answer 401"
    if await partner.called(about, at=clock.now() - _OLD):
        yield "takes a webhook that was signed ten minutes ago: refuse a `webhook-timestamp` older than five"


WEBHOOKS: Final[Mapping[str, Scenario]] = MappingProxyType({"woken": woken, "forged": forged})
"""For a consumer that wants to be woken."""
