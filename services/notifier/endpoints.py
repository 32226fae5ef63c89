"""Webhook endpoints of posting systems: where each wants to be told, and the secrets that sign for it.

A secret is shown once, when it is made. During a rotation the one before it signs as well, until its time is over.
"""

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.chassis.errors import NotFound
from services.notifier import claims, health, store
from services.notifier.claims import Destination
from services.notifier.notification import Channel, Suppression
from services.notifier.sealing import Sealer

TEST_EVENT: Final = "webhook.test"
"""The event of a webhook that tells of nothing."""
SECRET_BYTES: Final = 32
OVERLAP: Final = timedelta(hours=24)
"""How long the secret before still signs after a rotation, unless the operator says otherwise."""


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that takes webhooks."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    """Those that sign, the current one first."""


def is_usable_url(url: str, *, plain_http: bool) -> bool:
    """Whether webhooks can go there, as far as the address itself tells; the network is judged at each call."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    schemes = {"https", "http"} if plain_http else {"https"}
    clean = url.isascii() and url.isprintable() and " " not in url
    return clean and parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc and not parts.fragment


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it: ``whsec_`` and Base64 of random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


@dataclass(frozen=True)
class Endpoints:
    """Registers endpoints and opens their secrets."""

    sealer: Sealer

    async def usable(
        self, tx: Transaction, systems: Collection[str], *, at: datetime
    ) -> dict[str, Endpoint | Suppression]:
        """The endpoint of each system at this time, or why nothing is sent there."""
        rows = await store.endpoints(tx, systems)
        return {system: self._usable(rows.get(system), at) for system in systems}

    def _usable(self, row: Row[Any] | None, at: datetime) -> Endpoint | Suppression:
        if row is None:
            return Suppression.NO_ENDPOINT
        if row.disabled_at is not None:
            return Suppression.ENDPOINT_DISABLED
        rotating = row.previous_secret is not None and at < row.previous_until
        kept = (row.secret, row.previous_secret) if rotating else (row.secret,)
        return Endpoint(row.url, tuple(self.sealer.opened(secret) for secret in kept))

    async def put(self, tx: Transaction, system: str, *, at: datetime, **said: str | None) -> str | None:
        """Register a system's endpoint, or change and enable it: `url`, `description`, `owner_email`, `owner_language`.

        Returns the secret of a new one, to be shown this once.
        """
        enabled = {"disabled_at": None, "disabled_because": None, "warned_at": None}
        change = {**said, **enabled, "changed_at": at}
        secret = new_secret()
        row = {"system": system, "secret": self.sealer.sealed(secret), "created_at": at, **change}
        # before the endpoint, as whoever records what came of attempts there, or the two wait for each other
        await health.forget(tx, Destination(Channel.WEBHOOK, system))
        return secret if await store.put_endpoint(tx, row, change) else None

    async def rotate(self, tx: Transaction, system: str, *, overlap: timedelta, at: datetime) -> str:
        """Make a new secret; the present one signs as well for `overlap`. Returns the new one. Raises `NotFound`."""
        secret = new_secret()
        if not await store.rotate_endpoint(tx, system, self.sealer.sealed(secret), overlap=overlap, at=at):
            raise NotFound("endpoint_not_found")
        return secret


async def disable(tx: Transaction, system: str, *, because: str, at: datetime) -> None:
    """Call an endpoint no more, and give up what waits for it; it can be recovered once the endpoint is back."""
    await store.change_endpoint(tx, system, disabled_at=at, disabled_because=because)
    await _give_up(tx, system, Suppression.ENDPOINT_DISABLED, at=at)


async def remove(tx: Transaction, system: str, *, at: datetime) -> None:
    """Forget an endpoint and its secrets, and give up what waits for it. Raises `NotFound`."""
    if not await store.remove_endpoint(tx, system):
        raise NotFound("endpoint_not_found")
    await _give_up(tx, system, Suppression.NO_ENDPOINT, at=at)


async def _give_up(tx: Transaction, system: str, reason: Suppression, *, at: datetime) -> None:
    await claims.suppress_waiting(tx, Destination(Channel.WEBHOOK, system), reason, at=at)
