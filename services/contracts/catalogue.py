"""All messages, by type: what a partner can send or receive."""

from typing import Final

from services.contracts.appeals import AppealAssessed, AppealRegistered, AppealWithdrawn
from services.contracts.envelope import Message
from services.contracts.notifications import ApplicantNotified, NotifyApplicant, NotifySystem
from services.contracts.referrals import ReferralChanged, ReferralIssued, ReferralRecalled, ReferralReply
from services.contracts.working_days import CalendarChanged

MESSAGES: Final[tuple[type[Message], ...]] = (
    AppealRegistered,
    AppealWithdrawn,
    AppealAssessed,
    ReferralIssued,
    ReferralRecalled,
    ReferralReply,
    ReferralChanged,
    CalendarChanged,
    NotifyApplicant,
    NotifySystem,
    ApplicantNotified,
)
