"""What intake listens to: message type → function."""

from collections.abc import Mapping
from typing import Final

from services.chassis.calendars import Calendars
from services.chassis.consumer import Handler
from services.contracts.appeals import AppealAssessed
from services.contracts.envelope import Message
from services.contracts.notifications import ApplicantNotified
from services.contracts.referrals import ReferralChanged
from services.contracts.working_days import CalendarChanged
from services.intake import proof
from services.intake.tracking import Tracker


def handlers(tracker: Tracker, calendars: Calendars) -> Mapping[type[Message], Handler]:
    """The table for `intake.referrals`."""
    return {
        ReferralChanged: tracker.referrals_changed,
        AppealAssessed: tracker.assessed,
        CalendarChanged: calendars.changed,
    }


NOTICE_HANDLERS: Final[Mapping[type[Message], Handler]] = {ApplicantNotified: proof.notified}
"""The table for `intake.notices`."""
