"""What of each provider's pace is used, on record: a provider counts the calls of all our processes, and so do we."""

from typing import Final

from sqlalchemy import update

from services.chassis.database import Transaction, now_ms
from services.notifier.claims import Destination
from services.notifier.pace import Used
from services.notifier.tables import pace

_KEY: Final = [pace.c.channel, pace.c.name]


async def used(tx: Transaction, where: Destination) -> Used:
    """What of the destination's pace is used. Nobody else begins an attempt there until the transaction ends."""
    row = {"channel": where.channel.value, "name": where.name, "used_until_ms": 0}
    statement = tx.insert(pace).values(row)
    as_it_is = statement.on_conflict_do_update(index_elements=_KEY, set_={"used_until_ms": pace.c.used_until_ms})
    found = (await tx.execute(as_it_is.returning(pace.c.used_until_ms, now_ms().label("now_ms")))).one()
    return Used(found.used_until_ms, found.now_ms)


async def keep(tx: Transaction, where: Destination, used: Used) -> None:
    """Write down what is used now."""
    its = (pace.c.channel == where.channel.value) & (pace.c.name == where.name)
    await tx.execute(update(pace).where(its).values(used_until_ms=used.until_ms))
