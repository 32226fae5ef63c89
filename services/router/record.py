"""The decision record: what a decision was made of, as JSON that is stored with it and never changed.

It quotes single words of the appeal, with their places, and never its text or its author.
"""

from datetime import date
from hashlib import sha256
from typing import Any, Final

from services.contracts.referrals import Scope
from services.router.appeal import Appeal, Part
from services.router.closing import AskToFix, Close, Closing
from services.router.decision import AskOperator, Because, Decision, Facts, Option, Refer, Retain, Verdicts
from services.router.judgement import Judgement, tells_corruption
from services.router.reading import Evidence
from services.router.rules import Rules

LEGAL_BASIS: Final = {Scope.FULL: "АППК 65(1)", Scope.PART: "АППК 65(2)"}
"""By which article of the Administrative Procedural and Process-related Code an appeal, or its part, is referred."""


def of_rule(decision: Decision, appeal: Appeal, rules: Rules) -> dict[str, Any]:
    """The record of a decision on `appeal`, or a part of it, made by `rules`."""
    return {
        **_head(appeal, rules, decision.part),
        "by": "rule",
        "facts": _facts(decision.facts),
        "corruption": _corruption(decision.judgement),
        "candidates": [_option(option) for option in decision.options],
        "unmatched": sorted(set(rules.directory.categories) - _matched(decision)),
        "voided": [_evidence(item) for item in decision.voided],
        "margin": _rounded(decision.judgement.margin),
        "doubt": decision.judgement.doubt.value if decision.judgement.doubt else None,
        "seen": [{"part": _part(one.part), "verdict": of_verdict(one.verdict)} for one in decision.seen],
        "verdict": of_verdict(decision.verdict),
        "addressee": _directory_record(decision.verdict, decision.facts.on, rules),
    }


def of_operator(
    verdict: Retain | Refer | Closing,
    appeal: Appeal,
    facts: Facts,
    rules: Rules,
    *,
    operator: str,
    reason: str,
    task: str | None,
    part: Part | None = None,
) -> dict[str, Any]:
    """The record of a decision that a person made, with the reason given for it and the task it settles."""
    return {
        **_head(appeal, rules, part),
        "by": "operator",
        "operator": operator,
        "reason": reason,
        "task": task,
        "facts": _facts(facts),
        "verdict": of_verdict(verdict),
        "addressee": _directory_record(verdict, facts.on, rules),
    }


def of_facts(appeal: Appeal, facts: Facts, rules: Rules, part: Part | None) -> dict[str, Any]:
    """What stands in every record: by which rules, on which text or part, and what was known beside it."""
    return {**_head(appeal, rules, part), "facts": _facts(facts)}


def of_succession(
    verdict: Refer, appeal: Appeal, facts: Facts, rules: Rules, *, predecessor: str, part: Part | None
) -> dict[str, Any]:
    """The record of a referral that passes from a closed agency to the one in its place."""
    return {
        **_head(appeal, rules, part),
        "by": "succession",
        "predecessor": predecessor,
        "facts": _facts(facts),
        "verdict": of_verdict(verdict),
        "addressee": _directory_record(verdict, facts.on, rules),
    }


def of_protection(rules: Rules, *, operator: str) -> dict[str, Any]:
    """The record that an appeal was moved to a protected channel: who did it, and no word of why."""
    verdict = {"outcome": "close", "as": "protected", "legal_basis": "R-SEC-3"}
    return {"rules": rules.version, "by": "operator", "operator": operator, "facts": {}, "verdict": verdict}


def of_verdict(verdict: Verdicts | Closing) -> dict[str, Any]:
    """A verdict in words."""
    match verdict:
        case Retain(because):
            return {"outcome": "retain", "because": because.value}
        case Refer(agency, scope, _, because):
            told = {"outcome": "refer", "agency": agency, "scope": scope.value, "because": because.value}
            basis = [LEGAL_BASIS[scope], *(["АППК 91"] if because is Because.SUPERIOR else [])]
            return {**told, "legal_basis": ", ".join(basis)}
        case Close(outcome, ground, earlier):
            return {
                "outcome": "close",
                "as": outcome.value,
                "ground": ground.value,
                "earlier": earlier,
                "legal_basis": verdict.legal_basis,
            }
        case AskToFix(lacking, fix_by, basis):
            return {
                "outcome": "ask_to_fix",
                "lacking": [one.value for one in lacking],
                "fix_by": fix_by.isoformat(),
                "legal_basis": basis,
            }
        case AskOperator(question, agencies):
            return {"outcome": "ask", "question": question.value, "agencies": list(agencies)}


def _head(appeal: Appeal, rules: Rules, part: Part | None) -> dict[str, Any]:
    return {
        "text": sha256(appeal.text.encode()).hexdigest(),
        "part": _part(part),
        "rules": rules.version,
        "lexicon": rules.lexicon.version,
        "directory": rules.directory.version,
        "policy": rules.policy.value,
    }


def _part(part: Part | None) -> dict[str, Any] | None:
    """Which part it is about, by its places in the text; an extract that a person wrote stays with the part."""
    return {"number": part.number, "spans": [list(span) for span in part.spans]} if part else None


def _directory_record(verdict: Verdicts | Closing, on: date, rules: Rules) -> dict[str, Any] | None:
    """By which record of the directory the addressee was found."""
    agency = rules.directory.agency(verdict.agency, on) if isinstance(verdict, Refer) else None
    if agency is None:
        return None
    return {"agency": agency.code, "valid_from": agency.valid_from.isoformat(), "source": agency.source}


def _facts(facts: Facts) -> dict[str, Any]:
    return {
        "on": facts.on.isoformat(),
        "kind": facts.kind.value,
        "territory": facts.territory,
        "territory_from": facts.territory_from,
        "complained_of": None if facts.complained_of is None else sorted(facts.complained_of),
        "complained_of_from": facts.complained_of_from,
        "superior": facts.superior,
        "declined": list(facts.declined),
        "proposed": facts.proposed,
        "sealed": facts.sealed,
    }


def _corruption(judgement: Judgement) -> dict[str, Any]:
    """What speaks for corruption, and how likely both readers together find it, where there are two."""
    signal, odds = judgement.corruption, judgement.odds
    return {
        "points": signal.points,
        "score": _rounded(odds.corruption if odds else signal.score),
        "evidence": [_evidence(item) for item in signal.evidence],
        "told": tells_corruption(judgement),
    }


def _matched(decision: Decision) -> set[str]:
    heard = {item.topic for option in decision.options for item in option.candidate.evidence}
    return heard | {topic.topic for topic in decision.reading.topics}


def _option(option: Option) -> dict[str, Any]:
    return {
        "category": option.candidate.category,
        "points": option.candidate.points,
        "score": _rounded(option.candidate.score),
        "agencies": [{"agency": agency, "barred": barred} for agency, barred in option.agencies],
        "addressee": option.addressee.code if option.addressee else None,
        "evidence": [_evidence(item) for item in option.candidate.evidence],
    }


def _evidence(item: Evidence) -> dict[str, Any]:
    return {
        "category": item.topic,
        "words": item.words,
        "pattern": item.pattern,
        "points": item.points,
        "start": item.start,
        "end": item.end,
        "source": item.source,
    }


def _rounded(score: float) -> float:
    return round(score, 3)
