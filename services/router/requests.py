"""What the router's endpoints take: bodies, filters, cursors, and who asks."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Row

from services.chassis.errors import Invalid
from services.chassis.keys import Caller
from services.chassis.outbox import Cause
from services.chassis.web import trace_of
from services.contracts.appeals import Ground, Language, Requirement
from services.contracts.calendar import FIRST_DAY, LAST_DAY
from services.contracts.dates import Day, Moment
from services.contracts.envelope import AgencyCode
from services.contracts.referrals import DeclineReason, Documents, ReplyKind
from services.router import listing, trail, views
from services.router.desk import Desk
from services.router.dividing import Told
from services.router.draft import Actor
from services.router.watch import last_missed_day

READ: Final = "referrals:read"
OPERATE: Final = "referrals:operate"
ARBITRATE: Final = "referrals:arbitrate"
RULES: Final = "rules:write"
SEALED: Final = "referrals:sealed"
"""Reading and settling sealed appeals; beside the scope that the verb needs."""
AUDIT: Final = "audit:read"
"""Reading the audit trail."""
ADMINISTER: Final = "console:administer"
"""Keeping the console's accounts, and what the other services let their administrators do."""
AGENCY: Final = "agency:"
"""Before an agency's code: to fetch what is for it, and to reply, and nothing else."""
SCOPES: Final = frozenset({READ, OPERATE, ARBITRATE, SEALED, RULES, AUDIT, ADMINISTER, AGENCY})

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Reason = Annotated[Words, StringConstraints(min_length=3, max_length=2_000)]
PartText = Annotated[Words, StringConstraints(max_length=20_000)]
Code = Annotated[str, Query(max_length=63, pattern=r"^[a-z0-9-]*$")]
Number = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Revision = Annotated[int | None, Field(ge=1, description="Revision that was read; another one is a conflict.")]
Cursor = Annotated[str, Query(max_length=100)]
Numbered = Annotated[int, Query(ge=1, le=2**31, description="The number of the last item of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]

_NEEDED: Final = {
    ReplyKind.DECLINED: ("reason",),
    ReplyKind.ACCEPTED_IN_PART: ("returned", "reason"),
    ReplyKind.ANSWERED: ("text",),
    ReplyKind.EXTENDED: ("extended_to", "reason"),
}
"""What a reply must say beside its kind."""


class Body(BaseModel):
    """What a request carries; a field that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Assignment(Body):
    """Which agency is to have the appeal, or the part of it that is quoted."""

    agency: AgencyCode
    reason: Reason
    part: PartText | None = None


class DividedPart(Body):
    """One part of an appeal, as a person tells it apart."""

    agency: AgencyCode | None = Field(default=None, description="Who is to have it; without one it is ours.")
    text: PartText | None = Field(
        default=None,
        description="Quoted from the appeal, several places line by line. Of ours: without it, what the others leave.",
    )
    rewritten: bool = Field(default=False, description="The text is an extract in the operator's own words.")


class Division(Body):
    """Into which parts an appeal is divided, and who is to have each."""

    reason: Reason
    parts: Annotated[list[DividedPart], Field(min_length=2, max_length=20)]

    def told(self) -> list[Told]:
        return [Told(**part.model_dump()) for part in self.parts]


class SpokenReply(Body):
    """What an agency without a system has said."""

    kind: ReplyKind
    occurred_at: Moment
    registration_number: Words | None = None
    registered_on: Day | None = None
    reason: Reason | None = None
    reason_code: DeclineReason | None = None
    legal_basis: Words | None = None
    proposed_agency: AgencyCode | None = None
    returned: Annotated[tuple[PartText, ...], Field(max_length=20)] = ()
    text: PartText | None = None
    language: Language | None = None
    documents: Documents = ()
    extended_to: Day | None = None
    revision: Revision = None

    def given(self) -> dict[str, Any]:
        """The words of the reply. Raises `Invalid` when its kind needs more of them."""
        for needed in _NEEDED.get(self.kind, ()):
            if not getattr(self, needed):
                raise Invalid("missing", pointer=f"#/{needed}")
        return self.model_dump(exclude={"revision"})


class Reasoned(Body):
    """Why."""

    reason: Reason


class FixRequest(Reasoned):
    """What the appeal lacks, and until when it may be added."""

    lacking: Annotated[set[Requirement], Field(min_length=1)]
    fix_by: Day | None = None


class Grounded(Reasoned):
    """On what ground, and why."""

    ground: Ground


class Filing(Reasoned):
    """To which earlier appeal it is put."""

    earlier: Number


class Award(Reasoned):
    """Who is to have what is disputed: an agency, or we ourselves when none is named."""

    agency: AgencyCode | None = None


class Taking(Body):
    """Whether a case is also taken from somebody else."""

    take_over: bool = False


class Act(Body):
    """On what was read of a referral."""

    revision: Revision = None


class ReasonedAct(Reasoned):
    """Why, and on what was read of a referral."""

    revision: Revision = None


class Correction(ReasonedAct):
    """Which agency should have had it."""

    agency: AgencyCode


def day_within(given: str) -> date:
    """A day as a form says it. Raises `ValueError` for what is none, or none that the calendar knows."""
    day = date.fromisoformat(given)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("no day that the calendar knows")
    return day


def is_of_agency(scope: str) -> bool:
    """Whether a scope is an agency's own: all that a foreign token can give."""
    return scope.startswith(AGENCY)


def named(owner: str) -> str:
    """How a person or a script is named in records: the owner of the key, or the login at the console."""
    return f"{trail.OPERATOR}{owner}"


def actor_of(caller: Caller, request: Request) -> Actor:
    """The caller as an actor, with the request as the cause."""
    return Actor(named(caller.owner), Cause(trace_of(request)), reads_sealed=caller.may(SEALED))


def shown_to(caller: Caller, appeal: Row[Any], shown: dict[str, Any]) -> dict[str, Any]:
    """What the caller may see: of a sealed `appeal`, without the scope, its number, dates and states (R-SEC-1)."""
    return views.veiled(shown) if appeal.sealed and not caller.may(SEALED) else shown


def missed(desk: Desk) -> date:
    """The latest day due that has been missed by now."""
    return last_missed_day(desk.router.rules.calendar, desk.router.now())


def following(rows: Any, limit: int) -> str | None:
    """Cursor of the next page, when one row more than a page was found."""
    if len(rows) <= limit:
        return None
    last: Row[Any] = rows[limit - 1]
    return packed(last.due_on, last.id)


def packed(when: date | datetime, last: UUID) -> str:
    """A cursor behind the item with this day, or moment, and this id."""
    return urlsafe_b64encode(f"{when.isoformat()}/{last}".encode()).decode()


def after(cursor: str | None) -> listing.Cursor | None:
    """What a cursor means. Raises `Invalid`."""
    if cursor is None:
        return None
    try:
        day, _, last = urlsafe_b64decode(cursor).decode().partition("/")
        return date.fromisoformat(day), UUID(last)
    except (NotBase64, ValueError):
        raise Invalid("cursor_invalid", pointer="query:cursor") from None


def after_moment(cursor: str | None) -> tuple[datetime, UUID] | None:
    """What a cursor of moments in a body means. Raises `Invalid`."""
    if cursor is None:
        return None
    try:
        moment, _, last = urlsafe_b64decode(cursor).decode().partition("/")
        return datetime.fromisoformat(moment).astimezone(UTC), UUID(last)
    except (NotBase64, ValueError, OverflowError):
        raise Invalid("cursor_invalid", pointer="#/cursor") from None
