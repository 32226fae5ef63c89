"""The partner under test, by whichever way it comes: it is sent things, and what it says is heard."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any, ClassVar, Final
from uuid import UUID

from services.chassis import clock
from services.chassis.ids import new_id
from services.cli.conformance.judging import Heard, Said, read
from services.contracts.appeals import AppealKind, Applicant, Language
from services.contracts.attachments import ReferencedDocument
from services.contracts.envelope import Envelope, Message
from services.contracts.referrals import ReferralIssued, ReferralRecalled, Scope

Faults = AsyncIterator[str]
Scenario = Callable[[Any], Faults]
"""Played with a `Partner`; yields a sentence for each fault."""

TERM: Final = timedelta(days=15)
_LOOK_SECONDS: Final = 0.2


class UnseenError(Exception):
    """Whether a consumer does this cannot be told from here; why not."""


@dataclass
class Partner(ABC):
    """One agency's consumer, somewhere, and our end of its way to us."""

    agency: str
    within: float
    """Seconds that it may take to reply."""
    refusing: ClassVar[str]
    """How it refuses, by its way, what it cannot read."""
    renewing: ClassVar[str]
    """How it comes, by its way, to a new reference in the place of an expired one."""
    heard: list[Heard] = field(default_factory=list, init=False)
    said: list[Said] = field(default_factory=list, init=False)
    """What could be read of it."""
    wrong: list[str] = field(default_factory=list, init=False)
    """Faults in the way it speaks, as sentences."""
    appeals: dict[UUID, UUID] = field(default_factory=dict, init=False)
    """Referrals that were sent, with their appeals."""
    renewed: dict[UUID, tuple[ReferencedDocument, ...]] = field(default_factory=dict, init=False)
    """What is attached to a referral, by references that are good now."""
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition, init=False)

    @property
    @abstractmethod
    def nobody(self) -> str:
        """What to say when nobody is there."""

    @property
    @abstractmethod
    def refused(self) -> list[str]:
        """What it has not taken, and why: ``rejected``, ``delivery_limit``, ``left``."""

    @abstractmethod
    async def readers(self) -> int:
        """Whether anybody is there: how many."""

    @abstractmethod
    async def send_raw(self, body: bytes, *, key: str, type_: str, event_id: UUID) -> None:
        """Send bytes."""

    @abstractmethod
    async def clear(self) -> None:
        """Take away what it has not read: one fault must not look like many."""

    @abstractmethod
    async def cut(self) -> None:
        """End its connections. Raises `UnseenError`."""

    @abstractmethod
    async def held(self) -> int:
        """How many messages it has and does not acknowledge, in the time it may take. Raises `UnseenError`."""

    @abstractmethod
    async def renew(self, order: ReferralIssued) -> None:
        """Do our share in giving it the new references to what is attached to a referral."""

    async def hear(self, one: Heard) -> None:
        """Take what it has said."""
        self.said += read([one])
        await self.note(self.heard.append, one)

    async def note(self, append: Callable[[Any], None], what: Any) -> None:
        """Keep something, and tell whoever waits for it."""
        async with self._moved:
            append(what)
            self._moved.notify_all()

    async def issue(self, **changes: Any) -> ReferralIssued:
        """Send it a new referral."""
        order = self.order(**changes)
        await self.send(order)
        return order

    def order(self, **changes: Any) -> ReferralIssued:
        """A new referral, invented."""
        at = clock.now()
        order = ReferralIssued(
            **{
                "referral_id": new_id(),
                "appeal_id": new_id(),
                "agency": self.agency,
                "registration_number": f"JD-{at.year}-{len(self.appeals) + 1:06}",
                "registered_on": at.date(),
                "language": Language.RUSSIAN,
                "kind": AppealKind.APPLICATION,
                "scope": Scope.FULL,
                "text": "Проверка связи: прошу подтвердить получение. Обращение вымышлено.",
                "applicant": Applicant(name="Сынақбаев Тест", email="test@example.kz"),
                "legal_basis": "АППК 65(1)",
                "issued_at": at,
                "answer_due_on": (at + TERM).date(),
                **changes,
            }
        )
        self.appeals[order.referral_id] = order.appeal_id
        return order

    async def recall(self, order: ReferralIssued) -> None:
        """Take a referral back."""
        about = {name: getattr(order, name) for name in ("referral_id", "appeal_id", "agency")}
        await self.send(ReferralRecalled(**about, reason="Отозвано для проверки.", recalled_at=clock.now()))

    async def send(
        self,
        message: Message,
        *,
        event_id: UUID | None = None,
        type_: str | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        """Send a message as the router would, but as another type, or with `more` fields in envelope and data."""
        envelope = Envelope.of(
            message, id=event_id or new_id(), source="/router", at=clock.now(), correlation_id=str(new_id())
        )
        if type_:
            envelope = envelope.model_copy(update={"type": type_})
        body = envelope.to_json()
        if more:
            document = {**envelope.model_dump(mode="json"), **more, "data": {**envelope.data, **more}}
            body = json.dumps(document).encode()
        await self.send_raw(body, key=message.routing_key(), type_=envelope.type, event_id=envelope.id)

    async def replied(self, order: ReferralIssued) -> bool:
        """Whether it says anything of the referral in time."""
        return await self.until(lambda: bool(self.said_of(order)))

    def said_of(self, order: ReferralIssued) -> list[Said]:
        """What it has said of the referral."""
        return [said for said in self.said if said.referral_id == order.referral_id]

    async def until(self, condition: Callable[[], bool], within: float | None = None) -> bool:
        """Wait for what it says; whether the condition came true in time."""
        try:
            async with asyncio.timeout(within or self.within), self._moved:
                await self._moved.wait_for(condition)
        except TimeoutError:
            return False
        return True


async def soon(condition: Callable[[], Awaitable[Any]], within: float) -> bool:
    """Whether the condition comes true in time; it is asked again and again.

    A question once asked is waited for: that a busy broker is slow to say so is not the partner's fault.
    """
    until = monotonic() + within
    while not await condition():
        if monotonic() >= until:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True
