"""Fitting the text model's topics on an installation's own outcomes: needs the optional extra ``learn``.

Corruption and doubt, the vocabulary and how both readers are weighed stay as they are. A topic's new logit is the old
one, stretched, and a correction that is learnt; where outcomes say nothing new, what was known before stays.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.cli.evaluation import Answer
from services.cli.learning import AS_LOGITS, matrix_of, packed
from services.router.judgement import judge
from services.router.lexicon import CORRUPTION
from services.router.model import UNCLEAR, Model, features, parse_model, unpacked
from services.router.reading import read
from services.router.rules import Rules

FITTED_SHARE: Final = 0.8
"""The first of them by time are fitted on, the rest is measured on."""
_HASTE: Final = 0.3
"""How readily a correction follows single outcomes; lower than for the model itself, which had more to learn from."""
_TRUST: Final = 10.0
"""How strongly the old logit weighs among the features: the higher, the dearer is a correction."""


@dataclass(frozen=True)
class Outcome:
    """A text and whose matter people have found it to be, or not to be."""

    text: str
    language: str
    expected: str | None
    """None where an agency has declined it, and nobody has accepted it by that referral."""
    topics: frozenset[str]
    not_topics: frozenset[str]
    at: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Outcome":
        """The outcome that the router tells."""
        topics, not_topics = frozenset(row["topics"]), frozenset(row["not_topics"])
        return cls(row["text"], row["lang"], row["expected"], topics, not_topics, row["at"])

    def is_of(self, topic: str) -> bool | None:
        """Whether it is of this topic; None where that is not known."""
        if topic in self.not_topics:
            return False
        return topic in self.topics if self.topics else None


@dataclass(frozen=True)
class Relearnt:
    """A model's document, the topics that were learnt, and how the old and the new rules read the newest outcomes."""

    document: dict[str, Any]
    topics: tuple[str, ...]
    before: list[Answer]
    after: list[Answer]

    @property
    def is_better(self) -> bool:
        """Whether it reads more texts right, or decides more without a person, and gets none of the two worse."""
        old, new = ((_right(answers), _alone(answers), _alone_wrong(answers)) for answers in (self.before, self.after))
        return old[:2] != new[:2] and all(n >= o for o, n in zip(old[:2], new[:2], strict=True)) and new[2] <= old[2]


def relearn(outcomes: Iterable[Outcome], rules: Rules, document: bytes, *, least_of_each: int) -> Relearnt:
    """Fit the model in `document`, by which `rules` read, anew on `outcomes`.

    Topics with at least `least_of_each` outcomes, and as many of others, are learnt. What is measured is fitted on the
    first `FITTED_SHARE` by time; the document is fitted on all.
    """
    ordered = sorted(outcomes, key=lambda one: one.at)
    first = int(len(ordered) * FITTED_SHARE)
    base = json.loads(document)
    model = parse_model(document)
    known, unseen = ordered[:first], [one for one in ordered[first:] if one.expected]
    tried = _parsed(_refitted(known, base, model, least_of_each))
    whole = _refitted(ordered, base, model, least_of_each)
    return Relearnt(
        document=whole,
        topics=_learnable(ordered, model, least_of_each),
        before=_answers(unseen, rules, model),
        after=_answers(unseen, rules, tried),
    )


def _parsed(document: Mapping[str, Any]) -> Model:
    return parse_model(json.dumps(document).encode())


def _learnable(outcomes: Sequence[Outcome], model: Model, least: int) -> tuple[str, ...]:
    def counted(topic: str) -> int:
        found = Counter(one.is_of(topic) for one in outcomes)
        return min(found[True], found[False])

    return tuple(label for label in model.labels if label not in {CORRUPTION, UNCLEAR} and counted(label) >= least)


def _refitted(outcomes: Sequence[Outcome], base: Mapping[str, Any], model: Model, least: int) -> dict[str, Any]:
    counts = [Counter(features(one.text)) for one in outcomes]
    matrix = matrix_of(counts, base["features"], base["counts"], base["texts"])
    logits = [model.read(one.text).logits for one in outcomes]
    bias, weights = dict(base["bias"]), {}
    for topic in _learnable(outcomes, model, least):
        known = [number for number, one in enumerate(outcomes) if one.is_of(topic) is not None]
        answers = [bool(outcomes[number].is_of(topic)) for number in known]
        stretch, correction, moved = _corrected(matrix[known], [logits[number][topic] for number in known], answers)
        old = [base["steps"][topic] * steps for steps in unpacked(base["weights"][topic])]
        weights[topic] = [stretch * weight + more for weight, more in zip(old, correction, strict=True)]
        bias[topic] = round(stretch * bias[topic] + moved, 6)
    changed = {name: {**base[name], **new} for name, new in packed(weights).items()}
    return {**base, "version": _version(outcomes, base), "bias": bias, **changed}


def _corrected(matrix: Any, logits: Sequence[float], answers: Sequence[bool]) -> tuple[float, list[float], float]:
    """By what the old logits are to be stretched, a correction of each feature's weight, and of the bias."""
    from scipy.sparse import csr_matrix, hstack  # noqa: PLC0415 - heavy, and an extra
    from sklearn.svm import LinearSVC  # noqa: PLC0415 - likewise

    margins = csr_matrix([[logit * _TRUST / AS_LOGITS] for logit in logits])
    both = hstack([matrix, margins], format="csr")
    fitted = LinearSVC(C=_HASTE, class_weight="balanced", tol=0.01, random_state=0).fit(both, answers)
    *correction, stretch = fitted.coef_[0].tolist()
    return stretch * _TRUST, [weight * AS_LOGITS for weight in correction], float(fitted.intercept_[0] * AS_LOGITS)


def _version(outcomes: Iterable[Outcome], base: Mapping[str, Any]) -> str:
    lines = sorted(json.dumps([one.text, one.expected, sorted(one.topics), sorted(one.not_topics)]) for one in outcomes)
    return hashlib.sha256("\n".join([str(base["version"]), *lines]).encode()).hexdigest()[:16]


def _right(answers: Iterable[Answer]) -> int:
    return sum(answer.right for answer in answers)


def _alone(answers: Iterable[Answer]) -> int:
    return sum(answer.alone for answer in answers)


def _alone_wrong(answers: Iterable[Answer]) -> int:
    return sum(answer.alone and not answer.right for answer in answers)


def _answers(outcomes: Iterable[Outcome], rules: Rules, model: Model) -> list[Answer]:
    return [
        Answer.of(one.expected, one.language, judge(read(one.text, rules.lexicon, model), rules.lexicon, rules.margins))
        for one in outcomes
        if one.expected
    ]
