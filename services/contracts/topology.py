"""Exchanges, queues and bindings: data, no calls. Declared, documented and tested from here alone.

Only what RabbitMQ 3.10 and 4.x both accept: durable quorum queues, arguments that never change, policies for
whatever an operator may want to tune.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

APPEALS: Final = "appeals"
REFERRALS: Final = "referrals"
NOTIFICATIONS: Final = "notifications"
NOTICES: Final = "notices"
REQUEUE: Final = "requeue"
PARKED: Final = "parked"
UNROUTED: Final = "unrouted"

ROUTER_APPEALS: Final = "router.appeals"
ROUTER_REPLIES: Final = "router.replies"
ROUTER_UNDELIVERED: Final = "router.undelivered"
INTAKE_REFERRALS: Final = "intake.referrals"
INTAKE_NOTICES: Final = "intake.notices"
NOTIFIER_REQUESTS: Final = "notifier.requests"
WORK_QUEUES: Final = (
    ROUTER_APPEALS,
    ROUTER_REPLIES,
    ROUTER_UNDELIVERED,
    INTAKE_REFERRALS,
    INTAKE_NOTICES,
    NOTIFIER_REQUESTS,
)

EXCHANGE_OF: Final = {
    "appeal.registered.v1": APPEALS,
    "appeal.withdrawn.v1": APPEALS,
    "appeal.assessed.v1": REFERRALS,
    "referral.issued.v1": REFERRALS,
    "referral.recalled.v1": REFERRALS,
    "referral.reminder.v1": REFERRALS,
    "referral.escalated.v1": REFERRALS,
    "referral.changed.v1": REFERRALS,
    "calendar.changed.v1": REFERRALS,
    "applicant.notify.v1": NOTIFICATIONS,
    "applicant.forget.v1": NOTIFICATIONS,
    "system.notify.v1": NOTIFICATIONS,
    "agency.notify.v1": NOTIFICATIONS,
    "applicant.notified.v1": NOTICES,
}
"""Where each message type is said. An agency's replies go to its own exchange: `reply_exchange`."""

RETRY_STEPS_SECONDS: Final = (5, 30, 300)
"""The retry ladder: how long a message waits before each new try."""

TO_AGENCIES: Final = (
    *("referral.issued.v1", "referral.recalled.v1", "referral.reminder.v1"),
    "referral.escalated.v1",
)
"""What agencies are sent. The agency's code follows in the routing key."""

DELIVERY_LIMIT: Final = 50
PARTNER_DELIVERY_LIMIT: Final = 20
MAX_LENGTH: Final = 100_000
PARTNER_MAX_LENGTH: Final = 50_000
REPLIES_MAX_LENGTH: Final = 20_000
"""Of one agency: more than it says in a year. When its queue is full, it alone is refused."""
RETRY_MAX_LENGTH: Final = 50_000


@dataclass(frozen=True)
class Exchange:
    """An exchange, named after what is said there."""

    name: str
    kind: str
    why: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Queue:
    """A durable quorum queue, named after who listens."""

    name: str
    why: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def declaration(self) -> dict[str, Any]:
        return {"x-queue-type": "quorum", **self.arguments}


@dataclass(frozen=True)
class Binding:
    """What of an exchange reaches a queue."""

    exchange: str
    routing_key: str
    queue: str


@dataclass(frozen=True)
class Policy:
    """Limits and dead-lettering, changeable without a deploy. Values must be valid on 3.10 and 4.x."""

    name: str
    pattern: str
    definition: dict[str, Any]
    priority: int = 10


@dataclass(frozen=True)
class Topology:
    """All that the broker must know."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
    policies: tuple[Policy, ...]


def agency_queue(agency: str) -> str:
    """Queue from which the agency reads its referrals."""
    return f"referrals.{agency}"


def reply_exchange(agency: str) -> str:
    """Exchange that the agency alone may write to: it is the agency's identity."""
    return f"replies.{agency}"


def reply_queue(agency: str) -> str:
    """Where an agency's replies wait for the router: whoever floods, fills a queue of its own."""
    return f"router.from.{agency}"


def agency_of_reply_exchange(exchange: str) -> str | None:
    """Who replied, told by the exchange the reply came by; None for any other exchange."""
    prefix, _, agency = exchange.partition(".")
    return agency if prefix == "replies" and agency else None


def parked_queue(queue: str) -> str:
    """Where the broker sets aside what `queue` could not deliver."""
    return f"{queue}.parked"


def retry_name(seconds: int) -> str:
    """Name of the exchange, and of the queue, where a message waits for `seconds`."""
    return f"retry.{seconds}s"


def topology(agencies: Iterable[str]) -> Topology:
    """The whole topology for the agencies with these codes."""
    codes = sorted(agencies)
    return Topology(
        exchanges=(*_own_exchanges(), *(_reply_exchange(code) for code in codes)),
        queues=(*_own_queues(), *(queue for code in codes for queue in _agency_queues(code))),
        bindings=(*_own_bindings(), *(binding for code in codes for binding in _agency_bindings(code))),
        policies=(
            *(_work_policy(queue) for queue in WORK_QUEUES),
            _agency_policy(),
            _replies_policy(),
            _retry_policy(),
        ),
    )


