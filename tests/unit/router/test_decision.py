"""Where an appeal goes, and why."""

import json
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from services.contracts.appeals import AppealKind
from services.contracts.referrals import Scope
from services.router import record
from services.router.decision import (
    AskOperator,
    Because,
    Refer,
    Retain,
    Verdicts,
    decide,
    decide_registered,
    facts_of,
    may_have,
)
from services.router.directory import UNLISTED
from services.router.rules import Policy, read_rules
from services.router.task import Question
from tests.small_rules import AT, appeal, rules

COMPLAINT = AppealKind.COMPLAINT


def verdict(text: str, policy: Policy = Policy.UNSURE, **changes: Any) -> Verdicts:
    again = {name: changes.pop(name) for name in ("declined", "proposed") if name in changes}
    return decide(appeal(text, **changes), rules(policy), at=AT, **again).verdict


def to(agency: str, because: Because = Because.COMPETENT) -> Refer:
    return Refer(agency, Scope.FULL, None, because)


def test_a_matter_goes_to_whoever_answers_for_it():
    """The text names the matter, the directory the agency (АППК art. 65(1))."""
    assert verdict("Прошу выделить участок.") == to("land-relations")


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("text", ["Требуют взятку.", "Требуют взятку за участок, школу и дорогу."])
def test_corruption_stays_with_us_whatever_else_it_is_about(text, policy):
    """R-SEC-1: an appeal that tells of corruption is never referred."""
    decision = decide(appeal(text), rules(policy), at=AT)

    assert decision.verdict == Retain(Because.CORRUPTION)
    assert decision.corruption


@pytest.mark.parametrize("policy", Policy)
def test_a_possible_sign_of_corruption_is_a_persons_to_judge(policy):
    """Too little to keep it, too much to send it away, whatever the policy."""
    assert verdict("Откат за участок.", policy) == AskOperator(Question.POSSIBLE_CORRUPTION, ("land-relations",))


def test_two_matters_are_a_question_with_both_agencies():
    """R-CMP: a doubt between two agencies, or two questions in one appeal, is not for a rule."""
    assert verdict("Нужны участок и школа.") == AskOperator(Question.DISAGREEMENT, ("education", "land-relations"))


def test_policy_never_takes_the_best_candidate():
    """Who wants no questions gets an answer where there is something to go by."""
    assert verdict("Нужны участок и школа.", Policy.NEVER) == to("education")
    assert verdict("Добрый день.", Policy.NEVER) == AskOperator(Question.NOTHING_FOUND)


def test_matters_of_one_kind_that_two_agencies_share_are_a_question():
    """The lexicon puts roads and water together; this directory does not."""
    assert verdict("Нет дороги и водопровода.") == AskOperator(Question.DISAGREEMENT, ("akimat",))


@pytest.mark.parametrize(
    ("text", "territory", "agency"),
    [
        ("В школе холодно.", "Талгарский район", "education-talgar"),
        ("В школе Талгара холодно.", None, "education-talgar"),
        ("В школе Талгара холодно.", "Кегенский район", "education"),
        ("Школы Талгара и Кегена закрыты.", None, "education"),
        ("В школе холодно.", "Где-то", "education"),
        ("В школе холодно.", None, "education"),
    ],
)
def test_the_most_local_agency_has_it(text, territory, agency):
    """The form's place before the text's; several places, or none, are the whole oblast."""
    assert verdict(text, territory=territory) == to(agency)


def test_a_matter_that_nobody_answers_for_is_a_question():
    """The directory is never guessed at."""
    assert verdict("Закрыли космодром.") == AskOperator(Question.NO_AGENCY)


def test_an_agency_without_a_system_is_served_by_a_person():
    """What has no queue is not published to."""
    assert verdict("Прокурор молчит.") == AskOperator(Question.BY_HAND, ("prosecution",))


@pytest.mark.parametrize(
    ("complained_of", "expected"),
    [
        ("Управление образования", to("akimat", Because.SUPERIOR)),
        ("Отдел образования Талгарского района", to("education", Because.SUPERIOR)),
        ("Акимат области", AskOperator(Question.NO_SUPERIOR)),
        ("Больница", AskOperator(Question.NO_SUPERIOR)),
        ("Кто-то там", AskOperator(Question.COMPLAINED_OF_UNCLEAR)),
        (None, AskOperator(Question.COMPLAINED_OF_UNCLEAR)),
    ],
)
def test_r_cmp_1_a_complaint_goes_to_the_superior_or_to_a_person(complained_of, expected):
    """АППК art. 91(1), R-CMP-8: never to the body complained of; where nobody stands above it, a person decides."""
    assert verdict("В школе грубят.", kind=COMPLAINT, complained_of=complained_of) == expected


def test_any_appeal_keeps_clear_of_the_body_it_complains_of():
    """R-CMP-8(a): the guard holds for applications too, and for bodies below."""
    assert verdict("В школе грубят.", complained_of="Управление образования") == to("akimat", Because.SUPERIOR)
    assert verdict("В школе Талгара грубят.", complained_of="Управление образования") == to("akimat", Because.SUPERIOR)
    assert verdict("В школе Талгара грубят.", complained_of="Отдел образования Талгарского района") == to("education")


