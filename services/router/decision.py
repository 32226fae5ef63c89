"""Where an appeal goes, and why: the rules' verdict on one appeal. Pure; the same inputs give the same decision.

Corruption is weighed first and stays with us. For the rest the text says what it is about, the directory who answers
for that there, and the complaint guard who may not have it. What is not sure is a person's to decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal

from services.contracts.appeals import AppealKind
from services.contracts.referrals import Scope
from services.router.accusation import complained_of_in
from services.router.agency import Agency
from services.router.appeal import Appeal, Part, numbered
from services.router.complaints import addressee, may_receive, superior
from services.router.judgement import MODEL, Candidate, Doubt, Judgement, Verdict, judge, tells_corruption, with_clues
from services.router.parts import Division, Speaks, asks, divide, sentences
from services.router.reading import Evidence, Reading, read, voided
from services.router.referral import MAX_HOPS
from services.router.rules import Policy, Rules
from services.router.task import Question


class Because(StrEnum):
    """Why an appeal goes where it goes."""

    CORRUPTION = "corruption"
    """It tells of corruption."""
    COMPETENT = "competent"
    """The agency answers for the matter there."""
    SUPERIOR = "superior"
    """The agency stands above the body complained of (АППК art. 91)."""
    PROPOSED = "proposed"
    """The agency that declined names it as competent."""
    SUCCESSOR = "successor"
    """The agency is in the place of a closed one that had it."""
    ARBITER = "arbiter"
    """An arbiter has decided, and it is final."""
    OPERATOR = "operator"
    """A person has decided."""


@dataclass(frozen=True)
class Retain:
    """It is ours."""

    because: Because


@dataclass(frozen=True)
class Refer:
    """It goes to an agency: the whole of it, or the `part` that is quoted."""

    agency: str
    scope: Scope
    part: str | None
    because: Because


@dataclass(frozen=True)
class AskOperator:
    """A person decides; `agencies` are those that the rules could think of, the best first."""

    question: Question
    agencies: tuple[str, ...] = ()


Verdicts = Retain | Refer | AskOperator


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known beside the text."""

    on: date
    """The day whose directory is asked, in Almaty."""
    kind: AppealKind
    territory: str | None
    territory_from: str | None
    """Where the territory was found: ``form`` or ``text``."""
    complained_of: frozenset[str] | None
    """Bodies complained of; empty when there is none, None when it cannot be told."""
    complained_of_from: str | None
    """Where they were found: ``form`` or ``text``."""
    superior: str | None
    """The one body above them."""
    declined: tuple[str, ...] = ()
    """Agencies that have declined, in order."""
    proposed: str | None = None
    """Whom the last of them names as competent."""
    sealed: bool = False
    """Whether it is known to tell of corruption, or may: then no rule sends anything of it."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One kind of body that the text speaks of, and who could be asked for it."""

    candidate: Candidate
    agencies: tuple[tuple[str, str | None], ...]
    """Agencies that answer for it there, the most local first, each with why it is out of the question, if it is."""
    addressee: Agency | None
    by_topic: tuple[tuple[str, str | None], ...]
    """Each of its topics with the agency that is to have it; None where there is none."""

    @property
    def split(self) -> bool:
        """Whether its matters belong to different agencies."""
        return len({agency for _, agency in self.by_topic if agency}) > 1


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A verdict and all that led to it."""

    verdict: Verdicts
    reading: Reading
    judgement: Judgement
    facts: Facts
    options: tuple[Option, ...]
    part: Part | None = None
    """The part of the appeal that it decides; None for the whole."""
    seen: tuple["Decision", ...] = ()
    """On other parts that the text seems to have: for a person to look at."""
    voided: tuple[Evidence, ...] = ()
    """What was found and not counted, by a line of the lexicon that excludes it."""

    @property
    def corruption(self) -> bool:
        return self.judgement.verdict is Verdict.RETAIN


OURS: Final = "(ours)"
"""Stands for the service itself among agencies, where a text is divided."""

_OUTWEIGHED: Final = frozenset({Question.TOO_LITTLE, Question.DISAGREEMENT})
"""Doubts that policy `never` settles by the best candidate."""


def decide_registered(appeal: Appeal, rules: Rules, *, at: datetime) -> tuple[Decision, ...]:
    """Decide on an appeal that has arrived: as a whole, or on each of its parts (АППК art. 65(2)).

    It is divided only where its writer tells the questions apart, each surely belongs to another agency, and nothing,
    read as a whole or sentence by sentence, may tell of corruption. Otherwise what its parts seem to be is left for a
    person to see.
    """
    whole = decide(appeal, rules, at=at)
    division = divide(appeal.text, _speaking(whole))
    if division is None:
        return (whole,)
    decided = tuple(decide(appeal, rules, at=at, part=part) for part in _parts(division, appeal, whole, rules))
    innocent = not tells_corruption(whole.judgement) and OURS not in division.spans
    if innocent and division.listed and _each_to_another(decided):
        hidden = _hidden(appeal.text, whole, rules)
        return decided if hidden is None else (replace(whole, judgement=hidden, verdict=_suspected(whole)),)
    if whole.corruption and not division.listed:
        return (whole,)  # what goes with the bribe cannot be told from what does not
    return (replace(whole, seen=tuple(one for one in decided if _is_extractable(one, appeal))),)


def decide(
    appeal: Appeal,
    rules: Rules,
    *,
    at: datetime,
    part: Part | None = None,
    declined: Sequence[str] = (),
    proposed: str | None = None,
) -> Decision:
    """Decide on an appeal, or a part of it (АППК art. 65), not again for those that have `declined` it.

    `proposed` is whom the last of them names as competent; it is asked if the directory knows it and nothing bars it,
    unless the matter is not sure: then a person is asked, with it before the others.
    """
    text = part.alone_in(appeal.text) if part else appeal.text
    reading = read(text, rules.lexicon, rules.model)
    judgement = with_clues(judge(reading, rules.lexicon, rules.margins), reading.opinion)
    facts = facts_of(appeal, rules, at=at, part=part, declined=declined, proposed=proposed)
    options = tuple(_option(candidate, facts, rules) for candidate in judgement.candidates)
    verdict = _verdict(judgement, options, facts, rules)
    if appeal.sealed and isinstance(verdict, Refer):
        verdict = AskOperator(Question.DECLINED, (verdict.agency,))  # an extract is a person's to send (R-SEC-2)
    if part and isinstance(verdict, Refer):
        verdict = replace(verdict, scope=Scope.PART, part=part.text_in(appeal.text))
    return Decision(
        verdict=verdict,
        reading=reading,
        judgement=judgement,
        facts=facts,
        options=options,
        part=part,
        voided=tuple(voided(text, rules.lexicon)),
    )


def _hidden(text: str, whole: Decision, rules: Rules) -> Judgement | None:
    """The judgement on the whole, in doubt for a sentence that by itself may tell of corruption; None without one."""
    for start, end in sentences(text):
        alone = judge(read(text[start:end], rules.lexicon, rules.model), rules.lexicon, rules.margins)
        if alone.verdict is Verdict.RETAIN:
            return replace(whole.judgement, verdict=Verdict.UNSURE, doubt=Doubt.POSSIBLE_CORRUPTION)
    return None


def _suspected(whole: Decision) -> AskOperator:
    named = tuple(dict.fromkeys(option.addressee.code for option in whole.options if option.addressee))
    return AskOperator(Question.POSSIBLE_CORRUPTION, named)


def facts_of(
    appeal: Appeal,
    rules: Rules,
    *,
    at: datetime,
    part: Part | None = None,
    declined: Sequence[str] = (),
    proposed: str | None = None,
) -> Facts:
    """What the directory makes of the appeal's form, and of the place that its part names, or else its text."""
    directory, on = rules.directory, rules.calendar.arrived_on(at)
    territory, found_in = directory.territories.of_form(appeal.territory), "form"
    if territory is None:
        mentioned = directory.territories.mentioned_in(part.alone_in(appeal.text)) if part else ()
        mentioned = mentioned or directory.territories.mentioned_in(appeal.text)
        territory, found_in = (mentioned[0], "text") if len(mentioned) == 1 else (None, "")
    bodies, bodies_from = _complained_of(appeal, rules, on, near=territory)
    above = superior(directory, bodies, on) if bodies else None
    return Facts(
        on=on,
        kind=appeal.kind,
        territory=territory,
        territory_from=found_in or None,
        complained_of=bodies,
        complained_of_from=bodies_from if bodies else None,
        superior=above.code if above else None,
        declined=tuple(declined),
        proposed=proposed,
        sealed=appeal.sealed,
    )


