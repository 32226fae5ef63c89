"""What the notifier knows of one notification: its states, when it is tried, what an attempt's outcome means. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import Final, Self, assert_never
from uuid import UUID


class Channel(StrEnum):
    """The road a notification takes."""

    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"
    """For posting systems, never for applicants."""
    LETTER = "letter"
    """On paper: printed and posted by a person, who says so."""


Rung = tuple[Channel, str]
"""A channel and the recipient there."""


class State(StrEnum):
    """State of one notification on one channel."""

    QUEUED = "queued"
    """Waits for its first attempt."""
    SENDING = "sending"
    """Claimed: an attempt is under way, or was cut off by a crash."""
    SENT = "sent"
    """The provider has taken it."""
    DELIVERED = "delivered"
    """It has reached the receiver, as far as the channel can prove it."""
    TEMPORARY_FAILURE = "temporary_failure"
    """The last attempt failed; the next one has its time."""
    PERMANENT_FAILURE = "permanent_failure"
    """The receiver's side refused it for good."""
    TECHNICAL_FAILURE = "technical_failure"
    """Every attempt of the schedule failed, or the provider gave up trying."""
    SUPPRESSED = "suppressed"
    """Nothing is sent, for the reason recorded."""
    REPLACED = "replaced"
    """A newer notice of the referral overtook this one, which the law does not ask for, between two attempts."""
    UNKNOWN = "unknown"
    """An attempt may have arrived and may not. With a next time it is repeated, without one it waits for a person."""


TRANSITIONS: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.QUEUED: frozenset({State.SENDING, State.SUPPRESSED}),
        State.SENDING: frozenset(
            {
                State.SENT,
                State.DELIVERED,
                State.TEMPORARY_FAILURE,
                State.PERMANENT_FAILURE,
                State.TECHNICAL_FAILURE,
                State.UNKNOWN,
            }
        ),
        State.SENT: frozenset({State.DELIVERED, State.PERMANENT_FAILURE, State.TECHNICAL_FAILURE}),
        State.DELIVERED: frozenset(),
        State.TEMPORARY_FAILURE: frozenset({State.SENDING, State.SUPPRESSED, State.REPLACED, State.DELIVERED}),
        State.PERMANENT_FAILURE: frozenset(),
        State.TECHNICAL_FAILURE: frozenset(),
        State.SUPPRESSED: frozenset(),
        State.REPLACED: frozenset(),
        State.UNKNOWN: frozenset(
            {
                State.SENDING,
                State.SENT,
                State.DELIVERED,
                State.PERMANENT_FAILURE,
                State.TECHNICAL_FAILURE,
                State.SUPPRESSED,
            }
        ),
    }
)
"""Every move there is. A receipt moves what is sent or in doubt, and ends what a provider took against its own word;
a final state moves no more."""

FINAL: Final = frozenset(state for state, moves in TRANSITIONS.items() if not moves)
CLAIMABLE: Final = frozenset(state for state, moves in TRANSITIONS.items() if State.SENDING in moves)
"""States from which an attempt begins once `next_attempt_at` has come."""
FAILED: Final = frozenset({State.PERMANENT_FAILURE, State.TECHNICAL_FAILURE})
"""Ends after which the next channel is tried."""


class Suppression(StrEnum):
    """Why nothing is sent."""

    NO_CONTACT = "no_contact"
    """The applicant gave no address for any channel we have, and the law does not ask for the notice."""
    NO_ENDPOINT = "no_endpoint"
    """The posting system has no webhook endpoint."""
    ENDPOINT_DISABLED = "endpoint_disabled"
    """The endpoint is switched off: by its answer 410, or after days of failure."""
    OPTED_OUT = "opted_out"
    """The applicant wants no notices but those of the law."""
    UNREACHABLE = "unreachable"
    """The only address is known to be dead."""
    FORGOTTEN = "forgotten"
    """Who the applicant is was forgotten before anybody could be told (R-SEC-3)."""


class IllegalTransition(Exception):
    """A move that the table does not have."""

    def __init__(self, old: State, new: State) -> None:
        super().__init__(f"{old} -> {new}")


