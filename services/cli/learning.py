"""Fitting the small text model (`services.router.model`): needs the optional extra ``learn`` (scikit-learn).

What is fitted is linear: one support vector machine a label, over words, their pieces and pairs. How its
logits are weighed against the lexicon is fitted on texts that it has not seen: each group of texts (a pass of the
corpus, with its author's habits) is read by a model fitted on the other groups.
"""

import base64
import hashlib
import json
import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from services.cli.evaluation import CLASSES, REVIEW, Answer
from services.cli.failure import Exit, Failed
from services.router.judgement import RETAINED, judge
from services.router.lexicon import CORRUPTION, Lexicon
from services.router.model import UNCLEAR, Blend, Model, Opinion, features, is_pair, parse_model
from services.router.reading import Reading, read
from services.router.weighing import MOST_POINTS, heard

_SEEN_IN: Final = 3
"""A word or piece counts from so many texts on; a pair from one fewer."""
AS_LOGITS: Final = 3.0
"""A support vector machine's margins are about a third of a logit."""
_KEPT: Final = 64_000
"""So many features are shipped, those that weigh most."""
_LEAST_TEXTS: Final = 12
"""A label is learnt from so many texts on."""
_LEAST_GROUPS: Final = 2
_LEVELS: Final = 127
_NO_BLEND: Final = Blend(
    corruption_bias=0,
    corruption_logit=1,
    corruption_point=0,
    corruption_length=0,
    body_logit=1,
    body_point=0,
    unclear_bias=0,
    unclear_logit=1,
    unclear_gap=0,
    unclear_lead=0,
)

Say = Callable[[str], None]
Head = tuple[list[float], float]
"""A label's weights and its bias."""


@dataclass(frozen=True)
class Example:
    """A text with its known answer."""

    text: str
    language: str
    expected: str
    topics: frozenset[str]
    group: str

    def is_of(self, label: str) -> bool:
        """Whether a label is true of it."""
        match label:
            case "corruption":
                return self.expected == RETAINED
            case "unclear":
                return self.expected == REVIEW
            case _:
                return label in self.topics


def read_examples(paths: Iterable[Path]) -> list[Example]:
    """Read labelled texts from JSON Lines files and folders of them. A folder is a group, and so is a lone file.

    Raises `Failed` for a line that is none.
    """
    found: list[Example] = []
    for path in paths:
        files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
        for file in files:
            group = file.stem if file == path else file.parent.name
            for number, line in enumerate(_lines(file), 1):
                try:
                    found.append(_example(json.loads(line), group))
                except (ValueError, KeyError, TypeError):
                    message = f"{file}:{number} is no labelled text: it is an object with `text` and `expected`."
                    raise Failed(Exit.USAGE, message) from None
    return found


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise Failed(Exit.USAGE, f"{file} cannot be read: {fault}.") from None


def _example(row: Mapping[str, Any], group: str) -> Example:
    text, expected = row["text"], row["expected"]
    if not isinstance(text, str) or expected not in CLASSES:
        raise ValueError(expected)
    return Example(text, row.get("lang") or "", expected, frozenset(row.get("topics") or ()), group)


@dataclass(frozen=True)
class Fit:
    """A fitted model's document, and how models fitted without a group read it."""

    document: dict[str, Any]
    answers: dict[str, list[Answer]]


