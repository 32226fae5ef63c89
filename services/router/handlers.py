"""What the router listens to: queue → message type → function."""

from collections.abc import Mapping

from services.chassis.consumer import Handler
from services.contracts.appeals import AppealRegistered, AppealWithdrawn
from services.contracts.envelope import Message
from services.contracts.referrals import (
    ReferralEscalated,
    ReferralIssued,
    ReferralRecalled,
    ReferralReminder,
    ReferralReply,
)
from services.contracts.topology import ROUTER_APPEALS, ROUTER_REPLIES, ROUTER_UNDELIVERED
from services.router.replies import Replies
from services.router.routing import Router


def handlers(router: Router) -> Mapping[str, Mapping[type[Message], Handler]]:
    """The tables of the router's queues."""
    return {
        ROUTER_APPEALS: {AppealRegistered: router.assess, AppealWithdrawn: router.withdraw},
        ROUTER_REPLIES: {ReferralReply: Replies(router).apply},
        ROUTER_UNDELIVERED: {
            ReferralIssued: router.undelivered,
            ReferralRecalled: router.recall_refused,
            ReferralReminder: router.reminder_refused,
            ReferralEscalated: router.reminder_refused,
        },
    }
