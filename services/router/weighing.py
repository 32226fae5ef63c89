"""How the two readers' words are weighed together: the lexicon's points and the model's logits become probabilities.

The weights are few, fitted on texts that neither reader had learnt from, and kept in the model's document. Corruption
and topics are weighed apart: what a text is about never decides whether it tells of corruption.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.router.lexicon import CORRUPTION
from services.router.model import UNCLEAR, Opinion
from services.router.reading import Prediction, Reading

MOST_POINTS: Final = 8.0
"""More evidence of the lexicon than this changes nothing."""

_UNHEARD: Final = -4.0
"""The logit of a category that the model has not learnt: the lexicon alone speaks for it."""


@dataclass(frozen=True, slots=True)
class Odds:
    """Probabilities: that an appeal tells of corruption; and, if it does not, that it is this body's matter."""

    corruption: float
    bodies: Mapping[str, float]
    """With `UNCLEAR` among them they add up to one."""

    @property
    def likeliest_body(self) -> str:
        """The body, or `UNCLEAR`, with the highest probability."""
        return max(self.bodies, key=lambda body: (self.bodies[body], body))

    def sent_to(self, body: str) -> float:
        """Probability that it tells of no corruption and is this body's matter."""
        return (1 - self.corruption) * self.bodies[body]


def weigh(opinion: Opinion, reading: Reading, bodies: Mapping[str, str]) -> Odds:
    """Weigh both readers of one text. `bodies` says whose matter each category is."""
    blend, length = opinion.model.blend, math.log(len(opinion.text) + 1)
    told = (
        blend.corruption_bias
        + blend.corruption_logit * opinion.logits[CORRUPTION]
        + blend.corruption_point * _capped(reading.corruption)
        + blend.corruption_length * length
    )
    said = heard(opinion, reading, bodies)
    weighed = {body: blend.body_logit * logit + blend.body_point * points for body, (logit, points) in said.items()}
    weighed[UNCLEAR] = (
        blend.unclear_bias
        + blend.unclear_logit * opinion.logits[UNCLEAR]
        + blend.unclear_gap * _lead(weighed.values())
        + blend.unclear_lead * _lead(points for _, points in said.values())
        + blend.unclear_first * max(weighed.values())
        + blend.unclear_length * length
    )
    return Odds(corruption=1 / (1 + math.exp(-told)), bodies=_shares(weighed))


def heard(opinion: Opinion, reading: Reading, bodies: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """For each body, what the model says of all its categories together, as a logit, and the lexicon's points."""
    points = {topic.topic: _capped(topic) for topic in reading.topics}
    of_body: dict[str, list[str]] = {}
    for category in sorted(bodies.keys() - {CORRUPTION}):
        of_body.setdefault(bodies[category], []).append(category)
    return {
        body: (
            _together(opinion.logits.get(one, _UNHEARD) for one in categories),
            sum(points.get(one, 0.0) for one in categories),
        )
        for body, categories in of_body.items()
    }


def _lead(logits: Iterable[float]) -> float:
    """By how much the first is ahead of the second; nothing where there is but one."""
    first, *rest = sorted(logits, reverse=True)
    return first - rest[0] if rest else 0.0


def _capped(prediction: Prediction) -> float:
    return min(prediction.points, MOST_POINTS)


def _together(logits: Iterable[float]) -> float:
    """The logit of any of them, near enough: the logarithm of the sum of their odds."""
    return math.log(sum(math.exp(logit) for logit in logits))


def _shares(weighed: Mapping[str, float]) -> dict[str, float]:
    highest = max(weighed.values())
    odds = {body: math.exp(logit - highest) for body, logit in weighed.items()}
    whole = sum(odds.values())
    return {body: share / whole for body, share in odds.items()}
