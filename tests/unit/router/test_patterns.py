"""The language of the lexicon's lines."""

import pytest

from services.contracts.appeals import Language
from services.router.lexicon import Lexicon, Pattern
from services.router.patterns import PatternError, phrases, step
from services.router.reading import evidence


def found(line: str, text: str, language: Language = Language.RUSSIAN) -> list[str]:
    """What of `text` the one line finds."""
    money = step("деньг* денег".replace(" ", "|"), language=Language.RUSSIAN, classes={})
    lexicon = Lexicon(
        "test",
        {},
        (Pattern("topic", "plain", line, phrases(line, language=language, classes={"money": money})),),
    )
    return [item.words for item in evidence(text, lexicon)]


@pytest.mark.parametrize(
    ("line", "text", "words"),
    [
        ("школ*", "Наша школа закрыта", "школа"),
        ("откат", "Просит откат за договор", "откат"),
        ("вод~", "Нет воды", "воды"),
        ("ЖКХ", "Отдел ЖКХ молчит", "ЖКХ"),
        ("# дней", "Ждём 10 дней", "10 дней"),
        ("отказ*|отклон*", "Заявление отклонили", "отклонили"),
        ("дал* {money}", "Дал денег мастеру", "Дал денег"),
        ("земельн* участ*", "Отняли земельный участок", "земельный участок"),
        ("дал* .. мастер*", "Дал за работу мастеру", "Дал мастеру"),
        ("мастер* & {money}", "Денег просит каждый мастер", "Денег мастер"),
        ("ата-ана*", "Ата ана жиналысы", "Ата ана"),
    ],
)
def test_a_line_finds(line: str, text: str, words: str) -> None:
    """Each form of a line finds what the table of the module says."""
    assert found(line, text) == [words]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("школ*", "автошкола"),
        ("откат", "откатили машину"),
        ("вод~", "водитель уехал"),
        ("ЖКХ", "отдел жкх молчит"),
        ("ОСИ", "ПРЕДСЕДАТЕЛЬ ОСИ МОЛЧИТ"),
        ("земельн* участ*", "земельный большой участок"),
        ("дал* .. мастер*", "Дал. Мастер ушёл"),
        ("дал* .. мастер*", "Дал очень много разных старых мастеру"),
    ],
)
def test_a_line_does_not_find(line: str, text: str) -> None:
    """Words inside words, other words, words too far off and words of the next sentence do not count."""
    assert found(line, text) == []


@pytest.mark.parametrize("text", ["әкімдігі", "акимдигине", "äkimdigi", "әкімдік"])
def test_a_kazakh_stem_matches_its_voiced_form(text: str) -> None:
    """Stem-final к, қ, п become г, ғ, б before a vowel, however the word is typed."""
    assert found("әкімдік*", text, Language.KAZAKH) == [text]


@pytest.mark.parametrize(("word", "is_form"), [("суды", True), ("судың", True), ("сумен", True), ("сурет", False)])
def test_kazakh_endings_tell_a_short_word_from_a_longer_one(word: str, is_form: bool) -> None:  # noqa: FBT001 - a table
    """A short noun is met with case endings only."""
    assert bool(found("су~", word, Language.KAZAKH)) is is_form


@pytest.mark.parametrize("line", ["", "..", "школ* ..", "{nobody}", "a1*", "& школ*"])
def test_a_line_that_cannot_be_read_is_refused(line: str) -> None:
    """A clerk's slip is reported, never ignored."""
    with pytest.raises(PatternError):
        phrases(line, language=Language.RUSSIAN, classes={})
