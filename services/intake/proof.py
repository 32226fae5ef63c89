"""Proof of notices: what the notifier says of them becomes part of the appeal's timeline (АППК art. 66(2))."""

from collections.abc import Sequence
from typing import Any

from services.chassis.consumer import Received
from services.chassis.database import Transaction
from services.chassis.errors import RetryLater
from services.contracts.notifications import ApplicantNotified
from services.intake import store


async def notified(tx: Transaction, received: Sequence[Received[ApplicantNotified]]) -> None:
    """Applicants were told, or could not be. It changes no status, so the appeal's revision stays."""
    known = await store.appeals(tx, {one.message.appeal_id for one in received})
    if any(one.message.appeal_id not in known for one in received):
        raise RetryLater("an appeal that intake does not know")
    await store.record(tx, [_event(one.message) for one in received])


def _event(said: ApplicantNotified) -> dict[str, Any]:
    facts = said.model_dump(mode="json", exclude={"appeal_id", "revision", "outcome", "at"}, exclude_none=True)
    return {
        "appeal_id": said.appeal_id,
        "revision": said.revision,
        "at": said.at,
        "kind": f"notice.{said.outcome.value}",
        "facts": facts,
    }
