"""The clocks: what is overdue is reported once; a silent agency is reminded, sent the same again, and a person told.

An agency may so read one referral in two messages, each with its own event id: it tells them apart by the referral's.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from services.chassis.database import Database, Transaction
from services.chassis.outbox import Cause
from services.contracts.calendar import WorkingCalendar
from services.contracts.referrals import Awaited, ReferralState
from services.router import dispatch, listing, metrics, store, succession
from services.router.agency import Transport
from services.router.draft import Actor, Draft
from services.router.referral import WITH_AGENCY, Referral
from services.router.routing import Router, ask
from services.router.silence import Step
from services.router.task import Question

WATCH: Final = Actor("watch", Cause(None))
_AWAITED: Final[Mapping[Step, Awaited]] = {
    Step.RECEIPT: Awaited.RECEIPT,
    Step.ACCEPTANCE: Awaited.ACCEPTANCE,
    Step.TERM: Awaited.TERM,
    Step.OVERDUE: Awaited.OVERDUE,
}
"""What an agency is reminded of at a step."""
_DESK: Final[Mapping[Step, Question]] = {
    Step.RECEIPT_DESK: Question.SILENT,
    Step.ACCEPTANCE_DESK: Question.NOT_ACCEPTED,
    Step.OVERDUE: Question.OVERDUE,
}
"""What a person is asked at a step. The note names the agency's superior, who is told if it is reached by a message."""
_OWED: Final[Mapping[Step, Awaited]] = {
    Step.RECEIPT_DESK: Awaited.RECEIPT,
    Step.ACCEPTANCE_DESK: Awaited.ACCEPTANCE,
    Step.OVERDUE: Awaited.OVERDUE,
}
"""What the superior hears that the agency owes."""
Find = Callable[[Transaction, Collection[UUID] | None], Awaitable[list[UUID]]]
"""Finds what is to be seen to: anywhere, or among these."""
Action = Callable[[Draft, Referral], None]


