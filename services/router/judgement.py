"""What a reading amounts to: it is ours, it belongs to a category, or a person must look.

Which agency answers for a category, and whether the law lets it have the appeal, is not decided here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from services.router.lexicon import POINTS, Lexicon
from services.router.model import UNCLEAR, Opinion
from services.router.reading import Evidence, Prediction, Reading
from services.router.weighing import Odds, weigh

RETAINED: Final = "retained"
"""Stands among the bodies for the service itself."""
MODEL: Final = "model"
"""The source of evidence that the model goes by."""
OURS: Final = 0.4
"""From this probability of corruption on, a text is taken for ours if nobody can be asked: missing one is worse."""


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
    """How sure is sure: in points (`services.router.lexicon.POINTS`) where the lexicon reads alone."""

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
    certain: float = 0.84
    """With a second reader: from this probability of corruption on, it is ours."""
    agreed: float = 0.77
    """Likewise, where the lexicon alone would keep it."""
    possible: float = 0.12
    """With a second reader: from this probability of corruption on, a person looks before it goes anywhere."""
    sent: float = 0.82
    """With a second reader: the least probability, of no corruption and this body, with which an appeal is sent."""
    rival: float = 0.1
    """With a second reader: from this probability on, another body is a candidate."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kind of body and the category of its matters that the text speaks of most."""

    body: str
    category: str
    points: float
    """Of the lexicon's evidence."""
    score: float
    """From 0 to 1: its probability, or its points as in `Prediction.score` where the lexicon reads alone."""
    evidence: tuple[Evidence, ...]


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
    odds: Odds | None = None
    """What both readers together make of it; None where the lexicon reads alone."""

    @property
    def leading(self) -> Candidate | None:
        """The best candidate, sure or not."""
        return self.candidates[0] if self.candidates else None


def judge(reading: Reading, lexicon: Lexicon, margins: Margins = Margins()) -> Judgement:
    """Weigh `reading`. Corruption is weighed first and alone; then kinds of body against each other."""
    if reading.opinion is None:
        return _by_points(reading, lexicon, margins)
    return _by_odds(reading, reading.opinion, lexicon, margins)


def tells_corruption(judgement: Judgement) -> bool:
    """Whether the text tells of corruption, or may do so: then it goes nowhere without a person."""
    return judgement.verdict is Verdict.RETAIN or judgement.doubt is Doubt.POSSIBLE_CORRUPTION


def _by_points(reading: Reading, lexicon: Lexicon, margins: Margins) -> Judgement:
    candidates = _candidates(reading, lexicon)
    margin = _margin([candidate.points for candidate in candidates])
    signal = reading.corruption
    likeliest = RETAINED if signal.points >= margins.probable else candidates[0].body if candidates else None
    if _is_sure(signal, margins):
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


def _by_odds(reading: Reading, opinion: Opinion, lexicon: Lexicon, margins: Margins) -> Judgement:
    odds = weigh(opinion, reading, lexicon.bodies)
    alone = {candidate.body: candidate for candidate in _candidates(reading, lexicon)}
    shares = odds.bodies.items() if opinion.heard else ()
    likely = {body for body, share in shares if body != UNCLEAR and share >= margins.rival}
    found = (_heard(body, alone.get(body), odds, opinion, lexicon) for body in alone.keys() | likely)
    candidates = tuple(sorted(found, key=lambda candidate: (-candidate.score, candidate.body)))
    best = odds.likeliest_body
    verdict = _verdict(odds, reading.corruption, margins)
    return Judgement(
        verdict=verdict,
        doubt=_doubt(odds, candidates, margins) if verdict is Verdict.UNSURE else None,
        corruption=reading.corruption,
        candidates=candidates,
        margin=_margin([candidate.score for candidate in candidates]),
        likeliest=RETAINED if odds.corruption >= OURS else None if best == UNCLEAR else best,
        odds=odds,
    )


def _is_sure(signal: Prediction, margins: Margins) -> bool:
    """Whether the lexicon alone would keep it: hints by themselves never decide."""
    return signal.points >= margins.retain and signal.evidence[0].points >= POINTS["strong"]


def _verdict(odds: Odds, signal: Prediction, margins: Margins) -> Verdict:
    if odds.corruption >= (margins.agreed if _is_sure(signal, margins) else margins.certain):
        return Verdict.RETAIN
    sure = odds.corruption < margins.possible and odds.sent_to(odds.likeliest_body) >= margins.sent
    return Verdict.REFER if sure and odds.likeliest_body != UNCLEAR else Verdict.UNSURE


def _doubt(odds: Odds, candidates: tuple[Candidate, ...], margins: Margins) -> Doubt:
    if odds.corruption >= margins.possible:
        return Doubt.POSSIBLE_CORRUPTION
    if not candidates:
        return Doubt.NOTHING_FOUND
    rivals = sum(candidate.score >= margins.rival for candidate in candidates)
    return Doubt.DISAGREEMENT if rivals > 1 else Doubt.TOO_LITTLE


def _heard(body: str, alone: Candidate | None, odds: Odds, opinion: Opinion, lexicon: Lexicon) -> Candidate:
    """A body with the category that both readers together hear most, and the evidence of both."""
    points: dict[str, float] = {}
    for item in alone.evidence if alone else ():
        points[item.topic] = points.get(item.topic, 0.0) + item.points
    blend = opinion.model.blend
    category = max(
        (one for one, of in lexicon.bodies.items() if of == body),
        key=lambda one: (
            blend.body_logit * opinion.logits.get(one, -math.inf) + blend.body_point * points.get(one, 0.0),
            one,
        ),
    )
    evidence = alone.evidence if alone else ()
    return Candidate(body, category, alone.points if alone else 0.0, odds.bodies[body], evidence)


def with_clues(judgement: Judgement, opinion: Opinion | None) -> Judgement:
    """The judgement with what the model goes by among its evidence: for whoever is to see why.

    Finding the words costs more than judging, so it is done for decisions, not for measuring.
    """
    if opinion is None:
        return judgement
    signal = judgement.corruption
    told = _clues(opinion, signal.topic) if tells_corruption(judgement) else ()
    return replace(
        judgement,
        corruption=replace(signal, evidence=(*signal.evidence, *told)),
        candidates=tuple(
            replace(one, evidence=(*one.evidence, *_clues(opinion, one.category))) for one in judgement.candidates
        ),
    )


def _clues(opinion: Opinion, label: str) -> tuple[Evidence, ...]:
    """What the model goes by, as evidence; its weights are logits, no points of the lexicon's."""
    return tuple(
        Evidence(label, clue.weight, opinion.model.version, clue.words, clue.start, clue.end, MODEL)
        for clue in opinion.clues(label)
    )


def _candidates(reading: Reading, lexicon: Lexicon) -> tuple[Candidate, ...]:
    """One candidate a body: its categories do not compete with each other for being sure."""
    by_body: dict[str, list[Prediction]] = {}
    for topic in reading.topics:
        by_body.setdefault(lexicon.bodies[topic.topic], []).append(topic)
    merged = [
        Candidate(body, parts[0].topic, points, 1 - 2**-points, tuple(item for part in parts for item in part.evidence))
        for body, parts in by_body.items()
        if (points := sum(part.points for part in parts))
    ]
    return tuple(sorted(merged, key=lambda candidate: (-candidate.points, candidate.body)))


def _margin(scores: Sequence[float]) -> float:
    if not scores:
        return 0.0
    return 1.0 if len(scores) == 1 else 1 - scores[1] / scores[0]
