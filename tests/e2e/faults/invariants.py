"""What must hold of every run's books, whatever was broken meanwhile: the promise, as nine checks.

Each check reads the books and reports what contradicts it. While appeals are still on their way, much is `OPEN` or
`LOST` for the moment; once all is at rest, any finding is a broken promise.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

from services.contracts.topology import ROUTER_APPEALS, WORK_QUEUES, parked_queue
from tests.e2e.faults.books import Books, Referral
from tests.e2e.faults.effects import UNSURE, once_referred, told_once
from tests.e2e.faults.findings import Check, Finding, Kind
from tests.e2e.faults.hops import delivered
from tests.e2e.faults.paths import histories


def check(books: Books) -> dict[str, list[Finding]]:
    """All that contradicts the promise, by invariant; empty when it is kept."""
    found = {name: list(one(books)) for name, one in INVARIANTS.items()}
    return {name: findings for name, findings in found.items() if findings}


def durable(books: Books) -> Iterator[Finding]:
    """I1: every 2xx has its appeal."""
    for one in books.accepted:
        if one.appeal_id not in books.appeals:
            yield Finding(Kind.LOST, f"appeal {one.appeal_id} was accepted and is not there")


def keyed(books: Books) -> Iterator[Finding]:
    """I2: one appeal per idempotency key, and none that nobody posted."""
    by_key = defaultdict(set)
    for one in books.accepted:
        by_key[one.key].add(one.appeal_id)
    for appeal in books.appeals.values():
        if appeal.key is None or appeal.key not in books.attempted:
            yield Finding(Kind.WRONG, f"appeal {appeal.id} was posted by nobody")
        else:
            by_key[appeal.key].add(appeal.id)
    for key, ids in by_key.items():
        if len(ids) > 1:
            yield Finding(Kind.DOUBLE, f"{len(ids)} appeals under {key}")


def placed(books: Books) -> Iterator[Finding]:
    """I3: each appeal is in exactly one place: retained, referred, with an operator, or parked."""
    for appeal_id, places in where(books).items():
        if not places:
            yield Finding(Kind.LOST, f"appeal {appeal_id} is nowhere")
        elif len(places) > 1:
            yield Finding(Kind.DOUBLE, f"appeal {appeal_id} is {' and '.join(sorted(places))}")


def where(books: Books) -> dict[UUID, set[str]]:
    """The places in which each appeal is, where the owner of the place and intake agree."""
    status = {one.id: one.status for one in books.appeals.values()}
    taken = {one.referral_id for one in books.deliveries if not one.refused}
    aside = {one.message_id for one in books.parked if one.state != "redriven"}
    aside -= books.entered.get(ROUTER_APPEALS, frozenset())  # what abuses the id of an appeal that was read
    places = [
        *((of, "retained") for of, outcome in books.outcomes.items() if outcome == status.get(of) == "retained"),
        *((one.appeal_id, "operator") for one in books.tasks if status.get(one.appeal_id) == "in_review"),
        *(
            (of, "referred")
            for of, referral in _last(books.referrals).items()
            if referral.id in taken and status.get(of) == _STATUS.get(referral.state, "")
        ),
        *((one.appeal_id, "parked") for one in books.posted if one.type == _REGISTERED and one.message_id in aside),
    ]
    found: dict[UUID, set[str]] = {of: set() for of in status}
    for of, place in places:
        found[of].add(place)
    return found


_REGISTERED: Final = "appeal.registered.v1"
_STATUS: Final = {"issued": "referred", "received": "referred", "accepted": "in_work", "answered": "answered"}


def _last(referrals: Mapping[UUID, Referral]) -> dict[UUID, Referral]:
    """By appeal, the referral that no other one succeeds."""
    succeeded = {one.predecessor_id for one in referrals.values()}
    return {one.appeal_id: one for one in referrals.values() if one.id not in succeeded}


def drained(books: Books) -> Iterator[Finding]:
    """I4: outboxes are empty, nobody holds a lease, queues are drained, nothing came without a reader."""
    for one in books.posted:
        if not one.published or one.leased:
            yield Finding(Kind.OPEN, f"{one.type} waits in the outbox of {one.service} ({one.error})")
    for told in books.notifications:
        if told.waiting:
            yield Finding(Kind.OPEN, f"a notification by {told.channel} is {told.state}")
    for name, depth in books.queues.items():
        if depth.ready:
            yield Finding(Kind.OPEN, f"{depth.ready} messages in {name}")


def listened_to(books: Books) -> Iterator[Finding]:
    """I8: each queue has its one reader again."""
    for name, depth in books.queues.items():
        if name in READ and depth.consumers != 1:
            yield Finding(Kind.OPEN, f"{depth.consumers} consumers at {name}")


READ: Final = frozenset((*WORK_QUEUES, *map(parked_queue, WORK_QUEUES)))


def accounted(books: Books) -> Iterator[Finding]:
    """I9: each parked message has its reason, and each settled one the person who settled it."""
    for one in books.parked:
        if not one.reason or (one.state != "parked" and not one.settled_by):
            yield Finding(Kind.WRONG, f"a message parked from {one.queue} is {one.state} without a word")


INVARIANTS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "I1 durable": durable,
        "I2 keyed": keyed,
        "I3 placed": placed,
        "I4 drained": drained,
        "I5 referred once": once_referred,
        "I5 told once": told_once,
        "I6 histories": histories,
        "I7 delivered": delivered,
        "I8 listened to": listened_to,
        "I9 accounted": accounted,
    }
)


def line(books: Books, findings: Mapping[str, list[Finding]], *, seed: int) -> str:
    """The run in one line.

    `redelivered`: came again at the agencies, or was sent again. `recovered`: accepted, the first answer having been
    lost. `in_doubt`: e-mails that may have arrived, and wait for a person.
    """
    kinds = Counter(one.kind for some in findings.values() for one in some)
    places = Counter(place for places in where(books).values() for place in places)
    again = len(books.deliveries) - len({one.message_id for one in books.deliveries})
    again += len(books.webhooks) - len({one.webhook_id for one in books.webhooks})
    again += sum(one.claims - 1 for one in books.posted if one.published)
    figures = {
        "accepted": len({one.appeal_id for one in books.accepted}),
        "terminal": places["retained"] + places["referred"],
        "operator": places["operator"],
        "parked": sum(one.state == "parked" for one in books.parked),
        "lost": kinds[Kind.LOST],
        "dup_effect": kinds[Kind.DOUBLE],
        "redelivered": again,
        "recovered": sum(one.anew for one in books.accepted),
        "in_doubt": sum(one.state == UNSURE for one in books.notifications),
        "seed": seed,
    }
    return " ".join(f"{name}={figure}" for name, figure in figures.items())