@pytest.mark.parametrize("kind", [AppealKind.APPLICATION, AppealKind.MESSAGE, COMPLAINT])
def test_r_cmp_8_a_body_that_only_the_text_complains_of_does_not_get_it(kind):
    """R-CMP-8(a): whatever the appeal is called, with an empty form; the record says where it is from."""
    given = appeal("Жалоба на бездействие управления земельных отношений: не выделяют участок.", kind=kind)

    decision = decide(given, rules(), at=AT)

    assert decision.verdict == to("akimat", Because.SUPERIOR)
    assert (decision.facts.complained_of, decision.facts.complained_of_from) == ({"land-relations"}, "text")
    assert may_have("land-relations", decision.facts, rules()) is False


RULES = {policy: rules(policy) for policy in Policy}
BODIES = {
    "акимата области": "akimat",
    "управления образования": "education",
    "отдела образования Талгарского района": "education-talgar",
    "управления земельных отношений": "land-relations",
    "водоканала": "waterworks",
}


@drawn(
    words=st.sampled_from(sorted(BODIES)),
    said=st.sampled_from(
        ["Жалоба на бездействие {}.", "Жалуюсь на решение {}, прошу акимат помочь.", "Бездействие {}!"]
    ),
    matter=st.sampled_from(
        ["Прошу участок.", "В школе Талгара холодно.", "Нет дороги.", "Нет водопровода.", "Добрый день."]
    ),
    kind=st.sampled_from(AppealKind),
    policy=st.sampled_from(Policy),
    again=st.sampled_from([{}, *({"declined": ["prosecution"], "proposed": code} for code in BODIES.values())]),
)
def test_r_cmp_8_no_body_that_the_text_complains_of_ever_receives(words, said, matter, kind, policy, again):
    """Whatever it is about, whatever it is called, and whoever names the body as competent."""
    given = appeal(f"{matter} {said.format(words)}", kind=kind)

    decision = decide(given, RULES[policy], at=AT, **again)

    assert decision.facts.complained_of == {BODIES[words]}
    if isinstance(decision.verdict, Refer):
        assert not RULES[policy].directory.is_at_or_below(decision.verdict.agency, BODIES[words], AT.date())


def test_r_cmp_8_the_forms_word_comes_before_the_texts():
    """Who fills in a form says whom he means."""
    facts = facts_of(appeal("Жалоба на акимат: нет школы.", complained_of="Больница"), rules(), at=AT)

    assert (facts.complained_of, facts.complained_of_from) == ({UNLISTED}, "form")


def test_r_cmp_8_an_application_that_complains_of_somebody_unclear_is_a_persons():
    """R-CMP-8(d): it says that it complains; a mere mention of a body does not."""
    assert verdict("Жалоба на всех: не выделяют участок.") == AskOperator(Question.COMPLAINED_OF_UNCLEAR)
    assert verdict("Управление земельных отношений, выделите участок.") == to("land-relations")


@pytest.mark.parametrize("policy", Policy)
def test_the_same_inputs_give_the_same_record(policy):
    """A record can be made again from what was stored."""
    given = appeal("Нужны участок и школа.", territory="Талгарский район", complained_of="Акимат области")
    first, second = (record.of_rule(decide(given, rules(policy), at=AT), given, rules(policy)) for _ in range(2))

    assert first == second == json.loads(json.dumps(first))


class TestDeclined:
    """R-REF-5: what an agency has declined is decided anew, without it."""

    def test_the_next_agency_up_has_it(self):
        """The district declined, the oblast answers for the same matter."""
        given = {"territory": "Талгарский район", "declined": ["education-talgar"]}

        assert verdict("В школе холодно.", **given) == to("education")

    def test_without_another_one_a_person_decides(self):
        """After the last candidate, the operator."""
        assert verdict("Прошу участок.", declined=["land-relations"]) == AskOperator(Question.DECLINED)

    def test_the_agency_it_names_is_asked(self):
        """Who declines may say who is competent, and the directory must know it."""
        named = to("akimat", Because.PROPOSED)

        assert verdict("Прошу участок.", declined=["land-relations"], proposed="akimat") == named

    @pytest.mark.parametrize("proposed", ["nobody", "land-relations", "prosecution"])
    def test_a_name_that_cannot_be_asked_goes_to_a_person(self, proposed):
        """Unknown, seen before, or without a system."""
        decided = verdict("Прошу участок.", declined=["land-relations"], proposed=proposed)

        assert decided == AskOperator(Question.DECLINED)

    def test_the_agency_it_names_is_not_one_complained_of(self):
        """The guard holds whoever chooses."""
        decided = verdict(
            "Прошу участок.", complained_of="Акимат области", declined=["land-relations"], proposed="akimat"
        )

        assert decided == AskOperator(Question.DECLINED)

    @pytest.mark.parametrize(("proposed", "because"), [("akimat", Because.PROPOSED), ("waterworks", Because.SUPERIOR)])
    def test_r_cmp_1_a_complaint_goes_to_none_but_the_superior_whoever_is_named(self, proposed, because):
        """The word of who declines makes no other body one that may consider a complaint."""
        given = {"kind": COMPLAINT, "complained_of": "Управление образования", "declined": ["land-relations"]}

        assert verdict("В школе грубят.", **given, proposed=proposed) == to("akimat", because)

    def test_what_is_not_sure_is_a_persons_with_the_one_named_before_the_others(self):
        """An agency's word settles no doubt; under policy `never` little more than a lead does."""
        given = {"declined": ["waterworks"], "proposed": "akimat"}

        asked = AskOperator(Question.DECLINED, ("akimat", "education", "land-relations"))
        assert verdict("Нужны участок и школа.", **given) == asked
        assert verdict("Добрый день.", **given) == AskOperator(Question.DECLINED, ("akimat",))
        assert verdict("Нужны участок и школа.", Policy.NEVER, **given) == to("akimat", Because.PROPOSED)

    def test_two_agencies_are_enough(self):
        """After two hops a person decides, whatever the second one proposes."""
        decided = verdict("Прошу участок.", declined=["land-relations", "education"], proposed="akimat")

        assert decided == AskOperator(Question.DECLINED)


