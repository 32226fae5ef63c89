"""The demo's accounting: where every accepted appeal is, told by the books of others than Joldau. Pure.

The books are the coupons that the posting system holds, the agencies' ledgers, the mail server's and the webhook
receiver's. Joldau's own databases are not asked.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.cli.local.ledger import Entry
from services.cli.local.posting import Posted
from services.cli.local.receivers import TakenMail, TakenWebhook
from services.contracts.appeals import Channel
from services.contracts.referrals import ReplyKind

RETAINED: Final = "retained"
WITH_OPERATOR: Final = "in_review"
ANSWERED: Final = "answered"

_COUPON_BY_MAIL: Final = frozenset({Channel.WEB.value, Channel.POST.value})
"""Elsewhere a registrar hands the coupon over."""
_NOTICES: Final = {ReplyKind.ANSWERED: 3, ReplyKind.DECLINED: 2}
"""Mails about a referral by its end: referred, accepted, answered; or referred, declined."""
_NUMBER: Final = re.compile(r"\b\w{1,10}-\d{4}-\d{6}\b")


@dataclass(frozen=True)
class Books:
    """What those outside Joldau have written down."""

    posted: Sequence[Posted]
    entries: Sequence[Entry]
    mail: Sequence[TakenMail]
    webhooks: Sequence[TakenWebhook]


@dataclass(frozen=True)
class Told:
    """What was to be told on one channel, and what arrived."""

    expected: int
    arrived: int
    missing: int
    doubled: int
    """Told more often than was to be told, by whatever id."""
    repeated: int
    """Sent again under the same id, by which a receiver drops it."""

    @property
    def whole(self) -> bool:
        return not (self.missing or self.doubled)


@dataclass(frozen=True)
class Account:
    """Each accepted appeal is retained, referred, or with an operator."""

    accepted: int
    retained: int
    referred: int
    with_operator: int
    lost: int
    """Accepted, and in nobody's hands."""
    doubled: int
    """In the hands of more than one."""
    unknown: int
    """Somebody has them, and they were never accepted."""
    untold: int
    """The posting system was not told where they are."""
    redelivered: int
    """Referrals that came to their agency again, and were dropped by their ids."""
    mail: Told
    webhooks: Told

    @property
    def whole(self) -> bool:
        """Whether everything is where it belongs, once, and everybody was told of it, once."""
        astray = self.lost or self.doubled or self.unknown or self.untold
        return not astray and self.mail.whole and self.webhooks.whole


def account(books: Books) -> Account:
    """Add up the books."""
    hands: dict[UUID, list[str]] = {one.id: [] for one in books.posted}
    last = _last_told(books.webhooks)
    in_hand = [(e.appeal_id, ANSWERED) for e in books.entries if e.ends is ReplyKind.ANSWERED and not e.unsaid]
    in_hand += [(i, status) for i, status in last.items() if status in {RETAINED, WITH_OPERATOR}]
    unknown = {appeal_id for appeal_id, _ in in_hand} - hands.keys()
    for appeal_id, where in in_hand:
        if appeal_id not in unknown:
            hands[appeal_id].append(where)
    places = Counter(where for found in hands.values() for where in set(found))
    return Account(
        accepted=len(hands),
        retained=places[RETAINED],
        referred=places[ANSWERED],
        with_operator=places[WITH_OPERATOR],
        lost=sum(not found for found in hands.values()),
        doubled=sum(len(found) > 1 for found in hands.values()),
        unknown=len(unknown),
        untold=sum(last.get(i) not in found for i, found in hands.items()),
        redelivered=sum(entry.deliveries - 1 for entry in books.entries),
        mail=_mail(books, last),
        webhooks=_webhooks(books.webhooks),
    )


def _last_told(webhooks: Iterable[TakenWebhook]) -> dict[UUID, str]:
    """The newest status that the posting system was told of each appeal, in whatever order it was told."""
    return {webhook.appeal_id: webhook.status for webhook in sorted(webhooks, key=lambda webhook: webhook.revision)}


def _mail(books: Books, last: Mapping[UUID, str]) -> Told:
    """Each applicant with an address gets the coupon, and a notice of every step."""
    steps = Counter[UUID]()
    for entry in books.entries:
        steps[entry.appeal_id] += _NOTICES[entry.ends]
    expected = {one.registration_number: _expected(one, steps, last) for one in books.posted}
    arrived = Counter(_number(text) for text in {mail.id: mail.text for mail in books.mail}.values())
    return _told(expected, arrived, repeated=len(books.mail) - arrived.total())


def _expected(one: Posted, steps: Mapping[UUID, int], last: Mapping[UUID, str]) -> int:
    if one.appeal.body["applicant"]["email"] is None:
        return 0
    return (one.appeal.body["channel"] in _COUPON_BY_MAIL) + steps[one.id] + _told_of_retaining(one, last)


def _told_of_retaining(one: Posted, last: Mapping[UUID, str]) -> bool:
    """What stays with us is sensitive: it is told to confirmed contacts alone."""
    return last.get(one.id) == RETAINED and bool(one.appeal.body["applicant"]["contacts_confirmed"])


def _webhooks(webhooks: Sequence[TakenWebhook]) -> Told:
    """Each change is told once. What should have been told and was not shows as `untold`."""
    changes = {(webhook.appeal_id, webhook.revision): 1 for webhook in webhooks}
    arrived = Counter({webhook.id: (webhook.appeal_id, webhook.revision) for webhook in webhooks}.values())
    return _told(changes, arrived, repeated=len(webhooks) - arrived.total())


def _told(expected: Mapping[Any, int], arrived: Counter[Any], *, repeated: int) -> Told:
    wanted = Counter(expected)
    return Told(
        expected=wanted.total(),
        arrived=arrived.total(),
        missing=(wanted - arrived).total(),
        doubled=(arrived - wanted).total(),
        repeated=repeated,
    )


def _number(text: str) -> str:
    found = _NUMBER.search(text)
    return found[0] if found else ""