def version_of(examples: Iterable[Example]) -> str:
    """The version of a model fitted on these texts and answers."""
    lines = sorted(json.dumps([one.text, one.expected, sorted(one.topics)]) for one in examples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def fit(examples: Sequence[Example], lexicon: Lexicon, *, measured_on: str, say: Say) -> Fit:
    """Fit a model on all `examples`; weigh both readers on groups whose name begins with `measured_on`.

    The same examples and lexicon give the same document, but for the last digits of an arithmetic that differs from
    one processor to another. Raises `Failed` where there are too few groups or texts.
    """
    groups = sorted({example.group for example in examples if example.group.startswith(measured_on)})
    if len(groups) < _LEAST_GROUPS:
        raise Failed(Exit.USAGE, f"There are {len(groups)} groups of texts to measure on; it takes {_LEAST_GROUPS}.")
    others = {group: [example for example in examples if example.group != group] for group in groups}
    labels = [label for label in (*sorted(lexicon.bodies), UNCLEAR) if _can_be_learnt(label, others.values())]
    if missing := {CORRUPTION, UNCLEAR} - set(labels):
        kinds = " and ".join({CORRUPTION: RETAINED, UNCLEAR: REVIEW}[label] for label in sorted(missing))
        message = f"Too few texts are {kinds}: it takes {_LEAST_TEXTS} beside each group."
        raise Failed(Exit.USAGE, message)
    without: dict[str, Model] = {}
    for group in groups:
        say(f"Fitting without {group}, to be measured on it …")
        without[group] = _model(_fitted(others[group], labels, _NO_BLEND))
    blend = _blend([(one, without[one.group]) for one in examples if one.group in without], lexicon)
    weighed = {group: model.with_blend(blend) for group, model in without.items()}
    answers: dict[str, list[Answer]] = {group: [] for group in groups}
    for example in examples:
        if model := weighed.get(example.group):
            judgement = judge(read(example.text, lexicon, model), lexicon)
            answers[example.group].append(Answer.of(example.expected, example.language, judgement))
    say("Fitting on everything …")
    return Fit(_fitted(examples, labels, blend), answers)


def _model(document: Mapping[str, Any]) -> Model:
    return parse_model(json.dumps(document).encode())


def _can_be_learnt(label: str, parts: Iterable[Sequence[Example]]) -> bool:
    return all(sum(example.is_of(label) for example in part) >= _LEAST_TEXTS for part in parts)


def _fitted(examples: Sequence[Example], labels: Sequence[str], blend: Blend) -> dict[str, Any]:
    counts = [Counter(features(example.text)) for example in examples]
    names, seen = _vocabulary(counts)
    matrix = matrix_of(counts, names, seen, len(examples))
    heads = {label: _head(matrix, [example.is_of(label) for example in examples]) for label in labels}
    kept = _heaviest(heads)
    return {
        "version": version_of(examples),
        "texts": len(examples),
        "labels": list(labels),
        "bias": {label: round(bias, 6) for label, (_, bias) in heads.items()},
        **packed({label: [weights[at] for at in kept] for label, (weights, _) in heads.items()}),
        "features": [names[at] for at in kept],
        "counts": [seen[at] for at in kept],
        "blend": {name: round(value, 4) for name, value in asdict(blend).items()},
    }


def matrix_of(counts: Sequence[Counter[str]], names: Sequence[str], seen: Sequence[int], texts: int) -> Any:
    """Texts as rows of a sparse matrix, each of length one as the model measures length."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy, and an extra

    idf = [math.log((1 + texts) / (1 + count)) + 1 for count in seen]
    at = {name: number for number, name in enumerate(names)}
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for counted in counts:
        known = [(at[name], times) for name, times in counted.items() if name in at]
        length = math.sqrt(sum(times * idf[number] ** 2 for number, times in known)) or 1.0
        columns += [number for number, _ in known]
        values += [times * idf[number] / length for number, times in known]
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(counts), len(names)))


def _vocabulary(counts: Iterable[Counter[str]]) -> tuple[list[str], list[int]]:
    seen: Counter[str] = Counter()
    for counted in counts:
        seen.update(counted.keys())
    names = sorted(name for name, times in seen.items() if times >= _SEEN_IN - is_pair(name))
    return names, [seen[name] for name in names]


def _head(matrix: Any, answers: Sequence[bool]) -> Head:
    from sklearn.svm import LinearSVC  # noqa: PLC0415 - heavy, and an extra

    fitted = LinearSVC(C=0.5, class_weight="balanced", tol=0.01, random_state=0).fit(matrix, answers)
    return (fitted.coef_[0] * AS_LOGITS).tolist(), float(fitted.intercept_[0] * AS_LOGITS)


def _heaviest(heads: Mapping[str, Head]) -> list[int]:
    """Numbers of the features that are kept, in order."""
    weights = [
        sum(weight * weight for weight in row) for row in zip(*(head[0] for head in heads.values()), strict=True)
    ]
    return sorted(sorted(range(len(weights)), key=lambda number: (-weights[number], number))[:_KEPT])


def packed(weights: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Weights as signed bytes in base64, each a number of the label's steps."""
    steps = {label: round(max(map(abs, row)) / _LEVELS, 9) for label, row in weights.items()}
    levels = {label: array("b", (round(weight / steps[label]) for weight in row)) for label, row in weights.items()}
    return {
        "steps": steps,
        "weights": {label: base64.b64encode(row.tobytes()).decode() for label, row in levels.items()},
    }


def _blend(unseen: Sequence[tuple[Example, Model]], lexicon: Lexicon) -> Blend:
    """Weights of both readers, fitted on texts that the model had not seen."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy, and an extra

    heard_by = [(example, model.read(example.text), read(example.text, lexicon)) for example, model in unseen]
    signs = [
        (said.logits[CORRUPTION], min(r.corruption.points, MOST_POINTS), math.log(len(said.text) + 1))
        for _, said, r in heard_by
    ]
    told = LogisticRegression(C=100).fit(signs, [example.is_of(CORRUPTION) for example, _, _ in heard_by])
    logit, point, length = told.coef_[0].tolist()
    return Blend(
        corruption_bias=float(told.intercept_[0]),
        corruption_logit=logit,
        corruption_point=point,
        corruption_length=length,
        **_body_weights([one for one in heard_by if not one[0].is_of(CORRUPTION)], lexicon),
    )


def _body_weights(heard_by: Sequence[tuple[Example, Opinion, Reading]], lexicon: Lexicon) -> dict[str, float]:
    """The weights under which the right body, or `UNCLEAR`, is likeliest over all these texts together."""
    import numpy as np  # noqa: PLC0415 - heavy, and an extra
    from scipy.optimize import minimize  # noqa: PLC0415 - likewise

    spoken = [heard(said, r, lexicon.bodies) for _, said, r in heard_by]
    bodies = sorted(spoken[0])
    logits, points = (np.array([[one[body][at] for body in bodies] for one in spoken]) for at in (0, 1))
    unclear = np.array([said.logits[UNCLEAR] for _, said, _ in heard_by])
    length = np.array([math.log(len(said.text) + 1) for _, said, _ in heard_by])
    right = np.array([len(bodies) if e.expected == REVIEW else bodies.index(e.expected) for e, _, _ in heard_by])

    def lead(values: Any) -> Any:
        ordered = np.sort(values, axis=1)
        return ordered[:, -1] - ordered[:, -2]

    def surprise(weights: Any) -> float:
        body_logit, body_point, bias, unclear_logit, gap, points_gap, first, longer = weights
        weighed = body_logit * logits + body_point * points
        nobody = bias + unclear_logit * unclear + gap * lead(weighed) + points_gap * lead(points)
        nobody += first * weighed.max(axis=1) + longer * length
        whole = np.column_stack([weighed, nobody])
        whole -= whole.max(axis=1, keepdims=True)
        return float((np.log(np.exp(whole).sum(axis=1)) - whole[np.arange(len(right)), right]).mean())

    fitted = minimize(surprise, (1.0, 0.5, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0), method="BFGS")
    names = (
        *("body_logit", "body_point", "unclear_bias", "unclear_logit", "unclear_gap", "unclear_lead"),
        *("unclear_first", "unclear_length"),
    )
    return dict(zip(names, fitted.x.tolist(), strict=True))
