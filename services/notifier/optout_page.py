"""The page on which an applicant opts out of what the law does not ask for; mail programs need one click (RFC 8058).

Only a POST opts out: whatever looks at the links of a mail by itself changes nothing. No cookie, no redirect.
"""

from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.database import Transaction
from services.chassis.errors import NotFound
from services.chassis.ids import new_id
from services.contracts.appeals import Language
from services.notifier import store
from services.notifier.api import Desk
from services.notifier.notices import OPTIONAL
from services.notifier.notification import Channel
from services.notifier.optout_texts import NOTICES, OPT_OUT
from services.notifier.optouts import OptOuts
from services.notifier.suppressing import suppress
from services.notifier.suppressions import Why
from services.notifier.tables import GONE

log = structlog.get_logger()

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "cache-control": "no-store",
}

ONE_CLICK: Final = "one-click"
"""Who is said to have put a recipient on the list."""

Lang = Annotated[Language | None, Query()]


def router(desk: Desk, links: OptOuts) -> APIRouter:
    """The page at `/opt-out/{token}`, and what its button and mail programs do."""
    api = APIRouter(prefix="/opt-out", include_in_schema=False)
    template = _environment().get_template("opt_out.html")

    def page(language: Language, *, done: bool) -> HTMLResponse:
        names = NOTICES[language]
        html = template.render(
            language=language,
            words=OPT_OUT[language],
            office=desk.edition.offices[language],
            done=done,
            optional=[told for notice, told in names.items() if notice in OPTIONAL],
            required=[told for notice, told in names.items() if notice not in OPTIONAL],
        )
        return HTMLResponse(html, headers={**HEADERS, "content-language": language.value})

    @api.get("/{token}", response_class=HTMLResponse)
    async def shown(token: str, lang: Lang = None) -> HTMLResponse:
        """What can be opted out of, and what is still sent by law."""
        async with desk.database.reading() as tx:
            row = await store.found(tx, _named(links, token))
        return page(lang or Language(row.language), done=False)

    @api.post("/{token}", response_class=HTMLResponse)
    async def left(token: str, lang: Lang = None) -> HTMLResponse:
        """Opt out, however often it is said."""
        async with desk.database.transaction() as tx:
            row = await store.found(tx, _named(links, token))
            await _opted_out(tx, desk, row)
        return page(lang or Language(row.language), done=True)

    return api


def _named(links: OptOuts, token: str) -> UUID:
    notification_id = links.read(token)
    if notification_id is None:
        raise NotFound("not_found")
    return notification_id


async def _opted_out(tx: Transaction, desk: Desk, row: Row[Any]) -> None:
    if row.content == GONE:
        return  # nobody knows any more whose address it was
    rung, row_id, at = (Channel(row.channel), row.recipient), new_id(), clock.now()
    await suppress(tx, desk.settling, rung, Why.OPTED_OUT, row_id=row_id, by=ONE_CLICK, at=at)
    log.info("suppression.added", channel=row.channel, reason=Why.OPTED_OUT, by=ONE_CLICK)


def _environment() -> Environment:
    folder = Path(__file__).parent / "pages"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
