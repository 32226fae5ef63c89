"""An appeal's history in the viewer's words, with the notices that the notifier tells of, in one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.chassis.problems import LANGUAGES
from services.contracts.calendar import ALMATY
from services.router.console.peers import PeerAway, Peers
from services.router.console.registers import Sight
from services.router.console.words import Speech, speak
from services.router.history import Entry, Group
from services.router.task import Question
from services.router.texts import QUESTIONS

NOTICES_AT_MOST: Final = 1_000
"""So many notices of one appeal are shown at most."""
NOTICES_AT_ONCE: Final = 200
"""So many the notifier tells in one answer."""
_NOTIFIER: Final = "notifier"
_FACTS: Final = ("note", "reason", "reason_code", "legal_basis", "text", "registration_number", "extended_to", "due_on")
"""What an entry tells beside its title."""
_SAID: Final = frozenset({"note", "reason", "text"})
"""What people have written: only for whoever may read appeals."""
_REMINDED: Final = "event.reminded"


@dataclass(frozen=True)
class Line:
    """One entry as it is shown."""

    at: datetime
    group: str
    title: str
    who: str
    facts: Sequence[tuple[str, Any]] = ()
    referral_id: UUID | None = None
    attempts: Sequence[Mapping[str, Any]] = ()
    state: str = ""


@dataclass(frozen=True)
class Told:
    """What the notifier has told an applicant."""

    lines: Sequence[Line] = ()
    is_whole: bool = True
    """Whether these are all; else they are the newest ones."""
    is_away: bool = False


@dataclass(frozen=True)
class Teller:
    """Puts entries into words."""

    sight: Sight
    operators: Mapping[str, str]
    """Names of accounts by login."""
    reads: bool
    """Whether the viewer may read what appeals, and people about them, say."""

    def line(self, entry: Entry) -> Line:
        """An entry in words."""
        return Line(
            entry.at, entry.group.value, self._title(entry), self.who(entry.by), self._facts(entry), entry.referral_id
        )

    def who(self, by: str) -> str:
        """Who did it, as people call them."""
        kind, _, name = by.partition(":")
        match kind:
            case "operator":
                return self.operators.get(name, name)
            case "agency":
                return self.sight.names.agency(name)
            case "link":
                return self._t("by_link", agency=self.sight.names.agency(name))
            case _:
                return self._t(f"by_{kind}")

    def _title(self, entry: Entry) -> str:
        facts, key = entry.facts, entry.kind.replace(".", "_")
        agency = self.sight.names.agency(entry.agency)
        if entry.kind == _REMINDED:
            return self._t(f"{key}_{facts['note']}", agency=agency)
        if verdict := facts.get("verdict"):
            return self._verdict(verdict, facts.get("part"))
        if question := facts.get("question"):
            asked = QUESTIONS[Question(question)][LANGUAGES.index(self.sight.names.language)]
            return self._t(key, question=asked)
        if not speak(self.sight.names.language).has(f"history.{key}"):  # newer than our words
            return self._t("event_other", agency=agency, kind=entry.kind)
        return self._t(key, agency=agency, number=facts.get("number", ""))

    def _verdict(self, verdict: Mapping[str, Any], part: int | None) -> str:
        agency = self.sight.names.agency(verdict.get("agency"))
        ends = verdict.get("as")
        told = self.sight.term("outcome", ends) if ends else ""
        title = self._t(f"decision_{verdict['outcome']}", agency=agency, outcome=told)
        return self._t("of_part", part=part, title=title) if part else title

    def _facts(self, entry: Entry) -> list[tuple[str, Any]]:
        given = entry.facts
        return [
            (self._t(f"fact_{name}"), self._fact(name, given[name]))
            for name in _FACTS
            if given.get(name)
            and (self.reads or name not in _SAID)
            and not (name == "note" and entry.kind == _REMINDED)
        ]

    def _fact(self, name: str, value: Any) -> Any:
        if isinstance(value, date):
            return value.strftime("%d.%m.%Y")
        return self._t(f"code_{value}") if name == "reason_code" else value

    def _t(self, key: str, **values: Any) -> str:
        return speak(self.sight.names.language)(f"history.{key}", **values)


async def notices(peers: Peers, appeal_id: UUID, teller: Teller) -> Told:
    """What the notifier has told the applicant, or tries to, each with its attempts. Raises `PeerAway`."""
    asked = {"appeal_id": appeal_id, "attempts": "true", "limit": NOTICES_AT_ONCE}
    lines: list[Line] = []
    cursor: str | None = None
    while True:
        said = await peers.get(_NOTIFIER, "/v1/notifications", teller.sight.names.language, **asked, cursor=cursor)
        if not said.ok:
            raise PeerAway(_NOTIFIER)
        lines += [_notice(one, teller) for one in said.body["items"]]
        cursor = said.body["next_cursor"]
        if cursor is None or len(lines) >= NOTICES_AT_MOST:
            return Told(lines, is_whole=cursor is None)


def in_order(lines: Sequence[Line], *, group: str | None, newest_first: bool) -> list[Line]:
    """The lines of a group, or all of them, in the order wished for."""
    kept = [line for line in lines if group in {None, line.group}]
    ordered = sorted(kept, key=lambda line: line.at)
    return ordered[::-1] if newest_first else ordered


def _notice(told: Mapping[str, Any], teller: Teller) -> Line:
    t = speak(teller.sight.names.language)
    named = {name: _worded(t, name, told[name]) for name in ("notice", "channel")}
    return Line(
        datetime.fromisoformat(told["requested_at"]),
        Group.NOTICE.value,
        t("history.notice", **named),
        t("history.by_notifier"),
        facts=[
            *([(t("history.fact_recipient"), told["recipient"])] if told["recipient"] else []),
            *([(t("history.fact_reason_code"), _worded(t, "why", told["reason"]))] if told["reason"] else []),
            *(_finding(one, teller) for one in told.get("findings", ())),
        ],
        attempts=[
            {
                "number": one["number"],
                "at": datetime.fromisoformat(one["started_at"]),
                "outcome": _worded(t, "attempt", one["outcome"]),
                "code": one["code"],
            }
            for one in told.get("attempts", ())  # an older notifier tells none
        ],
        state=_worded(t, "notice_state", told["state"]),
    )


def _finding(found: Mapping[str, Any], teller: Teller) -> tuple[str, str]:
    """What a person has found out: who and when, and why for whoever may read what people say."""
    t = speak(teller.sight.names.language)
    told = _worded(t, "finding", found["outcome"])
    _, _, person = found["found_by"].partition(": ")
    who = teller.who(person) if person else found["found_by"]
    when = datetime.fromisoformat(found["found_at"]).astimezone(ALMATY).strftime("%d.%m.%Y %H:%M")
    return told, ", ".join([who, when, *([found["because"]] if teller.reads and found["because"] else [])])


def _worded(t: Speech, group: str, code: str) -> str:
    """A peer's code in words; as it stands, when it is newer than our words."""
    key = f"history.{group}_{code.replace('.', '_')}"
    return t(key) if t.has(key) else code
