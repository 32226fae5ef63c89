"""What a form of the desk says, as the body that its verb takes; and what is wrong with it, field by field."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from services.chassis.errors import Refused
from services.chassis.problems import Catalogue, Fault, pointers
from services.contracts.appeals import AppealKind, Ground, Requirement
from services.router.act import ENDS, Verb
from services.router.appeal import Outcome
from services.router.closing import GROUNDS
from services.router.console.viewer import Form
from services.router.console.words import speak
from services.router.requests import Body
from services.router.texts import PROBLEMS
from services.router.verbs import BODIES

CATALOGUE: Final = Catalogue(PROBLEMS)
END: Final = "end"
"""The one form for all verbs that end an appeal."""
ROWS_AT_MOST: Final = 20
"""Into so many parts an appeal may be divided."""
_OF_OUTCOME: Final = {
    Outcome.RETURNED: Verb.RETURN,
    Outcome.TERMINATED: Verb.TERMINATE,
    Outcome.FILED: Verb.FILE,
    Outcome.COURT_ROUTE: Verb.COURT_ROUTE,
}
REQUIREMENTS: Final = tuple(Requirement)
Faults = list[tuple[str, str]]
"""Ids of fields, each with what is wrong there."""


def ways_to_end(kind: str) -> list[tuple[str, Ground, Verb, str]]:
    """How the law lets an appeal of this kind end: the form's value, ground, verb and article."""
    return [
        (f"{_OF_OUTCOME[outcome].value}/{ground.value}", ground, _OF_OUTCOME[outcome], basis)
        for (outcome, ground), (kinds, basis) in GROUNDS.items()
        if AppealKind(kind) in kinds
    ]


def said(form: Form, name: str) -> tuple[Verb, Body]:
    """The verb and what it takes. Raises `ValidationError`, or `ValueError` for a verb that is none."""
    verb, given = Verb(form["how"].partition("/")[0]) if name == END else Verb(name), _given(form)
    if name == END and verb not in ENDS:
        raise ValueError(name)
    return verb, BODIES[verb].model_validate(_TAKING[verb](form, given))


def faults_of(error: ValidationError | Refused, language: str, *, field: str) -> Faults:
    """What is wrong, for the summary; what has no place of its own is said of `field`."""
    if isinstance(error, Refused):
        return [(_field(error.pointer, field), CATALOGUE.text(error.code, language))]
    found = {one["pointer"].partition(":")[0]: one for one in pointers(error.errors())}
    return [(place, _words(place, fault, language)) for place, fault in found.items()]


def rows_of(form: Form) -> list[dict[str, str]]:
    """The parts that a form of division tells, as they were typed."""
    agencies, texts = form.values.get("part_agency", []), form.values.get("part_text", [])
    own = set(form.values.get("part_rewritten", []))
    pairs = list(zip(agencies, texts, strict=False))[:ROWS_AT_MOST]
    return [{"agency": a, "text": t, "rewritten": "yes" if str(n) in own else ""} for n, (a, t) in enumerate(pairs)]


def _given(form: Form) -> dict[str, Any]:
    reason = form.get("reason") or form.get("ready")
    return {"reason": reason} if reason else {}


def _act(form: Form, _given: dict[str, Any]) -> dict[str, Any]:
    return {"revision": int(form["revision"])} if form["revision"].isdecimal() else {}


def _reject(form: Form, given: dict[str, Any]) -> dict[str, Any]:
    return {**given, **_act(form, given)}


def _assign(form: Form, given: dict[str, Any]) -> dict[str, Any]:
    return {**given, **_some(agency=form.get("agency"), part=form.get("part"))}


def _divide(form: Form, given: dict[str, Any]) -> dict[str, Any]:
    rows = [row for row in rows_of(form) if row["agency"] or row["text"] or row["rewritten"] == "yes"]
    ours: list[dict[str, Any]] = [{}] if form.get("rest") else []
    told = [
        {**_some(agency=row["agency"] or None, text=row["text"] or None), "rewritten": bool(row["rewritten"])}
        for row in rows
    ]
    return {**given, "parts": [*told, *ours]}


def _ask_to_fix(form: Form, given: dict[str, Any]) -> dict[str, Any]:
    day = form.get("fix_by")
    return {**given, "lacking": form.all("lacking"), **_some(fix_by=day)}


def _grounded(form: Form, given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "ground": form["how"].partition("/")[2]}


def _file(form: Form, given: dict[str, Any]) -> dict[str, Any]:
    return {**given, **_some(earlier=form.get("earlier"))}


def _award(form: Form, given: dict[str, Any]) -> dict[str, Any]:
    return {**given, **_some(agency=form.get("agency"))}


def _reasoned(_form: Form, given: dict[str, Any]) -> dict[str, Any]:
    return given


_TAKING: Final[Mapping[Verb, Callable[[Form, dict[str, Any]], dict[str, Any]]]] = {
    Verb.APPROVE: _act,
    Verb.REISSUE: _act,
    Verb.REJECT: _reject,
    Verb.ASSIGN: _assign,
    Verb.DIVIDE: _divide,
    Verb.RETAIN: _reasoned,
    Verb.DISMISS: _reasoned,
    Verb.ARBITRATE: _award,
    Verb.ASK_TO_FIX: _ask_to_fix,
    Verb.RETURN: _grounded,
    Verb.TERMINATE: _grounded,
    Verb.FILE: _file,
    Verb.COURT_ROUTE: _reasoned,
}


def _some(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _field(pointer: str | None, otherwise: str) -> str:
    return pointer.removeprefix("#/").split("/")[0] if pointer else otherwise


def _words(field: str, fault: Fault, language: str) -> str:
    """What is wrong, with the name of the field if it has one."""
    t, words = speak(language), CATALOGUE.told(fault, language)
    if fault["code"] == "too_short" and field in {"lacking", "parts"}:
        words = t(f"desk.few_{field}")
    return f"{t(key)}: {words}" if t.has(key := f"desk.field_{field}") else words
