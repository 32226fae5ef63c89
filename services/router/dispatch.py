"""Dispatch: what goes out to agencies, into a queue or laid out to be fetched.

An agency without a system is served by hand, and nothing goes out to it.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from services.chassis import outbox
from services.contracts.envelope import Message
from services.contracts.referrals import Awaited, ReferralState
from services.router import messages
from services.router.agency import Agency, Transport
from services.router.attachments import to_agency
from services.router.deadlines import answer_due
from services.router.draft import Actor, Draft
from services.router.referral import WITH_AGENCY, Referral

A_DAY: Final = timedelta(days=1)


def issue(draft: Draft, referral: Referral, actor: Actor, *, answer_due_on: date | None = None) -> Referral:
    """Hand a referral to its agency, and tell intake. Its term begins now, unless one that runs is to go on.

    The agency's message is posted first, and the outbox keeps the order: intake hears of the referral only when the
    agency's queue has confirmed it (docs/adr/0009). Raises IllegalTransition.
    """
    calendar, appeal = draft.rules.calendar, draft.appeals[referral.appeal_id]
    term = answer_due(calendar, appeal.kind, calendar.arrived_on(draft.at), draft.rules.terms)
    issued = referral.issued(at=draft.at, answer_due_on=answer_due_on or term)
    send(draft, issued, actor)
    draft.enter(issued, actor, issued_at=draft.at, sent_at=draft.at, reissued_at=None)
    return issued


def send(draft: Draft, referral: Referral, actor: Actor) -> None:
    """Send a referral to its agency, for the first time or again."""
    appeal, agency = draft.appeals[referral.appeal_id], draft.agency(referral.agency)
    _post(draft, referral, messages.issued(appeal, referral, agency, grant=to_agency(referral, draft.at)), actor)


def replay(draft: Draft, referral: Referral, actor: Actor, *, issued_at: datetime) -> None:
    """Send again what the agency has been told last: the referral, or its recall. It is marked as a replay."""
    if referral.state is ReferralState.RECALLED:
        order: Message = _recall_again(draft, referral)
    else:
        appeal = draft.appeals[referral.appeal_id]
        as_issued, agency = replace(referral, changed_at=issued_at), draft.agency(referral.agency)
        grant = to_agency(referral, draft.at)
        order = messages.issued(appeal, as_issued, agency, grant=grant, replayed_at=draft.at)
    _post(draft, referral, order, actor)
    draft.mark(referral, "replayed", actor)


def take_back(draft: Draft, referral: Referral, reason: str, actor: Actor) -> Referral:
    """Take a referral back from its agency; refuse it, if it has not gone out yet. Raises IllegalTransition."""
    if referral.state is ReferralState.PROPOSED:
        return draft.move(referral, ReferralState.REJECTED, actor, reason=reason)
    recalled = draft.move(referral, ReferralState.RECALLED, actor, reason=reason)
    _post(draft, referral, messages.recalled(recalled, reason, at=draft.at), actor)
    return recalled


def recall_again(draft: Draft, referral: Referral, actor: Actor) -> None:
    """Send a recall once more, at most once a day, to an agency that speaks as if it had not heard of it."""
    before = draft.reissued_at(referral)
    told = before is not None and before >= referral.changed_at and draft.at - before < A_DAY
    if not told and draft.transport(referral.agency) is not Transport.BY_HAND:
        _post(draft, referral, _recall_again(draft, referral), actor)
        draft.mark(referral, "replayed", actor, reissued_at=draft.at)


def remind(draft: Draft, referral: Referral, awaited: Awaited, actor: Actor) -> None:
    """Remind the agency of what it owes."""
    _post(draft, referral, messages.reminder(draft.appeals[referral.appeal_id], referral, awaited, at=draft.at), actor)
    draft.mark(referral, "reminded", actor, note=awaited.value)


def superior_to_tell(draft: Draft, referral: Referral) -> Agency | None:
    """Who hears of the agency's silence. Of a sealed appeal nobody does; a dispute is not silence."""
    if draft.appeals[referral.appeal_id].sealed or referral.state not in WITH_AGENCY:
        return None
    return draft.rules.directory.superior_of(referral.agency, draft.rules.calendar.arrived_on(draft.at))


def escalate(draft: Draft, referral: Referral, superior: Agency, awaited: Awaited, actor: Actor) -> None:
    """Tell the body above an agency that it is silent, and nothing of the appeal."""
    silent, appeal = _silent(draft, referral), draft.appeals[referral.appeal_id]
    order = messages.escalated(appeal, referral, silent, superior.code, awaited, at=draft.at)
    _post(draft, referral, order, actor, to=superior.code, about=_named(draft, referral))
    draft.mark(referral, "escalated", actor, note=superior.code)


def show(draft: Draft, referral: Referral, superior: Agency, actor: Actor) -> None:
    """Mail the body above an agency a new link to where the referral is."""
    draft.send_link(referral, actor, to=superior.code, about=_named(draft, referral))


def _silent(draft: Draft, referral: Referral) -> Agency:
    silent = draft.agency(referral.agency)
    assert silent is not None  # noqa: S101 - who has a superior is in the directory
    return silent


def _named(draft: Draft, referral: Referral) -> str:
    name: str = getattr(_silent(draft, referral).name, draft.appeals[referral.appeal_id].language.value)
    return name


def _recall_again(draft: Draft, referral: Referral) -> Message:
    reason = referral.reason or referral.state
    return messages.recalled(referral, reason, at=referral.changed_at, replayed_at=draft.at)


def _post(
    draft: Draft, referral: Referral, order: Message, actor: Actor, *, to: str | None = None, about: str | None = None
) -> None:
    """Send an order to the referral's agency, or `to` another body, `about` that agency."""
    to = to or referral.agency
    match draft.transport(to):
        case Transport.AMQP:
            outbox.post(draft.tx, order, at=draft.at, cause=actor.cause)
        case Transport.HTTP:
            draft.lay_out(referral, order, actor, to=to)
        case Transport.EMAIL:
            draft.send_link(referral, actor, to=to, about=about)
