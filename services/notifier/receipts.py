"""Receipts of SMS gateways and bounces of e-mails: what became of a notice after its provider took it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.database import Database, Transaction
from services.chassis.errors import DatabaseUnavailable, Invalid, NotFound
from services.notifier import bounces, store, suppressions
from services.notifier.bounces import Bounce
from services.notifier.channels.mailbox import Mailbox, MailboxFailed
from services.notifier.channels.sms import Gateway, Receipt, Report
from services.notifier.claims import value_of
from services.notifier.notification import Channel, IllegalTransition, Sent
from services.notifier.settling import Settling
from services.notifier.suppressions import Why
from services.notifier.tables import GONE

log = structlog.get_logger()

RECEIPTS: Final = Counter("joldau_receipts", "Receipts and bounces, by what they say", ["channel", "said"])


@dataclass(frozen=True)
class Receipts:
    """Takes receipts. One that comes twice, late or out of order changes nothing that is final."""

    settling: Settling
    gateways: Mapping[str, Gateway]
    new_id: Callable[[], UUID]

    async def of_sms(self, tx: Transaction, provider: str, fields: dict[str, str], *, at: datetime) -> None:
        """A gateway's receipt. Raises `Invalid` for what cannot be read and `NotFound` for what is not ours."""
        try:
            receipt = self.gateways[provider].receipt(fields)
        except (KeyError, ValueError) as error:
            raise Invalid("receipt_unreadable") from error
        if receipt is None:
            return
        row = await self._row(tx, provider, receipt)
        if row.destination != provider and not isinstance(receipt.said, Sent):
            log.info("receipt.overtaken", id=str(row.id), provider=provider)  # another has it now, and speaks for it
            return
        await self.report(tx, row, receipt.said, at=at)

    async def of_email(self, tx: Transaction, content: bytes, *, at: datetime) -> bool:
        """A bounce, as a message. False when it is none of ours."""
        bounce = bounces.read(content)
        if bounce is None:
            return False
        row = await store.email_of(tx, bounce.notification_id)
        if row is None:
            return False
        await self.report(tx, row, bounce.said, at=at)
        await self._list_dead(tx, row, bounce, at)
        return True

    async def collect(self, database: Database, mailbox: Mailbox) -> None:
        """Read the bounces that have come to a mailbox. For a timer."""
        try:
            mails = await mailbox.unseen()
            read = {mail.uid: await self._read(database, mail.content) for mail in mails}
            if taken := [uid for uid, ours in read.items() if ours is not None]:
                await mailbox.seen(taken)
        except MailboxFailed as error:
            log.warning("mailbox.away", because=str(error))
        else:
            if read:
                log.info("bounces.collected", mails=len(read), ours=sum(bool(ours) for ours in read.values()))

    async def _read(self, database: Database, content: bytes) -> bool | None:
        """Take one mail; whether it was ours, or None for one that cannot be taken, which holds up none beside it."""
        try:
            async with database.transaction() as tx:
                return await self.of_email(tx, content, at=clock.now())
        except DatabaseUnavailable:
            raise
        except Exception:
            log.exception("bounce.failed")
            return None

    async def report(self, tx: Transaction, row: Row[Any], said: Report, *, at: datetime) -> bool:
        """Move a notification by what is said of it. False when its state has no such move."""
        try:
            after = value_of(row).reported(said, at=at)
        except IllegalTransition:
            log.info("receipt.ignored", id=str(row.id), state=row.state, said=type(said).__name__.lower())
            return False
        await self.settling.settle(tx, [(row, after)], at=at)
        tx.after_commit(partial(_count, row.channel, said))
        return True

    async def _row(self, tx: Transaction, provider: str, receipt: Receipt) -> Row[Any]:
        """The SMS that a receipt is of: one that this gateway was given. Another's notices are not for it to move."""
        if receipt.client_id is None:
            row = await store.by_reference(tx, provider, receipt.reference or "")
        else:
            row = await store.found(tx, receipt.client_id, to_change=True)
        if row is None or row.channel != Channel.SMS or provider not in await store.takers(tx, row):
            raise NotFound("notification_not_found")
        return row

    async def _list_dead(self, tx: Transaction, row: Row[Any], bounce: Bounce, at: datetime) -> None:
        if bounce.dead and row.content != GONE:
            rung = (Channel.EMAIL, row.recipient)
            await suppressions.add(tx, rung, Why.DEAD, row_id=self.new_id(), by="bounce", at=at)


def _count(channel: str, said: Report) -> None:
    name = "delivered" if isinstance(said, Sent) else type(said).__name__.lower()
    RECEIPTS.labels(channel, name).inc()
