"""How a person divides an appeal: each part is quoted or marked as an extract, each is decided, none is forgotten."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.chassis.errors import Conflict, Invalid
from services.router import dispatch
from services.router.appeal import Appeal, Part
from services.router.case import Case
from services.router.decision import decide, speaks
from services.router.draft import Actor, Draft
from services.router.judgement import tells_corruption
from services.router.parts import located, rest_of, uncovered
from services.router.task import LOOKS, Question, TaskState

_STAYING: Final = LOOKS - {Question.EXTRACT}
"""Questions that do not end when an appeal is divided anew."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One part as a person tells it apart."""

    agency: str | None
    """Who is to have it; None when it is ours."""
    text: str | None = field(default=None, repr=False)
    """A quotation, or an extract in the person's own words; None for ours means what the others leave."""
    rewritten: bool = False


def parts_of(appeal: Appeal, told: Sequence[Told], draft: Draft) -> tuple[Part, ...]:
    """The parts. One that stands as it is keeps its number.

    Raises `Invalid` for a quotation that is not in the text, for a question that no part covers, and for an extract of
    an appeal that tells of corruption which tells of it as well, or is no extract but a quotation (R-SEC-2).
    """
    if sum(one.text is None for one in told) > 1:
        raise Invalid("rest_twice", pointer="#/parts")
    placed = [_part(appeal, one, f"#/parts/{n}/text") for n, one in enumerate(told)]
    for n, (one, part) in enumerate(zip(told, placed, strict=True)):
        if one.agency is not None:
            check_extract(appeal, part, draft, pointer=f"#/parts/{n}/text")
    taken = [span for part in placed for span in part.spans]
    if _is_one_missed(appeal, told, taken, draft):
        raise Invalid("question_uncovered", pointer="#/parts")
    rest = rest_of(appeal.text, taken) if not any(one.rewritten for one in told) else ((0, len(appeal.text)),)
    whole = [replace(part, spans=rest) if one.text is None else part for one, part in zip(told, placed, strict=True)]
    return numbered_anew(appeal, whole)


def assigned_parts(case: Case, part_id: UUID | None, text: str | None) -> list[Part | None]:
    """The part that an agency is to have, or None for the whole, and what then remains ours.

    With `text`, it is what is given there: a quotation where it stands in the appeal, else a person's extract.
    """
    appeal, own = case.appeal, case.appeal.part(part_id)
    if text is None:
        if own is None:
            replace_parts(case, ())
        return [own]
    spans = located(appeal.text, text)
    (given,) = numbered_anew(appeal, [Part(number=0, spans=spans) if spans else Part(number=0, extract=text)])
    check_extract(appeal, given, case.draft, pointer="#/part")
    if own is not None and own.extract is not None:
        case.draft.change_part(appeal, replace(own, replaced=True))
        return [given]
    if own is not None:
        return [given, own]
    if appeal.current_parts:
        return [given]
    rest = rest_of(appeal.text, given.spans)
    return [given, *([Part(number=given.number + 1, spans=rest)] if rest else [])]


def clear(case: Case, task: Row[Any], kept: Collection[int], reason: str, actor: Actor) -> None:
    """Take back what agencies have of the appeal but for the parts `kept`, and close the questions about it."""
    draft, appeal = case.draft, case.appeal
    staying = {part.id_in(appeal.id) for part in appeal.parts if part.number in kept}
    for referral in case.referrals.values():
        if referral.is_open and referral.id != task.referral_id and referral.part_id not in staying:
            dispatch.take_back(draft, referral, reason, actor)
    others = [one for one in case.tasks if one.id != task.id and one.part_id not in staying]
    settled = [one for one in others if Question(one.question) not in _STAYING]
    draft.settle(settled, TaskState.OVERTAKEN, actor, reason)


def replace_parts(case: Case, parts: Sequence[Part]) -> None:
    """Let the appeal's parts be replaced by these, but for those that stand among them."""
    numbers = {part.number for part in parts}
    for part in case.appeal.current_parts:
        if part.number not in numbers:
            case.draft.change_part(case.appeal, replace(part, replaced=True))


def check_extract(appeal: Appeal, part: Part, draft: Draft, *, pointer: str) -> None:
    """Raise `Conflict` for what may not leave an appeal that tells of corruption: its own words, or its story."""
    if not appeal.sealed:
        return
    if part.extract is None:
        raise Conflict("extract_needed", pointer=pointer)
    found = decide(appeal, draft.rules, at=draft.at, part=part)
    if found.reading.corruption.evidence or tells_corruption(found.judgement):
        raise Conflict("extract_tells_corruption", pointer=pointer)


def numbered_anew(appeal: Appeal, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts with numbers: those that stand already keep theirs, new ones count on."""
    standing = {(one.extract, one.text_in(appeal.text)): one for one in appeal.current_parts}
    following = iter(range(appeal.next_number, appeal.next_number + len(parts)))
    return tuple(
        standing.get((part.extract, part.text_in(appeal.text))) or replace(part, number=next(following))
        for part in parts
    )


def _part(appeal: Appeal, told: Told, pointer: str) -> Part:
    if told.text is None:
        if told.agency is not None:
            raise Invalid("missing", pointer=pointer)
        return Part(number=0)
    if told.rewritten:
        return Part(number=0, extract=told.text)
    spans = located(appeal.text, told.text)
    if spans is None:
        raise Invalid("quote_not_in_text", pointer=pointer)
    return Part(number=0, spans=spans)


def _is_one_missed(appeal: Appeal, told: Sequence[Told], taken: Sequence[tuple[int, int]], draft: Draft) -> bool:
    """Whether a question of the appeal is in none of the parts. An extract covers what its writer says it does."""
    if any(one.text is None for one in told):
        return False
    if any(one.rewritten for one in told):
        return True
    whole = decide(appeal, draft.rules, at=draft.at)
    return uncovered(appeal.text, taken, speaks(whole.reading, whole.options)) is not None
