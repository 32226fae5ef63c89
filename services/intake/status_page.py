"""The page that an applicant's coupon leads to: who has the appeal, since when, why and until when.

It shows no personal data and no text of the appeal; whoever has the link may see where the appeal is, nothing more.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.chassis.errors import NotFound
from services.contracts.calendar import ALMATY
from services.intake import store, views
from services.intake.api import Desk
from services.intake.ground_texts import DECLINES, GROUNDS, REQUIREMENTS
from services.intake.page_texts import PAGE
from services.intake.texts import in_language

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "cache-control": "no-store",
}


def router(desk: Desk) -> APIRouter:
    """The page at `/status/{token}`."""
    api = APIRouter(tags=["status"])
    template = _environment().get_template("status.html")

    @api.get("/status/{token}", response_class=HTMLResponse)
    async def page(
        request: Request, token: str, lang: Annotated[str | None, Query(pattern="^(kk|ru|en)$")] = None
    ) -> HTMLResponse:
        """Where the appeal is, for its applicant, in Kazakh, Russian or English."""
        async with desk.database.reading() as tx:
            row = await store.appeal_by_token(tx, token)
            if row is None:
                raise NotFound("appeal_not_found")
            referrals = (await store.referrals(tx, {row.id})).get(row.id, {})
            answers = await store.answers(tx, row.id)
            events = await store.timeline(tx, row.id)
        language = lang or row.language
        shown = views.whole(row, referrals.values(), language=language, status_url=str(request.url), answers=answers)
        history = [views.event(event) for event in events]
        html = template.render(
            appeal=shown, events=history, words=PAGE[language], language=language, **_names(shown, language)
        )
        return HTMLResponse(html, headers={**HEADERS, "content-language": language})

    return api


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["day"] = _day
    environment.filters["moment"] = _moment
    return environment


def _names(shown: dict[str, Any], language: str) -> dict[str, Any]:
    return {
        "agencies": {r["agency"]: r["agency_name"] for r in shown["referrals"]},
        "grounds": {ground: in_language(language, texts) for ground, texts in GROUNDS.items()},
        "declines": {code: in_language(language, texts) for code, texts in DECLINES.items()},
        "requirements": {one: in_language(language, texts) for one, texts in REQUIREMENTS.items()},
    }


def _day(day: date | str | None) -> str:
    if day is None:
        return "—"
    return (date.fromisoformat(day) if isinstance(day, str) else day).strftime("%d.%m.%Y")


def _moment(moment: datetime) -> str:
    return moment.astimezone(ALMATY).strftime("%d.%m.%Y %H:%M")
