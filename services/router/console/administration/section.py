"""What every page of the administration has: its place among the others, what was done, and what was wrong."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from services.chassis import problems
from services.chassis.errors import Refused
from services.chassis.problems import Catalogue, pointers
from services.router.console import asking
from services.router.console.frame import Console
from services.router.console.viewer import Viewer
from services.router.console.words import speak
from services.router.requests import ADMINISTER, AUDIT, OPERATE, READ, RULES
from services.router.texts import PROBLEMS

PATH: Final = "/administration"
SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": (ADMINISTER,),
    "directory": (READ,),
    "calendar": (OPERATE, RULES),
    "rules": (OPERATE, RULES),
    "templates": (ADMINISTER,),
    "keys": (ADMINISTER,),
    "webhooks": (ADMINISTER,),
    "parked": (OPERATE, ADMINISTER),
    "retention": (ADMINISTER, AUDIT),
}
"""Pages, and the scopes of which one is needed to see each."""
MENU: Final = (ADMINISTER, RULES, OPERATE)
"""Scopes of which one is needed to have the administration in the menu."""
ANYBODY: Final = (READ, AUDIT)

Fault = tuple[str, str]
"""Id of the field that is wrong, and what to do."""
_CATALOGUE: Final = Catalogue(PROBLEMS)
_TICKED: Final = frozenset({"roles", "scopes", "categories", "territories"})
"""Fields of which at least one box is to be ticked."""


def open_to(viewer: Viewer) -> list[str]:
    """The pages that somebody may see."""
    return [key for key, scopes in SECTIONS.items() if any(viewer.may(scope) for scope in scopes)]


def html(
    console: Console,
    request: Request,
    viewer: Viewer,
    template: str,
    *,
    faults: Sequence[Fault] = (),
    **data: Any,
) -> HTMLResponse:
    """A page; with `faults` it is the form again, that could not be taken."""
    t, done = speak(viewer.language), request.query_params.get("done")
    known = done is not None and t.has(f"admin.done_{done}")
    counts = {name: request.query_params.get(name, "") for name in ("n", "failed")}
    said = t(f"admin.done_{done}", **counts) if known and request.method == "GET" else None
    shown = {"sections": open_to(viewer), "said": said, "faults": list(faults)}
    status = 422 if faults else 200
    return console.pages.html(request, viewer, f"administration/{template}.html", status, **shown, **data)


def faults_of(error: ValidationError | Refused, viewer: Viewer, names: Mapping[str, str] | None = None) -> list[Fault]:
    """What is wrong with a form, in the viewer's words. `names`: field → what the page calls it."""
    if isinstance(error, Refused):
        told = [{"pointer": error.pointer or "", "code": error.code}]
        given = [dict(fault) for fault in error.faults] or told
    else:
        placed = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        given = [dict(fault) for fault in pointers(placed)]
    return [_fault(fault, viewer, names or {}) for fault in given]


def _fault(fault: problems.Fault, viewer: Viewer, names: Mapping[str, str]) -> Fault:
    field = asking.field_of(fault["pointer"])
    words = _CATALOGUE.told(fault, viewer.language)
    if field in _TICKED and fault["code"] == "too_short":
        words = speak(viewer.language)("admin.tick_one")
    if "detail" in fault:  # such as a line of a document
        return field, f"{fault['pointer']}: {fault['detail']}"
    return field, f"{names[field]}: {words}" if field in names else words
