"""What the address of a list asks for: how it is narrowed, ordered and set out."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from sqlalchemy import Column, Date, Row, String

from services.chassis.database import Transaction
from services.chassis.errors import Forbidden, Invalid
from services.contracts.appeals import AppealKind, Channel, Language
from services.contracts.calendar import ALMATY
from services.contracts.dates import Day
from services.contracts.referrals import ReferralState
from services.router import store
from services.router.appeal import Outcome
from services.router.console.viewer import Viewer
from services.router.requests import OPERATE, SEALED
from services.router.search import Order, Place, Wanted
from services.router.stems import asked, asked_name

_EMPTY: Final = BeforeValidator(lambda given: given or None)
_PLAIN: Final = r"^[^\x00]*$"
_DIGITS: Final = 16

Code = Annotated[str | None, StringConstraints(max_length=63, pattern=r"^[a-z0-9_-]*$"), _EMPTY]
Text = Annotated[str | None, StringConstraints(max_length=200, pattern=_PLAIN, strip_whitespace=True), _EMPTY]
Person = Annotated[str | None, StringConstraints(max_length=400, pattern=r"^[0-9a-f.-]*$"), _EMPTY]


class Asked(BaseModel):
    """The parameters of a list's address. An empty one narrows nothing; one that nobody knows is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: Text = None
    person: Person = None
    """Keys of an applicant's name: the name itself is in no address."""
    outcome: Annotated[Outcome | None, _EMPTY] = None
    state: Annotated[ReferralState | None, _EMPTY] = None
    agency: Code = None
    category: Code = None
    district: Code = None
    channel: Annotated[Channel | None, _EMPTY] = None
    kind: Annotated[AppealKind | None, _EMPTY] = None
    language: Annotated[Language | None, _EMPTY] = None
    since: Annotated[Day | None, _EMPTY] = None
    until: Annotated[Day | None, _EMPTY] = None
    """First and last day of registration."""
    by: Annotated[Literal["rule", "person"] | None, _EMPTY] = None
    due_since: Annotated[Day | None, _EMPTY] = None
    due_until: Annotated[Day | None, _EMPTY] = None
    open: Annotated[bool | None, _EMPTY] = None
    held: Annotated[bool | None, _EMPTY] = None
    answered_since: Annotated[Day | None, _EMPTY] = None
    settled_since: Annotated[Day | None, _EMPTY] = None
    overdue: Annotated[bool | None, _EMPTY] = None
    waiting: Annotated[bool | None, _EMPTY] = None
    sealed: Annotated[bool | None, _EMPTY] = None
    sort: Annotated[str | None, StringConstraints(pattern=r"^-?[a-z]{1,20}$"), _EMPTY] = None
    columns: list[str] = []
    cursor: Annotated[str | None, StringConstraints(max_length=400), _EMPTY] = None

    def narrowing(self) -> dict[str, str]:
        """What narrows the list, by parameter, as the address says it."""
        plain = self.model_dump(mode="json", exclude={"sort", "columns", "cursor"}, exclude_none=True)
        return {name: str(value).lower() if isinstance(value, bool) else value for name, value in plain.items()}

    def told(self) -> dict[str, Any]:
        """The same for the audit trail: of words that were looked for only how many, for one may be a name."""
        found: dict[str, Any] = self.narrowing()
        if self.q:
            found["q"] = len(asked(self.q))
        if self.person:
            found["person"] = True
        return found

    def order(self, known: Iterable[str], otherwise: str) -> Order:
        """The order asked for. Raises `Invalid` for one that the list does not have."""
        sort = self.sort or otherwise
        name = sort.removeprefix("-")
        if name not in known:
            raise Invalid("cursor_invalid", pointer="query:sort")
        return Order(name, descending=sort.startswith("-"))

    async def wanted(self, tx: Transaction, viewer: Viewer, *, late: date) -> Wanted:
        """What is looked for. Words and names are looked for only by whoever may read appeals."""
        found = Wanted(
            outcome=self.outcome,
            state=self.state,
            agency=self.agency,
            category=self.category,
            territory_code=self.district,
            channel=self.channel,
            kind=self.kind,
            language=self.language,
            since=self.since,
            until=self.until,
            by_person=self.by == "person" if self.by else None,
            due_since=self.due_since,
            due_until=self.due_until,
            is_open=bool(self.open),
            held=bool(self.held),
            answered_since=_beginning(self.answered_since) if self.answered_since else None,
            settled_since=_beginning(self.settled_since) if self.settled_since else None,
            overdue_by=late if self.overdue else None,
            waiting=bool(self.waiting),
            sealed=self.sealed,
        )
        if self.q:
            found = await self._looked_for(tx, self.q, found, viewer)
        if self.person:
            if not viewer.may(OPERATE):
                raise Forbidden("scope_missing")
            found = replace(found, words=[*found.words, *_keys_in(self.person)])
        return found.for_reader(reads_sealed=viewer.may(SEALED))

    async def _looked_for(self, tx: Transaction, query: str, found: Wanted, viewer: Viewer) -> Wanted:
        numbered = await store.appeal_numbered(tx, query)
        words = [] if numbered or not viewer.may(OPERATE) else asked(query)
        return replace(found, words=words) if words else replace(found, number=query)


def keys_of_person(name: str) -> str:
    """A name to look for as it stands in an address: the keys of its words. Empty where it has none."""
    digits = ([f"{key % 2**64:0{_DIGITS}x}" for key in sorted(keys)] for keys in asked_name(name))
    return "-".join(".".join(some) for some in digits)


def _keys_in(person: str) -> list[frozenset[int]]:
    try:
        return [frozenset(_signed(int(key, 16)) for key in some.split(".")) for some in person.split("-")]
    except ValueError:
        raise Invalid("cursor_invalid", pointer="query:person") from None


def _signed(key: int) -> int:
    if key >= 2**64:
        raise ValueError(key)
    return key - 2**64 if key >= 2**63 else key


def cursor_of(row: Row[Any], by: Column[Any]) -> str:
    """A cursor behind this item of a list in that order."""
    value = getattr(row, by.name)
    told = value if isinstance(value, str) else value.isoformat()
    return urlsafe_b64encode(f"{row.id}/{told}".encode()).decode()


def place_in(cursor: str | None, by: Column[Any]) -> Place | None:
    """What a cursor means in that order. Raises `Invalid`."""
    if cursor is None:
        return None
    try:
        last, _, told = urlsafe_b64decode(cursor).decode().partition("/")
        return Place(_value(told, by), UUID(last))
    except (ValueError, OverflowError):  # the former is what base64 raises too
        raise Invalid("cursor_invalid", pointer="query:cursor") from None


def _value(told: str, by: Column[Any]) -> str | date | datetime:
    match by.type:
        case String():
            return told.replace("\x00", "")  # what no text of ours has
        case Date():
            return date.fromisoformat(told)
        case _:
            return datetime.fromisoformat(told).astimezone(UTC)


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(), ALMATY)
