"""Consumers that keep the contract, but for one fault: what they say, whichever way they come."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import httpx

from services.chassis import clock
from services.chassis.ids import new_id

UNREADABLE: Final = (ValueError, KeyError, TypeError)
"""What comes of a message that cannot be read."""


class NewError(Exception):
    """It refuses what it does not know."""


@dataclass
class Wrong:
    """A consumer with this `fault`, and no other."""

    fault: str
    agency: str
    recalled: set[str] = field(default_factory=set, init=False)

    async def fetch(self, order: Any) -> None:
        """Fetch what is attached, by a new reference if need be."""
        gives_up = self.fault == "gives up what has expired"
        attached = order.get("attachments")
        if not attached or self.fault == "fetches nothing" or (gives_up and order.get("replayed_at")):
            return
        key = {"authorization": "Bearer key"} if self.fault == "sends its key along" else {}
        async with httpx.AsyncClient(trust_env=False, verify=False, headers=key) as api:  # noqa: S501 - plain HTTP
            for document in attached:
                answer = await api.get(document["reference"])
                if answer.is_error and not gives_up:
                    await self.renew(order["referral_id"], api)

    async def renew(self, referral: str, api: httpx.AsyncClient) -> None:
        """Over AMQP a replay does it."""

    def take(self, event: Any) -> list[dict[str, Any]]:
        """What it says to a message. Raises one of `UNREADABLE`, or `NewError`."""
        order = event["data"]
        about = (order["referral_id"], order["appeal_id"])
        if self.fault == "refuses what is new" and not self.knows(event):
            raise NewError
        if event["type"].endswith("recalled.v1"):
            self.recalled.add(about[0])
            return [self.said("answered", *about, text="Жауап.")] if self.fault == "goes on after a recall" else []
        if self.knows(event) and about[0] not in self.recalled and not self.drops(event, order):
            return [self.said("received", *about)]
        return []

    def knows(self, event: Any) -> bool:
        """Referrals and recalls, and of the rest, by one fault, all."""
        return event["type"].endswith(("issued.v1", "recalled.v1")) or self.fault == "takes all for referrals"

    def drops(self, event: Any, order: Any) -> bool:
        text = order.get("text", "")
        expired = any(one["good_until"] < clock.now().isoformat() for one in order.get("attachments", ()))
        return {
            "says nothing": True,
            "drops what has expired": expired,
            "is strict": "newthing" in event,
            "drops what is late": order.get("answer_due_on", "9") < str(clock.now().date()),
            "drops replays": bool(order.get("replayed_at")),
            "has short columns": len(text) > 10_000,
            "knows Russian alone": text.encode("cp1251", "ignore").decode("cp1251") != text,
        }.get(self.fault, False)

    def said(self, kind: str, referral: str, appeal: str, **more: Any) -> dict[str, Any]:
        fault, at = self.fault, "2026-11-25T10:00:00+05:00"
        if fault == "changes its words":
            at = clock.now().isoformat()
        data = {"referral_id": referral, "appeal_id": appeal, "kind": kind, "occurred_at": at, **more}
        if fault == "confuses ids":
            data["appeal_id"] = referral
        if fault == "lives in the future":
            data["occurred_at"] = (clock.now() + timedelta(hours=5)).isoformat()
        if fault == "omits the kind":
            del data["kind"]
        return {
            "specversion": "1.0",
            "id": str(new_id() if fault == "makes new ids" else uuid5(UUID(referral), kind)),
            "source": "/me" if fault == "signs as it likes" else f"/agencies/{self.agency}",
            "type": "reply" if fault == "has types of its own" else "kz.joldau.referral.reply.v1",
            "time": at,
            "subject": appeal,
            "data": data,
        }


WRONG_EITHER_WAY: Final = {
    "says nothing": ("plain", "no reply in"),
    "knows Russian alone": ("kazakh", "UTF-8"),
    "has short columns": ("big", "20,000 characters"),
    "is strict": ("unknown-field", "ignore what you do not know"),
    "drops what is late": ("late", "still yours"),
    "makes new ids": ("duplicate", "under two event ids"),
    "changes its words": ("duplicate", "two different bodies"),
    "drops replays": ("replay", "does not have"),
    "fetches nothing": ("documents", "has not fetched 2 of 2"),
    "drops what has expired": ("documents", "yours all the same"),
    "gives up what has expired": ("documents", "reference had expired"),
    "sends its key along": ("documents", "keys are for us alone"),
    "goes on after a recall": ("recall", "said `answered` of a referral after its recall"),
    "takes all for referrals": ("other-types", "do nothing"),
    "refuses what is new": ("other-types", "refuses a reminder"),
    "confuses ids": ("plain", "names another appeal"),
    "lives in the future": ("plain", "in the future"),
    "omits the kind": ("plain", "data.kind"),
}
"""Their faults, each with the scenario in which it shows, and some words of the sentence that tells it."""
