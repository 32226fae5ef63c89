"""The notifier counts working days by the calendar that the router tells, on both databases."""

from datetime import date

from services.chassis import clock
from services.chassis.calendars import Calendars
from services.contracts.calendar import DayKind
from services.contracts.topology import NOTIFIER_REQUESTS, REFERRALS, Binding, topology
from services.contracts.working_days import CalendarChanged, OverriddenDay
from services.notifier import tables
from tests.integration.notifier.parts import Notifier

SATURDAY = date(2026, 11, 28)


def told(revision: int, *worked: date) -> CalendarChanged:
    days = tuple(OverriddenDay(day=day, kind=DayKind.WORKING, source="decree 7") for day in worked)
    return CalendarChanged(revision=revision, overrides=days, changed_at=clock.now())


async def test_days_moved_by_an_act_count_as_they_are_moved(notifier: Notifier) -> None:
    """The newest table holds; one that comes late or again changes nothing, nor does a restart."""
    calendars, worked = Calendars(tables.calendar), []
    for tables_told in ((), (told(3, SATURDAY),), (told(2),), (told(3, SATURDAY),), (told(4),)):
        if tables_told:
            await notifier.ordered(*tables_told)
        async with notifier.database.reading() as tx:
            known = [await one.in_force(tx) for one in (calendars, Calendars(tables.calendar))]
        worked.append([one.is_working_day(SATURDAY) for one in known])

    assert worked == [[False] * 2, [True] * 2, [True] * 2, [True] * 2, [False] * 2]


def test_the_router_s_calendar_reaches_the_notifier() -> None:
    """By a binding of its own to the queue that it reads."""
    assert Binding(REFERRALS, "calendar.changed.#", NOTIFIER_REQUESTS) in topology([]).bindings
