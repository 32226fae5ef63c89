"""The verbs on a task by name, each with what it takes: for acts that are kept before they are carried out."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self
from uuid import UUID

from services.chassis.errors import Conflict
from services.contracts.appeals import Ground
from services.router import listing
from services.router.act import Verb
from services.router.appeal import Outcome
from services.router.arbitration import Arbitration
from services.router.closing import Close
from services.router.desk import Desk
from services.router.draft import Actor
from services.router.ends import FIX_DAYS, Ends
from services.router.requests import (
    ARBITRATE,
    OPERATE,
    Act,
    Assignment,
    Award,
    Body,
    Division,
    Filing,
    FixRequest,
    Grounded,
    Reasoned,
    ReasonedAct,
)

BODIES: Final[Mapping[Verb, type[Body]]] = MappingProxyType(
    {
        Verb.APPROVE: Act,
        Verb.REJECT: ReasonedAct,
        Verb.ASSIGN: Assignment,
        Verb.DIVIDE: Division,
        Verb.RETAIN: Reasoned,
        Verb.ASK_TO_FIX: FixRequest,
        Verb.RETURN: Grounded,
        Verb.TERMINATE: Grounded,
        Verb.FILE: Filing,
        Verb.COURT_ROUTE: Reasoned,
        Verb.ARBITRATE: Award,
        Verb.REISSUE: Act,
        Verb.DISMISS: Reasoned,
    }
)
"""What each verb takes, as its endpoint does."""


def scope_of(verb: Verb) -> str:
    """What somebody must have who says it, as at its endpoint."""
    return ARBITRATE if verb is Verb.ARBITRATE else OPERATE


_OF_REFERRAL: Final = frozenset({Verb.APPROVE, Verb.REISSUE, Verb.REJECT})
"""Verbs on the referral that a task asks about."""
_ENDING: Final = frozenset({Verb.ASK_TO_FIX, Verb.RETURN, Verb.TERMINATE, Verb.FILE, Verb.COURT_ROUTE})


@dataclass(frozen=True)
class Verbs:
    """The verbs of one desk."""

    desk: Desk
    fix_days: int = FIX_DAYS

    def on(self, desk: Desk) -> Self:
        """The same verbs on another desk, such as one on which they are rehearsed."""
        return type(self)(desk, self.fix_days)

    async def do(self, verb: Verb, task_id: UUID, said: Body, actor: Actor) -> None:
        """Do it. Raises what the verb raises."""
        if verb in _OF_REFERRAL:
            await self._of_referral(verb, await self._asked_about(task_id), said, actor)
        elif verb in _ENDING:
            await self._end(verb, task_id, said, actor)
        else:
            await self._decide(verb, task_id, said, actor)

    async def _of_referral(self, verb: Verb, referral_id: UUID, said: Body, actor: Actor) -> None:
        match verb, said:
            case Verb.APPROVE, Act(revision=revision):
                await self.desk.approve(referral_id, revision=revision, actor=actor)
            case Verb.REISSUE, Act(revision=revision):
                await self.desk.reissue(referral_id, revision=revision, actor=actor)
            case Verb.REJECT, ReasonedAct(reason=reason, revision=revision):
                await self.desk.reject(referral_id, reason=reason, revision=revision, actor=actor)

    async def _decide(self, verb: Verb, task_id: UUID, said: Body, actor: Actor) -> None:
        match verb, said:
            case Verb.ASSIGN, Assignment():
                await self.desk.assign(task_id, agency=said.agency, reason=said.reason, part=said.part, actor=actor)
            case Verb.DIVIDE, Division():
                await self.desk.divide(task_id, said.told(), reason=said.reason, actor=actor)
            case Verb.RETAIN, Reasoned():
                await self.desk.retain(task_id, reason=said.reason, actor=actor)
            case Verb.DISMISS, Reasoned():
                await self.desk.dismiss(task_id, reason=said.reason, actor=actor)
            case Verb.ARBITRATE, Award():
                arbitration = Arbitration(self.desk)
                await arbitration.decide(task_id, agency=said.agency, reason=said.reason, actor=actor)

    async def _end(self, verb: Verb, task_id: UUID, said: Body, actor: Actor) -> None:
        ends = Ends(self.desk, self.fix_days)
        match said:
            case FixRequest():
                await ends.ask_to_fix(task_id, **said.model_dump(), actor=actor)
            case Reasoned():
                await ends.close(task_id, _closing(verb, said), reason=said.reason, actor=actor)

    async def _asked_about(self, task_id: UUID) -> UUID:
        """The referral that a task asks about. Raises `Conflict` when it asks about none."""
        async with self.desk.reading() as tx:
            row = await listing.task_row(tx, task_id)
        if row is None or row.referral_id is None:
            raise Conflict("transition_not_allowed")
        referral_id: UUID = row.referral_id
        return referral_id


def _closing(verb: Verb, said: Reasoned) -> Close:
    match verb, said:
        case Verb.RETURN, Grounded(ground=ground):
            return Close(Outcome.RETURNED, ground)
        case Verb.TERMINATE, Grounded(ground=ground):
            return Close(Outcome.TERMINATED, ground)
        case Verb.FILE, Filing(earlier=earlier):
            return Close(Outcome.FILED, Ground.REPEATED_AFTER_RETURN, earlier)
        case Verb.COURT_ROUTE, _:
            return Close(Outcome.COURT_ROUTE, Ground.NO_SUPERIOR)
        case _:
            raise TypeError(f"{verb} does not take a {type(said).__name__}")
