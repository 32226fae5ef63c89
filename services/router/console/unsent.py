"""A form that came when its session had ended: it goes back to the browser that sent it, to be sent again.

Nothing of it is done, kept or noted.
"""

import re
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from services.chassis.errors import Refused
from services.router.console.pages import Pages, asked_for
from services.router.console.viewer import Form, Viewer, is_own, open_form

MOST_BYTES: Final = 512 * 1024
"""A longer form is not sent back."""
_TYPE: Final = "application/x-www-form-urlencoded"
_LEFT_OUT: Final = frozenset({"csrf", "password"})
_CODE: Final = re.compile(r"[\w.:+/-]*", re.ASCII)
"""What is ticked, chosen or hidden; anything else people have typed."""


async def given(request: Request) -> Form | None:
    """What a form of ours says. None where another site sent it, where it is too long, or where there is none.

    Another site's words with a token that holds would be its form, filled in by it and sent by us.
    """
    if request.method != "POST" or not is_own(request):
        return None
    length = request.headers.get("content-length", "")
    if not request.headers.get("content-type", "").startswith(_TYPE) or not length.isdecimal():
        return None
    if int(length) > MOST_BYTES:
        return None
    try:
        return await open_form(request)
    except Refused:
        return None


def page(pages: Pages, request: Request, viewer: Viewer | None, form: Form) -> HTMLResponse:
    """Says what to do, and holds what was typed; with the token of the present session where there is one."""
    kept = [(name, one) for name, values in form.values.items() if name not in _LEFT_OUT for one in values]
    return pages.html(
        request,
        viewer,
        "unsent.html",
        403 if viewer else 401,
        action=asked_for(request),
        action_in=lambda language: asked_for(request, lang=language),
        fields=[(name, value, _CODE.fullmatch(value) is None) for name, value in kept],
    )