def may_have(agency: str, facts: Facts, rules: Rules) -> bool:
    """Whether nothing that we know bars the agency from having the appeal, whoever chooses it (R-CMP-8)."""
    return may_receive(rules.directory, agency, complained_of=facts.complained_of or (), on=facts.on)


def speaks(reading: Reading, options: Sequence[Option]) -> Iterator[Speaks]:
    """The evidence of a reading, by the agencies that would have its matters; corruption is ours."""
    for item in reading.corruption.evidence:
        yield Speaks(item.start, item.end, OURS, item.points)
    for option in options:
        agencies = dict(option.by_topic)
        for item in option.candidate.evidence:
            if item.source == MODEL:
                continue  # its words weigh a little for many bodies: too little to cut by
            yield Speaks(item.start, item.end, agencies[item.topic] or f"({option.candidate.body})", item.points)


def _speaking(whole: Decision) -> Iterator[Speaks]:
    return speaks(whole.reading, whole.options)


def _parts(division: Division, appeal: Appeal, whole: Decision, rules: Rules) -> tuple[Part, ...]:
    """The parts, each with the words before them that name its place, where it needs them."""
    places = rules.directory.territories
    where = tuple(span for span in division.before if places.mentioned_in(appeal.text[slice(*span)]))
    spans = []
    for found in division.spans.values():
        named = whole.facts.territory_from == "form" or any(
            places.mentioned_in(appeal.text[slice(*span)]) for span in found
        )
        spans.append(found if named else (*where, *found))
    return numbered(spans, appeal.next_number)