def test_a_record_explains_itself():
    """It says what was found, where, for whom it speaks, what found nothing, and by which article."""
    given = appeal("В школе Талгара грубят.", complained_of="Отдел образования Талгарского района")

    made = record.of_rule(decide(given, rules(), at=AT), given, rules())

    (candidate,) = made["candidates"]
    assert (made["rules"], made["policy"], made["by"]) == (rules().version, "unsure", "rule")
    assert made["facts"]["territory"] == "talgar"
    assert made["facts"]["territory_from"] == "text"
    assert made["facts"]["complained_of"] == ["education-talgar"]
    assert candidate["evidence"][0]["words"] == "школе"
    assert given.text[candidate["evidence"][0]["start"] : candidate["evidence"][0]["end"]] == "школе"
    assert candidate["agencies"] == [
        {"agency": "education-talgar", "barred": "complained_of"},
        {"agency": "education", "barred": None},
    ]
    assert made["unmatched"] == ["land", "prosecution", "roads", "space", "water"]
    assert made["verdict"]["legal_basis"] == "АППК 65(1)"


def test_a_record_names_nobody():
    """Neither the text as a whole nor its author is in the record."""
    given = appeal("В школе Талгара грубят.")

    made = json.dumps(record.of_rule(decide(given, rules(), at=AT), given, rules()), ensure_ascii=False)

    assert given.text not in made
    assert given.applicant.name not in made


@pytest.mark.parametrize(
    ("agency", "allowed"), [("education", False), ("education-talgar", False), ("akimat", True), ("waterworks", True)]
)
def test_an_operator_is_held_by_the_guard_too(agency, allowed):
    """Whoever chooses, the body complained of and those below it are out of the question."""
    facts = facts_of(appeal("Грубят.", complained_of="Управление образования"), rules(), at=AT)

    assert may_have(agency, facts, rules()) is allowed


class TestBothReaders:
    """Decisions by the rules that ship, in which a model reads beside the lexicon."""

    HINT = "Мне в кабинете написали на бумажке 500 и сказали подумать до завтра."
    LISTED = "1) Прошу предоставить место в детском саду для дочери. 2) Прошу выделить земельный участок под ИЖС."

    def test_a_scene_without_words_of_its_class_is_ours_with_its_reasons(self):
        """The record names the words that the model goes by, and how likely it is."""
        shipped = read_rules()
        made = decide(appeal(self.HINT), shipped, at=AT)
        told = record.of_rule(made, appeal(self.HINT), shipped)["corruption"]

        assert made.verdict == Retain(Because.CORRUPTION)
        assert told["score"] >= shipped.margins.certain
        assert {item["source"] for item in told["evidence"]} == {"model"}
        assert all(item["words"] == self.HINT[item["start"] : item["end"]] for item in told["evidence"])

    def test_questions_beside_a_hidden_hint_are_not_sent(self):
        """R-SEC-1: one sentence that may tell of corruption keeps the whole for a person."""
        shipped = read_rules()
        divided = decide_registered(appeal(self.LISTED), shipped, at=AT)
        (whole,) = decide_registered(appeal(f"{self.HINT} {self.LISTED}"), shipped, at=AT)

        assert [one.verdict.agency for one in divided] == ["education", "land-relations"]
        assert isinstance(whole.verdict, AskOperator)
        assert whole.verdict.question is Question.POSSIBLE_CORRUPTION

    def test_a_category_that_only_the_model_hears_is_not_called_unmatched(self):
        """The record does not deny what it says."""
        shipped = read_rules()
        text = "Дочке шестой год, а в группу всё не берут, заведующая говорит: следующей осенью."
        made = record.of_rule(decide(appeal(text), shipped, at=AT), appeal(text), shipped)

        assert "education" in {one["category"] for one in made["candidates"]}
        assert "education" not in made["unmatched"]
