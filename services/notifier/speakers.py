"""From a claim to what its channel's driver sends."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from services.chassis.database import Transaction
from services.contracts.appeals import Language
from services.contracts.notifications import Notice
from services.notifier import endpoints
from services.notifier.channels import Driver
from services.notifier.channels.email import OutgoingEmail
from services.notifier.channels.webhook import OutgoingWebhook
from services.notifier.claims import Claim, Destination
from services.notifier.endpoints import Endpoint
from services.notifier.notification import Outcome, Schedule, Suppression
from services.notifier.texts import Texts

LEASE_MARGIN: Final = timedelta(seconds=10)
"""What a lease is longer than an attempt may take: time to record it."""


@dataclass(frozen=True)
class Prepared:
    """An attempt ready to be made. `send` makes it."""

    send: Callable[[], Awaitable[Outcome]]
    text_version: str | None = None


Prepare = Callable[[Claim, datetime], Prepared]
"""Makes an attempt ready, at its time. Nothing has been said to anybody yet."""


@dataclass(frozen=True)
class Terms:
    """How a channel is used."""

    schedule: Schedule
    slots: int
    """Attempts under way at one destination at the same time."""
    timeout: float
    """Seconds after which the driver gives an attempt up by itself."""

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.timeout) + LEASE_MARGIN


class Speaker(Protocol):
    """Knows one channel: its terms, and what its driver needs."""

    @property
    def terms(self) -> Terms: ...

    async def ready(self, tx: Transaction, destination: Destination, *, at: datetime) -> Prepare | Suppression:
        """How to speak to the destination now, or why nothing is to be said there."""
        ...

    async def rest(self) -> None:
        """Nothing is to be said for now."""
        ...


class EmailSpeaker:
    """Renders notices and e-mails them."""

    def __init__(self, texts: Texts, driver: Driver[OutgoingEmail], terms: Terms) -> None:
        self.terms = terms
        self._texts = texts
        self._driver = driver

    async def ready(self, tx: Transaction, destination: Destination, *, at: datetime) -> Prepare:  # noqa: ARG002 - always
        return self._prepared

    def _prepared(self, claim: Claim, at: datetime) -> Prepared:
        language = Language(claim.language or "")
        text = self._texts.rendered(Notice(claim.notice), language, json.loads(claim.content))
        outgoing = OutgoingEmail(claim.notification_id, claim.recipient, text, language, at)
        return Prepared(partial(self._driver.send, outgoing), text.version)

    async def rest(self) -> None:
        await self._driver.rest()


class WebhookSpeaker:
    """Signs webhooks for the endpoint of their posting system, as it is registered now."""

    def __init__(self, driver: Driver[OutgoingWebhook], terms: Terms) -> None:
        self.terms = terms
        self._driver = driver

    async def ready(self, tx: Transaction, destination: Destination, *, at: datetime) -> Prepare | Suppression:
        endpoint = (await endpoints.usable(tx, {destination.name}, at=at))[destination.name]
        return endpoint if isinstance(endpoint, Suppression) else partial(self._prepared, endpoint)

    def _prepared(self, endpoint: Endpoint, claim: Claim, at: datetime) -> Prepared:
        body = claim.content.encode()
        outgoing = OutgoingWebhook(claim.notification_id, endpoint.url, endpoint.secrets, body, at)
        return Prepared(partial(self._driver.send, outgoing))

    async def rest(self) -> None:
        await self._driver.rest()