def _each_to_another(decided: Sequence[Decision]) -> bool:
    """Whether each part surely belongs to an agency, a different one each, and one of them can be sent at once."""
    agencies = {_sure_agency(one) for one in decided}
    can_go = any(isinstance(one.verdict, Refer) for one in decided)
    return can_go and None not in agencies and len(agencies) == len(decided)


def _sure_agency(decision: Decision) -> str | None:
    match decision.verdict:
        case Refer(agency):
            return agency
        case AskOperator(Question.BY_HAND, (agency, *_)):
            return agency
    return None


def _is_extractable(decision: Decision, appeal: Appeal) -> bool:
    """Whether a part asks for something that surely is another body's."""
    assert decision.part is not None  # noqa: S101 - it was decided on as a part
    return _sure_agency(decision) is not None and asks(decision.part.text_in(appeal.text))


def _complained_of(
    appeal: Appeal, rules: Rules, on: date, *, near: str | None
) -> tuple[frozenset[str] | None, Literal["form", "text"]]:
    """The bodies that the form names, or else the whole text, whatever its part: its author is one person."""
    if appeal.complained_of is not None:
        return rules.directory.named_in(appeal.complained_of, on), "form"
    bodies = complained_of_in(appeal.text, rules.directory, near=near, on=on)
    return None if not bodies and appeal.kind is AppealKind.COMPLAINT else bodies, "text"