@dataclass(frozen=True)
class Sent:
    """The other side took it. `confirmed` when that is delivery itself, as with a webhook's 2xx."""

    reference: str | None = None
    confirmed: bool = False
    answer: str | None = None


@dataclass(frozen=True)
class Temporary:
    """It was not taken, and a later attempt may succeed. `code` is ours or a protocol's number, never prose."""

    code: str
    retry_after: timedelta | None = None
    of_this_one: bool = False
    """It concerns this recipient or text alone, and says nothing of the provider's health."""
    answer: str | None = None


@dataclass(frozen=True)
class Permanent:
    """It will never be taken. `gone`: the destination itself asked not to be called again."""

    code: str
    gone: bool = False
    answer: str | None = None


@dataclass(frozen=True)
class Unknown:
    """It was handed over and the answer is missing."""

    code: str


Outcome = Sent | Temporary | Permanent | Unknown
"""What one attempt came to. None of them carries an address, a name or the other side's prose.

But for `answer`, how what is answered to a test begins: a test tells of nothing that could be quoted.
"""

INTERRUPTED: Final = Unknown("interrupted")
"""Outcome of an attempt whose record is missing: the process died between the call and the record."""


@dataclass(frozen=True)
class Schedule:
    """When a channel tries: the wait before each attempt, counted from the end of the one before."""

    waits: tuple[timedelta, ...]
    repeats_unknown: bool
    """Whether an attempt without an answer is made again. Only where the receiver can tell a repetition by our id,
    or can be asked first what became of it."""
    jitter: float = 0.1
    """Part of a wait by which it may be shorter or longer, so that an outage's queue does not return at once."""
    longest_retry_after: timedelta = timedelta(hours=24)
    doubt: timedelta = timedelta(0)
    """At least so long after an attempt without an answer: whoever is asked must have had the time to know."""

    def wait(self, notification_id: UUID, attempt: int, *, at_least: timedelta = timedelta()) -> timedelta | None:
        """Wait before attempt number `attempt` (from 1); None when there is none left.

        The jitter follows from the id and the number: the same attempt always waits the same time. What the other
        side asked for (`at_least`, from Retry-After) prolongs the wait up to `longest_retry_after`, never shortens it.
        """
        if attempt > len(self.waits):
            return None
        jittered = self.waits[attempt - 1] * (1 + self.jitter * _spread(notification_id, attempt))
        return max(jittered, min(at_least, self.longest_retry_after))


