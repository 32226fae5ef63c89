"""I7: what one side said, the other has read: lost and unexpected messages, hop by hop (Jepsen's total-queue)."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from services.contracts.referrals import ReferralState, ReplyKind
from services.contracts.topology import (
    INTAKE_NOTICES,
    INTAKE_REFERRALS,
    NOTIFIER_REQUESTS,
    ROUTER_APPEALS,
    ROUTER_REPLIES,
    ROUTER_UNDELIVERED,
)
from tests.e2e.faults.books import Books
from tests.e2e.faults.findings import Finding, Kind

READER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "appeal.registered.v1": ROUTER_APPEALS,
        "appeal.withdrawn.v1": ROUTER_APPEALS,
        "appeal.assessed.v1": INTAKE_REFERRALS,
        "referral.changed.v1": INTAKE_REFERRALS,
        "applicant.notify.v1": NOTIFIER_REQUESTS,
        "system.notify.v1": NOTIFIER_REQUESTS,
        "applicant.notified.v1": INTAKE_NOTICES,
    }
)
"""Whose inbox a message ends in. Referrals end in the agencies' ledgers."""

_ENDS: Final = {
    ReplyKind.ANSWERED: {ReferralState.ANSWERED},
    ReplyKind.DECLINED: {ReferralState.DECLINED, ReferralState.DISPUTED},
}
"""Where an agency's last word leaves its referral."""


def delivered(books: Books) -> Iterator[Finding]:
    """I7: what was confirmed was read or parked; what was read had been said. A reply moves its referral."""
    parked = {(one.queue, one.message_id) for one in books.parked}
    said = {one.event_id: ROUTER_REPLIES for one in books.said}
    said |= {one.message_id: READER[one.type] for one in books.posted if one.published and one.type in READER}
    for message_id, queue in said.items():
        if message_id not in books.entered.get(queue, ()) and (queue, message_id) not in parked:
            yield Finding(Kind.LOST, f"{message_id} was said and never read from {queue}")
    issued = {one.message_id for one in books.posted if one.type == "referral.issued.v1"}
    for queue, ids in books.entered.items():
        for message_id in ids - said.keys() - issued:
            yield Finding(Kind.WRONG, f"{message_id} was read from {queue} and never said")
    yield from _referred(books)
    yield from _heard(books)


def _referred(books: Books) -> Iterator[Finding]:
    taken = {one.message_id for one in books.deliveries}
    refused = {one.message_id for one in books.deliveries if one.refused}
    for one in books.posted:
        if one.type == "referral.issued.v1" and one.published and one.message_id not in taken:
            yield Finding(Kind.LOST, f"referral {one.data['referral_id']} never reached {one.data['agency']}")
    for message_id in refused - books.entered.get(ROUTER_UNDELIVERED, frozenset()):
        yield Finding(Kind.LOST, f"{message_id} was refused by its agency and nobody heard of it")


def _heard(books: Books) -> Iterator[Finding]:
    last = {one.referral_id: one.kind for one in books.said}
    for referral_id, kind in last.items():
        if books.referrals[referral_id].state not in _ENDS.get(kind, frozenset(ReferralState)):
            yield Finding(Kind.LOST, f"referral {referral_id} was {kind}, and is {books.referrals[referral_id].state}")
