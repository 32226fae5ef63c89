"""A record can be made again from what is stored, and a changed one is found out."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.appeals import AppealKind
from services.contracts.referrals import Scope
from services.router import record
from services.router.appeal import Part
from services.router.decision import Because, Refer, decide, decide_registered, facts_of
from services.router.rules import Policy
from services.router.verification import differences
from tests.small_rules import AT, appeal, rules

SENTENCES = (
    *("Школа закрыта. ", "Прошу участок. ", "Требуют взятку. ", "Откат за дорогу. ", "Пишу из Талгара. "),
    *("1) ", "2) ", "\n", "Также прошу ", "нет водопровода. ", "Прокурор молчит. ", "Добрый день. "),
)
BODIES = (None, "Управление образования", "Отдел образования Талгарского района", "Акимат области", "Кто-то")


RULES = {policy: rules(policy) for policy in Policy}


@given(
    words=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8),
    kind=st.sampled_from(AppealKind),
    complained_of=st.sampled_from(BODIES),
    territory=st.sampled_from((None, "Талгарский район", "нигде")),
    policy=st.sampled_from(Policy),
)
def test_the_same_inputs_make_the_same_record(words, kind, complained_of, territory, policy):
    """Whatever the appeal, each of its records is made again from the stored JSON, whatever the policy is by now."""
    of = appeal("".join(words), kind=kind, complained_of=complained_of, territory=territory)
    for decision in decide_registered(of, RULES[policy], at=AT):
        stored = json.loads(json.dumps(record.of_rule(decision, of, RULES[policy])))
        sealed = replace(of, sealed=True, corruption=True, parts=(decision.part,) if decision.part else ())

        assert differences(stored, sealed, RULES[Policy.UNSURE], at=AT) == []


def test_what_was_decided_again_is_made_again():
    """After a refusal, of a part, and of an extract that a person wrote."""
    of = appeal("Прошу участок. Школа закрыта.", sealed=True)
    for part in (None, Part(number=1, spans=((0, 14),)), Part(number=2, extract="Просит участок.")):
        decision = decide(of, rules(), at=AT, part=part, declined=("land-relations",), proposed="akimat")
        stored = record.of_rule(decision, of, rules())

        assert differences(stored, replace(of, parts=(part,) if part else ()), rules(), at=AT) == []


def test_a_persons_decision_rests_on_the_same_facts():
    """The choice is the person's; what was known is computed."""
    of = appeal("Школа закрыта.", complained_of="Управление образования")
    verdict = Refer("akimat", Scope.FULL, None, Because.OPERATOR)
    stored = record.of_operator(
        verdict, of, facts_of(of, rules(), at=AT), rules(), operator="operator:a", reason="так", task=None
    )

    assert differences(stored, of, rules(), at=AT) == []
    assert differences(stored, replace(of, complained_of=None), rules(), at=AT) == [
        "facts.complained_of",
        "facts.complained_of_from",
        "facts.superior",
    ]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"margin": 0.1}, ["margin"]),
        ({"text": "0" * 64}, ["text"]),
        ({"verdict": {"outcome": "refer", "agency": "akimat"}}, None),
    ],
)
def test_a_changed_record_is_found_out(change, where):
    """It says where."""
    of = appeal("Школа закрыта.")
    stored = record.of_rule(decide(of, rules(), at=AT), of, rules()) | change

    found = differences(stored, of, rules(), at=AT)

    assert found == where or (where is None and "verdict.agency" in found)


def test_a_wiped_text_is_found_out():
    """What was moved to the protected channel cannot be decided again, and is not said to be."""
    of = appeal("Требуют взятку.")
    stored = record.of_rule(decide(of, rules(), at=AT), of, rules())

    assert "text" in differences(stored, replace(of, text="—"), rules(), at=AT)
