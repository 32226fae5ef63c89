"""The shipped lexicon as data."""

from collections import Counter

import pytest
import yaml

from services.contracts.appeals import Language
from services.router.lexicon import CORRUPTION, POINTS, parse
from services.router.patterns import PatternError
from services.router.rules import LEXICON

DATA = yaml.safe_load(LEXICON.read_text("utf-8"))


def test_every_topic_speaks_both_languages() -> None:
    """Kazakh and Russian appeals have equal rights (АППК art. 14)."""
    for topic, levels in DATA["topics"].items():
        spoken = {language for level, lines in levels.items() if level in POINTS for language in lines}
        assert spoken == set(Language), topic


def test_no_line_stands_twice() -> None:
    """A line counts once a topic; a second one would be dead."""
    counting = Counter(
        (topic, language, " ".join(line.split()))
        for topic, levels in DATA["topics"].items()
        for level, by_language in levels.items()
        if POINTS.get(level)
        for language, lines in by_language.items()
        for line in lines.splitlines()
        if not line.startswith("//")
    )

    assert [line for line, times in counting.items() if times > 1] == []


def test_corruption_is_no_category() -> None:
    """Its body is the service itself, and only its."""
    assert [topic for topic, levels in DATA["topics"].items() if levels["body"] == "retained"] == [CORRUPTION]


@pytest.mark.parametrize(
    "topic",
    [
        {"body": "akimat", "sure": {"ru": "дорог*"}},
        {"body": "akimat", "plain": {"ru": "дорог* .."}},
        {"body": "akimat", "plain": {"ru": "{nothing}"}},
    ],
)
def test_data_that_cannot_be_read_is_refused(topic: dict[str, object]) -> None:
    """An unknown level or class, or an unfinished line, is an error with its words."""
    with pytest.raises(PatternError):
        parse({"version": "1", "classes": {}, "topics": {"roads": topic}})


def test_a_class_may_use_those_above_it() -> None:
    """Classes build on each other, and `//` begins a comment."""
    lexicon = parse(
        {
            "version": "1",
            "classes": {"water": {"ru": "вод~ // not водитель"}, "need": {"ru": "{water} газ~"}},
            "topics": {"supply": {"body": "akimat", "plain": {"ru": "нет {need}"}}},
        }
    )

    assert lexicon.candidates(lexicon.steps_of("нет") | lexicon.steps_of("воды"))
