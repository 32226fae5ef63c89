"""Retention: what each service forgets by itself and when, and what is never forgotten."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.chassis import clock, retention
from services.router import operators
from services.router.console import asking
from services.router.console.administration import section
from services.router.console.frame import Console
from services.router.console.viewer import Viewer, signed_in
from services.router.requests import ADMINISTER, AUDIT

HOME: Final = f"{section.PATH}/retention"


def routes(console: Console) -> APIRouter:
    """The page."""
    api = APIRouter(prefix=HOME)

    @api.get("")
    async def page(request: Request, viewer: Annotated[Viewer, Depends(signed_in(ADMINISTER, AUDIT))]) -> HTMLResponse:
        async with console.database.reading() as tx:
            own = await retention.told(tx, (operators.SESSIONS_KEPT,), at=clock.now())
        found: list[tuple[str, Any]] = [("router", own)]
        for name in ("intake", "notifier"):
            told = await asking.got(console, viewer, name, "/v1/retention")
            found.append((name, told["items"] if told else None))
        return section.html(console, request, viewer, "retention", found=found)

    return api
