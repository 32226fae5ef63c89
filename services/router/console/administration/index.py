"""The administration's first page: what there is to keep, each with a line on what it is for."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.router.console.administration import section
from services.router.console.frame import Console
from services.router.console.viewer import Viewer, signed_in


def routes(console: Console) -> APIRouter:
    """The page."""
    api = APIRouter(prefix=section.PATH)

    @api.get("")
    async def page(request: Request, viewer: Annotated[Viewer, Depends(signed_in(*section.MENU))]) -> HTMLResponse:
        return section.html(console, request, viewer, "index")

    return api
