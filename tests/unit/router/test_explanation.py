"""Why there, in plain words: whole explanations, kept beside this file in three languages."""

import string
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.router import record
from services.router.closing import GROUNDS, Close
from services.router.decision import Because, Decision, Refer, decide, decide_registered
from services.router.explanation import Made, explained
from services.router.explanation_texts import GROUND_NAMES, TEXTS, cited
from services.router.rules import Rules, read_rules
from tests.small_rules import AT, appeal, rules

KEPT = Path(__file__).parent / "explanations"
LANGUAGES = ("kk", "ru", "en")
SCHOOL = "В школе Талгарского района холодно, отопления нет."


def told(made: dict[str, Any], by_rules: Rules, language: str, *, by: str = "rule", **more: Any) -> str:
    given = Made(number="JD-2026-000001", by=by, on=date(2026, 11, 23), record=made, **more)
    return "\n".join(explained(given, by_rules.directory, by_rules.calendar, language=language)) + "\n"


def cases(by_rules: Rules) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Records worth explaining, with what followed from them."""

    def of(decision: Decision, text: str) -> dict[str, Any]:
        return record.of_rule(decision, appeal(text), by_rules) | {"rules": "0123456789abcdef"}

    issued = SimpleNamespace(forward_due_strict=date(2026, 11, 26), answer_due_on=date(2026, 12, 14), state="proposed")
    approval = SimpleNamespace(approved=True, made_at=AT, made_by="operator:second", reason=None)
    guarded = appeal(SCHOOL, complained_of="Отдел образования Талгарского района")
    parts = "1) Прошу починить отопление в школе.\n2) Прошу выделить участок."
    chosen = record.of_operator(
        Refer("akimat", record.Scope.FULL, None, Because.OPERATOR),
        guarded,
        decide(guarded, by_rules, at=AT).facts,
        by_rules,
        operator="operator:first",
        reason="так решил специалист",
        task=None,
    )
    return {
        "guarded": (of(decide(guarded, by_rules, at=AT), SCHOOL), {"referrals": [issued], "approvals": [approval]}),
        "part": (of(decide_registered(appeal(parts), by_rules, at=AT)[1], parts), {"referrals": [issued]}),
        "corruption": (of(decide(appeal("Специалист требует взятку."), by_rules, at=AT), ""), {}),
        "unsure": (of(decide(appeal("Прошу помочь."), by_rules, at=AT), ""), {}),
        "person": (chosen | {"rules": "0123456789abcdef"}, {"by": "operator:first", "approvals": [approval]}),
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", ["guarded", "part", "corruption", "unsure", "person"])
def test_an_explanation_reads_as_it_did(case, language):
    """A changed wording is read by a person before it is kept: the file is what a court would be shown."""
    made, more = cases(rules())[case]

    assert told(made, rules(), language, **more) == (KEPT / f"{case}.{language}.txt").read_text(encoding="utf-8")


def test_every_text_asks_for_the_same_in_each_language():
    """No fact is lost in a translation."""
    for key, texts in TEXTS.items():
        asked = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert asked[0] == asked[1] == asked[2], key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("outcome", "ground"), sorted(GROUNDS))
def test_every_ending_is_told_with_its_ground_and_article(outcome, ground, language):
    """АППК arts. 64, 70, 80, 88: what became of it, on which ground, by which article."""
    given = appeal(SCHOOL)
    facts = decide(given, rules(), at=AT).facts
    ending = Close(outcome, ground)
    made = record.of_operator(ending, given, facts, rules(), operator="o", reason="r", task=None)

    sentences = told(made, rules(), language, by="o")
    assert GROUND_NAMES[ground][LANGUAGES.index(language)] in sentences
    assert cited(ending.legal_basis, LANGUAGES.index(language)) in sentences
    assert ("АППК" in sentences) is (language != "kk"), "in Kazakh the Code is the ӘРПК"


def test_what_an_exclusion_sets_aside_is_told():
    """«Это уже коррупция!» is rhetoric: the record and its explanation say which line says so."""
    shipped = read_rules()
    text = "Третий день нет тепла в батареях. Это уже коррупция!"
    made = record.of_rule(decide(appeal(text), shipped, at=AT), appeal(text), shipped)

    (aside,) = [item for item in made["voided"] if item["category"] == "corruption"]
    assert text[aside["start"] : aside["end"]] == "коррупция"
    assert f"исключает строка лексикона «{aside['pattern']}»" in told(made, shipped, "ru")


def test_a_body_that_the_directory_does_not_list_is_told_in_words():
    shipped = read_rules()
    given = appeal("Прошу проверить, лекарств нет.", complained_of="школа № 5 города Каскелен")
    made = record.of_rule(decide(given, shipped, at=AT), given, shipped)
    assert "В обращении жалуются на: организация, которой нет в справочнике." in told(made, shipped, "ru")


def test_words_that_both_readers_heard_are_quoted_once():
    """The lexicon and the model may go by the same word."""
    made = record.of_rule(decide(appeal(SCHOOL), rules(), at=AT), appeal(SCHOOL), rules())
    for candidate in made["candidates"]:
        candidate["evidence"] *= 2

    assert told(made, rules(), "ru").count("«школе»") == 1
