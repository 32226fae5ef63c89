"""Texts of the notices: complete in both languages, true to their variables, safe, and versioned."""

import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from jinja2 import ChoiceLoader, DictLoader, TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError

import services.notifier
from services.contracts.appeals import Language
from services.contracts.notifications import Notice
from services.notifier.notices import NOTICES, Kind, in_words
from services.notifier.samples import SAMPLES
from services.notifier.texts import LAYOUT, NEWS, PAPER, SMS, TEMPLATES, Office, Texts, blocks, template_name

FOLDER: Final = Path(services.notifier.__file__).parent / "templates"
EVERY_TEXT: Final = list(product(Notice, Language))
OFFICES: Final = {
    Language.KAZAKH: Office("Жолданымдарды қабылдау қызметі", "Қонаев қаласы, Жамбыл көшесі, 1; 8 (727) 000-00-00"),
    Language.RUSSIAN: Office("Служба приёма обращений", "город Конаев, улица Жамбыла, 1; 8 (727) 000-00-00"),
}
TOPIC: Final = re.compile(
    r"\b(коррупц|взятк|преступл|қылмыс|жемқор|пара|земл|жер|учас|школ|мектеп|білім|акимат|әкім(?!ш))"
)
KAZAKH_LETTERS: Final = set("әғқңөұүһі")


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts(OFFICES)


class _Html(HTMLParser):
    """Collects an HTML page's text, links and tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str | None] = []
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in {"br", "meta"}:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        if "title" not in self.open:
            self.words += text.split()


@pytest.mark.parametrize(("notice", "language"), EVERY_TEXT)
def test_a_template_uses_exactly_the_variables_of_its_notice(texts: Texts, notice: Notice, language: Language) -> None:
    """Nothing is asked for that intake does not send, and nothing sent goes untold."""
    assert texts.used_variables(notice, language) - {"office"} == {variable.name for variable in NOTICES[notice]}


@pytest.mark.parametrize(("notice", "language"), EVERY_TEXT)
def test_a_text_shows_every_variable_in_words(texts: Texts, notice: Notice, language: Language) -> None:
    """R-NOT-3: number, dates, body, its address and telephone, term."""
    text = texts.rendered(notice, language, SAMPLES)
    shown = in_words(notice, language, SAMPLES)

    assert shown["registration_number"] in text.subject
    for variable in NOTICES[notice]:
        if variable.kind is not Kind.SCOPE:
            assert shown[variable.name] in text.plain


@pytest.mark.parametrize(("notice", "language"), EVERY_TEXT)
def test_a_text_without_its_optional_variables_has_no_hole(texts: Texts, notice: Notice, language: Language) -> None:
    """No label without a value, no empty line too many."""
    empty = {variable.name: "" for variable in NOTICES[notice] if variable.optional}
    plain = texts.rendered(notice, language, {**SAMPLES} | empty).plain

    lines = plain.split("\n")
    lists_with_colons = [line for line in lines if line.startswith("- ") and line.endswith(":")]
    assert not lists_with_colons
    assert "\n\n\n" not in plain


@pytest.mark.parametrize(("notice", "language"), EVERY_TEXT)
def test_the_html_says_what_the_plain_text_says(texts: Texts, notice: Notice, language: Language) -> None:
    """It is made from it; and its only link is the status page."""
    text = texts.rendered(notice, language, SAMPLES)
    page = _Html(text.html)

    plain_words = [word for line in text.plain.split("\n") for word in line.removeprefix("- ").split()]
    assert page.words == text.subject.split() + plain_words
    assert page.links == [SAMPLES["status_url"]]
    assert page.open == []
    assert f'lang="{language}"' in text.html


@pytest.mark.parametrize(("notice", "language"), EVERY_TEXT)
def test_a_text_is_in_its_language(texts: Texts, notice: Notice, language: Language) -> None:
    """АППК art. 89(2). Kazakh is told from Russian by its own letters."""
    dull = dict.fromkeys(
        ("accepted_by", "agency_name", "agency_contacts", "answer", "reason", "lacking", "ground"), "x"
    )
    plain = texts.rendered(notice, language, {**SAMPLES} | dull).plain
    own_words = plain.replace(OFFICES[language].name, "").replace(OFFICES[language].contacts, "")

    sentences = [line for line in own_words.lower().split("\n") if len(line.split()) > 3 and line[0] != "-"]
    kazakh = [sentence for sentence in sentences if KAZAKH_LETTERS & set(sentence)]
    assert sentences
    assert kazakh == (sentences if language is Language.KAZAKH else [])


@pytest.mark.parametrize("notice", [Notice.REGISTERED, Notice.RETAINED])
@pytest.mark.parametrize("language", Language)
def test_a_notice_of_what_stays_with_us_is_neutral(texts: Texts, notice: Notice, language: Language) -> None:
    """R-SEC-5: whoever looks over the applicant's shoulder learns no topic."""
    text = texts.rendered(notice, language, {**SAMPLES} | {"accepted_by": "x"})

    assert not TOPIC.findall((text.subject + " " + text.plain).lower())


