"""When the year's appeals arrive: mostly in opening hours, on the web at any time but deep night."""

from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from holidays import country_holidays

from services.cli.local.shares import happens
from services.contracts.appeals import Channel

FIRST_DAY: Final = date(2025, 11, 24)
LAST_DAY: Final = date(2026, 11, 20)
ALMATY: Final = ZoneInfo("Asia/Almaty")

_OPENING_HOURS: Final = {
    Channel.CALL_CENTRE: (time(9), time(18, 30)),
    Channel.RECEPTION: (time(10), time(17)),
    Channel.POST: (time(9), time(12)),
}
_WAKING_HOURS: Final = (time(7), time(23, 30))
_AT_ANY_TIME: Final = {Channel.WEB: 0.45, Channel.CALL_CENTRE: 0.08}


def arrival(rng: Random, channel: Channel) -> datetime:
    """A moment of the year, in Almaty's time; the post and receptions keep to opening hours of working days."""
    if happens(rng, _AT_ANY_TIME.get(channel, 0)):
        day = FIRST_DAY + timedelta(days=rng.randint(0, (LAST_DAY - FIRST_DAY).days))
        return _within(rng, day, *_WAKING_HOURS)
    return _within(rng, rng.choice(_working_days()), *_OPENING_HOURS.get(channel, (time(9), time(18, 30))))


def _within(rng: Random, day: date, start: time, end: time) -> datetime:
    opened, closed = (datetime.combine(day, at, ALMATY) for at in (start, end))
    return opened + timedelta(seconds=rng.randrange(int((closed - opened).total_seconds())))


@cache
def _working_days() -> tuple[date, ...]:
    off = country_holidays("KZ", years=range(FIRST_DAY.year, LAST_DAY.year + 1))
    days = (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
    return tuple(day for day in days if off.is_working_day(day))
