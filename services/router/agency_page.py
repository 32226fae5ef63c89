"""The page that an e-mailed link opens: an agency without a system reads one referral there, and replies.

Whoever has the link has the referral, so each opening is on the referral's history. No script, no cookie; the token is
in the address alone, which is never logged and never told to other sites.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.chassis.database import Transaction
from services.chassis.errors import Conflict, Gone, NotFound
from services.chassis.outbox import Cause
from services.chassis.web import trace_of
from services.router import agency_form, dispatch, listing, messages, store
from services.router.agency import Agency, Transport
from services.router.attachments import by_link
from services.router.desk import Desk
from services.router.draft import Actor, Draft
from services.router.hearing import Said
from services.router.links import Link
from services.router.page_texts import PAGE
from services.router.parting import parted
from services.router.protocol import ReplyOutcome
from services.router.referral import WITH_AGENCY, Referral
from services.router.replies import Replies

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "cache-control": "no-store",
}
_RENEWED: Final = "renewed"
_SUPERIOR_RENEWED: Final = "superior_renewed"
PAUSE: Final = timedelta(hours=1)
"""So long after a new link nobody is sent another."""
_MOST_FIELDS: Final = 12

Language = Annotated[str | None, Query(pattern="^(kk|ru)$")]
Told = Annotated[str | None, Query(pattern="^(said|noted|wrong|unquoted|renewed)$")]


@dataclass(frozen=True)
class Opened:
    """What a link opens, with its appeal locked."""

    draft: Draft
    referral: Referral
    expired: bool
    looks: bool

    @property
    def is_open(self) -> bool:
        return (
            not self.looks
            and self.referral.state in WITH_AGENCY
            and self.draft.transport(self.referral.agency) is Transport.EMAIL
        )

    @property
    def superior(self) -> Agency | None:
        """To whom a new link that shows little can be mailed: who hears of the agency's silence now."""
        superior = dispatch.superior_to_tell(self.draft, self.referral) if self.looks else None
        return superior if superior and self.draft.transport(superior.code) is Transport.EMAIL else None

    @property
    def is_renewable(self) -> bool:
        return self.expired and (self.is_open or self.superior is not None)


@dataclass(frozen=True)
class Door:
    """Opens links."""

    desk: Desk

    def link(self, token: str) -> Link:
        """What a link says. Raises `NotFound` for one that is not ours."""
        link = self.desk.router.links.read(token)
        if link is None:
            raise NotFound("referral_not_found")
        return link

    async def opened(self, tx: Transaction, link: Link) -> Opened:
        """The referral behind a link, locked."""
        draft = await self.desk.router.draft(tx, await store.locked_appeals_of(tx, {link.referral_id}))
        row = (await store.referrals(tx, {link.referral_id})).get(link.referral_id)
        if row is None or row.issued_at is None:
            raise NotFound("referral_not_found")
        return Opened(draft, draft.hold(row), link.until <= draft.at, link.looks)

    async def say(self, tx: Transaction, one: Opened, form: Mapping[str, str], request: Request) -> str:
        """Hear what a form says; how it is told on the page. Raises `Conflict` for one that was sent before."""
        if one.expired or not one.is_open:
            raise Gone("link_expired")
        referral = one.referral
        try:
            about = {"referral_id": referral.id, "appeal_id": referral.appeal_id}
            event, said = agency_form.read(form, **about, at=one.draft.at)
        except ValueError:
            return "wrong"
        if said.returned and parted(one.draft.appeals[referral.appeal_id], referral, said.returned) is None:
            return "unquoted"
        agency = referral.agency
        actor = Actor(f"agency:{agency}", Cause(trace_of(request), event))
        (outcome,) = await Replies(self.desk.router).hear(tx, [Said(said, event, agency, actor)])
        return "noted" if outcome is ReplyOutcome.NOTED else "said"

    async def renew(self, tx: Transaction, one: Opened, request: Request) -> None:
        """Send the body, and nobody else, a new link in the place of one whose time is over; not too often."""
        if not one.is_renewable:
            raise Gone("link_expired")
        kind = _SUPERIOR_RENEWED if one.looks else _RENEWED
        events = await listing.timeline(tx, one.referral.id)
        if any(event.kind == kind and event.at > one.draft.at - PAUSE for event in events):
            return
        actor = _actor(one.referral, request)
        if one.superior:
            dispatch.show(one.draft, one.referral, one.superior, actor)
        else:
            dispatch.send(one.draft, one.referral, actor)
        one.draft.mark(one.referral, kind, actor)
        await one.draft.write()


