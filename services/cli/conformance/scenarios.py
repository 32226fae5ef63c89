"""What a consumer meets one day, each as a scenario: it is played, and yields a sentence for each fault."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from services.chassis import clock
from services.chassis.ids import new_id
from services.cli.conformance.partner import Faults, Partner, Scenario
from services.cli.conformance.shelf import Shelf
from services.contracts.appeals import Applicant, Language
from services.contracts.referrals import Awaited, ReferralIssued, ReferralReminder

SETTLE_SECONDS: Final = 0.5
"""So long after the last reply that was waited for, nothing more is expected."""
MANY: Final = 100
"""More than a sensible prefetch: who does not acknowledge stands still."""
_BACK_SECONDS: Final = 3.0
_ISSUED: Final = "kz.joldau.referral.issued.v1"
_ENDING: Final = frozenset({"accepted", "answered", "extended"})
_KAZAKH: Final = (
    "Әкімдікке өтініш: ауылда су жоқ, жол бұзылған.\nҚұрметпен, Ғ. Өмірұлы «Іңкәр» ҺҮҰҚӨҢ 📎 \u202bعربي\u202c"
)


async def plain(partner: Partner) -> Faults:
    """A referral as most are."""
    if not await partner.replied(await partner.issue()):
        yield f"no reply in {partner.within:g} s: say `received` of each referral, as soon as it is on your disk"


async def kazakh(partner: Partner) -> Faults:
    """Letters beyond Russian, a line break, an emoji, text from right to left."""
    changes = {"language": Language.KAZAKH, "text": _KAZAKH, "applicant": Applicant(name="Әбілқасымұлы Ғұмар Іңкәрбек")}
    if not await partner.replied(await partner.issue(**changes)):
        yield "no reply to a referral in Kazakh: the body is JSON in UTF-8, whatever the letters"


async def big(partner: Partner) -> Faults:
    """The longest text there is; each letter takes four bytes."""
    if not await partner.replied(await partner.issue(text="🏔" * 20_000)):
        yield "no reply to the longest referral: a text has up to 20,000 characters, a message up to 256 KiB"


async def unknown_field(partner: Partner) -> Faults:
    """What version N+1 will say."""
    order = partner.order()
    await partner.send(order, more={"newthing": {"a": [1, None]}, "anothernewthing": "…"})
    if not await partner.replied(order):
        yield "no reply to a referral with fields of a later version: ignore what you do not know"


async def late(partner: Partner) -> Faults:
    """It was away for long: the term has passed."""
    issued = clock.now() - timedelta(days=40)
    changes: dict[str, Any] = {
        "registered_on": issued.date(),
        "issued_at": issued,
        "answer_due_on": (issued + timedelta(days=15)).date(),
    }
    if not await partner.replied(await partner.issue(**changes)):
        yield "no reply to a referral whose term has passed: it is still yours; take it, and answer it at once"


async def duplicate(partner: Partner) -> Faults:
    """The same message again, and the same referral in another message."""
    order, event = partner.order(), new_id()
    for event_id in (event, event, new_id()):
        await partner.send(order, event_id=event_id)
    async for fault in _goes_on(partner, "after a repeated referral"):
        yield fault


async def replay(partner: Partner) -> Faults:
    """What it has, and what it has lost, sent again on request."""
    order = await partner.issue()
    if not await partner.replied(order):
        yield "no reply to the referral that was to be replayed"
    lost = partner.order(replayed_at=clock.now())
    await partner.send(order.model_copy(update={"replayed_at": clock.now()}))
    await partner.send(lost)
    if not await partner.replied(lost):
        yield "no reply to a replayed referral that it does not have: take it like any other"
    async for fault in _goes_on(partner, "after a replay"):
        yield fault


async def documents(partner: Partner) -> Faults:
    """Two documents to fetch; then one whose reference has expired on its way."""
    async with Shelf(partner.wrong.append) as shelf:
        attached = (shelf.lay(), shelf.lay())
        if not await partner.replied(await partner.issue(attachments=attached)):
            yield "no reply to a referral with documents: say `received`, whatever becomes of them"
        if missed := await _missed(shelf, {one.id for one in attached}, partner.within):
            yield (
                f"has not fetched {missed} of {len(attached)} documents: "
                "GET the `reference` of each in `attachments` when you take the referral"
            )
            return
        stale = shelf.expired()
        order = partner.order(attachments=(stale,))
        partner.renewed[order.referral_id] = (shelf.renewed(stale),)
        await partner.send(order)
        if not await partner.replied(order):
            yield "no reply to a referral whose reference has expired: the referral is yours all the same"
        await partner.renew(order)
        if await _missed(shelf, {stale.id}, partner.within):
            yield f"has not fetched a document whose reference had expired (410): {partner.renewing}"


async def _missed(shelf: Shelf, ids: set[UUID], within: float) -> int:
    """How many of these documents nobody has fetched in time."""
    with suppress(TimeoutError):
        await shelf.until(lambda: ids <= shelf.fetched, within=within)
    return len(ids - shelf.fetched)


async def recall(partner: Partner) -> Faults:
    """A referral is taken back, then its message comes once more; and a recall of what it never had."""
    order, before = await partner.issue(), len(partner.refused)
    await partner.replied(order)
    await asyncio.sleep(SETTLE_SECONDS)
    earlier = {said.event_id for said in partner.said_of(order)}
    await partner.recall(order)
    await partner.send(order)
    await partner.recall(partner.order())
    async for fault in _goes_on(partner, "after a recall"):
        yield fault
    later = [said for said in partner.said_of(order) if said.event_id not in earlier]
    if going_on := sorted({said.kind for said in later} & _ENDING):
        yield f"said `{'`, `'.join(going_on)}` of a referral after its recall: stop work on it"
    if len(partner.refused) > before:
        yield "a recall was refused: acknowledge it, even of a referral that you do not know"


async def other_types(partner: Partner) -> Faults:
    """A reminder, and a type that does not exist yet, both of a referral that comes only later."""
    order, before = partner.order(), len(partner.refused)
    reminder = ReferralReminder(
        **order.model_dump(include={"referral_id", "appeal_id", "agency", "registration_number", "answer_due_on"}),
        awaited=Awaited.RECEIPT,
        reminded_at=clock.now(),
    )
    await partner.send(reminder)
    await partner.send(reminder, type_="kz.joldau.referral.novelty.v1")
    async for fault in _goes_on(partner, "after a message of another type"):
        yield fault
    if partner.said_of(order):
        yield "replies to a reminder, or to a type that it cannot know, as to a referral: acknowledge it, do nothing"
    if len(partner.refused) > before:
        yield "refuses a reminder, or a type that it cannot know: acknowledge it, do nothing"
    await partner.send(order)
    if not await partner.replied(order):
        yield "no reply to a referral of which it was reminded before: a reminder is no referral"


async def malformed(partner: Partner) -> Faults:
    """No JSON; JSON that is no referral; a referral without its id."""
    incomplete = partner.order().model_dump(mode="json", exclude={"referral_id"})
    bodies = (
        b"{",
        b"[]",
        json.dumps({"specversion": "1.0", "id": str(new_id()), "type": _ISSUED, "data": incomplete}).encode(),
    )
    before = len(partner.refused)
    for body in bodies:
        key = f"{ReferralIssued.TYPE}.{partner.agency}"
        await partner.send_raw(body, key=key, type_=_ISSUED, event_id=new_id())
    goes_on = [fault async for fault in _goes_on(partner, "after a message that it cannot read")]
    for fault in goes_on:
        yield f"{fault}: {partner.refusing}, and go on"
    await partner.until(lambda: len(partner.refused) - before == len(bodies), _BACK_SECONDS)
    returned = partner.refused[before:]
    if "delivery_limit" in returned:
        yield "a message that it cannot read was given back again and again: reject it without requeue"
    if not goes_on and len(returned) < len(bodies):
        taken = len(bodies) - len(returned)
        yield f"acknowledged {taken} of {len(bodies)} messages that cannot be read, seen by nobody: {partner.refusing}"
    await partner.clear()  # what is refused by being left


async def many(partner: Partner) -> Faults:
    """A hundred at once."""
    orders = [await partner.issue() for _ in range(MANY)]
    ids = {order.referral_id for order in orders}

    def open_() -> set[UUID]:
        return ids - {said.referral_id for said in partner.said}

    if not await partner.until(lambda: not open_(), partner.within * 3):
        yield f"no reply to {len(open_())} of {MANY} referrals at once: acknowledge each, after the reply is confirmed"


async def reconnect(partner: Partner) -> Faults:
    """Its connection ends."""
    await partner.cut()
    if [fault async for fault in plain(partner)]:
        yield "no reply after its connection was closed: connect again, for ever"


async def acknowledged(partner: Partner) -> Faults:
    """Nothing: by now everything must be acknowledged."""
    if held := await partner.held():
        yield f"{held} messages are not acknowledged: acknowledge what is on your disk"


async def _goes_on(partner: Partner, when: str) -> Faults:
    """A new referral is replied to; everything before it has been by then."""
    if not await partner.replied(await partner.issue()):
        yield f"no reply to the next referral {when}"
    await asyncio.sleep(SETTLE_SECONDS)


SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType(
    {
        "plain": plain,
        "kazakh": kazakh,
        "big": big,
        "unknown-field": unknown_field,
        "late": late,
        "duplicate": duplicate,
        "replay": replay,
        "documents": documents,
        "recall": recall,
        "other-types": other_types,
        "malformed": malformed,
        "many": many,
        "reconnect": reconnect,
        "acknowledged": acknowledged,
    }
)
"""In the order in which they are played."""
FIRST: Final = "plain"
