"""I6: every history of a run is a path of the state machine."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from uuid import UUID

from services.contracts.referrals import ReferralState
from services.router.referral import TRANSITIONS
from tests.e2e.faults.books import Books, Event
from tests.e2e.faults.findings import Finding, Kind


def histories(books: Books) -> Iterator[Finding]:
    """I6: every history is a path of the state machine, with consecutive revisions, and ends where the row stands."""
    yield from _timelines(books)
    for referral_id, events in _by_subject(books.history).items():
        moves = [one for one in events if one.kind == one.state]
        referral = books.referrals[referral_id]
        yield from _path(f"referral {referral_id}", [ReferralState(one.kind) for one in moves])
        revisions = [one.revision for one in moves]
        if revisions != list(range(2, 2 + len(moves))) or (referral.state, referral.revision) != (
            moves[-1].state,
            revisions[-1],
        ):
            yield Finding(Kind.WRONG, f"referral {referral_id} went through the revisions {revisions}")
        for (kind, because), count in Counter((one.kind, one.because) for one in events if one.because).items():
            if count > 1:
                yield Finding(Kind.DOUBLE, f"message {because} had {count} effects {kind} on {referral_id}")
    for referral_id, known in books.known_referrals.items():
        if known != books.referrals.get(referral_id):
            yield Finding(Kind.OPEN, f"intake knows referral {referral_id} as {known.state}")


def _timelines(books: Books) -> Iterator[Finding]:
    timelines = _by_subject(books.timeline)
    for appeal in books.appeals.values():
        events = timelines.get(appeal.id, [])
        if [one.revision for one in events] != list(range(1, 1 + appeal.revision)):
            yield Finding(Kind.WRONG, f"the timeline of {appeal.id} skips or repeats")
        steps = defaultdict(list)
        for one in events:
            if one.referral_id:
                steps[one.referral_id].append(ReferralState(one.kind.partition(".")[2]))
        for referral_id, path in steps.items():
            yield from _path(f"the timeline of referral {referral_id}", path)


def _path(of: str, states: list[ReferralState]) -> Iterator[Finding]:
    before = ReferralState.PROPOSED
    for state in states:
        if state not in TRANSITIONS[before]:
            yield Finding(Kind.WRONG, f"{of} moved from {before} to {state}")
        before = state


def _by_subject(events: Iterable[Event]) -> dict[UUID, list[Event]]:
    found: dict[UUID, list[Event]] = defaultdict(list)
    for one in events:
        found[one.of].append(one)
    return found