def _own_exchanges() -> list[Exchange]:
    return [
        Exchange(APPEALS, "topic", "facts about appeals, written by intake"),
        Exchange(REFERRALS, "topic", "referrals, assessments and the calendar, written by the router"),
        Exchange(
            NOTIFICATIONS,
            "topic",
            "orders to the notifier, written by intake; by the router, those that concern agencies",
        ),
        Exchange(NOTICES, "topic", "what became of notices, written by the notifier"),
        Exchange(REQUEUE, "direct", "back into a work queue by its name: the ladder's end, and redrive"),
        Exchange(PARKED, "direct", "what the broker gave up delivering, by the name of its queue"),
        Exchange(UNROUTED, "fanout", "replies that reach no queue"),
        *(Exchange(retry_name(s), "fanout", f"waits {s} s before it is tried again") for s in RETRY_STEPS_SECONDS),
    ]


def _reply_exchange(code: str) -> Exchange:
    why = f"replies of the agency {code}; its only right to write"
    return Exchange(reply_exchange(code), "fanout", why, {"alternate-exchange": UNROUTED})


def _own_queues() -> list[Queue]:
    return [
        Queue(ROUTER_APPEALS, "registered and withdrawn appeals, to decide"),
        Queue(ROUTER_REPLIES, "replies of the agencies that are tried again, or were put back"),
        Queue(ROUTER_UNDELIVERED, "referrals that an agency's consumer refused or could not take"),
        Queue(INTAKE_REFERRALS, "changes of referrals and assessments: the appeal's status; and the calendar"),
        Queue(INTAKE_NOTICES, "proof of notices: the appeal's timeline"),
        Queue(NOTIFIER_REQUESTS, "what applicants and posting systems are to be told; and the calendar"),
        *(Queue(parked_queue(q), f"what {q} could not deliver, for its keeper") for q in WORK_QUEUES),
        Queue(UNROUTED, "replies that reached no queue; must stay empty"),
        *(Queue(retry_name(s), f"waits {s} s", _retry_arguments(s)) for s in RETRY_STEPS_SECONDS),
    ]


def _retry_arguments(seconds: int) -> dict[str, Any]:
    return {
        "x-message-ttl": seconds * 1000,  # per queue, never per message: a long wait would hold up a short one
        "x-dead-letter-exchange": REQUEUE,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def _agency_queues(code: str) -> list[Queue]:
    return [
        Queue(agency_queue(code), f"referrals to the agency {code}, read by the agency"),
        Queue(reply_queue(code), f"replies of the agency {code}, read by the router"),
    ]


def _own_bindings() -> list[Binding]:
    return [
        Binding(APPEALS, "appeal.#", ROUTER_APPEALS),
        Binding(REFERRALS, "referral.changed.#", INTAKE_REFERRALS),
        Binding(REFERRALS, "appeal.assessed.#", INTAKE_REFERRALS),
        Binding(REFERRALS, "calendar.changed.#", INTAKE_REFERRALS),
        Binding(REFERRALS, "calendar.changed.#", NOTIFIER_REQUESTS),
        Binding(NOTIFICATIONS, "#", NOTIFIER_REQUESTS),
        Binding(NOTICES, "#", INTAKE_NOTICES),
        Binding(UNROUTED, "", UNROUTED),
        *(Binding(REQUEUE, q, q) for q in WORK_QUEUES),
        *(Binding(PARKED, q, parked_queue(q)) for q in WORK_QUEUES),
        *(Binding(retry_name(s), "", retry_name(s)) for s in RETRY_STEPS_SECONDS),
    ]


def _agency_bindings(code: str) -> list[Binding]:
    return [
        *(Binding(REFERRALS, f"{kind}.{code}", agency_queue(code)) for kind in TO_AGENCIES),
        Binding(reply_exchange(code), "", reply_queue(code)),
        *(Binding(PARKED, f"{kind}.{code}", ROUTER_UNDELIVERED) for kind in TO_AGENCIES),
    ]


def _work_policy(queue: str) -> Policy:
    return Policy(f"work-{queue}", f"^{queue.replace('.', '[.]')}$", _limits(DELIVERY_LIMIT, MAX_LENGTH, queue))


def _agency_policy() -> Policy:
    return Policy("agencies", "^referrals[.]", _limits(PARTNER_DELIVERY_LIMIT, PARTNER_MAX_LENGTH, None))


def _replies_policy() -> Policy:
    return Policy("replies", "^router[.]from[.]", _limits(DELIVERY_LIMIT, REPLIES_MAX_LENGTH, ROUTER_REPLIES))


def _retry_policy() -> Policy:
    # a step of the ladder that is full refuses, and whoever retries waits; where it leads is in the queue's arguments
    return Policy("retry", "^retry[.]", {"max-length": RETRY_MAX_LENGTH, "overflow": "reject-publish"})


def _limits(deliveries: int, length: int, parked_as: str | None) -> dict[str, Any]:
    # at-least-once dead-lettering falls back silently to at-most-once without reject-publish
    limits: dict[str, Any] = {
        "delivery-limit": deliveries,
        "max-length": length,
        "overflow": "reject-publish",
        "dead-letter-exchange": PARKED,
        "dead-letter-strategy": "at-least-once",
    }
    if parked_as:
        limits["dead-letter-routing-key"] = parked_as
    return limits
