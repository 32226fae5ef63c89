"""Steering a referral: each verb on a page of its own, with what it needs to be told. They end in the desk's verbs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from sqlalchemy import Row

from services.chassis.database import Transaction
from services.chassis.errors import Forbidden, NotFound, Refused
from services.chassis.problems import Catalogue, pointers
from services.contracts.calendar import ALMATY
from services.contracts.referrals import DeclineReason, ReferralState, ReplyKind
from services.router import listing, store
from services.router.agency import Transport
from services.router.console.frame import Console
from services.router.console.lists import sight_of
from services.router.console.pages import ROOT, to
from services.router.console.registers import Sight
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.correction import correct
from services.router.desk import Desk
from services.router.draft import Actor
from services.router.protocol import ReplyOutcome
from services.router.referral import TRANSITIONS, WITH_AGENCY
from services.router.requests import OPERATE, SEALED, Act, Body, Correction, Reasoned, ReasonedAct, SpokenReply, missed
from services.router.texts import PROBLEMS

CATALOGUE: Final = Catalogue(PROBLEMS)
Faults = list[tuple[str, str]]
"""Ids of fields, each with what is wrong there."""


class Verb(StrEnum):
    """What an operator can do of a referral that has gone out."""

    REMIND = "remind"
    REISSUE = "reissue"
    REPLY = "reply"
    CORRECT = "correct"
    RECALL = "recall"


REVIEW: Final = "review"
"""To ask that an appeal be looked at again: the one verb on an appeal itself."""
NOTED: Final = "noted"
"""A reply that does not fit the referral's state, and moves nothing."""
BODIES: Final[Mapping[Verb, type[Body]]] = {
    Verb.REMIND: Act,
    Verb.REISSUE: Act,
    Verb.REPLY: SpokenReply,
    Verb.CORRECT: Correction,
    Verb.RECALL: ReasonedAct,
}
"""What each verb takes: the same as over HTTP."""


def verbs_on(row: Row[Any], transport: Transport) -> list[Verb]:
    """What can be done of a referral in its state, the mildest first."""
    state = ReferralState(row.state)
    is_with_agency = state in WITH_AGENCY
    can_return = ReferralState.RECALLED in TRANSITIONS[state] and state is not ReferralState.DISPUTED
    told = {
        Verb.REMIND: is_with_agency and transport is not Transport.BY_HAND,
        Verb.REISSUE: state in {ReferralState.ISSUED, ReferralState.UNDELIVERABLE},
        Verb.REPLY: is_with_agency and transport in {Transport.BY_HAND, Transport.EMAIL},
        Verb.CORRECT: can_return and not row.binding,
        Verb.RECALL: can_return,
    }
    return [verb for verb, fits in told.items() if fits]


@dataclass(frozen=True)
class Held:
    """What is about to be steered: a referral, or an appeal."""

    appeal: Row[Any]
    sight: Sight
    verb: str
    row: Row[Any] | None = None
    """None where the appeal itself is asked about."""

    @property
    def address(self) -> str:
        return f"{ROOT}/appeals/{self.appeal.id}"


def routes(console: Console) -> APIRouter:
    """A page for each verb, and for asking that an appeal be looked at again."""
    api = APIRouter()
    operator = Depends(signed_in(OPERATE))

    @api.get("/referrals/{referral_id}/{verb}", response_class=HTMLResponse)
    async def page(
        request: Request, viewer: Annotated[Viewer, operator], referral_id: UUID, verb: Verb
    ) -> HTMLResponse:
        async with console.database.reading() as tx:
            held = await _held(console, tx, viewer, referral_id, verb)
        now = console.desk.router.now().astimezone(ALMATY)
        given = {"occurred_at": f"{now:%Y-%m-%dT%H:%M}", "revision": held.row.revision if held.row else None}
        return _page(console, request, viewer, held, given=given)

    @api.post("/referrals/{referral_id}/{verb}", response_model=None)
    async def act(request: Request, viewer: Annotated[Viewer, operator], referral_id: UUID, verb: Verb) -> Response:
        form = await form_of(request, viewer)
        async with console.database.reading() as tx:
            held = await _held(console, tx, viewer, referral_id, verb)
        try:
            body = BODIES[verb].model_validate(_given(form))
            done = await _act(console.desk, verb, referral_id, body, viewer.actor(request))
        except (ValidationError, Refused) as error:
            faults = faults_of(error, viewer.language)
            return _page(console, request, viewer, held, given=form.as_dict(), faults=faults, status=422)
        return to(held.address, done=done)

    @api.get("/appeals/{appeal_id}/review", response_class=HTMLResponse)
    async def review_page(request: Request, viewer: Annotated[Viewer, operator], appeal_id: UUID) -> HTMLResponse:
        async with console.database.reading() as tx:
            held = await _held_appeal(console, tx, viewer, appeal_id, REVIEW)
        return _page(console, request, viewer, held, given={})

    @api.post("/appeals/{appeal_id}/review", response_model=None)
    async def review(request: Request, viewer: Annotated[Viewer, operator], appeal_id: UUID) -> Response:
        form = await form_of(request, viewer)
        async with console.database.reading() as tx:
            held = await _held_appeal(console, tx, viewer, appeal_id, REVIEW)
        try:
            why = Reasoned.model_validate(form.as_dict())
            await console.desk.review(appeal_id, reason=why.reason, actor=viewer.actor(request))
        except (ValidationError, Refused) as error:
            faults = faults_of(error, viewer.language)
            return _page(console, request, viewer, held, given=form.as_dict(), faults=faults, status=422)
        return to(held.address, done=REVIEW)

    return api


