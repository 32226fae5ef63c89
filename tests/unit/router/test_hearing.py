"""The reply protocol as a fold: whatever comes, in whichever order and how often, the state is the model's."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.errors import Conflict
from services.chassis.ids import new_id
from services.chassis.outbox import Cause
from services.contracts.referrals import ReferralReply, ReferralState, ReplyKind, Scope
from services.router.deadlines import ForwardDue
from services.router.draft import Actor, Draft
from services.router.hearing import Hearing, Said
from services.router.protocol import digest_of
from services.router.referral import Referral
from tests.small_rules import AT, appeal, rules

RULES = rules()
AGENCY = Actor("agency:land-relations", Cause(None))
TEXT = "Прошу участок. Прошу починить дорогу."
MORE = {
    ReplyKind.ACCEPTED_IN_PART: {"reason": "дорога не наша", "returned": ("Прошу починить дорогу.",)},
    ReplyKind.DECLINED: {"reason": "не наше"},
    ReplyKind.ANSWERED: {"text": "Ответ."},
    ReplyKind.EXTENDED: {"reason": "ждём", "extended_to": date(2027, 1, 20)},
}
# The model: from a state, what each kind of reply leads to. What is not here changes nothing.
MODEL = {
    "issued": {"received": "received", "accepted": "accepted", "accepted_in_part": "accepted_in_part"},
    "received": {"accepted": "accepted", "accepted_in_part": "accepted_in_part"},
    "accepted": {},
    "accepted_in_part": {},
    "disputed": {"accepted": "accepted", "answered": "answered"},
    "declined": {},
    "answered": {},
}
for _state in ("issued", "received"):
    MODEL[_state] |= {"declined": "declined", "answered": "answered"}
for _state in ("accepted", "accepted_in_part"):
    MODEL[_state] |= {"declined": "disputed", "answered": "answered"}


def hearing(**changes) -> tuple[Hearing, Referral]:
    """A hearing about one issued referral, over a transaction that writes nothing."""
    held = appeal(TEXT)
    tx = SimpleNamespace(
        kept={},
        before_commit=lambda _: None,
        after_commit=lambda _: None,
        database=SimpleNamespace(service="router", posted=SimpleNamespace(set=None)),
    )
    draft = Draft(tx, RULES, AT + timedelta(hours=1), new_id, {held.id: held})
    fields = {
        "id": UUID(int=2),
        "appeal_id": held.id,
        "agency": "land-relations",
        "scope": Scope.FULL,
        "forward_due": ForwardDue(strict=date(2026, 11, 26), lenient=date(2026, 11, 26)),
        "answer_due_on": date(2026, 12, 14),
        "state": ReferralState.ISSUED,
        "changed_at": AT,
    }
    referral = Referral(**{**fields, **changes})
    draft.propose(referral, UUID(int=3))
    draft.mark(referral, "issued", AGENCY, issued_at=AT, sent_at=AT)
    return Hearing(draft, {referral.id: referral}, []), referral


def said(kind: ReplyKind, event: int, referral: Referral, sequence: int | None = None, **more) -> Said:
    given = {"occurred_at": AT, "sequence": sequence, **MORE.get(kind, {}), **more}
    reply = ReferralReply(referral_id=referral.id, appeal_id=referral.appeal_id, kind=kind, **given)
    return Said(reply, uuid5(referral.id, str(event)), referral.agency, AGENCY)


KINDS = st.sampled_from(list(ReplyKind))
EVENTS = st.lists(st.tuples(KINDS, st.none() | st.integers(1, 5)), min_size=1, max_size=6)


@settings(max_examples=150)
@given(events=EVENTS, data=st.data())
def test_any_order_and_any_repetition_ends_as_the_model_says(events, data):
    """Replies are a fold: repeats change nothing, late ones are notes, and what has ended stays as it is."""
    one, referral = hearing()
    replies = [said(kind, number, referral, sequence) for number, (kind, sequence) in enumerate(events)]
    order = data.draw(st.permutations(replies * 2))
    state, last, heard = "issued", 0, set()
    for reply in order:
        one.hear(reply)
        late = reply.reply.sequence is not None and reply.reply.sequence <= last
        kind = reply.reply.kind.value
        if reply.event_id not in heard and not late:
            new = state if kind == "extended" and _extends(one, state, heard) else MODEL[state].get(kind)
            state, last = new or state, max(last, (reply.reply.sequence or 0) if new else 0)
        heard.add(reply.event_id)
        if kind == "extended" and one.referrals[referral.id].answer_due_on == date(2027, 1, 20):
            heard.add("extended")

        assert one.referrals[referral.id].state == state


def _extends(one: Hearing, state: str, heard: set) -> bool:
    return state in {"issued", "received", "accepted", "accepted_in_part"} and "extended" not in heard


def test_the_same_event_tells_again_what_came_of_it_and_another_content_is_refused():
    """An id is an event; a second one under it would be lost in silence."""
    one, referral = hearing()
    first = one.hear(said(ReplyKind.RECEIVED, 1, referral))
    again = one.hear(said(ReplyKind.RECEIVED, 1, referral))

    assert (first, again) == ("applied", "applied")
    with pytest.raises(Conflict, match="event_id_reused"):
        one.hear(said(ReplyKind.ACCEPTED, 1, referral))
    assert one.referrals[referral.id].state == "received"


def test_what_is_behind_the_last_applied_number_is_a_note():
    """A lawful extension that comes late would undo the one after it."""
    one, referral = hearing()
    one.hear(said(ReplyKind.ACCEPTED, 1, referral, 1))
    one.hear(said(ReplyKind.EXTENDED, 3, referral, 3))
    late = one.hear(said(ReplyKind.EXTENDED, 2, referral, 2, extended_to=date(2027, 1, 21)))

    assert late == "noted"
    assert one.referrals[referral.id].answer_due_on == date(2027, 1, 20)


@pytest.mark.parametrize(
    ("changes", "more", "state"),
    [
        pytest.param({}, {}, "declined", id="the first, in time"),
        pytest.param({"path": ("education",)}, {}, "disputed", id="the second in a row"),
        pytest.param({"state": ReferralState.ACCEPTED}, {}, "disputed", id="after acceptance"),
        pytest.param({}, {"proposed_agency": "land-relations"}, "disputed", id="names itself"),
        pytest.param({}, {"occurred_at": datetime(2026, 11, 26, 14, tzinfo=UTC)}, "declined", id="on the last day"),
        pytest.param({"binding": True}, {}, "issued", id="given by an arbiter"),
    ],
)
def test_r_ref_5_a_decline_leads_somewhere(changes, more, state):
    """To the next agency or a person; to an arbiter where it is contested; nowhere against an arbiter."""
    one, referral = hearing(**changes)
    one.hear(said(ReplyKind.DECLINED, 1, referral, **more))

    assert one.referrals[referral.id].state == state


def test_a_digest_does_not_change_when_the_contract_grows():
    """What an optional field would add when it is absent is not part of what was said."""
    _, referral = hearing()
    plain = said(ReplyKind.RECEIVED, 1, referral).reply

    assert digest_of(plain) == digest_of(ReferralReply.model_validate({**plain.model_dump(exclude_defaults=True)}))
    assert digest_of(plain) != digest_of(plain.model_copy(update={"registration_number": "1"}))
