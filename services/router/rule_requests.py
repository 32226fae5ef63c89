"""What the endpoints on rules, agencies and days take."""

import zlib
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

from pydantic import Base64Bytes, Field, StringConstraints, TypeAdapter

from services.chassis.errors import Invalid
from services.contracts.calendar import ALMATY, DayKind, WorkingCalendar
from services.contracts.dates import Day
from services.contracts.envelope import AgencyCode
from services.router.agency import Agency, Contacts, Level, Transport
from services.router.minimum import Need
from services.router.naming import Names, Wording
from services.router.requests import Body, Reason, Reasoned, Words
from services.router.rules import RuleSet
from services.router.trials import Stretch

Document = Annotated[str, StringConstraints(min_length=1, max_length=1_000_000, pattern=r"^[^\x00]*$")]

MAX_MODEL_BYTES: Final = 8 * 1024 * 1024
_TRIED_DAYS: Final = 30
_AGENCY: Final = TypeAdapter(Agency)
_DAYS: Final = frozenset({"valid_from", "valid_to"})


class Documents(Body):
    """Documents of a rule set; what is not given stays as it is."""

    lexicon: Document | None = None
    directory: Document | None = None
    model: Annotated[Base64Bytes | None, Field(description="A text model's document, in gzip and base64.")] = None

    def applied_to(self, base: RuleSet) -> RuleSet:
        """The rule set `base` with the documents given. Raises `Invalid` for a model that cannot be unpacked."""
        given: dict[str, Any] = self.model_dump(include={"lexicon", "directory"}, exclude_none=True)
        if self.model is not None:
            given["model"] = _unpacked(self.model)
        return replace(base, **given)


class Proposal(Documents):
    """Documents of a rule set; what is not given stays as it is in force."""

    note: Annotated[Words, StringConstraints(max_length=2_000)] = "-"


class TrialOf(Documents):
    """Which rules are tried, a kept version or documents, and on which past appeals."""

    version: Words | None = None
    since: Day | None = None
    until: Day | None = None
    limit: Annotated[int, Field(ge=1, le=50_000)] = 10_000
    as_of: Day | None = None

    def stretch(self, calendar: WorkingCalendar, now: datetime) -> Stretch:
        """The appeals meant: those of the last 30 days, if nothing is said. Days are Almaty's.

        Raises `Invalid` for days of which the last comes before the first.
        """
        today = calendar.arrived_on(now)
        since, until = self.since or today - timedelta(days=_TRIED_DAYS), self.until or today
        if until < since:
            raise Invalid("period_invalid", pointer="#/until" if self.until else "#/since")
        return Stretch(
            since=datetime.combine(since, time.min, ALMATY),
            until=datetime.combine(until + timedelta(days=1), time.min, ALMATY),
            limit=self.limit,
            as_of=datetime.combine(self.as_of, time(12), ALMATY) if self.as_of else None,
        )


class ImportedDirectory(Reasoned):
    """A whole directory, as a file."""

    directory: Document


class NewAgency(Reasoned):
    """An agency's first record."""

    agency: Agency

    def record(self) -> dict[str, Any]:
        """It as the directory's file has it."""
        return _plain(_AGENCY.dump_python(self.agency, mode="json", exclude_defaults=True))


class AmendedAgency(Reasoned):
    """What changes of an agency, and from when."""

    on: Day
    name: Names | None = None
    level: Level | None = None
    categories: tuple[Words, ...] | None = None
    territories: tuple[Words, ...] | None = None
    parent: AgencyCode | None = None
    superior: AgencyCode | None = None
    known_as: Wording | None = None
    never: Wording | None = None
    contacts: Contacts | None = None
    transport: Transport | None = None
    webhook: bool | None = None
    needs: tuple[Need, ...] | None = None
    source: Words | None = None

    def changed(self) -> dict[str, Any]:
        """The facts given, as the directory's file has them; None takes one away."""
        return _plain(self.model_dump(mode="json", exclude_unset=True, exclude={"on", "reason"}))


class ClosedAgency(Reasoned):
    """The first day without an agency, and who takes its place."""

    on: Day
    successor: AgencyCode | None = None


class ChangedDay(Body):
    """What a day is, and by which act."""

    kind: DayKind
    source: Reason
    preview: bool = False
    """Only say which days due would differ."""


class RemovedDay(Reasoned):
    """Why a day is no longer overridden."""

    preview: bool = False


def _unpacked(model: bytes) -> bytes:
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)  # as gzip
    try:
        document = unpacking.decompress(model, MAX_MODEL_BYTES)
    except zlib.error:
        document = b""
    if not document or not unpacking.eof:
        raise Invalid("model_not_packed", pointer="#/model")
    return document


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    """Days as days: in the file they are no texts."""
    return {name: date.fromisoformat(fact) if name in _DAYS else fact for name, fact in facts.items()}