def routes(desk: Desk) -> APIRouter:
    """The page, and its two forms."""
    api = APIRouter(tags=["partner"], include_in_schema=False)
    template, door = _environment().get_template("agency.html"), Door(desk)

    @api.get("/referral/{token}", response_class=HTMLResponse)
    async def page(request: Request, token: str, lang: Language = None, told: Told = None) -> HTMLResponse:
        """One referral, as its agency's message would tell it."""
        link = door.link(token)
        async with desk.database.transaction() as tx:
            one = await door.opened(tx, link)
            kind = "superior_looked" if one.looks else "expired_opened" if one.expired else "opened"
            one.draft.mark(one.referral, kind, _actor(one.referral, request, one.draft.new_id()))
            await one.draft.write()
        language = lang or one.draft.appeals[one.referral.appeal_id].language.value
        html = template.render(**_shown(one, language), token=token, said=told or ("expired" if one.expired else None))
        status = 410 if one.expired else 200
        return HTMLResponse(html, status, headers={**HEADERS, "content-language": language})

    @api.post("/referral/{token}")
    async def reply(request: Request, token: str, lang: Language = None) -> RedirectResponse:
        """Say it, and come back to the page. Sent twice, a form counts once: it has its event's id in it."""
        link, form = door.link(token), await _form(request)
        try:
            async with desk.database.transaction() as tx:
                told = await door.say(tx, await door.opened(tx, link), form, request)
        except Conflict:
            told = ""
        return _back(token, lang, told)

    @api.post("/referral/{token}/renewal")
    async def renew(request: Request, token: str, lang: Language = None) -> RedirectResponse:
        """Ask for a new link."""
        link = door.link(token)
        async with desk.database.transaction() as tx:
            await door.renew(tx, await door.opened(tx, link), request)
        return _back(f"../{token}", lang, "renewed")

    return api


def _actor(referral: Referral, request: Request, act: UUID | None = None) -> Actor:
    """Whoever has the link; `act` names what is proved of it."""
    return Actor(f"link:{referral.agency}", Cause(trace_of(request), act))


async def _form(request: Request) -> Mapping[str, str]:
    given = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    return {name: values[0].replace("\x00", "").replace("\r\n", "\n").strip() for name, values in given.items()}


def _back(to: str, lang: str | None, told: str) -> RedirectResponse:
    query = urlencode({name: value for name, value in (("told", told), ("lang", lang)) if value})
    return RedirectResponse(f"{to}?{query}", 303, headers=HEADERS)


def _shown(one: Opened, language: str) -> dict[str, Any]:
    draft, referral = one.draft, one.referral
    appeal, agency = draft.appeals[referral.appeal_id], draft.agency(referral.agency)
    return {
        "language": language,
        "words": PAGE[language],
        "expired": one.expired,
        "is_open": one.is_open,
        "is_renewable": one.is_renewable,
        "looks": one.looks,
        "state": referral.state.value,
        "agency": getattr(agency.name, language) if agency else referral.agency,
        "number": appeal.registration_number,
        "due": referral.answer_due_on,
        # of what was forgotten since there is none to show
        "order": messages.issued(appeal, referral, agency, grant=by_link(referral, draft.at)) if one.is_open else None,
        "forms": [(kind.value, draft.new_id()) for kind in agency_form.KINDS],
        "grounds": agency_form.GROUNDS,
        "others": _others(draft, referral, language),
    }


def _others(draft: Draft, referral: Referral, language: str) -> list[tuple[str, str]]:
    """Bodies that may be competent instead, by name."""
    today, directory = draft.rules.calendar.arrived_on(draft.at), draft.rules.directory
    valid = [one for one in directory.agencies if one.is_valid(today) and one.code != referral.agency]
    return sorted(((one.code, getattr(one.name, language)) for one in valid), key=lambda one: one[1])


def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    environment.filters["day"] = _day
    return environment


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")
