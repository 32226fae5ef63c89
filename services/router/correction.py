"""Correction: what has gone to a wrong agency is given to the right one, in one act, and no clock begins anew."""

from uuid import UUID

from services.chassis.errors import Conflict
from services.contracts.referrals import ReferralState
from services.router import dispatch, record
from services.router.decision import Because, Refer, facts_of
from services.router.desk import Desk
from services.router.draft import Actor
from services.router.routing import Decided, carry_out
from services.router.task import TaskState


async def correct(
    desk: Desk, referral_id: UUID, *, agency: str, reason: str, revision: int | None, actor: Actor
) -> tuple[UUID, ReferralState]:
    """Give to `agency` what has gone to a wrong one, which is told to stop. Returns the new referral's id and state.

    It is `proposed` where a second person has to see it. Raises `Conflict` for what an arbiter has given, or is to
    give, and as `Desk.recall` and `Desk.assign` do.
    """
    async with desk.case_of_referral(referral_id, actor, "referral.correct") as case:
        referral, draft, appeal = case.referral(referral_id, revision), case.draft, case.appeal
        if referral.state is ReferralState.PROPOSED:
            raise Conflict("transition_not_allowed")
        if referral.binding or referral.state is ReferralState.DISPUTED:
            raise Conflict("arbiter_decides")
        desk.check_agency(case, agency, pointer="#/agency")
        part = appeal.part(referral.part_id)
        case.check_free(agency, part, beside=referral.id if agency != referral.agency else None)
        wrong = referral.moved_to(ReferralState.RECALLED, at=draft.at, reason=reason)
        verdict = Refer(agency, referral.scope, referral.part, Because.OPERATOR)
        facts = facts_of(appeal, draft.rules, at=draft.at, part=part)
        made = record.of_operator(
            verdict, appeal, facts, draft.rules, operator=actor.name, reason=reason, task=None, part=part
        )
        case.settle_of(referral, TaskState.OVERTAKEN, actor, reason)
        carry_out(draft, appeal, [Decided(verdict, made, part)], actor, predecessor=wrong)
        dispatch.take_back(draft, referral, reason, actor)  # told second: at no moment is the appeal with nobody
        return draft.successor_of(referral)
