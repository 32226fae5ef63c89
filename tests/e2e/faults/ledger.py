"""Reading the books: rows of the three databases, depths of the queues. Nothing here changes anything."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from aio_pika.exceptions import ChannelNotFoundEntity
from sqlalchemy import Select, Table, func, select

from services.chassis.database import Database, Transaction
from services.chassis.inbox import inbox
from services.chassis.outbox import outbox
from services.chassis.parked import parked
from services.contracts.envelope import TYPE_PREFIX
from services.contracts.topology import REQUEUE
from services.intake import store as intake
from services.notifier.tables import notification
from services.router import tables as router
from services.router.task import LOOKS, TaskState
from tests.e2e.faults.books import Appeal, Depth, Event, Notification, Posted, Referral, SetAside, Task
from tests.e2e.faults.broker import connected


async def read(databases: Mapping[str, Database]) -> dict[str, Any]:
    """What the three services have written down, as fields of `Books`."""
    found: dict[str, Any] = {"posted": [], "parked": [], "entered": {}}
    for service, reader in (("router", _router), ("notifier", _notifier), ("intake", _intake)):
        async with databases[service].reading() as tx:
            found |= await reader(tx)
            found["posted"] += await _posted(tx, service)
            found["parked"] += [
                SetAside(row.queue, row.message_id, row.reason, row.state, row.settled_by)
                for row in await tx.execute(select(parked))
            ]
            found["entered"] |= await _entered(tx)
    return found


async def depths(amqp_url: str, queues: Iterable[str]) -> dict[str, Depth]:
    """The queues as the broker sees them. One that is not there is left out."""
    found = {}
    async with connected(amqp_url) as connection:
        channel = await connection.channel()
        for name in queues:
            try:
                queue = await channel.declare_queue(name, durable=True, passive=True)
            except ChannelNotFoundEntity:
                channel = await connection.channel()
                continue
            told = queue.declaration_result
            found[name] = Depth(int(told.message_count or 0), int(told.consumer_count or 0))
    return found


async def _intake(tx: Transaction) -> dict[str, Any]:
    keyed = intake.appeal.outerjoin(intake.idempotency, intake.idempotency.c.appeal_id == intake.appeal.c.id)
    appeals = await tx.execute(select(intake.appeal, intake.idempotency.c.key).select_from(keyed))
    own = intake.appeal_event.c.kind.not_like("notice.%")  # proof of notices counts no revision
    events = await tx.execute(select(intake.appeal_event).where(own).order_by(intake.appeal_event.c.seq))
    return {
        "appeals": {row.id: Appeal(row.id, row.key, row.status, row.revision) for row in appeals},
        "timeline": [
            Event(row.appeal_id, row.revision, row.kind, None, _uuid(row.facts.get("referral_id")), None)
            for row in events
        ],
        "known_referrals": await _referrals(tx, intake.referral),
    }


async def _router(tx: Transaction) -> dict[str, Any]:
    appeals = await tx.execute(select(router.appeal.c.id, router.appeal.c.outcome))
    count = func.count().label("decisions")
    decisions = await tx.execute(select(router.decision.c.appeal_id, count).group_by(router.decision.c.appeal_id))
    events = await tx.execute(select(router.referral_event).order_by(router.referral_event.c.seq))
    waiting = select(router.task).where(router.task.c.state == TaskState.OPEN, router.task.c.question.not_in(LOOKS))
    return {
        "outcomes": {row.id: row.outcome for row in appeals},
        "decisions": {row.appeal_id: row.decisions for row in decisions},
        "referrals": await _referrals(tx, router.referral),
        "history": [
            Event(row.referral_id, row.revision, row.kind, row.state, row.referral_id, row.message_id) for row in events
        ],
        "tasks": [Task(row.appeal_id, row.question) for row in await tx.execute(waiting)],
    }


async def _notifier(tx: Transaction) -> dict[str, Any]:
    return {
        "notifications": [
            Notification(
                row.notification_id,
                row.channel,
                row.recipient,
                row.appeal_id,
                row.state,
                row.attempts,
                waiting=row.next_attempt_at is not None or row.lease_until_ms is not None,
            )
            for row in await tx.execute(select(notification))
        ]
    }


async def _referrals(tx: Transaction, table: Table) -> dict[UUID, Referral]:
    statement: Select[Any] = select(*(table.c[name] for name in Referral._fields))
    return {row.id: Referral(*row) for row in await tx.execute(statement)}


async def _posted(tx: Transaction, service: str) -> list[Posted]:
    return [
        Posted(
            service,
            row.message_id,
            row.type.removeprefix(TYPE_PREFIX),
            redriven=row.exchange == REQUEUE,
            data=json.loads(row.body)["data"] if row.exchange != REQUEUE else {},
            published=row.published_at is not None,
            leased=row.lease_owner is not None,
            claims=row.attempts,
            error=row.last_error,
        )
        for row in await tx.execute(select(outbox).order_by(outbox.c.seq))
    ]


async def _entered(tx: Transaction) -> dict[str, frozenset[UUID]]:
    found: dict[str, set[UUID]] = defaultdict(set)
    for row in await tx.execute(select(inbox.c.queue, inbox.c.message_id)):
        found[row.queue.partition("/")[0]].add(row.message_id)  # an agency's ids count among its own
    return {queue: frozenset(ids) for queue, ids in found.items()}


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
