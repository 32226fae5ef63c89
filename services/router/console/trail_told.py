"""Entries of the audit trail in the viewer's words. What is newer than our words is told as it was written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.chassis.problems import TEXTS, Catalogue
from services.router.console.names import Names
from services.router.console.words import Speech, speak
from services.router.requests import AGENCY
from services.router.texts import PROBLEMS

_CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "by": ("overview.by_{}", "statistics.by_{}"),
    "changed": ("facts.changed_{}",),
    "changes": ("admin_rules.doc_{}",),
    "channel": ("terms.channel_{}",),
    "kind": ("terms.kind_{}",),
    "language": ("terms.language_{}",),
    "outcome": ("terms.outcome_{}", "history.finding_{}"),
    "reason": ("appeal.reason_{}",),
    "roles": ("admin_accounts.role_{}",),
    "scopes": ("admin_keys.scope_{}",),
    "state": ("terms.state_{}",),
    "table": ("statistics.table_{}",),
    "verb": ("desk.verb_{}",),
    "were": ("admin_accounts.role_{}",),
}
"""Facts that are codes, each with the keys of its words."""
_CATALOGUE: Final = Catalogue(PROBLEMS)
_NO_WORD: Final = "—"


@dataclass(frozen=True)
class Telling:
    """Puts entries into words. `names` are what the directory calls agencies and places, in the viewer's language."""

    names: Names

    def act(self, code: str) -> str:
        """What was done."""
        return self._word(("audit.act_{}",), code)

    def facts(self, facts: Mapping[str, Any]) -> str:
        """All that is noted of it."""
        return "; ".join(self._named(facts))

    @property
    def _t(self) -> Speech:
        return speak(self.names.language)

    def _named(self, facts: Mapping[str, Any]) -> Iterable[str]:
        for name, value in facts.items():
            label = self._word(("facts.name_{}",), name)
            if isinstance(value, dict) and value:
                yield f"{label} ({', '.join(self._named(value))})"
            else:
                yield f"{label}: {self._value(name, value)}"

    def _value(self, name: str, value: Any) -> str:
        match value:
            case None:
                return _NO_WORD
            case True | "true":  # the latter in an address
                return self._t("common.yes")
            case False | "false":
                return self._t("common.no")
            case dict() | list():
                return ", ".join(self._value(name, one) for one in value) or _NO_WORD
            case str():
                return self._text(name, value)
            case _:
                return str(value)

    def _text(self, name: str, value: str) -> str:
        match name:
            case "agency":
                return self.names.agency(value)
            case "district":
                return self.names.territory(value)
            case "category":
                return self.names.category(value)
            case "code" if value in PROBLEMS or value in TEXTS:
                return _CATALOGUE.text(value, self.names.language)
            case "scopes" if value.startswith(AGENCY):
                return self._t("admin_keys.of_agency", code=value.removeprefix(AGENCY))
            case _ if name in _CODES:
                return self._word(_CODES[name], value)
            case _:
                return _day(value) or value

    def _word(self, keys: tuple[str, ...], code: str) -> str:
        """The word for a code, which stands in one of the keys as it is or with underscores alone."""
        plain = code.translate(str.maketrans(".:-", "___"))
        found = [key.format(one) for key in keys for one in (code, plain)]
        return next((self._t(key) for key in found if self._t.has(key)), code)


def _day(value: str) -> str | None:
    try:
        return date.fromisoformat(value).strftime("%d.%m.%Y")
    except ValueError:
        return None
