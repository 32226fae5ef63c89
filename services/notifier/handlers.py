"""What the notifier listens to: message type → function."""

from collections.abc import Mapping

from services.chassis.calendars import Calendars
from services.chassis.consumer import Handler
from services.contracts.envelope import Message
from services.contracts.notifications import ForgetApplicant, NotifyAgency, NotifyApplicant, NotifySystem
from services.contracts.working_days import CalendarChanged
from services.notifier import forgetting
from services.notifier.requests import Requests


def handlers(requests: Requests, calendars: Calendars) -> Mapping[type[Message], Handler]:
    """The table for `notifier.requests`."""
    return {
        NotifyApplicant: requests.applicants,
        NotifySystem: requests.systems,
        NotifyAgency: requests.agencies,
        ForgetApplicant: forgetting.ordered,
        CalendarChanged: calendars.changed,
    }
