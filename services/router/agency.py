"""An agency as the directory describes it for a stretch of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from services.contracts.envelope import AgencyCode
from services.contracts.topology import agency_queue
from services.router.lexicon import Pattern
from services.router.minimum import Need
from services.router.naming import NO_WORDING, STRICT, Names, Wording


class Level(StrEnum):
    """How far a body's power reaches."""

    CENTRAL = "central"
    OBLAST = "oblast"
    DISTRICT = "district"
    SETTLEMENT = "settlement"


class Transport(StrEnum):
    """How a referral reaches a body."""

    AMQP = "amqp"
    """Its own queue."""
    HTTP = "http"
    """It has no queue: it fetches what is for it, and replies, over HTTP."""
    EMAIL = "email"
    """It has no system: an e-mail brings a link to a page, where it reads and replies."""
    BY_HAND = "by-hand"
    """An operator sends the referral."""


@dataclass(frozen=True, kw_only=True)
class Category:
    """What an appeal can be about."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    code: str
    name: Names
    local_executive: bool
    """Whether it is the local executive bodies' matter: the reports count these apart."""
    within: str | None = None
    """The category under whose name the reports count it; None where they count it under its own."""


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """What the applicant is told of the body that received the appeal (R-NOT-3)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    address: str
    phone: str
    email: str | None = None

    def __str__(self) -> str:
        return ", ".join(part for part in (self.address, self.phone, self.email) if part)


@dataclass(frozen=True, kw_only=True)
class Agency:
    """One record: a body under one name, place and competence. A change is a new record with its own validity."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    code: AgencyCode
    name: Names
    level: Level
    valid_from: date
    valid_to: date | None = None
    """Last day, or None while it stands."""
    successor: str | None = None
    """Who takes over after the last day."""
    source: str
    """Where these facts are from; says so where they are demo data."""
    categories: tuple[str, ...] = ()
    """What it answers for; none for a body that is only complained of, or superior to another."""
    territories: tuple[str, ...] = ()
    parent: str | None = None
    """The body it is part of or reports to."""
    superior: str | None = None
    """Who considers complaints about it (АППК art. 91); None where the law leaves the court, or we know no one."""
    known_as: Wording = NO_WORDING
    """How people call it beside its place: a district's akimat is called акимат, and the place is recognised apart."""
    never: Wording = NO_WORDING
    """Words that look like it and mean another body."""
    contacts: Contacts | None = None
    transport: Transport = Transport.BY_HAND
    webhook: bool = False
    """Whether a webhook tells it that something lies ready to be fetched."""
    needs: tuple[Need, ...] = ()
    """What it is told of an appeal, by purpose; of a purpose that is not listed, everything."""

    def is_valid(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def patterns(self) -> Iterator[Pattern]:
        """Its wordings as lines of a lexicon. Raises PatternError."""
        yield from self.known_as.patterns(self.code, "plain")
        yield from self.never.patterns(self.code, "exclude")

    @property
    def is_reached(self) -> bool:
        """Whether a referral gets there without an operator."""
        return self.transport is not Transport.BY_HAND

    @property
    def queue(self) -> str | None:
        """Queue from which it reads referrals, if it reads one."""
        return agency_queue(self.code) if self.transport is Transport.AMQP else None
