"""The health of destinations on record, so that every process and every restart knows it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from prometheus_client import Gauge
from sqlalchemy import Row, delete, or_, select, update

from services.chassis.database import Transaction, now_ms
from services.notifier.claims import Destination
from services.notifier.notification import Channel, Outcome
from services.notifier.providers import Health
from services.notifier.tables import destination

log = structlog.get_logger()

RESTING: Final = Gauge("joldau_destinations_resting", "Destinations left alone after failures in a row", ["channel"])

_KEY: Final = [destination.c.channel, destination.c.name]


def _is(where: Destination) -> Any:
    return (destination.c.channel == where.channel.value) & (destination.c.name == where.name)


def health_of(row: Row[Any] | None) -> Health:
    """The domain's value of a row; a destination without one is well."""
    if row is None:
        return Health()
    return Health(row.failures, row.failing_since, row.pauses, row.resting_until)


async def of(tx: Transaction, where: Destination) -> Health:
    """How a destination has been doing."""
    return health_of((await tx.execute(select(destination).where(_is(where)))).one_or_none())


async def listed(tx: Transaction) -> list[Row[Any]]:
    """All destinations that have failed lately."""
    return list((await tx.execute(select(destination).order_by(*_KEY))).all())


async def resting(tx: Transaction, channel: Channel, *, at: datetime) -> Collection[str]:
    """Names of the channel's destinations that are left alone."""
    statement = select(destination.c.name).where(
        destination.c.channel == channel.value, destination.c.resting_until > at
    )
    return set((await tx.execute(statement)).scalars())


async def note(
    tx: Transaction, where: Destination, outcomes: Sequence[Outcome], *, at: datetime, first_pause: timedelta
) -> Health:
    """Write down what attempts there came to. Returns the health that follows."""
    row = (await tx.execute(select(destination).where(_is(where)).with_for_update())).one_or_none()
    before = health_of(row)
    after = before.after(outcomes, at=at, first_pause=first_pause)
    if after == before and (row is None or row.probing_until_ms is None):
        return after
    values = {**vars(after), "probing_until_ms": None, "changed_at": at}
    statement = tx.insert(destination).values(channel=where.channel.value, name=where.name, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=values))
    if after.on_probation != before.on_probation:
        event = "destination.rested" if after.on_probation else "destination.recovered"
        told = {"channel": where.channel, "destination": where.name, "failures": after.failures}
        tx.after_commit(partial(log.warning, event, **told))
    return after


async def begin_probe(tx: Transaction, where: Destination, *, lease: timedelta) -> bool:
    """Take the one attempt of a probation. False while another process makes it."""
    free = or_(destination.c.probing_until_ms.is_(None), destination.c.probing_until_ms <= now_ms())
    until = now_ms() + int(lease.total_seconds() * 1000)
    statement = update(destination).where(_is(where), free).values(probing_until_ms=until)
    return int((await tx.execute(statement)).rowcount) == 1


async def end_probe(tx: Transaction, where: Destination) -> None:
    """Give the attempt of a probation back: there was nothing to try it with."""
    probing = destination.c.probing_until_ms.is_not(None)
    await tx.execute(update(destination).where(_is(where), probing).values(probing_until_ms=None))


async def forget(tx: Transaction, where: Destination) -> bool:
    """Let a destination begin anew, as one that is well. False when it was."""
    return int((await tx.execute(delete(destination).where(_is(where)))).rowcount) == 1
