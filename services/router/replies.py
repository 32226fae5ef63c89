"""Replies: what agencies say of referrals is heard; who says it is told by the way it came."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.consumer import Received
from services.chassis.database import Transaction
from services.chassis.errors import Conflict, RetryLater, Unreadable
from services.contracts.referrals import ReferralReply
from services.contracts.topology import agency_of_reply_exchange
from services.router import store
from services.router.draft import Actor
from services.router.hearing import Hearing, Said
from services.router.protocol import ReplyOutcome
from services.router.referral import Referral
from services.router.routing import Router


@dataclass(frozen=True)
class Replies:
    """Applies replies. Over the broker, who replied is told by the exchange, which the agency alone may write to."""

    router: Router

    async def apply(self, tx: Transaction, received: Sequence[Received[ReferralReply]]) -> None:
        """Apply replies that came over the broker, in their order. Raises `Unreadable` for one that cannot be taken."""
        said = [
            Said(one.message, one.envelope.id, agency := _speaker(one), Actor(f"agency:{agency}", one.cause))
            for one in received
        ]
        try:
            await self.hear(tx, said)
        except Conflict as conflict:
            raise Unreadable(conflict.code) from conflict

    async def hear(self, tx: Transaction, said: Sequence[Said]) -> list[ReplyOutcome]:
        """Apply replies in their order, by whichever way they came; returns what came of each.

        Raises `Unreadable` for one that is not its agency's to give, and `Conflict` for an event's id used twice.
        """
        ids = {one.reply.referral_id for one in said}
        draft = await self.router.draft(tx, await store.locked_appeals_of(tx, ids))
        referrals = {i: draft.hold(row) for i, row in (await store.referrals(tx, ids)).items()}
        seen = await store.replies_seen(tx, {one.event_id for one in said})
        hearing = Hearing(draft, referrals, await store.open_tasks(tx, draft.appeals.keys()), seen)
        for one in said:
            _check(one, referrals.get(one.reply.referral_id))
        outcomes = [hearing.hear(one) for one in said]
        await draft.write()
        return outcomes


def _speaker(one: Received[ReferralReply]) -> str:
    agency = agency_of_reply_exchange(one.exchange)
    if agency is None:
        raise Unreadable("not_a_reply_exchange")
    return agency


def _check(one: Said, referral: Referral | None) -> None:
    """Raise what bars the agency from speaking of the referral."""
    if referral is None:
        # it was stored before its agency heard of it: a second look is more than enough, and a flood costs little
        raise RetryLater("a referral that the router does not know", times=1)
    if referral.agency != one.agency:
        raise Unreadable("agency_mismatch")
    if referral.appeal_id != one.reply.appeal_id:
        raise Unreadable("appeal_mismatch")
