"""What a reading amounts to: it is ours, it belongs to a category, or a person must look.

Which agency answers for a category, and whether the law lets it have the appeal, is not decided here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.router.lexicon import POINTS, Lexicon
from services.router.reading import Evidence, Prediction, Reading

RETAINED: Final = "retained"
"""Stands among the bodies for the service itself."""


class Verdict(StrEnum):
    """What is to be done, as far as the text alone can tell."""

    RETAIN = "retain"
    """It tells of corruption: ours, whatever else it is about."""
    REFER = "refer"
    """It speaks of one body's matters."""
    UNSURE = "unsure"
    """A person decides."""


class Doubt(StrEnum):
    """Why a person must look."""

    POSSIBLE_CORRUPTION = "possible_corruption"
    """Something points at corruption, too little to be sure and too much to send it away."""
    NOTHING_FOUND = "nothing_found"
    """No category has any evidence."""
    TOO_LITTLE = "too_little"
    """The best category has too little evidence."""
    DISAGREEMENT = "disagreement"
    """Two kinds of body are about equally likely: a doubt, or two questions in one appeal."""


@dataclass(frozen=True, slots=True)
class Margins:
    """How sure is sure, in points (`services.router.lexicon.POINTS`)."""

    retain: float = 3.0
    """From here on it is ours, if one piece of the evidence is strong: hints alone never decide."""
    probable: float = 2.0
    """From here on it is more likely ours than not."""
    suspect: float = 1.0
    """From here on a person looks before it goes anywhere."""
    least: float = 1.0
    """The least evidence on which an appeal is sent."""
    lead: float = 0.34
    """How far the best must be ahead, as a share of its points."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kind of body and the category of its matters that the text speaks of most."""

    body: str
    category: str
    points: float
    evidence: tuple[Evidence, ...]

    @property
    def score(self) -> float:
        """Points on a scale from 0 to 1, as in `Prediction.score`."""
        return 1 - 2**-self.points


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict and how it came about. `candidates` has the best first, and is never cut."""

    verdict: Verdict
    doubt: Doubt | None
    corruption: Prediction
    candidates: tuple[Candidate, ...]
    margin: float
    """Lead of the best candidate over the next, as a share of its points; 1 when it is alone."""
    likeliest: str | None
    """The body it would go to if nobody could be asked, `RETAINED`, or None: for measuring, not for sending."""

    @property
    def leading(self) -> Candidate | None:
        """The best candidate, sure or not."""
        return self.candidates[0] if self.candidates else None


def judge(reading: Reading, lexicon: Lexicon, margins: Margins = Margins()) -> Judgement:
    """Weigh `reading`. Corruption is weighed first and alone; then kinds of body against each other."""
    candidates = _candidates(reading, lexicon)
    margin = _margin(candidates)
    signal = reading.corruption
    likeliest = RETAINED if signal.points >= margins.probable else candidates[0].body if candidates else None
    if signal.points >= margins.retain and signal.evidence[0].points >= POINTS["strong"]:
        return Judgement(Verdict.RETAIN, None, signal, candidates, margin, likeliest)
    doubt: Doubt | None = None
    if signal.points >= margins.suspect:
        doubt = Doubt.POSSIBLE_CORRUPTION
    elif not candidates:
        doubt = Doubt.NOTHING_FOUND
    elif candidates[0].points < margins.least:
        doubt = Doubt.TOO_LITTLE
    elif margin < margins.lead:
        doubt = Doubt.DISAGREEMENT
    verdict = Verdict.UNSURE if doubt else Verdict.REFER
    return Judgement(verdict, doubt, signal, candidates, margin, likeliest)


def _candidates(reading: Reading, lexicon: Lexicon) -> tuple[Candidate, ...]:
    """One candidate a body: its categories do not compete with each other for being sure."""
    by_body: dict[str, list[Candidate]] = {}
    for topic in reading.topics:
        body = lexicon.bodies[topic.topic]
        by_body.setdefault(body, []).append(Candidate(body, topic.topic, topic.points, topic.evidence))
    merged = [
        Candidate(body, parts[0].category, sum(p.points for p in parts), tuple(e for p in parts for e in p.evidence))
        for body, parts in by_body.items()
    ]
    return tuple(sorted(merged, key=lambda candidate: (-candidate.points, candidate.body)))


def _margin(candidates: tuple[Candidate, ...]) -> float:
    if not candidates:
        return 0.0
    return 1.0 if len(candidates) == 1 else 1 - candidates[1].points / candidates[0].points
