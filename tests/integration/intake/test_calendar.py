"""Appeals are registered by the calendar that the router tells, on both databases."""

from datetime import UTC, date, datetime

from services.chassis import clock
from services.chassis.calendars import Calendars
from services.chassis.consumer import Received
from services.chassis.ids import new_id
from services.contracts.calendar import DayKind
from services.contracts.envelope import Envelope
from services.contracts.working_days import CalendarChanged, OverriddenDay
from services.intake import store

SATURDAY, MONDAY = date(2026, 11, 28), date(2026, 11, 30)
NOON = datetime(2026, 11, 28, 7, 0, tzinfo=UTC)


def told(revision: int, *worked: date) -> Received[CalendarChanged]:
    days = tuple(OverriddenDay(day=day, kind=DayKind.WORKING, source="decree 7") for day in worked)
    message = CalendarChanged(revision=revision, overrides=days, changed_at=clock.now())
    envelope = Envelope.of(message, id=new_id(), source="/router", at=clock.now(), correlation_id="t")
    return Received(message, envelope, "referrals")


async def registered_on(database, calendars: Calendars, *messages: Received[CalendarChanged]) -> date:
    async with database.transaction() as tx:
        await calendars.changed(tx, messages)
        return (await calendars.in_force(tx)).registered_on(NOON)


async def test_a_saturday_that_is_worked_is_a_day_of_registration(service):
    """From the message on; before it, Monday was."""
    calendars = Calendars(store.calendar)

    assert await registered_on(service.database, calendars) == MONDAY
    assert await registered_on(service.database, calendars, told(2, SATURDAY)) == SATURDAY
    assert await registered_on(service.database, Calendars(store.calendar)) == SATURDAY


async def test_a_table_that_comes_late_or_again_changes_nothing(service):
    """The newest revision holds."""
    calendars = Calendars(store.calendar)
    found = [
        await registered_on(service.database, calendars, *tables)
        for tables in ((told(3, SATURDAY),), (told(2),), (told(3, SATURDAY),), (told(4),))
    ]

    assert found == [SATURDAY, SATURDAY, SATURDAY, MONDAY]
