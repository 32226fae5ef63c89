"""The decision record: what a decision was made of, as JSON that is stored with it and never changed.

It quotes single words of the appeal, with their places, and never its text or its author.
"""

from typing import Any, Final

from services.contracts.referrals import Scope
from services.router.closing import AskToFix, Close, Closing
from services.router.decision import AskOperator, Because, Decision, Facts, Option, Refer, Retain, Verdicts
from services.router.reading import Evidence
from services.router.rules import Rules

LEGAL_BASIS: Final = {Scope.FULL: "АППК 65(1)", Scope.PART: "АППК 65(2)"}
"""By which article of the Administrative Procedural and Process-related Code an appeal, or its part, is referred."""


def of_rule(decision: Decision, rules: Rules) -> dict[str, Any]:
    """The record of a decision made by `rules`."""
    return {
        **_head(rules),
        "by": "rule",
        "facts": _facts(decision.facts),
        "corruption": {
            "points": decision.reading.corruption.points,
            "score": _rounded(decision.reading.corruption.score),
            "evidence": [_evidence(item) for item in decision.reading.corruption.evidence],
        },
        "candidates": [_option(option) for option in decision.options],
        "unmatched": sorted(set(rules.directory.categories) - {topic.topic for topic in decision.reading.topics}),
        "margin": _rounded(decision.judgement.margin),
        "verdict": of_verdict(decision.verdict),
    }


def of_operator(
    verdict: Retain | Refer | Closing, facts: Facts, rules: Rules, *, operator: str, reason: str, task: str | None
) -> dict[str, Any]:
    """The record of a decision that a person made, with the reason given for it and the task it settles."""
    return {
        **_head(rules),
        "by": "operator",
        "operator": operator,
        "reason": reason,
        "task": task,
        "facts": _facts(facts),
        "verdict": of_verdict(verdict),
    }


def of_succession(verdict: Refer, facts: Facts, rules: Rules, *, predecessor: str) -> dict[str, Any]:
    """The record of a referral that passes from a closed agency to the one in its place."""
    return {
        **_head(rules),
        "by": "succession",
        "predecessor": predecessor,
        "facts": _facts(facts),
        "verdict": of_verdict(verdict),
    }


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


def _head(rules: Rules) -> dict[str, Any]:
    return {
        "rules": rules.version,
        "lexicon": rules.lexicon.version,
        "directory": rules.directory.version,
        "policy": rules.policy.value,
    }


def _facts(facts: Facts) -> dict[str, Any]:
    return {
        "on": facts.on.isoformat(),
        "kind": facts.kind.value,
        "territory": facts.territory,
        "territory_from": facts.territory_from,
        "complained_of": None if facts.complained_of is None else sorted(facts.complained_of),
        "superior": facts.superior,
        "declined": list(facts.declined),
        "proposed": facts.proposed,
    }


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
