"""The checks themselves, on the books of one appeal: in order they find nothing, and each fault by its name."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid5

import pytest

from services.cli.local.sinks import Mail
from services.contracts.referrals import ReplyKind
from services.contracts.topology import INTAKE_REFERRALS, NOTIFIER_REQUESTS, ROUTER_APPEALS, ROUTER_REPLIES
from tests.e2e.faults.agency import Delivery, Said
from tests.e2e.faults.books import Appeal, Books, Depth, Event, Notification, Posted, Referral, SetAside
from tests.e2e.faults.findings import Kind
from tests.e2e.faults.invariants import check, line
from tests.e2e.faults.posting import Accepted

STATES = ("issued", "accepted", "answered")


def an_id(name: str) -> UUID:
    return uuid5(UUID(int=0), name)


A, R = an_id("appeal"), an_id("referral")


def said(service: str, name: str, kind: str, **more: str) -> Posted:
    data = {"appeal_id": str(A), **more}
    return Posted(service, an_id(name), kind, False, data, published=True, leased=False, claims=1, error=None)


def in_order() -> Books:
    """One appeal, referred to one agency, which has accepted and answered it; the applicant was told four times."""
    notices = ("registered", "referred", "accepted", "answered")
    referral = Referral(R, A, "education", "answered", 4, None)
    return Books(
        attempted=frozenset({"key"}),
        accepted=[Accepted("key", A, anew=False)],
        appeals={A: Appeal(A, "key", "answered", 4)},
        timeline=[
            Event(A, 1, "appeal.registered", None, None, None),
            *(Event(A, n, f"referral.{state}", None, R, None) for n, state in enumerate(STATES, 2)),
        ],
        known_referrals={R: referral},
        outcomes={A: "referred"},
        decisions={A: 1},
        referrals={R: referral},
        history=[Event(R, n, state, state, R, an_id(f"because {state}")) for n, state in enumerate(STATES, 2)],
        tasks=[],
        posted=[
            said("intake", "registered", "appeal.registered.v1"),
            said("router", "issued", "referral.issued.v1", referral_id=str(R), agency="education"),
            *(said("router", f"changed {state}", "referral.changed.v1") for state in STATES),
            *(said("intake", f"order {one}", "applicant.notify.v1", notice=one) for one in notices),
        ],
        entered={
            ROUTER_APPEALS: frozenset({an_id("registered")}),
            ROUTER_REPLIES: frozenset({an_id("reply accepted"), an_id("reply answered")}),
            INTAKE_REFERRALS: frozenset(an_id(f"changed {state}") for state in STATES),
            NOTIFIER_REQUESTS: frozenset(an_id(f"order {one}") for one in notices),
        },
        parked=[],
        notifications=[
            Notification(an_id(f"order {one}"), "email", "a@example.kz", A, "sent", 1, waiting=False) for one in notices
        ],
        deliveries=[Delivery("education", an_id("issued"), R, A, refused=False)],
        said=[Said(an_id(f"reply {state}"), R, ReplyKind(state)) for state in STATES[1:]],
        mails=[Mail(f"<{an_id(f'order {one}')}@joldau.example>", "a@example.kz", one, "") for one in notices],
        queues={ROUTER_APPEALS: Depth(ready=0, consumers=1)},
    )


def test_books_in_order_show_nothing():
    """One line says so."""
    books = in_order()

    assert check(books) == {}
    assert line(books, {}, seed=7) == (
        "accepted=1 terminal=1 operator=0 parked=0 lost=0 dup_effect=0 redelivered=0 recovered=0 in_doubt=0 seed=7"
    )


BROKEN: list[tuple[str, str, Kind, Callable[[Books], Books]]] = [
    ("an appeal has gone", "I1 durable", Kind.LOST, lambda b: replace(b, appeals={})),
    (
        "a key has two appeals",
        "I2 keyed",
        Kind.DOUBLE,
        lambda b: replace(b, accepted=[*b.accepted, Accepted("key", an_id("other"), anew=True)]),
    ),
    ("nobody posted it", "I2 keyed", Kind.WRONG, lambda b: replace(b, attempted=frozenset())),
    ("no agency has it", "I3 placed", Kind.LOST, lambda b: replace(b, deliveries=())),
    (
        "two places have it",
        "I3 placed",
        Kind.DOUBLE,
        lambda b: parked(b, entered=b.entered | {ROUTER_APPEALS: frozenset()}),
    ),
    ("a row waits", "I4 drained", Kind.OPEN, lambda b: last_posted(b, published=False)),
    ("a lease is held", "I4 drained", Kind.OPEN, lambda b: last_posted(b, leased=True)),
    ("a queue is not empty", "I4 drained", Kind.OPEN, lambda b: replace(b, queues={"unrouted": Depth(1, 0)})),
    (
        "a referral was issued anew",
        "I5 referred once",
        Kind.DOUBLE,
        lambda b: replace(b, deliveries=[*b.deliveries, b.deliveries[0]._replace(message_id=an_id("again"))]),
    ),
    ("an appeal was decided anew", "I5 referred once", Kind.DOUBLE, lambda b: replace(b, decisions={A: 2})),
    ("an e-mail came twice", "I5 told once", Kind.DOUBLE, lambda b: replace(b, mails=[*b.mails, b.mails[0]])),
    ("an e-mail is missing", "I5 told once", Kind.LOST, lambda b: replace(b, mails=b.mails[1:])),
    ("a notice was ordered twice", "I5 told once", Kind.DOUBLE, lambda b: replace(b, posted=[*b.posted, b.posted[-1]])),
    ("a timeline skips", "I6 histories", Kind.WRONG, lambda b: replace(b, timeline=b.timeline[:-1])),
    ("a state was skipped back", "I6 histories", Kind.WRONG, lambda b: replace(b, history=b.history[::-1])),
    ("a message worked twice", "I6 histories", Kind.DOUBLE, lambda b: replace(b, history=[*b.history, b.history[-1]])),
    (
        "intake was not told",
        "I6 histories",
        Kind.OPEN,
        lambda b: replace(b, referrals={R: b.referrals[R]._replace(state="recalled")}),
    ),
    ("a message was not read", "I7 delivered", Kind.LOST, lambda b: replace(b, entered={})),
    (
        "a message was never said",
        "I7 delivered",
        Kind.WRONG,
        lambda b: replace(b, entered=b.entered | {ROUTER_APPEALS: frozenset({an_id("registered"), an_id("ghost")})}),
    ),
    (
        "a queue has no reader",
        "I8 listened to",
        Kind.OPEN,
        lambda b: replace(b, queues={ROUTER_APPEALS: Depth(ready=0, consumers=0)}),
    ),
    ("a parked message was settled by nobody", "I9 accounted", Kind.WRONG, lambda b: parked(b, state="discarded")),
]


def last_posted(books: Books, **change: bool) -> Books:
    return replace(books, posted=[*books.posted[:-1], books.posted[-1]._replace(**change)])


def parked(books: Books, *, state: str = "parked", **more) -> Books:
    one = SetAside(ROUTER_APPEALS, an_id("registered"), "failed", state, settled_by=None)
    return replace(books, parked=[one], **more)


@pytest.mark.parametrize(
    ("invariant", "kind", "break_it"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_broken_promise_is_found(invariant, kind, break_it):
    """By the invariant that it breaks, whatever else it breaks."""
    found = check(break_it(in_order()))

    assert kind in {one.kind for one in found[invariant]}
