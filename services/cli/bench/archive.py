"""An archive of invented appeals in the router's database, as years of work would have left it.

A year is decided by the real rules, and part of it answered; the rest are copies of it on other days.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import delete, insert, select, text

from services.chassis import migrations
from services.chassis.consumer import Received
from services.chassis.database import Database
from services.chassis.errors import Refused
from services.chassis.ids import new_id
from services.chassis.outbox import Cause, outbox
from services.cli.local.year import YearAppeal, year
from services.contracts.appeals import AppealRegistered
from services.contracts.calendar import ALMATY
from services.contracts.envelope import Envelope, Message
from services.contracts.referrals import ReferralReply, ReferralState, ReplyKind
from services.contracts.topology import reply_exchange
from services.router.desk import Desk
from services.router.directory_file import DEMO
from services.router.draft import Actor
from services.router.replies import Replies
from services.router.routing import Router
from services.router.rulebook import Rulebook
from services.router.rules import LEXICON, Policy, read_set
from services.router.tables import appeal, appeal_word, decision, part, referral, referral_event, task
from services.router.task import TaskState
from services.router.wording import Wording

YEAR: Final = 1715
SEED: Final = 8
_AT_ONCE: Final = 100
_COPIED: Final = (appeal, decision, part, referral, referral_event, task, appeal_word)
_UNSETTLED: Final = 20
"""One task in so many waits for a person."""
_REASON: Final = "так решил специалист"
_UNANSWERED: Final = 7
"""One referral in so many waits for its answer."""


@dataclass
class _Now:
    """The clock of the year: it stands at what arrives."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


async def fill(database: Database, count: int, say: Callable[[str], None]) -> None:
    """Fill an empty database with `count` appeals, decided, referred, answered or waiting."""
    await migrations.upgrade(database)
    say(f"Deciding a year of {min(count, YEAR)} appeals")
    await _decide(database, list(year(SEED, min(count, YEAR))))
    await Wording(database).look()
    times = -(-count // YEAR)
    say(f"Making {times} of it")
    await _copy(database, times)
    if not database.is_sqlite:
        async with database.transaction() as tx:
            await tx.execute(text("ANALYZE"))


async def _decide(database: Database, appeals: Sequence[YearAppeal]) -> None:
    now = _Now(datetime.fromisoformat(appeals[0].body["received_at"]))
    rules = Rulebook(read_set(lexicon=LEXICON, directory=DEMO), Policy.UNSURE)
    async with database.transaction() as tx:
        await rules.begin(tx, at=now())
    router = Router(rules, now=now, new_id=new_id)
    for start in range(0, len(appeals), _AT_ONCE):
        messages = [_registered(n, one) for n, one in enumerate(appeals[start : start + _AT_ONCE], start)]
        now.at = messages[-1].received_at
        async with database.transaction() as tx:
            await router.assess(tx, [_received(one, "appeals", now()) for one in messages])
            await tx.execute(delete(outbox))
    await _settle(database, router)
    await _reply(database, router, now)


async def _settle(database: Database, router: Router) -> None:
    """Let a person settle most of what waits, for the likeliest agency or ourselves, and another approve it."""
    desk, actor = Desk(database, router), Actor("operator:bench", Cause(None), reads_sealed=True)
    async with database.reading() as tx:
        waiting = select(task.c.id, decision.c.record).join_from(task, decision, task.c.decision_id == decision.c.id)
        rows = (await tx.execute(waiting.where(task.c.state == TaskState.OPEN).order_by(task.c.id))).all()
    for number, row in enumerate(rows):
        found = [one["addressee"] for one in row.record.get("candidates", ()) if one["addressee"]]
        try:
            if number % _UNSETTLED and found:
                await desk.assign(row.id, agency=found[0], reason=_REASON, part=None, actor=actor)
            elif number % _UNSETTLED:
                await desk.retain(row.id, reason=_REASON, actor=actor)
        except Refused:  # it stays for somebody else
            continue
    async with database.reading() as tx:
        proposed = (await tx.execute(select(referral.c.id).where(referral.c.state == ReferralState.PROPOSED))).scalars()
        ids = sorted(proposed)
    for number, referral_id in enumerate(ids):
        if number % _UNSETTLED:
            await desk.approve(referral_id, revision=None, actor=replace(actor, name="operator:second"))


async def _reply(database: Database, router: Router, now: _Now) -> None:
    async with database.reading() as tx:
        issued = (await tx.execute(select(referral).where(referral.c.state == "issued").order_by(referral.c.id))).all()
    for number, row in enumerate(issued):
        if number % _UNANSWERED == 0:
            continue
        now.at = row.issued_at + timedelta(days=number % _UNANSWERED)
        about = {"referral_id": row.id, "appeal_id": row.appeal_id, "occurred_at": now()}
        said = [
            ReferralReply(**about, kind=ReplyKind.ACCEPTED, registration_number=f"К-{number}"),
            ReferralReply(**about, kind=ReplyKind.ANSWERED, text="Вопрос рассмотрен, меры приняты."),
        ]
        async with database.transaction() as tx:
            replies = [_received(one, reply_exchange(row.agency), now()) for one in said]
            await Replies(router).apply(tx, replies[: 1 + (number % 3 > 0)])
            await tx.execute(delete(outbox))


async def _copy(database: Database, times: int) -> None:
    async with database.reading() as tx:
        read = {table: [row._asdict() for row in await tx.execute(select(table))] for table in _COPIED}
    rows = {table: found for table, found in read.items() if found}
    for time in range(1, times):
        async with database.transaction() as tx:
            for table, found in rows.items():
                await tx.execute(insert(table), [_copied(row, time) for row in found])


def _copied(row: Mapping[str, Any], time: int) -> dict[str, Any]:
    """The same of another appeal, so many days before."""
    copied = {name: _moved(value, time) for name, value in row.items() if name != "seq"}
    if "channel" in row:
        copied["registration_number"] = f"{row['registration_number']}-{time}"
    return copied


def _moved(value: Any, time: int) -> Any:
    match value:
        case UUID():
            return uuid5(value, str(time))
        case date():
            return value - timedelta(days=time)
        case _:
            return value


def _registered(number: int, one: YearAppeal) -> AppealRegistered:
    received_at = datetime.fromisoformat(one.body["received_at"])
    body = {**one.body, "applicant": {**one.body["applicant"], "name": one.body["applicant"]["name"] or "—"}}
    given = {"appeal_id": new_id(), "registration_number": f"JD-{number:06}"}
    return AppealRegistered(**body, **given, registered_on=received_at.astimezone(ALMATY).date())


def _received(message: Message, exchange: str, at: datetime) -> Received[Any]:
    envelope = Envelope.of(message, id=new_id(), source="/bench", at=at, correlation_id="bench")
    return Received(message, envelope, exchange)
