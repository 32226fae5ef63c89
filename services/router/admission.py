"""Whether an appeal may go where the rules send it, or a person must look first, in the order of the law.

Information on a crime or a threat comes before all else, whoever would have the matter: a person sees it the same day
(АППК arts. 64(7-2), 88). Nothing is returned or terminated here; a person is asked (R-RET-1 to 3, R-SIM-1, 2).
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from services.chassis import yaml_documents
from services.router.appeal import Appeal, Outcome
from services.router.decision import AskOperator, Retain, Verdicts
from services.router.lexicon import Lexicon, parse
from services.router.reading import read
from services.router.task import Question

ENDED: Final = frozenset({Outcome.RETAINED, Outcome.RETURNED, Outcome.TERMINATED, Outcome.FILED})
"""What we have considered ourselves: the same again from the same applicant may be a repetition (R-RET-1)."""

_ALARM: Final = "alarm"
_OBSCENE: Final = "obscene"


@dataclass(frozen=True)
class Held:
    """A person is asked first, whatever the rules say of the matter."""

    question: Question
    words: tuple[str, ...] = ()
    """What in the text says so."""
    repeats: tuple[str, ...] = ()
    """Registration numbers of the earlier appeals."""

    def recorded(self) -> dict[str, Any]:
        """What the decision's record says of it, beside the rules' own verdict."""
        return {
            "outcome": "ask",
            "question": self.question.value,
            "words": list(self.words),
            "repeats": list(self.repeats),
        }


def held(appeal: Appeal, verdict: Verdicts, *, repeats: Collection[str]) -> Held | None:
    """Why a person must see the appeal before `verdict` is carried out; None when nothing is in the way.

    `repeats` are earlier appeals of the same applicant that we have considered. What tells of corruption, or may, is
    never held up (R-RET-2, R-SIM-2).
    """
    if isinstance(verdict, Retain):
        return None
    if isinstance(verdict, AskOperator) and verdict.question is Question.POSSIBLE_CORRUPTION:
        return None
    found = {topic.topic: topic.evidence for topic in read(appeal.text, _signs()).topics}
    words = {sign: tuple(item.words for item in evidence) for sign, evidence in found.items()}
    if _ALARM in words:
        return Held(Question.ALARM, words[_ALARM], tuple(repeats))
    question = _question(appeal, repeats, obscene=_OBSCENE in words)
    if question is None:
        return None
    return Held(question, words.get(_OBSCENE, ()) if question is Question.OBSCENE else (), tuple(repeats))


def _question(appeal: Appeal, repeats: Collection[str], *, obscene: bool) -> Question | None:
    if repeats:
        return Question.REPEATED
    if obscene:
        return Question.OBSCENE
    return Question.ANONYMOUS if appeal.anonymous else None


@cache
def _signs() -> Lexicon:
    return parse(yaml_documents.read((files(__package__) / "signs.yaml").read_text("utf-8")))
