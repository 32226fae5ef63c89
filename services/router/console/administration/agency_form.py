"""An agency's form: what it says of an agency, as the directory's file has it, and what of that is new."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from pydantic import TypeAdapter

from services.chassis.problems import LANGUAGES
from services.contracts.appeals import AppealKind
from services.router.agency import Agency
from services.router.console.viewer import Form

PLAIN: Final = ("level", "parent", "superior", "transport", "source")
LISTS: Final = ("categories", "territories")
WORDINGS: Final = ("known_as", "never")
CONTACTS: Final = ("address", "phone", "email")
_WORDED_IN: Final = ("kk", "ru")
_AGENCY: Final = TypeAdapter(Agency)


def plain(record: Agency) -> dict[str, Any]:
    """A record as plain values, all of them."""
    dumped: dict[str, Any] = _AGENCY.dump_python(record, mode="json")
    return dumped


def facts(form: Form) -> dict[str, Any]:
    """What a form says of an agency; what it leaves empty is left out."""
    told: dict[str, Any] = {
        "name": {language: form[f"name_{language}"] for language in LANGUAGES},
        **{name: form.get(name) for name in PLAIN},
        **{name: form.all(name) for name in LISTS},
        **{name: _wording(form, name) for name in WORDINGS},
        "contacts": {name: form[f"contacts_{name}"] for name in CONTACTS if form[f"contacts_{name}"]},
        "webhook": form["webhook"] == "yes",
        "needs": _needs(form),
    }
    return {name: value for name, value in told.items() if value not in (None, "", [], {}, False)}


def changed(form: Form, record: Agency) -> dict[str, Any]:
    """Those of the facts that differ from a record; None takes one away."""
    before, after = facts(_form(plain(record))), facts(form)
    names = {*before, *after}
    return {name: after.get(name) for name in sorted(names) if before.get(name) != after.get(name)}


def shown(record: Agency, on: date) -> Form:
    """A form that says what a record says."""
    return _form({**plain(record), "on": on.isoformat()})


def _form(record: Mapping[str, Any]) -> Form:
    contacts = record["contacts"] or {}
    values = {
        "on": record.get("on", ""),
        **{f"name_{language}": record["name"][language] for language in LANGUAGES},
        **{name: record[name] or "" for name in PLAIN},
        **{f"{name}_{language}": "\n".join(record[name][language]) for name in WORDINGS for language in _WORDED_IN},
        **{f"contacts_{name}": contacts.get(name) or "" for name in CONTACTS},
        "webhook": "yes" if record["webhook"] else "",
    }
    many = {name: list(record[name]) for name in LISTS}
    for need in record["needs"]:
        many[f"needs_{need['purpose']}"] = ["limited", *need["fields"]]
    return Form({**{name: [value] for name, value in values.items()}, **many})


def _wording(form: Form, name: str) -> dict[str, list[str]]:
    lines = {language: form[f"{name}_{language}"].split("\n") for language in _WORDED_IN}
    told = {language: [line.strip() for line in found if line.strip()] for language, found in lines.items()}
    return {language: found for language, found in told.items() if found}


def _needs(form: Form) -> list[dict[str, Any]]:
    """What is told of appeals of a kind, where that is limited; of any other kind, everything."""
    ticked = {kind: form.all(f"needs_{kind}") for kind in AppealKind}
    return [
        {"purpose": kind.value, "fields": sorted(set(fields) - {"limited"})}
        for kind, fields in ticked.items()
        if "limited" in fields
    ]