@pytest.mark.parametrize("language", Language)
def test_a_referral_tells_whole_from_part(texts: Texts, language: Language) -> None:
    """R-NOT-3, АППК art. 65(1) and (2)."""
    whole = texts.rendered(Notice.REFERRED, language, {**SAMPLES} | {"scope": "full"})
    part = texts.rendered(Notice.REFERRED, language, {**SAMPLES} | {"scope": "part"})
    word = {Language.KAZAKH: "толығымен", Language.RUSSIAN: "целиком"}[language]

    assert word in whole.plain
    assert word not in part.plain
    assert whole.subject != part.subject


@pytest.mark.parametrize(
    "notice",
    [
        Notice.RETAINED,
        Notice.RETURNED,
        Notice.TERMINATED,
        Notice.REFERRED,
        Notice.EXTENDED,
        Notice.ANSWERED,
        Notice.DECLINED,
    ],
)
@pytest.mark.parametrize("language", Language)
def test_a_decision_is_told_with_the_right_to_complain(texts: Texts, notice: Notice, language: Language) -> None:
    """АППК arts. 89(2), 91, 92: to the superior body, within three months."""
    plain = texts.rendered(notice, language, SAMPLES).plain

    for phrase in {Language.KAZAKH: ("шағым", "үш ай"), Language.RUSSIAN: ("жалобу", "трёх месяцев")}[language]:
        assert phrase in plain


def test_what_an_agency_writes_cannot_become_markup_or_template(texts: Texts) -> None:
    hostile = "<script>x</script> {{ office }} <a href='https://evil.example'>https://evil.example</a>"
    text = texts.rendered(Notice.ANSWERED, Language.RUSSIAN, {**SAMPLES} | {"answer": hostile})
    page = _Html(text.html)

    assert "script" not in page.tags
    assert page.links == [SAMPLES["status_url"]]
    assert hostile in text.plain


def test_blocks_are_paragraphs_and_lists() -> None:
    found = blocks("One\ntwo\n\n\n- a\n- b\n\n- c\nnot an item\n")

    assert [(block.lines, block.is_list) for block in found] == [
        (("One", "two"), False),
        (("a", "b"), True),
        (("- c", "not an item"), False),
    ]


def _edited(source: str) -> Texts:
    """Texts in which an operator has rewritten the Russian notice of withdrawal."""
    own = DictLoader({template_name(Notice.WITHDRAWN, Language.RUSSIAN): source})
    return Texts(OFFICES, loader=ChoiceLoader([own, TEMPLATES]))


def test_a_version_names_the_templates_and_nothing_else(texts: Texts) -> None:
    """Kept with each notice: the same sources, the same version; another word, another version."""
    edited = _edited("Тема\n\nПисьмо {{ status_url }}\n")
    key = (Notice.WITHDRAWN, Language.RUSSIAN)

    assert texts.version(*key) == Texts(OFFICES).version(*key) == texts.rendered(*key, SAMPLES).version
    assert edited.version(*key) != texts.version(*key)
    assert edited.version(Notice.ACCEPTED, Language.RUSSIAN) == texts.version(Notice.ACCEPTED, Language.RUSSIAN)


def test_a_version_changes_with_what_a_template_includes(texts: Texts) -> None:
    own = DictLoader({"ru/signature.txt": "Другая подпись {{ office.name }}"})
    edited = Texts(OFFICES, loader=ChoiceLoader([own, TEMPLATES]))

    assert edited.version(Notice.WITHDRAWN, Language.RUSSIAN) != texts.version(Notice.WITHDRAWN, Language.RUSSIAN)


def test_no_two_texts_have_one_version(texts: Texts) -> None:
    assert len({texts.version(notice, language) for notice, language in EVERY_TEXT}) == len(EVERY_TEXT)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("Тема\n\n{{ misspelt }}", UndefinedError),
        ("Тема\n\n{{ office.__class__.__mro__ }}", SecurityError),
        ("Тема\n\n{% include 'ru/missing.txt' %}", TemplateNotFound),
    ],
)
def test_a_bad_template_is_an_error_and_never_a_blank(source: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        _edited(source).rendered(Notice.WITHDRAWN, Language.RUSSIAN, SAMPLES)


def test_a_computed_include_is_refused_since_no_version_could_name_it() -> None:
    with pytest.raises(ValueError, match="computed"):
        _edited("Тема\n\n{% include registration_number %}").version(Notice.WITHDRAWN, Language.RUSSIAN)


def test_no_template_lies_unused() -> None:
    """Every file is a notice's, or the layout, or is included by another."""
    sources = {name: (FOLDER / name).read_text(encoding="utf-8") for name in TEMPLATES.list_templates()}
    notices = {template_name(notice, language) for notice, language in product((*NOTICES, SMS, NEWS), Language)}

    for name in sources.keys() - notices - {LAYOUT, PAPER}:
        assert any(f'{{% include "{name}" %}}' in source for source in sources.values()), name
