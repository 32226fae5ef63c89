"""What other rules would have decided, and who was right."""

from services.router.rules import Policy
from services.router.trial import Past, Trial, decided
from tests.small_rules import AT, appeal, rule_set, rules

WITH_LIBRARIES = rule_set(lexicon=rule_set().lexicon.replace("школ*", "школ*\n\n        библиотек*")).rules(
    Policy.UNSURE
)
WITHOUT_SCHOOLS = rule_set(lexicon=rule_set().lexicon.replace("школ*", "гимнази*")).rules(Policy.UNSURE)


def past(number: int, text: str, outcome: str | None = None) -> Past:
    return Past(str(number), appeal(text), AT, outcome)


def tried(after, *given: Past) -> dict:
    trial = Trial(rules(), after)
    trial.take(given)
    return trial.compared.report()


def test_each_kind_of_decision_has_a_word():
    """An agency, ours, or a person's with the question."""
    texts = ["Школа холодная.", "Взятка.", "Добрый день."]

    assert [decided(past(0, text), rules()) for text in texts] == ["education", "retained", "review:nothing_found"]


def test_the_same_rules_change_nothing():
    """What is counted is change alone."""
    report = tried(rules(), past(1, "Школа холодная.", "education"))

    assert (report["tried"], report["changed"], report["items"]) == (1, 0, [])


def test_changes_are_counted_listed_and_judged():
    """By where the appeals finally were accepted."""
    report = tried(
        WITH_LIBRARIES,
        past(1, "В библиотеке холодно.", "education"),
        past(2, "Библиотека закрыта.", "akimat"),
        past(3, "Библиотеку сносят."),
        past(4, "Дорога разбита.", "akimat"),
    )

    assert report["changes"] == [{"from": "review:nothing_found", "to": "education", "count": 3}]
    assert [item["id"] for item in report["items"]] == ["1", "2", "3"]
    assert report["outcomes"] == {
        "known": 3,
        "agreed": {"before": 1, "after": 2},
        "turned_right": 1,
        "turned_wrong": 0,
    }
    assert {"outcome": "akimat", "decided": "education", "count": 1} in report["confusion"]["after"]
    assert {"outcome": "akimat", "decided": "review", "count": 1} in report["confusion"]["before"]


def test_what_was_right_and_would_not_be_is_counted_too():
    """A person has to weigh it."""
    report = tried(WITHOUT_SCHOOLS, past(1, "Школа холодная.", "education"))

    assert (report["outcomes"]["turned_right"], report["outcomes"]["turned_wrong"]) == (0, 1)


def test_a_report_has_no_text():
    """Ids and counts."""
    assert "библиотек" not in str(tried(WITH_LIBRARIES, past(1, "В библиотеке холодно."))).lower()
