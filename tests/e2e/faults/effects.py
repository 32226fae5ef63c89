"""I5: what the outside world has felt of a run, which must be each thing once."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

from services.cli.local.sinks import Mail
from tests.e2e.faults.books import Books, Notification
from tests.e2e.faults.findings import Finding, Kind

NOTICES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "appeal.registered": "registered",
        "appeal.retained": "retained",
        "appeal.withdrawn": "withdrawn",
        "referral.issued": "referred",
        "referral.accepted": "accepted",
        "referral.answered": "answered",
        "referral.declined": "declined",
        "referral.disputed": "declined",
    }
)
"""What of the timeline the applicant is told, by which notice."""

UNSURE: Final = "unknown"
"""State of a notification that may have arrived: by its policy it waits for a person instead of being repeated."""

REPLACED: Final = "replaced"
"""State of an optional notice that a newer one overtook while it waited for another attempt."""


def once_referred(books: Books) -> Iterator[Finding]:
    """I5: agencies saw each referral once in effect; an appeal is decided and referred anew only when declined."""
    ids = defaultdict(set)
    for one in books.deliveries:
        ids[one.referral_id].add(one.message_id)
        if (referral := books.referrals.get(one.referral_id)) is None or referral.agency != one.agency:
            yield Finding(Kind.WRONG, f"{one.agency} has the referral {one.referral_id}, which is not its own")
    for referral_id, messages in ids.items():
        if len(messages) > 1:
            yield Finding(Kind.DOUBLE, f"referral {referral_id} was issued {len(messages)} times")
    declined = Counter(one.appeal_id for one in books.referrals.values() if one.state in {"declined", "disputed"})
    referred = Counter(one.appeal_id for one in books.referrals.values())
    for what, counts in (("referred", referred), ("decided", books.decisions)):
        for appeal_id, count in counts.items():
            if count > 1 + declined[appeal_id]:
                yield Finding(Kind.DOUBLE, f"appeal {appeal_id} was {what} {count} times")
    yield from (Finding(Kind.DOUBLE, f"{one} is asked {n} times") for one, n in Counter(books.tasks).items() if n > 1)


def told_once(books: Books) -> Iterator[Finding]:
    """I5: what the timeline says is told, once: one order a notice, one e-mail an order, one webhook an order."""
    yield from _ordered_once(books)
    rows = {one.order: one for one in books.notifications}
    emails: dict[UUID, list[Mail]] = defaultdict(list)
    for mail in books.mails:
        emails[UUID(mail.message_id[1:].partition("@")[0])].append(mail)
    webhooks = {UUID(one.webhook_id) for one in books.webhooks if one.verified}
    for order in (emails.keys() | webhooks) - rows.keys():
        yield Finding(Kind.WRONG, f"a notice of order {order} was sent, and nobody knows of it")
    for row in books.notifications:
        if row.channel == "email":
            yield from _mailed_once(row, emails[row.order])
        elif row.state != "delivered" or row.order not in webhooks:
            yield Finding(Kind.LOST, f"the webhook {row.order} is {row.state}")
    for order, count in Counter(one.order for one in books.notifications).items():
        if count > 1:
            yield Finding(Kind.DOUBLE, f"{count} notifications of order {order}")


def _ordered_once(books: Books) -> Iterator[Finding]:
    ordered: Counter[tuple[UUID, str]] = Counter()
    for one in books.posted:
        if one.type == "applicant.notify.v1":
            ordered[one.appeal_id, one.data["notice"]] += 1
    due = Counter((one.of, NOTICES[one.kind]) for one in books.timeline if one.kind in NOTICES)
    for (appeal_id, notice), count in ((ordered - due) + (due - ordered)).items():
        kind = Kind.DOUBLE if ordered[appeal_id, notice] > due[appeal_id, notice] else Kind.LOST
        yield Finding(kind, f"{count} orders of the notice {notice} for {appeal_id} too many or too few")


def _mailed_once(row: Notification, mails: list[Mail]) -> Iterator[Finding]:
    if row.state == REPLACED and not mails:
        return
    if row.state not in {"sent", UNSURE} or (row.state == "sent" and not mails):
        yield Finding(Kind.LOST, f"the e-mail {row.order} is {row.state}")
    if len(mails) > 1 or (row.state == UNSURE and row.attempts > 1):
        yield Finding(Kind.DOUBLE, f"the e-mail {row.order} was sent {len(mails)} times in {row.attempts} attempts")
    if any(mail.to != row.recipient for mail in mails):
        yield Finding(Kind.WRONG, f"the e-mail {row.order} went to somebody else")