def _page(
    console: Console,
    request: Request,
    viewer: Viewer,
    held: Held,
    *,
    given: Mapping[str, Any],
    faults: Faults | None = None,
    status: int = 200,
) -> HTMLResponse:
    row, sight, wrong = held.row, held.sight, faults or []
    return console.pages.html(
        request,
        viewer,
        "appeal/steer.html",
        status,
        held=held,
        verb=held.verb,
        agency=sight.names.agency(row.agency) if row else "",
        state=sight.term("state", row.state) if row else "",
        given=given,
        faults=wrong,
        wrong=dict(wrong),
        kinds=[kind.value for kind in ReplyKind],
        codes=[(code.value, speak(viewer.language)(f"history.code_{code}")) for code in DeclineReason],
        agencies=sight.names.agencies(),
    )


async def _held(console: Console, tx: Transaction, viewer: Viewer, referral_id: UUID, verb: Verb) -> Held:
    row = (await store.referrals(tx, {referral_id})).get(referral_id)
    if row is None:
        raise NotFound("referral_not_found")
    return replace(await _held_appeal(console, tx, viewer, row.appeal_id, verb.value), row=row)


async def _held_appeal(console: Console, tx: Transaction, viewer: Viewer, appeal_id: UUID, verb: str) -> Held:
    """Raise `NotFound`, and `Forbidden` of a sealed appeal for whoever may not read it."""
    appeal = await listing.appeal_row(tx, appeal_id)
    if appeal is None:
        raise NotFound("appeal_not_found")
    if appeal.sealed and not viewer.may(SEALED):
        raise Forbidden("appeal_sealed")
    return Held(appeal, await sight_of(console, tx, viewer, missed(console.desk)), verb)


async def _act(desk: Desk, verb: Verb, referral_id: UUID, body: Body, actor: Actor) -> str:
    """What is said to have been done: the verb, unless a reply was only noted."""
    match body:
        case SpokenReply():
            outcome = await desk.tell_reply(referral_id, body.given(), revision=body.revision, actor=actor)
            return NOTED if outcome is ReplyOutcome.NOTED else verb.value
        case Correction():
            to_whom, because = body.agency, body.reason
            await correct(desk, referral_id, agency=to_whom, reason=because, revision=body.revision, actor=actor)
        case ReasonedAct():
            await desk.recall(referral_id, reason=body.reason, revision=body.revision, actor=actor)
        case Act():
            steer = desk.remind if verb is Verb.REMIND else desk.reissue
            await steer(referral_id, revision=body.revision, actor=actor)
    return verb.value


def _given(form: Form) -> dict[str, Any]:
    """What a form says, as a body takes it. A moment that the form tells is one in Almaty."""
    given = form.as_dict()
    if moment := given.get("occurred_at"):
        given["occurred_at"] = _in_almaty(moment)
    if quoted := given.get("returned"):
        given["returned"] = (quoted,)
    return given


def _in_almaty(moment: str) -> str:
    try:
        return datetime.fromisoformat(moment).replace(tzinfo=ALMATY).isoformat()
    except ValueError:
        return moment  # whoever reads it says that it is none


def faults_of(error: ValidationError | Refused, language: str) -> Faults:
    """What is wrong, and where; what has no place of its own is said of the whole form."""
    if isinstance(error, Refused):
        return [((error.pointer or "").removeprefix("#/") or "form", CATALOGUE.text(error.code, language))]
    found = [(str(one["loc"][0]), pointers([{**one, "loc": ("body",)}])[0]) for one in error.errors()]
    return [(place, CATALOGUE.told(fault, language)) for place, fault in found]
