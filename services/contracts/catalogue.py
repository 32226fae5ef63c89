"""All messages, by type: what a partner can send or receive."""

from typing import Final

from services.contracts.appeals import AppealAssessed, AppealRegistered, AppealWithdrawn
from services.contracts.envelope import Message
from services.contracts.notifications import (
    ApplicantNotified,
    ForgetApplicant,
    NotifyAgency,
    NotifyApplicant,
    NotifySystem,
)
from services.contracts.referrals import (
    ReferralChanged,
    ReferralEscalated,
    ReferralIssued,
    ReferralRecalled,
    ReferralReminder,
    ReferralReply,
)
from services.contracts.working_days import CalendarChanged

MESSAGES: Final[tuple[type[Message], ...]] = (
    AppealRegistered,
    AppealWithdrawn,
    AppealAssessed,
    ReferralIssued,
    ReferralRecalled,
    ReferralReminder,
    ReferralEscalated,
    ReferralReply,
    ReferralChanged,
    CalendarChanged,
    NotifyApplicant,
    ForgetApplicant,
    NotifySystem,
    NotifyAgency,
    ApplicantNotified,
)
