"""The page of one appeal: what it is, where it is, why, until when, and all that has happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.database import Transaction
from services.chassis.errors import Forbidden, NotFound
from services.router import listing, store, trail
from services.router.console.appeal_shown import Shown, read
from services.router.console.chronicle import Told, in_order, notices
from services.router.console.frame import Console
from services.router.console.pages import HEADERS, ROOT
from services.router.console.peers import PeerAway
from services.router.console.steering import NOTED
from services.router.console.viewer import Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.history import Group
from services.router.requests import OPERATE, READ, SEALED

REASONS: Final = ("contact", "identify", "fix", "agency", "check")
"""Why an applicant's data are looked at: ready reasons alone, for the trail holds no words of people."""
DONE: Final = frozenset({"recall", "remind", "reissue", "correct", "reply", "review", NOTED})
"""What a page that has been come back to can say was done."""


@dataclass(frozen=True)
class Wished:
    """How the history is wished for."""

    group: Group | None = None
    order: Literal["oldest", "newest"] = "oldest"


def routes(console: Console) -> APIRouter:
    """The page, what is revealed there, and the proof of hand-over."""
    api = APIRouter()
    reader, operator = Depends(signed_in(READ)), Depends(signed_in(OPERATE))

    @api.get("/appeals/{appeal_id}", response_class=HTMLResponse)
    async def page(
        request: Request, viewer: Annotated[Viewer, reader], appeal_id: UUID, wished: Annotated[Wished, Depends()]
    ) -> HTMLResponse:
        async with console.database.reading() as tx:
            shown = await read(console, tx, viewer, appeal_id)
        return await _page(console, request, viewer, shown, wished=wished)

    @api.post("/appeals/{appeal_id}/reveal", response_class=HTMLResponse)
    async def reveal(request: Request, viewer: Annotated[Viewer, operator], appeal_id: UUID) -> HTMLResponse:
        """Show the applicant's data, once, for a reason that is noted."""
        form = await form_of(request, viewer)
        async with console.database.transaction() as tx:
            shown = await read(console, tx, viewer, appeal_id)
            if not shown.reads:
                raise Forbidden("appeal_sealed")
            if form["reason"] in REASONS:
                facts = {"number": shown.appeal.registration_number, "reason": form["reason"]}
                trail.note(tx, trail.Act(viewer.by, "appeal.reveal", str(appeal_id), clock.now(), facts))
        if form["reason"] not in REASONS:
            fault = [(f"reason-{REASONS[0]}", speak(viewer.language)("appeal.reveal_why"))]
            return await _page(console, request, viewer, shown, status=422, faults=fault)
        return await _page(console, request, viewer, shown, is_revealed=True)

    @api.get("/referrals/{referral_id}")
    async def referral(_viewer: Annotated[Viewer, reader], referral_id: UUID) -> RedirectResponse:
        """Where a referral is shown: on its appeal's page."""
        async with console.database.reading() as tx:
            row = await referral_row(tx, referral_id)
        return RedirectResponse(f"{ROOT}/appeals/{row.appeal_id}#referral-{referral_id}", 303, headers=HEADERS)

    @api.get("/referrals/{referral_id}/certificate")
    async def certificate(viewer: Annotated[Viewer, reader], referral_id: UUID) -> JSONResponse:
        """The proof of hand-over, as a file that anybody can verify offline."""
        async with console.database.reading() as tx:
            row = await referral_row(tx, referral_id)
            appeal = await listing.appeal_row(tx, row.appeal_id)
        assert appeal is not None  # noqa: S101 - a foreign key says so
        if appeal.sealed and not viewer.may(SEALED):
            raise Forbidden("appeal_sealed")
        found = await console.notary.certificate(referral_id)
        named = {"content-disposition": f'attachment; filename="certificate-{referral_id}.json"'}
        return JSONResponse(found.model_dump(mode="json"), headers={**HEADERS, **named})

    return api


async def referral_row(tx: Transaction, referral_id: UUID) -> Row[Any]:
    """A referral. Raises `NotFound`."""
    row = (await store.referrals(tx, {referral_id})).get(referral_id)
    if row is None:
        raise NotFound("referral_not_found")
    return row


async def _page(
    console: Console,
    request: Request,
    viewer: Viewer,
    shown: Shown,
    *,
    wished: Wished = Wished(),
    status: int = 200,
    is_revealed: bool = False,
    faults: Sequence[tuple[str, str]] = (),
) -> HTMLResponse:
    told = await _notices(console, shown)
    done = request.query_params.get("done", "")
    return console.pages.html(
        request,
        viewer,
        "appeal/appeal.html",
        status,
        case=shown,
        appeal=shown.appeal,
        lines=in_order([*shown.lines, *told.lines], group=wished.group, newest_first=wished.order == "newest"),
        groups=[group.value for group in Group],
        wished=wished,
        told=told,
        is_revealed=is_revealed,
        reasons=REASONS,
        faults=faults,
        said=speak(viewer.language)(f"steering.done_{done}") if done in DONE else None,
    )


async def _notices(console: Console, shown: Shown) -> Told:
    """What the applicant was told, as far as the viewer may know it."""
    if not shown.reads:
        return Told()
    try:
        return await notices(console.peers, shown.appeal.id, shown.teller)
    except PeerAway:
        return Told(is_away=True)
