"""What moves to a protected channel leaves no address and no word of its applicant (R-SEC-3), on both databases."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from services.chassis import clock, parked
from services.chassis.errors import Conflict
from services.chassis.ids import new_id
from services.chassis.outbox import outbox
from services.contracts.notifications import ForgetApplicant, NotifyApplicant, Road
from services.notifier import forgetting, tables
from services.notifier.channels.email import OutgoingEmail
from services.notifier.notification import Channel, Outcome, Permanent, Temporary, Unknown
from services.notifier.receipts import Receipts
from services.notifier.resending import Resender
from services.notifier.speakers import EmailSpeaker, Terms
from tests.dsn import report
from tests.integration.notifier.parts import (
    EDITION,
    ENDPOINTS,
    QUICK,
    TIMEOUT,
    Notifier,
    to_applicant,
    to_system,
)

EMAIL, PHONE, NAME, PLACE = "kanarejka@post.example", "+77010009999", "Канарейкин", "Талгар"
WORDS = (EMAIL, "kanarejka", "7701000", NAME, PLACE, "Сынақбаев", "status/x")


def told(appeal_id: UUID, **changes: Any) -> NotifyApplicant:
    given = {"email": EMAIL, "phone": PHONE, "applicant_name": NAME, "postal_address": PLACE, **changes}
    return to_applicant(appeal_id=appeal_id, **given)


async def forget(notifier: Notifier, appeal_id: UUID) -> None:
    await notifier.ordered(ForgetApplicant(appeal_id=appeal_id, requested_at=clock.now()))


async def words_left(notifier: Notifier) -> set[str]:
    """Words about the applicant that any table still holds."""
    left = ""
    async with notifier.database.reading() as tx:
        for table in (*tables.metadata.tables.values(), outbox, parked.parked):
            for row in await tx.execute(select(table)):
                left += " ".join(v.decode() if isinstance(v, bytes) else str(v) for v in row)
    return {word for word in WORDS if word in left}


async def test_of_a_notice_its_proof_stays_and_nothing_else(notifier: Notifier) -> None:
    """Masked address, time, provider and reference; what waited is told to nobody, and intake hears nothing of that."""
    appeal_id = new_id()
    await notifier.ordered(told(appeal_id))
    [sent] = await notifier.settled("sent")
    other = told(new_id(), email="b@other.example")
    await notifier.ordered(told(appeal_id, channels=(Road.LETTER,)), told(appeal_id), other)
    said = await outbox_rows(notifier)
    await forget(notifier, appeal_id)
    await forget(notifier, appeal_id)

    first, paper, second, last = await notifier.rows()
    assert (first.state, first.recipient, first.reference) == ("sent", "k•••@post.example", sent.reference)
    assert [(row.state, row.reason, row.next_attempt_at) for row in (paper, second)] == [
        ("suppressed", "forgotten", None)
    ] * 2
    assert (last.state, last.recipient) == ("queued", "b@other.example")
    assert [(one.outcome, one.destination) for one in await notifier.attempts()] == [("sent", "smtp")]
    assert await outbox_rows(notifier) == said
    await forget(notifier, other.appeal_id)
    assert await words_left(notifier) == set()


async def outbox_rows(notifier: Notifier) -> int:
    async with notifier.database.reading() as tx:
        return len((await tx.execute(select(outbox.c.seq))).all())


async def test_an_order_that_comes_late_brings_nothing_back(notifier: Notifier) -> None:
    """Once or twice, even broken: it is on record, and told to nobody."""
    order = told(appeal_id := new_id())
    await forget(notifier, appeal_id)
    await notifier.ordered(order, order)
    await notifier.ordered(order)
    await notifier.ordered(told(appeal_id, variables={}))

    assert [(row.state, row.reason, row.recipient) for row in await notifier.rows()] == [
        ("suppressed", "forgotten", "")
    ] * 2
    assert await words_left(notifier) == set()
    assert await outbox_rows(notifier) == 0


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        pytest.param(Temporary("timeout"), "suppressed", "forgotten", id="it would be repeated"),
        pytest.param(Unknown("no_answer"), "unknown", "no_answer", id="it may have arrived"),
        pytest.param(Permanent("smtp_550"), "permanent_failure", "smtp_550", id="the next channel's turn"),
    ],
)
async def test_an_attempt_under_way_is_concluded_and_not_repeated(
    notifier: Notifier, outcome: Outcome, state: str, reason: str
) -> None:
    """Whatever it comes to: nobody is told again, and no other channel is tried."""
    order = told(new_id())
    sending = Notifier(notifier.database, {Channel.EMAIL: Forgetting(notifier, order.appeal_id, outcome)})
    await sending.ordered(order)
    [row] = await sending.settled(state)

    assert (row.reason, row.next_attempt_at, row.lease_until_ms) == (reason, None, None)
    assert len(await notifier.attempts()) == 1
    assert await words_left(notifier) == set()


class Forgetting(EmailSpeaker):
    """A provider that answers only when the applicant has been forgotten."""

    def __init__(self, notifier: Notifier, appeal_id: UUID, outcome: Outcome) -> None:
        super().__init__(EDITION, {"smtp": self}, {"smtp": Terms(QUICK, 4, TIMEOUT)})
        self._forgets = lambda: forget(notifier, appeal_id)
        self._outcome = outcome

    async def send(self, _outgoing: OutgoingEmail) -> Outcome:
        await self._forgets()
        return self._outcome

    async def rest(self) -> None:
        return None


async def test_nothing_that_is_forgotten_can_be_sent_anew_or_listed_as_dead(notifier: Notifier) -> None:
    """A person is refused, and a bounce that comes late moves the notice and no more."""
    order = told(new_id())
    await notifier.ordered(order)
    [row] = await notifier.settled("sent")
    await forget(notifier, order.appeal_id)
    receipts = Receipts(notifier.delivery.settling, {}, new_id=new_id)
    async with notifier.database.transaction() as tx:
        with pytest.raises(Conflict, match="notification_forgotten"):
            await Resender(notifier.delivery.settling, ENDPOINTS).resend(tx, row.id, by="a", at=clock.now())
        message_id = f"<{order.notification_id}@joldau.example>"
        assert await receipts.of_email(tx, report("failed", "5.1.1", message_id=message_id), at=clock.now())

    async with notifier.database.reading() as tx:
        assert (await tx.execute(select(tables.suppression))).all() == []
    assert [(row.channel, row.state) for row in await notifier.rows()] == [("email", "permanent_failure")]


async def test_what_another_process_wrote_meanwhile_and_what_is_parked_goes_too(notifier: Notifier) -> None:
    """The hourly look finds it; a message that was put back into its queue does not leave any more."""
    order = told(new_id())
    body = f'{{"appeal_id": "{str(order.appeal_id).upper()}", "email": "{EMAIL}"'.encode()
    parcel = parked.Parcel("notifier.requests", None, None, None, None, None, {}, body, "invalid", "")
    async with notifier.database.transaction() as tx:
        parked_id = await parked.park(tx, parcel, at=clock.now())
        await parked.redrive(tx, parked_id, by="a", at=clock.now())
    async with notifier.database.transaction() as tx:
        await tx.execute(insert(tables.forgotten).values(appeal_id=order.appeal_id, forgotten_at=clock.now()))
    await ordered_unseen(notifier, order)
    before = await words_left(notifier)
    async with notifier.database.transaction() as tx:
        await forgetting.again(tx)

    assert EMAIL in before
    assert await words_left(notifier) == set()
    assert [row.state for row in await notifier.rows()] == ["suppressed"]


async def ordered_unseen(notifier: Notifier, order: NotifyApplicant) -> None:
    """As if it had been ordered by a transaction that could not see the forgetting yet."""
    other = order.model_copy(update={"appeal_id": new_id()})
    await notifier.ordered(other)
    async with notifier.database.transaction() as tx:
        await tx.execute(update(tables.notification).values(appeal_id=order.appeal_id))


async def test_posting_systems_and_agencies_hear_on(notifier: Notifier) -> None:
    """What they are told holds numbers, states and links, no word of the applicant's."""
    appeal_id = new_id()
    await notifier.endpoint("portal", "https://portal.example/hook")
    await notifier.ordered(to_system(appeal_id=appeal_id))
    await forget(notifier, appeal_id)
    await notifier.ordered(to_system(appeal_id=appeal_id))

    assert [row.state for row in await notifier.rows()] == ["queued", "queued"]