@dataclass(frozen=True)
class Watch:
    """Looks at the clocks."""

    database: Database
    router: Router
    at_once: int = 200
    """So many referrals are seen to in one transaction."""

    async def look(self) -> None:
        """One look: report, send again, measure."""
        at = self.router.now()
        await self._hand_on(at)
        await self._report_overdue(at)
        await self._climb(at)
        await self._report_undecided(at)
        await self._report_not_fixed(at)
        await self._measure(at)

    async def _hand_on(self, at: datetime) -> None:
        """Leave nothing with an agency that has been closed."""
        while True:
            async with self.database.reading() as tx:
                closed = succession.closed_on(await self.router.book.in_force(tx), at)
                ids = await store.open_with(tx, closed, limit=self.at_once) if closed else []
            if not ids:
                return
            async with self.database.transaction() as tx:
                draft = await self.router.draft(tx, await store.locked_appeals_of(tx, ids))
                tasks = await store.open_tasks(tx, draft.appeals)
                for row in (await store.referrals(tx, ids)).values():
                    referral = draft.hold(row)
                    if referral.is_open and referral.agency in succession.closed_on(draft.rules, at):
                        succession.hand_on(draft, referral, tasks, WATCH)
                await draft.write()

    async def _report_overdue(self, at: datetime) -> None:
        def report(draft: Draft, referral: Referral) -> None:
            if referral.is_overdue(draft.rules.calendar, at):
                draft.mark(referral, "overdue", WATCH, overdue_reported_at=at)

        day = last_missed_day(self.router.rules.calendar, at)
        await self._see_to(lambda tx, among: store.newly_overdue(tx, day, limit=self.at_once, among=among), report)

    async def _climb(self, at: datetime) -> None:
        """Take the steps on the ladder of silence that have come."""
        await self._see_to(lambda tx, among: store.to_look_at(tx, at, limit=self.at_once, among=among), _climb)

    async def _report_undecided(self, at: datetime) -> None:
        """Tell a person, once, of a dispute whose arbiter has let the day pass."""

        def report(draft: Draft, referral: Referral) -> None:
            if referral.state is ReferralState.DISPUTED:
                draft.mark(referral, Question.ARBITER_LATE.value, WATCH)
                ask(draft, draft.appeals[referral.appeal_id], Question.ARBITER_LATE, WATCH, about=referral)

        day = last_missed_day(self.router.rules.calendar, at)
        await self._see_to(lambda tx, among: store.disputes_undecided(tx, day, limit=self.at_once, among=among), report)

    async def _report_not_fixed(self, at: datetime) -> None:
        """Ask a person to return what its applicants have not fixed in time (R-INT-6)."""
        day = last_missed_day(self.router.rules.calendar, at)
        while True:
            async with self.database.transaction() as tx:
                ids = await store.not_fixed(tx, day, limit=self.at_once)
                draft = await self.router.draft(tx, await store.locked_appeals(tx, ids))
                for appeal_id in await store.not_fixed(tx, day, limit=self.at_once, among=ids):
                    decision_id = await store.last_decision(tx, appeal_id)
                    ask(draft, draft.appeals[appeal_id], Question.FIX_LAPSED, WATCH, decision_id=decision_id)
                await draft.write()
            if len(ids) < self.at_once:
                return

    async def _see_to(self, find: Find, action: Action) -> None:
        """Act on each referral found, so many at a time; on what an action leaves as it is, at the next look again."""
        seen: set[UUID] = set()
        while True:
            async with self.database.reading() as tx:
                ids = await find(tx, None)
            if ids:
                async with self.database.transaction() as tx:
                    draft = await self.router.draft(tx, await store.locked_appeals_of(tx, ids))
                    left = await find(tx, ids)  # another replica may have seen to some before they were locked
                    for row in (await store.referrals(tx, left)).values():
                        action(draft, draft.hold(row))
                    await draft.write()
            if len(ids) < self.at_once or seen.issuperset(ids):
                return
            seen.update(ids)

    async def _measure(self, at: datetime) -> None:
        day = last_missed_day(self.router.rules.calendar, at)
        async with self.database.reading() as tx:
            referrals = await listing.referrals_counted(tx)
            overdue = await listing.overdue_counted(tx, day)
            tasks = await listing.tasks_counted(tx)
            late = await listing.tasks_late(tx, day)
        for gauge in (metrics.REFERRALS, metrics.OVERDUE, metrics.TASKS):
            gauge.clear()
        for agency, states in referrals.items():
            for state, count in states.items():
                metrics.REFERRALS.labels(agency, state).set(count)
        for agency, count in overdue.items():
            metrics.OVERDUE.labels(agency).set(count)
        for question, count in tasks.items():
            metrics.TASKS.labels(question).set(count)
        metrics.TASKS_OVERDUE.set(late)


def last_missed_day(calendar: WorkingCalendar, at: datetime) -> date:
    """The latest day that a term could end on and have been missed at `at`."""
    today = calendar.arrived_on(at)
    return today if at >= calendar.end_of(today) else today - timedelta(days=1)


def _climb(draft: Draft, referral: Referral) -> None:
    """Take the steps due. After a standstill an agency is reminded of the last thing only; people are told of each."""
    due = draft.steps_due(referral)
    draft.look_later(referral)
    speaks = draft.transport(referral.agency) is not Transport.BY_HAND
    if speaks and Step.AGAIN in due:
        dispatch.send(draft, referral, WATCH)
        draft.mark(referral, "reissued", WATCH, reissued_at=draft.at)
    if speaks and referral.state in WITH_AGENCY and (reminders := [_AWAITED[step] for step in due if step in _AWAITED]):
        dispatch.remind(draft, referral, reminders[-1], WATCH)
    for step in due:
        if question := _DESK.get(step):
            appeal, agency = draft.appeals[referral.appeal_id], draft.agency(referral.agency)
            ask(draft, appeal, question, WATCH, about=referral, note=agency.superior if agency else None)
    if owed := [_OWED[step] for step in due if step in _OWED]:
        _escalate(draft, referral, owed[-1])


def _escalate(draft: Draft, referral: Referral, awaited: Awaited) -> None:
    """Tell the agency's superior of its silence."""
    superior = dispatch.superior_to_tell(draft, referral)
    if superior and draft.transport(superior.code) is not Transport.BY_HAND:
        dispatch.escalate(draft, referral, superior, awaited, WATCH)
