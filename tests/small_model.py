"""A model small enough to be read: its features and weights are said by the test."""

import base64
import json
from array import array
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from services.router.model import Blend, Model, parse_model

BLEND: Final = Blend(
    corruption_bias=0.0,
    corruption_logit=1.0,
    corruption_point=1.0,
    corruption_length=0.0,
    body_logit=1.0,
    body_point=1.0,
    unclear_bias=0.0,
    unclear_logit=1.0,
    unclear_gap=0.0,
    unclear_lead=0.0,
)
_LEVELS: Final = 100
TEXTS: Final = 10


def document(
    weights: Mapping[str, Mapping[str, float]],
    *,
    counts: Mapping[str, int] | None = None,
    bias: Mapping[str, float] | None = None,
    blend: Blend = BLEND,
) -> dict[str, Any]:
    """A model's document: a weight for each label and feature."""
    names = sorted({name for row in weights.values() for name in row})
    steps = {
        label: max((abs(value) for value in row.values()), default=1.0) / _LEVELS for label, row in weights.items()
    }
    levels = {
        label: array("b", (round(row.get(name, 0) / steps[label]) if steps[label] else 0 for name in names))
        for label, row in weights.items()
    }
    return {
        "version": "small",
        "texts": TEXTS,
        "labels": list(weights),
        "features": names,
        "counts": [(counts or {}).get(name, TEXTS) for name in names],
        "bias": {label: (bias or {}).get(label, 0.0) for label in weights},
        "steps": steps,
        "weights": {label: base64.b64encode(row.tobytes()).decode() for label, row in levels.items()},
        "blend": asdict(blend),
    }


def model(weights: Mapping[str, Mapping[str, float]], **rest: Any) -> Model:
    """The model of such a document."""
    return parse_model(json.dumps(document(weights, **rest)).encode())
