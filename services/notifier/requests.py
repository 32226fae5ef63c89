"""From orders to notifications: each order becomes a row on its first channel, queued or suppressed."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.chassis.consumer import Received
from services.chassis.database import Transaction
from services.chassis.errors import Unreadable
from services.contracts.notifications import NotifyAgency, NotifyApplicant, NotifySystem
from services.notifier import forgetting, store, suppressions
from services.notifier.channels.webhook import webhook_body
from services.notifier.endpoints import Endpoint, Endpoints
from services.notifier.ladder import Ladder, addressee, contacts, ladder
from services.notifier.notices import Own, UnusableVariables, in_words
from services.notifier.notification import Channel, Notification, Rung, Suppression
from services.notifier.settling import Settling
from services.notifier.suppressions import Why
from services.notifier.tables import GONE

log = structlog.get_logger()


class Requests:
    """Takes the orders of intake, and the router's for agencies. `settling` knows the routes, and what follows."""

    def __init__(
        self,
        *,
        settling: Settling,
        endpoints: Endpoints,
        new_id: Callable[[], UUID],
        now: Callable[[], datetime],
    ) -> None:
        self._settling = settling
        self._endpoints = endpoints
        self._new_id = new_id
        self._now = now

    async def applicants(self, tx: Transaction, received: Sequence[Received[NotifyApplicant]]) -> None:
        """Queue notices to applicants. An order whose variables do not fit its notice is parked."""
        gone = await forgetting.among(tx, {one.message.appeal_id for one in received})
        for one in received:
            if one.message.appeal_id not in gone:
                self._refuse_unusable(one.message)
        listed = await suppressions.among(tx, {rung for one in received for rung in contacts(one.message)})
        await self._replace(tx, received)
        await self._queue(tx, [self._to_applicant(one, listed, gone=one.message.appeal_id in gone) for one in received])

    async def systems(self, tx: Transaction, received: Sequence[Received[NotifySystem]]) -> None:
        """Queue webhooks to posting systems."""
        systems = {one.message.system for one in received}
        found = await self._endpoints.usable(tx, systems, at=self._now())
        await self._queue(tx, [self._webhook(one, found[one.message.system]) for one in received])

    async def agencies(self, tx: Transaction, received: Sequence[Received[NotifyAgency]]) -> None:
        """Queue e-mails to agencies without a system."""
        await self._queue(tx, [self._to_agency(one) for one in received])

    def _to_agency(self, received: Received[NotifyAgency]) -> dict[str, Any]:
        order = received.message
        plain = {"agency_name", "link", "good_until", "silent_agency_name"}
        told = order.model_dump(mode="json", include=plain, exclude_none=True)
        notice = Own.AGENCY_SILENT if order.silent_agency_name else Own.REFERRAL_READY
        return self._row(
            received,
            Channel.EMAIL,
            None,
            recipient=order.email,
            notice=notice.value,
            language=order.language.value,
            content=json.dumps(told, ensure_ascii=False),
            sensitive=False,
            referral_id=None,
            addressee=None,
            fallback=None,
        )

    def _refuse_unusable(self, order: NotifyApplicant) -> None:
        try:
            in_words(order.notice, order.language, order.variables)
        except UnusableVariables as error:
            raise Unreadable("variables_unusable", str(error)) from None

    def _to_applicant(
        self, received: Received[NotifyApplicant], listed: dict[Rung, Why], *, gone: bool
    ) -> dict[str, Any]:
        """`gone`: the applicant is forgotten, and so is all that this order says."""
        order = received.message
        dead = {rung for rung, why in listed.items() if why is Why.DEAD}
        way = Ladder((), Suppression.FORGOTTEN)
        if not gone:
            way = ladder(order, self._settling.routes, dead=dead, opted_out=listed.keys() - dead)
        (channel, recipient), *fallback = way.rungs or ((Channel.EMAIL, ""),)
        return self._row(
            received,
            channel,
            way.silent,
            recipient=recipient,
            notice=order.notice.value,
            language=order.language.value,
            content=GONE if gone else json.dumps(order.variables, ensure_ascii=False),
            sensitive=order.sensitive,
            referral_id=order.referral_id,
            addressee=None if gone else addressee(order),
            fallback=[[rung[0].value, rung[1]] for rung in fallback] or None,
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
            sensitive=False,
            referral_id=None,
            addressee=None,
            fallback=None,
        )

    def _row(
        self,
        received: Received[NotifyApplicant] | Received[NotifySystem] | Received[NotifyAgency],
        channel: Channel,
        silent: Suppression | None,
        **said: Any,
    ) -> dict[str, Any]:
        order, at, row_id = received.message, self._now(), self._new_id()
        destination = "" if silent else self._settling.routes.first(channel, said["recipient"], row_id)
        queued = Notification.queued(row_id, channel, at=at, destination=destination)
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

    async def _replace(self, tx: Transaction, received: Sequence[Received[NotifyApplicant]]) -> None:
        """A newer notice of a referral makes one that the law does not ask for, and that still waits, pointless."""
        newer = {m.referral_id: m.revision for m in (one.message for one in received) if m.referral_id is not None}
        if newer:
            await store.replace_optional(tx, newer, at=self._now())

    async def _queue(self, tx: Transaction, rows: list[dict[str, Any]]) -> None:
        new = await self._settling.add(tx, rows)
        log.info("orders.recorded", channel=rows[0]["channel"], orders=len(rows), new=len(new))
