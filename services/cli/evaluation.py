"""How well texts with known answers are decided: shares with their intervals, by class and by language.

Two questions, two answers. *Named*: what the rules take a text for, if nobody could be asked. *Alone*: what would go
out, or stay with us, without a person; everything else is a person's to decide.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.router.judgement import RETAINED, Judgement, Verdict

REVIEW: Final = "review"
CLASSES: Final = (RETAINED, "akimat", "education", "land-relations", "other", REVIEW)

_Z: Final = 1.96
"""Intervals hold in 95 of 100 cases."""


@dataclass(frozen=True)
class Answer:
    """One text: what was expected, what the rules take it for, and whether they act without a person."""

    language: str
    expected: str
    named: str
    alone: bool

    @classmethod
    def of(cls, expected: str, language: str, judgement: Judgement) -> "Answer":
        """What a judgement answers."""
        named = judgement.likeliest or REVIEW
        if judgement.verdict is Verdict.RETAIN:
            named = RETAINED
        return cls(language, expected, named if named in CLASSES else "other", judgement.verdict is not Verdict.UNSURE)

    @property
    def right(self) -> bool:
        return self.named == self.expected


def measured(answers: Sequence[Answer]) -> dict[str, Any]:
    """All figures of these answers, and the same for each language."""
    languages = sorted({answer.language for answer in answers if answer.language})
    return {
        **_figures(answers),
        "languages": {
            language: _figures([answer for answer in answers if answer.language == language]) for language in languages
        },
    }


def _figures(answers: Sequence[Answer]) -> dict[str, Any]:
    classes = {name: _of_class(name, answers) for name in CLASSES if any(a.expected == name for a in answers)}
    alone = [answer for answer in answers if answer.alone]
    sent = [answer for answer in alone if answer.named != RETAINED]
    return {
        "texts": len(answers),
        "accuracy": share(sum(answer.right for answer in answers), len(answers)),
        "macro_f1": _mean([figures["f1"] for figures in classes.values()]),
        "corruption_recall": classes.get(RETAINED, {}).get("recall"),
        "classes": classes,
        "without_a_person": {
            "coverage": share(len(alone), len(answers)),
            "wrong": share(sum(not answer.right for answer in alone), len(alone)),
            "sent": len(sent),
            "sent_wrong": share(sum(not answer.right for answer in sent), len(sent)),
            "corruption_sent": sum(answer.expected == RETAINED for answer in sent),
        },
        "confusion": _confusion(answers),
    }


def _of_class(name: str, answers: Iterable[Answer]) -> dict[str, Any]:
    pairs = Counter((answer.expected == name, answer.named == name) for answer in answers)
    hits, missed, false = pairs[True, True], pairs[True, False], pairs[False, True]
    return {
        "texts": hits + missed,
        "precision": share(hits, hits + false),
        "recall": share(hits, hits + missed),
        "f1": round(2 * hits / (2 * hits + missed + false), 4),
    }


def share(part: int, whole: int) -> dict[str, Any]:
    """A share with its interval of 95 % (Wilson, 1927), which is honest for small numbers too."""
    if not whole:
        return {"share": None, "low": None, "high": None}
    p, z2 = part / whole, _Z * _Z
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return {"share": round(p, 4), "low": round(max(0.0, middle - half), 4), "high": round(min(1.0, middle + half), 4)}


def _confusion(answers: Iterable[Answer]) -> dict[str, dict[str, int]]:
    counts = Counter((answer.expected, answer.named) for answer in answers)
    rows: dict[str, dict[str, int]] = {}
    for (expected, named), count in sorted(counts.items()):
        rows.setdefault(expected, {})[named] = count
    return rows


def _mean(numbers: Sequence[float]) -> float | None:
    return round(sum(numbers) / len(numbers), 4) if numbers else None
