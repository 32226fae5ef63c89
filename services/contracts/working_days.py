"""What the router tells of the calendar: it keeps the overridden days, and others count by them too."""

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.contracts.calendar import DayKind, Override
from services.contracts.envelope import Message, Name

CALENDAR: Final = UUID("5b1d43f0-6f0e-5a53-9a0c-6f1c2a8f8f10")
"""Stands for the calendar where messages of one subject keep their order."""


class OverriddenDay(BaseModel):
    """A day that differs from the published holidays."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    day: date
    kind: DayKind
    source: Name = Field(description="The act that says so.")


class CalendarChanged(Message):
    """The whole table of overridden days. The newest revision holds; days already counted are not moved by it."""

    TYPE: ClassVar[str] = "calendar.changed.v1"

    revision: int = Field(ge=1, description="Grows with each change; an older one is stale.")
    overrides: tuple[OverriddenDay, ...]
    changed_at: AwareDatetime

    def subject(self) -> UUID:
        return CALENDAR

    def table(self) -> tuple[Override, ...]:
        """The days, ready for a calendar."""
        return tuple(Override(one.day, one.kind, one.source) for one in self.overrides)
