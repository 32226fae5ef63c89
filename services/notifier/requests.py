"""From orders to notifications: each order becomes one row per channel and recipient, queued or suppressed."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from services.chassis.consumer import Received
from services.chassis.database import Transaction
from services.chassis.errors import Unreadable
from services.contracts.notifications import NotifyApplicant, NotifySystem
from services.notifier import endpoints, store
from services.notifier.channels.webhook import webhook_body
from services.notifier.claims import Destination
from services.notifier.endpoints import Endpoint
from services.notifier.notices import UnusableVariables, in_words
from services.notifier.notification import Channel, Notification, Suppression

log = structlog.get_logger()

Wake = Callable[[Iterable[Destination]], None]


class Requests:
    """Takes the orders of intake. `wake` tells the delivery where something is due."""

    def __init__(self, *, new_id: Callable[[], UUID], now: Callable[[], datetime], wake: Wake) -> None:
        self._new_id = new_id
        self._now = now
        self._wake = wake

    async def applicants(self, tx: Transaction, received: Sequence[Received[NotifyApplicant]]) -> None:
        """Queue e-mails to applicants. An order whose variables do not fit its notice is parked."""
        await self._queue(tx, [self._email(one) for one in received])

    async def systems(self, tx: Transaction, received: Sequence[Received[NotifySystem]]) -> None:
        """Queue webhooks to posting systems."""
        systems = {one.message.system for one in received}
        found = await endpoints.usable(tx, systems, at=self._now())
        await self._queue(tx, [self._webhook(one, found[one.message.system]) for one in received])

    def _email(self, received: Received[NotifyApplicant]) -> dict[str, Any]:
        order = received.message
        try:
            in_words(order.notice, order.language, order.variables)
        except UnusableVariables as error:
            raise Unreadable("variables_unusable", str(error)) from None
        return self._row(
            received,
            Channel.EMAIL,
            None if order.email else Suppression.NO_CONTACT,
            recipient=order.email or "",
            notice=order.notice.value,
            language=order.language.value,
            content=json.dumps(order.variables, ensure_ascii=False),
        )

    def _webhook(self, received: Received[NotifySystem], endpoint: Endpoint | Suppression) -> dict[str, Any]:
        order = received.message
        return self._row(
            received,
            Channel.WEBHOOK,
            endpoint if isinstance(endpoint, Suppression) else None,
            recipient=order.system,
            notice=order.event,
            language=None,
            content=webhook_body(order.event, order.requested_at, order.payload).decode(),
        )

    def _row(
        self,
        received: Received[NotifyApplicant] | Received[NotifySystem],
        channel: Channel,
        silent: Suppression | None,
        **said: Any,
    ) -> dict[str, Any]:
        order, at = received.message, self._now()
        queued = Notification.queued(self._new_id(), channel, at=at)
        return store.row_of(
            queued if silent is None else queued.suppressed(silent, at=at),
            notification_id=order.notification_id,
            resend=0,
            appeal_id=order.appeal_id,
            revision=order.revision,
            correlation_id=received.envelope.correlationid,
            requested_at=order.requested_at,
            **said,
        )

    async def _queue(self, tx: Transaction, rows: list[dict[str, Any]]) -> None:
        new = await store.add(tx, rows)
        log.info("orders.recorded", channel=rows[0]["channel"], orders=len(rows), new=new)
        tx.after_commit(partial(self._wake, {Destination(Channel(row["channel"]), row["destination"]) for row in rows}))