def _option(candidate: Candidate, facts: Facts, rules: Rules) -> Option:
    categories = dict.fromkeys((candidate.category, *(item.topic for item in candidate.evidence)))
    addressees = {category: _addressee(category, facts, rules) for category in categories}
    here = rules.directory.candidates(candidate.category, facts.territory, facts.on)
    return Option(
        candidate=candidate,
        agencies=tuple((agency.code, _barred(agency.code, facts, rules)) for agency in here),
        addressee=addressees[candidate.category],
        by_topic=tuple((name, found.code if found else None) for name, found in addressees.items()),
    )


def _addressee(category: str, facts: Facts, rules: Rules) -> Agency | None:
    here = rules.directory.candidates(category, facts.territory, facts.on)
    left = [agency for agency in here if agency.code not in facts.declined]
    found = addressee(rules.directory, left, kind=facts.kind, complained_of=facts.complained_of, on=facts.on)
    return None if found is None or found.code in facts.declined else found


def _barred(agency: str, facts: Facts, rules: Rules) -> str | None:
    if agency in facts.declined:
        return "declined"
    return None if may_have(agency, facts, rules) else "complained_of"


def _verdict(judgement: Judgement, options: tuple[Option, ...], facts: Facts, rules: Rules) -> Verdicts:
    if judgement.verdict is Verdict.RETAIN:
        return Retain(Because.CORRUPTION)
    named = tuple(dict.fromkeys(option.addressee.code for option in options if option.addressee))
    if judgement.doubt is Doubt.POSSIBLE_CORRUPTION:
        return AskOperator(Question.POSSIBLE_CORRUPTION, named)
    if len(facts.declined) >= MAX_HOPS:
        return AskOperator(Question.DECLINED, named)
    if facts.proposed is not None and _can_be_asked(facts.proposed, facts, rules):
        if _doubt(judgement, options, rules.policy) is None:
            return Refer(facts.proposed, Scope.FULL, None, Because.PROPOSED)
        return AskOperator(Question.DECLINED, tuple(dict.fromkeys((facts.proposed, *named))))
    if question := _question(judgement, options, facts, rules.policy):
        return AskOperator(Question.DECLINED if facts.declined else question, named)
    (agency,) = named[:1]
    competent = facts.kind is not AppealKind.COMPLAINT and agency in dict(options[0].agencies)
    return Refer(agency, Scope.FULL, None, Because.COMPETENT if competent else Because.SUPERIOR)


def _can_be_asked(code: str, facts: Facts, rules: Rules) -> bool:
    agency = rules.directory.agency(code, facts.on)
    if agency is None or not agency.is_reached or facts.complained_of is None:
        return False
    if facts.kind is AppealKind.COMPLAINT and code != facts.superior:
        return False  # a complaint is the superior's alone, whoever says otherwise (R-CMP-1)
    return _barred(code, facts, rules) is None


def _doubt(judgement: Judgement, options: tuple[Option, ...], policy: Policy) -> Question | None:
    """What of the matter itself is not sure enough for a rule."""
    doubt = Question(judgement.doubt.value) if judgement.doubt else None
    if doubt is None and options[0].split:
        doubt = Question.DISAGREEMENT
    return None if policy is Policy.NEVER and doubt in _OUTWEIGHED else doubt


def _question(judgement: Judgement, options: tuple[Option, ...], facts: Facts, policy: Policy) -> Question | None:
    """Why a person must decide; None when the best option's addressee is to have it."""
    if doubt := _doubt(judgement, options, policy):
        return doubt
    if facts.complained_of is None:
        return Question.COMPLAINED_OF_UNCLEAR
    best = options[0]
    if best.addressee is None:
        return Question.NO_SUPERIOR if facts.complained_of else Question.NO_AGENCY
    return None if best.addressee.is_reached else Question.BY_HAND
