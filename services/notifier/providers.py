"""Providers that can stand in for one another, and the health of each destination. Pure.

A notification has an order of providers of its own: by weight on the whole, the same at every look. Each attempt goes
to the next of them. A destination that fails again and again is left alone for a while, then tried with one attempt.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from math import log
from typing import Final, Self
from uuid import UUID

from services.notifier.notification import Channel, Notification, Outcome, Temporary, Unknown

THRESHOLD: Final = 5
"""Failures in a row, with no success among them, after which a destination is left alone."""
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=10)

TEST: Final = "test"
"""The destination where nothing leaves: a simulator of ours."""
TEST_PHONES: Final = "+70000000"
"""Numbers that tell the simulator what an attempt comes to. Where notices leave, they are numbers like others."""


@dataclass(frozen=True)
class Pool:
    """The providers of a channel, with their weights."""

    weights: Mapping[str, int]

    def order(self, notification_id: UUID) -> list[str]:
        """All providers, in the order in which this notification tries them (weighted rendezvous hashing)."""
        return sorted(self.weights, key=lambda name: (-self._score(notification_id, name), name))

    def at(self, notification_id: UUID, attempts: int) -> str:
        """The provider for the attempt after `attempts` attempts."""
        order = self.order(notification_id)
        return order[attempts % len(order)]

    def instead_of(self, resting: Collection[str]) -> str | None:
        """The heaviest provider that does not rest; None when all do."""
        left = [name for name in self.weights if name not in resting]
        return max(left, key=lambda name: (self.weights[name], name), default=None)

    def _score(self, notification_id: UUID, name: str) -> float:
        digest = blake2b(notification_id.bytes + name.encode(), digest_size=8).digest()
        return -self.weights[name] / log((int.from_bytes(digest, "big") + 1) / (2**64 + 1))


@dataclass(frozen=True)
class Routes:
    """Where notifications go. A channel without providers is not ours, but for webhooks and letters."""

    pools: Mapping[Channel, Pool]
    test_mode: bool = False
    """Everything goes to the simulator, whoever is the recipient."""

    def has(self, channel: Channel) -> bool:
        """Whether applicants can be told on the channel."""
        return channel is Channel.LETTER or channel in self.pools

    def first(self, channel: Channel, recipient: str, notification_id: UUID) -> str:
        """Where the first attempt goes."""
        if channel is Channel.LETTER:
            return "desk"
        if self.test_mode:
            return TEST
        return recipient if channel is Channel.WEBHOOK else self.pools[channel].at(notification_id, 0)

    def leads_to(self, channel: Channel, destination: str) -> bool:
        """Whether notifications can still go there. Of a channel without providers there is nowhere else to go."""
        return destination == TEST or channel not in self.pools or destination in self.pools[channel].weights

    def onward(self, notification: Notification) -> Notification:
        """With the provider of its next attempt. In doubt, it stays with the one that may have taken it."""
        pool = self.pools.get(notification.channel)
        if pool is None or notification.in_doubt or notification.destination == TEST:
            return notification
        return replace(notification, destination=pool.at(notification.id, notification.attempts))


@dataclass(frozen=True)
class Health:
    """How a destination has been doing."""

    failures: int = 0
    """In a row."""
    failing_since: datetime | None = None
    pauses: int = 0
    """Pauses in a row: each is twice as long as the one before."""
    resting_until: datetime | None = None
    """No attempt before this; from then on one alone, until it has succeeded."""

    def after(self, outcomes: Iterable[Outcome], *, at: datetime, first_pause: timedelta = FIRST_PAUSE) -> Self:
        """Its health once these outcomes have come, in their order."""
        health = self
        for outcome in outcomes:
            health = health._after(outcome, at, first_pause)
        return health

    def _after(self, outcome: Outcome, at: datetime, first_pause: timedelta) -> Self:
        match outcome:
            case Temporary(of_this_one=True):
                return self
            case Temporary() | Unknown():
                return self._failed(at, first_pause)
            case _:
                return type(self)()

    def _failed(self, at: datetime, first_pause: timedelta) -> Self:
        failing = replace(self, failures=self.failures + 1, failing_since=self.failing_since or at)
        if failing.failures < THRESHOLD or (self.resting_until is not None and at < self.resting_until):
            return failing
        pause = min(first_pause * 2**self.pauses, LONGEST_PAUSE)
        return replace(failing, pauses=min(self.pauses + 1, 10), resting_until=at + pause)

    def rests(self, *, at: datetime) -> bool:
        """Whether it is left alone."""
        return self.resting_until is not None and at < self.resting_until

    @property
    def on_probation(self) -> bool:
        """Whether, once it no longer rests, a single attempt must succeed first."""
        return self.resting_until is not None
