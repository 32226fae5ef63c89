"""Notices: what waits for a person, what became of each, and what a person can do about it. The notifier's, asked."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.chassis.database import Transaction
from services.chassis.errors import Forbidden, Invalid
from services.router import store
from services.router.console import asking
from services.router.console.frame import Console
from services.router.console.pages import HEADERS, ROOT, to
from services.router.console.peers import PeerAway, Said
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.requests import OPERATE, SEALED

HOME: Final = "/notices"
PAGE: Final = 50
AWAITED: Final = ("letter", "unposted", "unknown", "unconfirmed", "failed")
"""Why a notice waits for a person, in the notifier's words."""
STATES: Final = (
    *("queued", "sending", "sent", "delivered", "temporary_failure", "permanent_failure"),
    *("technical_failure", "suppressed", "replaced", "unknown"),
)
CHANNELS: Final = ("email", "sms", "letter", "webhook")
ACTS: Final = ("posted", "delivered", "failed", "closed", "resend")
_FIELD: Final = {"posted": "reference", **dict.fromkeys(("delivered", "failed", "closed"), "because")}
"""Where on the page it is told that an act was refused."""
_UNDER_WAY: Final = frozenset({"queued", "sending"})
_OPEN: Final = frozenset({"sent", "unknown"})
_NOTIFIER: Final = "notifier"
_PRINTED: Final = {**HEADERS, "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""A letter brings its own looks, and nothing else."""

Word = Annotated[str | None, Query(max_length=64)]


def routes(console: Console) -> APIRouter:
    """The list, a notice, its letter, and the verbs."""
    api = APIRouter(prefix=HOME)
    operator = Depends(signed_in(OPERATE))

    @api.get("")
    async def page(
        request: Request,
        viewer: Annotated[Viewer, operator],
        awaited: Word = None,
        state: Word = None,
        channel: Word = None,
        appeal: UUID | None = None,
        cursor: UUID | None = None,
    ) -> HTMLResponse:
        wanted = {**_wanted(awaited, state, channel), "appeal_id": appeal}
        await _let_see(console, viewer, appeal)
        desk = await asking.got(console, viewer, _NOTIFIER, "/v1/desk")
        told = await asking.got(console, viewer, _NOTIFIER, "/v1/notifications", **wanted, limit=PAGE, cursor=cursor)
        rows = await _shown(console, viewer, told["items"]) if told else []
        return console.pages.html(
            request,
            viewer,
            "notices/list.html",
            rows=rows,
            is_away=told is None,
            tabs=[(why, _counted(desk, why)) for why in AWAITED],
            wanted=wanted,
            states=_choices("notice_state", STATES, viewer),
            channels=_choices("channel", CHANNELS, viewer),
            following=told["next_cursor"] if told else None,
            is_first=cursor is None,
        )

    @api.get("/{notice_id}")
    async def one(request: Request, viewer: Annotated[Viewer, operator], notice_id: UUID) -> HTMLResponse:
        return await _page(console, request, viewer, notice_id)

    @api.post("/{notice_id}/letter")
    async def letter(request: Request, viewer: Annotated[Viewer, operator], notice_id: UUID) -> Response:
        """The letter as it is to be printed: it names the applicant, so the trail tells who had it."""
        await form_of(request, viewer)
        if await _row(console, viewer, notice_id) is None:  # whose it is cannot be told
            return await _page(console, request, viewer, notice_id, refused=asking.away(_NOTIFIER, viewer))
        try:
            said = await console.peers.page(_NOTIFIER, f"{_path(notice_id)}/letter", viewer.language)
        except PeerAway:
            said = asking.away(_NOTIFIER, viewer)
        if not said.ok:
            return await _page(console, request, viewer, notice_id, refused=said)
        await asking.noted(console, viewer, ("notification.print", str(notice_id)), {})
        return HTMLResponse(said.body, headers=_PRINTED)

    @api.post("/{notice_id}")
    async def act(request: Request, viewer: Annotated[Viewer, operator], notice_id: UUID) -> Response:
        """Posted, arrived, not arrived, seen to, send again: the button says which."""
        form = await form_of(request, viewer)
        if await _row(console, viewer, notice_id) is None:
            return await _page(console, request, viewer, notice_id, form=form, refused=asking.away(_NOTIFIER, viewer))
        said = await _done(console, viewer, notice_id, form)
        if not said.ok:
            return await _page(console, request, viewer, notice_id, form=form, refused=said)
        return to(f"{ROOT}{HOME}/{said.body['id']}", done=form["act"])

    return api


async def _page(
    console: Console,
    request: Request,
    viewer: Viewer,
    notice_id: UUID,
    *,
    form: Form | None = None,
    refused: Said | None = None,
) -> HTMLResponse:
    row, t = await _row(console, viewer, notice_id), speak(viewer.language)
    done, field = request.query_params.get("done", ""), _FIELD.get(form["act"] if form else "", "content")
    return console.pages.html(
        request,
        viewer,
        "notices/notice.html",
        422 if refused else 200,
        row=row,
        verbs=_verbs(row) if row else (),
        form=form or Form({}),
        faults=asking.refused_by(refused, viewer, otherwise=field) if refused else [],
        said=t(f"notices.done_{done}") if done in ACTS and request.method == "GET" else None,
    )


async def _row(console: Console, viewer: Viewer, notice_id: UUID) -> dict[str, Any] | None:
    """A notice; None while the notifier is away. Raises `NotFound`, `Forbidden` for one that is not for the viewer."""
    told = await asking.one(console, viewer, _NOTIFIER, _path(notice_id))
    if told is None:
        return None
    [row] = await _shown(console, viewer, [told])
    if row["is_veiled"]:
        raise Forbidden("appeal_sealed")
    return row


async def _shown(console: Console, viewer: Viewer, told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Notices with the numbers of their appeals; of a sealed one, only that there is one.

    So is an appeal that is not known here yet: nobody has seen whether it tells of corruption.
    """
    async with console.database.reading() as tx:
        known = await _appeals(tx, told)
    rows = []
    for one in told:
        is_of_none = one["appeal_id"] == one["notification_id"]  # a test, or mail to an endpoint's owner
        number, sealed = known.get(str(one["appeal_id"]), (None, not is_of_none))
        rows.append(
            {"dead_end": False, "findings": [], **one, "number": number, "is_veiled": sealed and not viewer.may(SEALED)}
        )
    return rows


async def _let_see(console: Console, viewer: Viewer, appeal_id: UUID | None) -> None:
    """Raises `Forbidden` for an appeal whose notices are not for the viewer: not even how many there are."""
    if appeal_id is None:
        return
    async with console.database.reading() as tx:
        known = (await store.appeals(tx, {appeal_id})).get(appeal_id)
    if (known is None or known.sealed) and not viewer.may(SEALED):
        raise Forbidden("appeal_sealed")


async def _appeals(tx: Transaction, told: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, bool]]:
    found = await store.appeals(tx, {UUID(one["appeal_id"]) for one in told})
    return {str(key): (one.registration_number, one.sealed) for key, one in found.items()}


def _verbs(row: Mapping[str, Any]) -> list[str]:
    """What can be done about a notice as it stands."""
    state, is_letter = row["state"], row["channel"] == "letter"
    return [
        *(["print"] if is_letter else []),
        *(["posted"] if is_letter and state == "queued" else []),
        *(["found"] if state in _OPEN and row["channel"] != "webhook" else []),
        *(["closed"] if row["dead_end"] else []),
        *(["resend"] if state not in _UNDER_WAY else []),
    ]


async def _done(console: Console, viewer: Viewer, notice_id: UUID, form: Form) -> Said:
    match form["act"]:
        case "posted":
            path, body, kind = "posted", {"reference": form["reference"]}, "notification.posted"
        case "delivered" | "failed" | "closed" as outcome:
            body = {"outcome": outcome, "because": form["because"], "person": viewer.by}
            path, kind = "finding", "notification.found"
        case "resend":
            path, body, kind = "resend", {}, "notification.resend"
        case _:
            raise Invalid("body_invalid")
    facts = {"outcome": body["outcome"]} if "outcome" in body else {}
    wanted = ("POST", f"{_path(notice_id)}/{path}", body)
    try:
        return await asking.done(console, viewer, _NOTIFIER, wanted, (kind, str(notice_id)), **facts)
    except PeerAway:
        return asking.away(_NOTIFIER, viewer)


def _wanted(awaited: str | None, state: str | None, channel: str | None) -> dict[str, str | None]:
    """What the list is narrowed to. Raises `Invalid` for words that no page of ours says."""
    for given, known in ((awaited, AWAITED), (state, STATES), (channel, CHANNELS)):
        if given and given not in known:
            raise Invalid("page_address_wrong")
    return {"awaited": awaited or None, "state": state or None, "channel": channel or None}


def _counted(desk: Mapping[str, Any] | None, why: str) -> int | None:
    return sum(one["notifications"] for one in desk["items"] if one["awaited"] == why) if desk else None


def _choices(group: str, codes: Sequence[str], viewer: Viewer) -> list[tuple[str, str]]:
    t = speak(viewer.language)
    return [(code, t(f"history.{group}_{code}")) for code in codes]


def _path(notice_id: UUID) -> str:
    return f"/v1/notifications/{notice_id}"
