"""An appeal as the router keeps it: what decides where it goes, and what goes with it. It never holds an IIN."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID, uuid5

from services.contracts.appeals import AppealKind, AppealRegistered, Applicant, Channel, Language
from services.contracts.attachments import AttachedDocument


class Outcome(StrEnum):
    """What has become of an appeal, in the router's eyes. Each appeal has exactly one."""

    REFERRED = "referred"
    """An agency has it."""
    RETAINED = "retained"
    """The service considers it itself."""
    IN_REVIEW = "in_review"
    """A person decides: there is an open task."""
    WITHDRAWN = "withdrawn"
    """The applicant took it back."""
    TO_FIX = "to_fix"
    """The applicant is asked to add what it lacks."""
    RETURNED = "returned"
    TERMINATED = "terminated"
    FILED = "filed"
    """Put to an earlier one without an answer."""
    PROTECTED = "protected"
    """Moved to a protected channel: its text and its author are not here any more."""
    COURT_ROUTE = "court_route"
    """The applicant was told that only a court is left."""


_WEIGHT: Final = {Outcome.REFERRED: 0, Outcome.RETAINED: 1, Outcome.IN_REVIEW: 2}
"""Of an appeal in parts, the part that is least settled says what has become of the whole."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One question of an appeal that asks several: quoted from its text, or a person's extract of it."""

    number: int
    """Counts on when parts are replaced: it is never given twice in one appeal."""
    spans: tuple[tuple[int, int], ...] = ()
    """Where it stands in the raw text, in order; none for an extract that a person has written."""
    extract: str | None = field(default=None, repr=False)
    outcome: Outcome = Outcome.IN_REVIEW
    replaced: bool = False
    """Whether a person has divided the appeal anew since."""

    def id_in(self, appeal_id: UUID) -> UUID:
        """Its id, the same whenever it is asked for."""
        return uuid5(appeal_id, f"part/{self.number}")

    def text_in(self, text: str) -> str:
        """What is sent of it, and nothing else of the appeal."""
        return self.extract or "\n".join(text[start:end].strip() for start, end in self.spans)

    def alone_in(self, text: str) -> str:
        """The text with all else blanked out: what is read there has its place in the raw text."""
        if self.extract:
            return self.extract
        letters = ["\n"] * len(text)
        for start, end in self.spans:
            letters[start:end] = text[start:end]
        return "".join(letters)


@dataclass(frozen=True, kw_only=True)
class Appeal:
    """One appeal. Immutable: a change is a new value."""

    id: UUID
    registration_number: str
    received_at: datetime
    registered_on: date
    language: Language
    kind: AppealKind
    channel: Channel
    text: str
    applicant: Applicant
    addressed_to: str | None
    complained_of: str | None
    territory: str | None
    anonymous: bool = False
    corruption: bool = False
    """Whether it tells of corruption. Then it is never referred as a whole, and its author is named to nobody."""
    sealed: bool = False
    """Whether it tells of corruption, may do so, or is ours: only persons with the scope for it read it (R-SEC-1)."""
    outcome: Outcome = Outcome.IN_REVIEW
    revision: int = 0
    """How often intake has been told an assessment of it."""
    withdrawn_at: datetime | None = None
    fix_by: date | None = None
    """Last day to add what it lacks, when the applicant was asked to."""
    category: str | None = None
    """What it is about, as it was last decided; of an appeal in parts, the first. None where nobody can tell."""
    territory_code: str | None = None
    """Where the rules found it to be from, in the directory's code."""
    attachments: tuple[AttachedDocument, ...] = field(default=(), repr=False)
    parts: tuple[Part, ...] = ()
    """Its questions, if it asks several and they have been told apart; those replaced are among them."""

    @property
    def current_parts(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if not part.replaced)

    @property
    def next_number(self) -> int:
        """Number of the next part."""
        return len(self.parts) + 1

    def part(self, part_id: UUID | None) -> Part | None:
        """The part with this id."""
        return next((part for part in self.parts if part.id_in(self.id) == part_id), None)

    @classmethod
    def of(cls, message: AppealRegistered) -> Self:
        """The appeal that intake tells of."""
        told: dict[str, Any] = {name: getattr(message, name) for name in type(message).model_fields}
        return cls(id=told.pop("appeal_id"), **told)


def outcome_of(parts: Iterable[Part]) -> Outcome:
    """What has become of an appeal in these parts: a person decides while any of them waits, and ours keeps it ours."""
    return max((part.outcome for part in parts if not part.replaced), key=_WEIGHT.__getitem__)


def numbered(spans: Iterable[Sequence[tuple[int, int]]], first: int) -> tuple[Part, ...]:
    """Parts that are quoted at these places."""
    return tuple(Part(number=number, spans=tuple(places)) for number, places in enumerate(spans, first))
