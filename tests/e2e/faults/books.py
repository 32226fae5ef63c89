"""The books: what everybody who took part has written down of one run, as plain values that can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from services.cli.local.sinks import Mail, WebhookAttempt
from tests.e2e.faults.agency import Delivery, Said
from tests.e2e.faults.posting import Accepted


class Appeal(NamedTuple):
    """An appeal as intake shows it."""

    id: UUID
    key: str | None
    """The idempotency key under which it was posted."""
    status: str
    revision: int


class Event(NamedTuple):
    """A line of an appeal's timeline, or of a referral's history, in the order of writing."""

    of: UUID
    revision: int
    kind: str
    state: str | None
    """A referral's state with it; None in an appeal's timeline."""
    referral_id: UUID | None
    because: UUID | None
    """The message that led to it."""


class Referral(NamedTuple):
    """A referral, as the router has it or as intake knows it."""

    id: UUID
    appeal_id: UUID
    agency: str
    state: str
    revision: int
    predecessor_id: UUID | None


class Task(NamedTuple):
    """What waits for an operator."""

    appeal_id: UUID
    question: str


class Posted(NamedTuple):
    """A row of an outbox."""

    service: str
    message_id: UUID
    type: str
    redriven: bool
    """A parked message on its way back to its queue."""
    data: Mapping[str, Any]
    published: bool
    leased: bool
    claims: int
    """How often it was taken up to be published."""
    error: str | None

    @property
    def appeal_id(self) -> UUID:
        return UUID(self.data["appeal_id"])


class SetAside(NamedTuple):
    """A parked message."""

    queue: str
    message_id: UUID | None
    reason: str
    state: str
    settled_by: str | None


class Notification(NamedTuple):
    """One thing to be told, as the notifier has it."""

    order: UUID
    channel: str
    recipient: str
    appeal_id: UUID
    state: str
    attempts: int
    waiting: bool
    """It has a next time, or is on its way."""


class Depth(NamedTuple):
    """A queue as the broker sees it."""

    ready: int
    consumers: int


@dataclass(frozen=True)
class Books:
    """Everything of one run."""

    attempted: frozenset[str]
    accepted: Sequence[Accepted]
    appeals: Mapping[UUID, Appeal]
    timeline: Sequence[Event]
    known_referrals: Mapping[UUID, Referral]
    """As intake knows them."""
    outcomes: Mapping[UUID, str]
    """What the router says of each appeal."""
    decisions: Mapping[UUID, int]
    """How often an appeal was decided."""
    referrals: Mapping[UUID, Referral]
    history: Sequence[Event]
    tasks: Sequence[Task]
    posted: Sequence[Posted]
    entered: Mapping[str, frozenset[UUID]]
    """Queue → ids in its reader's inbox."""
    parked: Sequence[SetAside]
    notifications: Sequence[Notification]
    deliveries: Sequence[Delivery] = ()
    said: Sequence[Said] = ()
    mails: Sequence[Mail] = ()
    webhooks: Sequence[WebhookAttempt] = ()
    queues: Mapping[str, Depth] = field(default_factory=dict)
