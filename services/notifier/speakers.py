"""From a claim to what its channel's driver sends."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from services.chassis.database import Transaction
from services.contracts.appeals import Language
from services.notifier.channels import Driver
from services.notifier.channels.email import OutgoingEmail
from services.notifier.channels.sms import Gateway, OutgoingSms, attempted, segments
from services.notifier.channels.webhook import OutgoingWebhook
from services.notifier.claims import Claim, Destination
from services.notifier.edition import Edition
from services.notifier.endpoints import TEST_EVENT, Endpoint, Endpoints
from services.notifier.notices import OPTIONAL, notice_of
from services.notifier.notification import (
    SCHEDULES,
    Channel,
    Outcome,
    Permanent,
    Schedule,
    Sent,
    Suppression,
    Temporary,
    Unknown,
)
from services.notifier.pace import Pace
from services.notifier.providers import TEST_PHONES
from services.notifier.texts import Texts

LEASE_MARGIN: Final = timedelta(seconds=10)
"""What a lease is longer than an attempt may take: time to record it."""


@dataclass(frozen=True)
class Prepared:
    """An attempt ready to be made. `send` makes it."""

    send: Callable[[], Awaitable[Outcome]]
    text_version: str | None = None
    segments: int | None = None
    """Of an SMS."""


Prepare = Callable[[Claim, datetime], Prepared]
"""Makes an attempt ready, at its time. Nothing has been said to anybody yet."""


@dataclass(frozen=True)
class Terms:
    """How a destination is used."""

    schedule: Schedule
    slots: int
    """Attempts under way there at the same time."""
    timeout: float
    """Seconds after which the driver gives an attempt up by itself."""
    pace: Pace | None = None
    """How often it may be called; any number of times, if not given."""

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.timeout) + LEASE_MARGIN


FORMER: Final = Terms(SCHEDULES[Channel.SMS], slots=1, timeout=20.0)


class Speaker(Protocol):
    """Knows one channel: the terms of its destinations, and what its driver needs."""

    def terms(self, destination: str) -> Terms: ...

    async def ready(self, tx: Transaction, destination: Destination, *, at: datetime) -> Prepare | Suppression:
        """How to speak to the destination now, or why nothing is to be said there."""
        ...

    async def rest(self) -> None:
        """Nothing is to be said for now."""
        ...


P = TypeVar("P")


class NoticeSpeaker(ABC, Generic[P]):
    """Renders notices, each to be sent by the provider it was claimed for."""

    def __init__(self, texts: Edition, providers: Mapping[str, P], terms: Mapping[str, Terms]) -> None:
        self._texts = texts
        self._providers = providers
        self._terms = terms

    def terms(self, destination: str) -> Terms:
        """Of a provider; one that is no longer ours can neither be asked nor told again."""
        return self._terms.get(destination, FORMER)

    async def ready(self, tx: Transaction, destination: Destination, *, at: datetime) -> Prepare:  # noqa: ARG002
        provider = self._providers.get(destination.name)
        return partial(self.prepared, await self._texts.current(tx), provider) if provider else _unavailable

    @abstractmethod
    def prepared(self, texts: Texts, provider: P, claim: Claim, at: datetime) -> Prepared:
        """The notice, to be sent by this provider."""


class EmailSpeaker(NoticeSpeaker[Driver[OutgoingEmail]]):
    """Renders notices and e-mails them. `opt_out` makes the link for those that the law does not ask for."""

    def __init__(
        self,
        texts: Edition,
        servers: Mapping[str, Driver[OutgoingEmail]],
        terms: Mapping[str, Terms],
        *,
        opt_out: Callable[[UUID], str] | None = None,
    ) -> None:
        super().__init__(texts, servers, terms)
        self._opt_out = opt_out

    def prepared(self, texts: Texts, provider: Driver[OutgoingEmail], claim: Claim, at: datetime) -> Prepared:
        notice, language = notice_of(claim.notice), Language(claim.language or "")
        text = texts.rendered(notice, language, json.loads(claim.content), sensitive=claim.sensitive)
        opt_out = self._opt_out(claim.notification.id) if self._opt_out and notice in OPTIONAL else None
        outgoing = OutgoingEmail(claim.notification_id, claim.recipient, text, language, at, opt_out)
        return Prepared(partial(provider.send, outgoing), text.version)

    async def rest(self) -> None:
        await asyncio.gather(*(server.rest() for server in self._providers.values()))


class SmsSpeaker(NoticeSpeaker[Gateway]):
    """Renders notices as SMS."""

    def prepared(self, texts: Texts, provider: Gateway, claim: Claim, at: datetime) -> Prepared:  # noqa: ARG002
        text = texts.short(
            notice_of(claim.notice),
            Language(claim.language or ""),
            json.loads(claim.content),
            sensitive=claim.sensitive,
        )
        now = claim.notification
        outgoing = OutgoingSms(now.id, claim.recipient, text.plain, in_doubt=now.in_doubt)
        return Prepared(partial(attempted, provider, outgoing), text.version, segments(text.plain).count)

    async def rest(self) -> None:
        """Nothing to do: idle connections close by themselves within seconds."""


def _unavailable(claim: Claim, _at: datetime) -> Prepared:
    """The channel's providers are no longer ours: the next channel's turn, but for what may have arrived."""
    code = "channel_unavailable"

    async def nothing() -> Outcome:
        return Unknown(code) if claim.notification.in_doubt else Permanent(code)

    return Prepared(nothing)


class WebhookSpeaker:
    """Signs webhooks for the endpoint of their posting system, as it is registered now."""

    def __init__(self, driver: Driver[OutgoingWebhook], endpoints: Endpoints, terms: Terms) -> None:
        self._terms = terms
        self._driver = driver
        self._endpoints = endpoints

    def terms(self, _destination: str) -> Terms:
        return self._terms

    async def ready(self, tx: Transaction, destination: Destination, *, at: datetime) -> Prepare | Suppression:
        endpoint = (await self._endpoints.usable(tx, {destination.name}, at=at))[destination.name]
        return endpoint if isinstance(endpoint, Suppression) else partial(self._prepared, endpoint)

    def _prepared(self, endpoint: Endpoint, claim: Claim, at: datetime) -> Prepared:
        body = claim.content.encode()
        is_test = claim.notice == TEST_EVENT
        outgoing = OutgoingWebhook(claim.notification_id, endpoint.url, endpoint.secrets, body, at, is_test)
        return Prepared(partial(self._driver.send, outgoing))

    async def rest(self) -> None:
        await self._driver.rest()


class Simulator:
    """Stands in for every provider where nothing may leave: what an attempt comes to is told by the recipient."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def terms(self, _destination: str) -> Terms:
        return self._terms

    async def ready(self, tx: Transaction, destination: Destination, *, at: datetime) -> Prepare:  # noqa: ARG002
        return self._prepared

    def _prepared(self, claim: Claim, _at: datetime) -> Prepared:
        return Prepared(partial(_simulated, claim.recipient))

    async def rest(self) -> None:
        """Nothing to do."""


SIMULATED: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "delivered": Sent("simulated", confirmed=True),
        "sent": Sent("simulated"),
        "temporary": Temporary("simulated"),
        "permanent": Permanent("simulated"),
        "unknown": Unknown("simulated"),
    }
)
"""Outcomes by what stands before the @, or by the last digit of the telephone number, from 1."""


async def _simulated(recipient: str) -> Outcome:
    name, _, _ = recipient.partition("@")
    if recipient.startswith(TEST_PHONES) and recipient[-1] in "12345":
        return list(SIMULATED.values())[int(recipient[-1]) - 1]
    return SIMULATED.get(name, SIMULATED["delivered"])
