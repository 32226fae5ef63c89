"""Days and moments in messages and requests: those that the calendar knows. With others nobody can reckon."""

from datetime import date, datetime, time
from typing import Annotated

from pydantic import AwareDatetime, Field

from services.contracts.calendar import ALMATY, FIRST_DAY, LAST_DAY

Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime.combine(FIRST_DAY, time(), ALMATY), le=datetime.combine(LAST_DAY, time(), ALMATY)),
]
