"""What the law requires ends delivered or at the desk: every way that a notice can go is gone, on both databases."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice, product
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import select, update

from services.chassis import clock
from services.chassis.database import Transaction
from services.chassis.ids import new_id
from services.contracts.notifications import Road
from services.notifier import claims, store
from services.notifier.claims import Attempt, value_of
from services.notifier.notification import (
    INTERRUPTED,
    Channel,
    Outcome,
    Permanent,
    Schedule,
    Sent,
    State,
    Temporary,
    Unknown,
)
from services.notifier.providers import Pool, Routes
from services.notifier.receipts import Receipts
from services.notifier.recording import Recorder
from services.notifier.settling import Settling
from services.notifier.store import Awaited, Filters
from services.notifier.tables import notification
from tests.integration.notifier.parts import Notifier, silence_of, to_applicant

TWICE: Final = Schedule((timedelta(0), timedelta(0)), repeats_unknown=False)
ATTEMPTS: Final[dict[str, Sequence[Outcome]]] = {
    "delivered": [Sent(confirmed=True)],
    "sent": [Sent("x")],
    "refused": [Permanent("refused")],
    "given up": [Temporary("away"), Temporary("away")],
    "between two attempts": [Temporary("away")],
    "in doubt": [Unknown("timeout")],
    "cut off": [INTERRUPTED],
}
LATER: Final = {"": None, "arrived": Sent(confirmed=True), "failed": Permanent("found_out")}
OPEN: Final = ("sent", "in doubt", "cut off")
"""After these something more may be heard."""

Step = tuple[str, str]
STEPS: Final[list[Step]] = [(made, later) for made, later in product(ATTEMPTS, LATER) if made in OPEN or not later]
FAILING: Final = [(made, later) for made, later in STEPS if made in {"refused", "given up"} or later == "failed"]
PAPER: Final[list[Step]] = [("", ""), *((made, later) for made, later in STEPS if made == "sent")]


def ways(rungs: Sequence[Channel]) -> Iterator[list[Step]]:
    """Every way down a ladder: each rung but the last one gone on has failed. All that follows is gone once a rung."""
    if not rungs:
        return
    for step in PAPER if rungs[0] is Channel.LETTER else STEPS:
        yield [step]
        if step in FAILING:
            for rest in islice(ways(rungs[1:]), None if step == FAILING[0] else 1):
                yield [step, *rest]


async def go(tx: Transaction, notifier: Notifier, order: UUID, way: Sequence[Step]) -> None:
    """Let an ordered notice go a way."""
    settling = notifier.delivery.settling
    for made, later in way:
        row = await last(tx, order)
        await attempted(tx, settling, row, made)
        said = LATER[later]
        if said is not None:
            now = await store.found(tx, row.id, to_change=True)
            after = value_of(now).reported(said, at=clock.now())
            await settling.settle(tx, [(now, after)], at=clock.now(), found_out=True)


async def attempted(tx: Transaction, settling: Settling, row: Any, made: str) -> None:
    recorder, at = Recorder(lambda *_: TWICE, settling), clock.now()
    if row.channel == Channel.LETTER:
        if made:
            posted = value_of(row).claimed(at=at).concluded(Sent("RR"), TWICE, at=at)
            await settling.settle(tx, [(row, posted)], at=at)
        return
    for outcome in ATTEMPTS[made]:
        claimed = value_of(await store.found(tx, row.id)).claimed(at=at)
        await claims.save(tx, [claimed])
        if outcome is INTERRUPTED:
            await tx.execute(update(notification).where(notification.c.id == row.id).values(lease_until_ms=0))
            await recorder.recover(tx, at=at)
        else:
            await recorder.record(tx, [Attempt(claimed, outcome, at, 5)], at=at)


async def last(tx: Transaction, order: UUID) -> Any:
    rows = await tx.execute(select(notification).where(notification.c.notification_id == order))
    return max(rows, key=lambda row: row.id)


def is_told(row: Any) -> bool:
    """A mail server's word counts, for no bounce has come (АППК art. 66(2))."""
    return row.state == State.DELIVERED or (row.state == State.SENT and row.channel == Channel.EMAIL)


@pytest.mark.parametrize("first", [Road.EMAIL, Road.LETTER])
async def test_no_way_of_a_notice_of_the_law_s_ends_in_silence(notifier: Notifier, first: Road) -> None:
    """Told, or still under way, or listed at the desk; what is told waits for nobody."""
    routes = Routes({Channel.EMAIL: Pool({"smtp": 1}), Channel.SMS: Pool({"one": 1})})
    whole = Notifier(notifier.database, notifier.speakers, routes)
    phone, rungs = "+77011234567", [Channel.EMAIL, Channel.SMS, Channel.LETTER]
    if first is Road.LETTER:
        phone, rungs = "", [Channel.LETTER, Channel.EMAIL]
    given = {"phone": phone or None, "channels": (first,), "postal_address": "Қонаев, Үлгі к., 1"}
    orders = {new_id(): way for way in ways(rungs)}
    await whole.ordered(*(to_applicant("a@post.example", notification_id=order, **given) for order in orders))
    async with whole.database.transaction() as tx:
        for order, way in orders.items():
            await go(tx, whole, order, way)
        await tx.execute(update(notification).values(changed_at=clock.now() - timedelta(days=90)))
    await silence_of(Receipts(whole.delivery.settling, {}, new_id)).look(whole.database)
    rows = await whole.rows()
    async with whole.database.reading() as tx:
        desk = [row for why in Awaited for row in await store.listed(tx, Filters(awaited=why), before=None, limit=500)]

    waits = {row.notification_id for row in desk}
    told = {row.notification_id for row in rows if is_told(row)}
    under_way = {row.notification_id for row in rows if row.next_attempt_at is not None}
    assert [way for order, way in orders.items() if order not in waits | told | under_way] == []
    assert waits & told == set()
    assert {row.state for row in rows} == set(State) - {State.SENDING, State.SUPPRESSED, State.REPLACED}
    assert {row.reason for row in desk if row.state == State.QUEUED} == ({"unposted"})