def _spread(notification_id: UUID, attempt: int) -> float:
    """A number from -1 to 1, evenly spread over ids and attempts."""
    digest = blake2b(notification_id.bytes + attempt.to_bytes(4, "big"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / (2**63) - 1


def _minutes(*values: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=value) for value in values)


def _hours(*values: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(hours=value) for value in values)


SCHEDULES: Final[Mapping[Channel, Schedule]] = MappingProxyType(
    {
        # 72 hours, as mail servers themselves try; the stable Message-ID lets mailboxes drop a repetition
        Channel.EMAIL: Schedule(_minutes(0, 1, 5, 5, 10, 20, 40) + _hours(1) * 70, repeats_unknown=True),
        # the second attempt at once: where there is another provider, it goes there
        Channel.SMS: Schedule(
            (timedelta(0), timedelta(0), timedelta(seconds=30), *_minutes(2, 10), *_hours(1, 4)),
            repeats_unknown=False,
            doubt=timedelta(minutes=1),
        ),
        # a person makes the one attempt
        Channel.LETTER: Schedule((timedelta(0),), repeats_unknown=False),
        # the schedule of Standard Webhooks, about three days; the receiver knows a repetition by webhook-id
        Channel.WEBHOOK: Schedule(
            (timedelta(0), timedelta(seconds=5), *_minutes(5, 30), *_hours(2, 5, 10, 14, 20, 24)), repeats_unknown=True
        ),
    }
)


@dataclass(frozen=True)
class Notification:
    """One thing to be told on one channel."""

    id: UUID
    channel: Channel
    state: State
    attempts: int
    """Attempts begun, the one under way included."""
    next_attempt_at: datetime | None
    reason: str | None
    """Code of the last failure, why it is suppressed, or that what was sent is not confirmed."""
    changed_at: datetime
    destination: str = ""
    """Where the next attempt goes: a provider, or a posting system."""
    in_doubt: bool = False
    """The last attempt may have arrived: whoever took it is asked or told again, nobody else."""
    reference: str | None = None
    """The provider's own name for what it took."""

    @classmethod
    def queued(cls, notification_id: UUID, channel: Channel, *, at: datetime, destination: str = "") -> Self:
        """A new one, due at once; a letter waits for a person instead."""
        due = None if channel is Channel.LETTER else at
        return cls(notification_id, channel, State.QUEUED, 0, due, None, at, destination)

    def claimed(self, *, at: datetime) -> Self:
        """The next attempt begins. To be committed before the provider is called."""
        return replace(self._moved_to(State.SENDING, at=at), attempts=self.attempts + 1, in_doubt=self.in_doubt)

    def concluded(self, outcome: Outcome, schedule: Schedule, *, at: datetime) -> Self:
        """The attempt under way has come to `outcome`; for one cut off by a crash that is `INTERRUPTED`."""
        match outcome:
            case Sent(reference=reference, confirmed=confirmed):
                moved = self._moved_to(State.DELIVERED if confirmed else State.SENT, at=at)
                return replace(moved, reference=reference)
            case Permanent(code=code):
                return self._moved_to(State.PERMANENT_FAILURE, at=at, reason=code)
            case Temporary(code=code, retry_after=asked):
                wait = schedule.wait(self.id, self.attempts + 1, at_least=asked or timedelta())
                state = State.TEMPORARY_FAILURE if wait is not None else State.TECHNICAL_FAILURE
                return self._moved_to(state, at=at, reason=code, wait=wait)
            case Unknown(code=code):
                again = schedule.wait(self.id, self.attempts + 1, at_least=schedule.doubt)
                wait = again if schedule.repeats_unknown else None
                return replace(self._moved_to(State.UNKNOWN, at=at, reason=code, wait=wait), in_doubt=True)
            case _:
                assert_never(outcome)

    def suppressed(self, reason: Suppression, *, at: datetime) -> Self:
        """Nothing more is sent."""
        return self._moved_to(State.SUPPRESSED, at=at, reason=reason)

    def called_off(self, reason: Suppression, *, at: datetime) -> Self:
        """Nothing is sent, and the attempt that was about to be made has not begun."""
        return replace(self, state=State.QUEUED, attempts=self.attempts - 1).suppressed(reason, at=at)

    def forgotten(self, *, at: datetime) -> Self:
        """Nobody knows any more whom to tell. What may have arrived stays so; an attempt under way is concluded."""
        if self.state is State.UNKNOWN:
            return replace(self, next_attempt_at=None)
        may_be = State.SUPPRESSED in TRANSITIONS[self.state]
        return self.suppressed(Suppression.FORGOTTEN, at=at) if may_be else self

    def left(self, *, at: datetime) -> Self:
        """Nobody is asked or told again of what may have arrived: a person looks into it."""
        return replace(self, next_attempt_at=None, changed_at=at)

    def replaced(self, *, at: datetime) -> Self:
        """A newer notice has made it pointless."""
        return self._moved_to(State.REPLACED, at=at)

    def reported(self, said: Sent | Permanent | Temporary, *, at: datetime) -> Self:
        """A receipt or a bounce has come for what was sent, or may have been. `Temporary`: the provider gave up."""
        match said:
            case Sent(confirmed=confirmed):
                return self._moved_to(State.DELIVERED if confirmed else State.SENT, at=at)
            case Permanent(code=code):
                return self._moved_to(State.PERMANENT_FAILURE, at=at, reason=code)
            case Temporary(code=code):
                return self._moved_to(State.TECHNICAL_FAILURE, at=at, reason=code)
            case _:
                assert_never(said)

    def _moved_to(
        self, state: State, *, at: datetime, reason: str | None = None, wait: timedelta | None = None
    ) -> Self:
        if state not in TRANSITIONS[self.state]:
            raise IllegalTransition(self.state, state)
        due = None if wait is None else at + wait
        return replace(self, state=state, next_attempt_at=due, reason=reason, changed_at=at, in_doubt=False)
