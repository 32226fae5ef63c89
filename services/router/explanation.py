"""Why there: a decision's record told in plain words, for an operator, an applicant's lawyer or a court. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.contracts.appeals import Ground
from services.contracts.calendar import WorkingCalendar
from services.router.directory import UNLISTED, Directory
from services.router.explanation_texts import GROUND_NAMES, TEXTS, cited
from services.router.task import Question
from services.router.texts import QUESTIONS

_LANGUAGES: Final = ("kk", "ru", "en")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A decision with what followed from it."""

    number: str
    """Registration number of the appeal."""
    by: str
    on: date
    record: Mapping[str, Any]
    referrals: Sequence[Any] = ()
    approvals: Sequence[Any] = ()


def explained(made: Made, directory: Directory, calendar: WorkingCalendar, *, language: str) -> list[str]:
    """The explanation, sentence by sentence. `directory` and `calendar` are those the decision was made by."""
    return list(_Teller(made, directory, calendar, _LANGUAGES.index(language)).sentences())


@dataclass(frozen=True)
class _Teller:
    made: Made
    directory: Directory
    calendar: WorkingCalendar
    language: int

    def sentences(self) -> Iterator[str]:
        record = self.made.record
        yield from self._head(record)
        yield from self._read(record)
        yield from self._facts(record)
        yield from self._excluded(record)
        yield from self._verdict(record)
        yield from self._after()

    def _head(self, record: Mapping[str, Any]) -> Iterator[str]:
        given = {
            "number": self.made.number,
            "on": _day(self.made.on),
            "rules": record["rules"],
            "by": _person(self.made.by),
        }
        part = record.get("part")
        what = self._say("part", number=part["number"]) if part else self._say("whole")
        yield self._say(f"by_{record['by']}", what=what, **given, reason=record.get("reason", ""))

    def _read(self, record: Mapping[str, Any]) -> Iterator[str]:
        if record["by"] != "rule":
            return
        yield self._corruption(record["corruption"])
        for candidate in record["candidates"]:
            by_category: dict[str, list[Mapping[str, Any]]] = {}
            for item in candidate["evidence"]:
                by_category.setdefault(item["category"], []).append(item)
            for category, found in by_category.items():
                yield self._say("speaks", words=_quoted(found), category=self._category(category))
        for line in dict.fromkeys(item["pattern"] for item in record["voided"]):
            words = [item for item in record["voided"] if item["pattern"] == line]
            yield self._say("voided", words=_quoted(words), line=line)
        if not record["candidates"]:
            yield self._say("speaks_of_nothing")
        if record["unmatched"] and record["candidates"]:
            yield self._say("unmatched", categories=", ".join(map(self._category, record["unmatched"])))

    def _corruption(self, found: Mapping[str, Any]) -> str:
        evidence, percent = found["evidence"], round(100 * found["score"])
        if evidence:
            return self._say("corruption", words=_quoted(evidence), percent=percent)
        return self._say("corruption_as_a_whole" if found["told"] else "no_corruption", percent=percent)

    def _facts(self, record: Mapping[str, Any]) -> Iterator[str]:
        facts = record["facts"]
        if facts["territory"]:
            name = self._named(self.directory.territories.territories[facts["territory"]].name)
            yield self._say(f"place_{facts['territory_from']}", place=name)
        else:
            yield self._say("no_place")
        if facts["complained_of"]:
            key = "complains_text" if facts.get("complained_of_from") == "text" else "complains"
            yield self._say(key, bodies=self._agencies(facts["complained_of"]))
        elif facts["complained_of"] is None:
            yield self._say("complains_unclear")

    def _excluded(self, record: Mapping[str, Any]) -> Iterator[str]:
        barred: dict[str, str] = {}
        for candidate in record.get("candidates", ()):
            barred |= {one["agency"]: one["barred"] for one in candidate["agencies"] if one["barred"]}
        barred |= dict.fromkeys(record["facts"]["declined"], "declined")
        for agency, why in barred.items():
            yield self._say(f"barred_{why}", agency=self._agency(agency))

    def _verdict(self, record: Mapping[str, Any]) -> Iterator[str]:
        verdict = record["verdict"]
        if held := record.get("held"):
            yield QUESTIONS[Question(held["question"])][self.language]
            return
        match verdict["outcome"]:
            case "retain":
                yield self._say(f"retain_{verdict['because']}")
            case "refer":
                yield self._say(f"refer_{verdict['because']}", agency=self._agency(verdict["agency"]))
                if found := record.get("addressee"):
                    since, on = (date.fromisoformat(day) for day in (found["valid_from"], record["facts"]["on"]))
                    yield self._say("by_record", since=_day(since), day=_day(on), source=found["source"])
            case "ask":
                yield self._say("unsure", question=QUESTIONS[Question(verdict["question"])][self.language])
                if verdict["agencies"]:
                    yield self._say("candidates", agencies=self._agencies(verdict["agencies"]))
            case "close":
                ground = GROUND_NAMES[Ground(verdict["ground"])][self.language]
                yield self._say(f"ended_{verdict['as']}", ground=ground)
            case "ask_to_fix":
                yield self._say("ended_ask_to_fix", day=_day(date.fromisoformat(verdict["fix_by"])))
        if basis := verdict.get("legal_basis"):
            yield self._say("legal_basis", basis=cited(basis, self.language))

    def _after(self) -> Iterator[str]:
        for referral in self.made.referrals:
            yield self._say("forward_due", day=_day(referral.forward_due_strict))
            if referral.answer_due_on:
                yield self._say("answer_due", day=_day(referral.answer_due_on))
            if referral.state == "proposed":
                yield self._say("waits_for_approval")
        for approval in self.made.approvals:
            day = _day(self.calendar.arrived_on(approval.made_at))
            key = "approved" if approval.approved else "refused"
            yield self._say(key, by=_person(approval.made_by), on=day, reason=approval.reason or "—")

    def _say(self, key: str, **given: Any) -> str:
        return TEXTS[key][self.language].format(**given)

    def _agencies(self, codes: Sequence[str]) -> str:
        return ", ".join(map(self._agency, codes))

    def _agency(self, code: str) -> str:
        if code == UNLISTED:
            return self._say("unlisted")
        on = date.fromisoformat(self.made.record["facts"]["on"])
        record = self.directory.agency(code, on) or self.directory.in_place_of(code, on)
        return f"{self._named(record.name)} ({code})" if record else code

    def _category(self, code: str) -> str:
        category = self.directory.categories.get(code)
        return f"«{self._named(category.name)}»" if category else f"«{code}»"

    def _named(self, names: Any) -> str:
        name: str = getattr(names, _LANGUAGES[self.language])
        return name


def _person(by: str) -> str:
    """A person by the login or the key's name, without the kind that records put before it."""
    return by.rpartition(":")[2]


def _quoted(evidence: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(f"«{item['words']}»" for item in evidence))


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
