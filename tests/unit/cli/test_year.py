"""The demo's year: right in number, well formed, and as varied as a year of letters is."""

import re
from collections import Counter
from datetime import date, datetime
from random import Random

import pytest

from services.cli.local.arrivals import FIRST_DAY, LAST_DAY
from services.cli.local.article import ARTICLE, LOCAL_EXECUTIVE, OUTSIDE, RECEIVED, Category, Row, comparison
from services.cli.local.mistyping import mistyped
from services.cli.local.phrases import Phrase, phrases, places
from services.cli.local.shares import OTHER_BODIES
from services.cli.local.year import YearAppeal, year
from services.contracts.appeals import Channel, Language
from services.intake.form import AppealForm, plausible_iin_bin

SEED = 1424
UNFILLED = re.compile(r"[{}\[\]<>|]")


@pytest.fixture(scope="module")
def appeals() -> list[YearAppeal]:
    return list(year(SEED))


def all_phrases() -> list[Phrase]:
    return [phrase for category in Category for language in Language for phrase in phrases(category, language)]


def test_categories_are_counted_as_in_the_article(appeals: list[YearAppeal]) -> None:
    """1715 appeals, 526 outside competence, 325 of them about local executive bodies."""
    truth = Counter(appeal.truth for appeal in appeals)

    assert truth == ARTICLE
    assert len(appeals) == RECEIVED
    assert truth.total() - truth[Category.CORRUPTION] == OUTSIDE
    assert truth.total() - truth[Category.CORRUPTION] - truth[Category.OTHER_BODIES] == LOCAL_EXECUTIVE


def test_other_bodies_have_their_shares(appeals: list[YearAppeal]) -> None:
    """A third of what other bodies get is about police and prisons."""
    assert Counter(a.matter for a in appeals if a.truth is Category.OTHER_BODIES) == OTHER_BODIES


def test_a_smaller_year_keeps_the_shares() -> None:
    """A short demo shows the same picture."""
    truth = Counter(appeal.truth for appeal in year(SEED, 200))

    assert truth.total() == 200
    assert all(abs(truth[category] - 200 * n / RECEIVED) < 1 for category, n in ARTICLE.items())


def test_the_same_seed_gives_the_same_year(appeals: list[YearAppeal]) -> None:
    """A demo can be repeated; another seed gives other letters."""
    assert list(year(SEED)) == appeals
    assert list(year(SEED + 1)) != appeals


def test_every_body_is_a_valid_form(appeals: list[YearAppeal]) -> None:
    """Intake takes every appeal of the year, and is never told what it is about."""
    for appeal in appeals:
        assert AppealForm.model_validate(appeal.body)


def test_languages_and_channels_are_mixed(appeals: list[YearAppeal]) -> None:
    """Somewhat more Russian than Kazakh; no channel is rare, the call centre leads."""
    languages = Counter(appeal.body["language"] for appeal in appeals)
    channels = Counter(appeal.body["channel"] for appeal in appeals)

    assert 0.41 < languages[Language.KAZAKH] / RECEIVED < 0.49
    assert set(channels) == set(Channel)
    assert all(n > RECEIVED * 0.08 for n in channels.values())
    assert channels.most_common(1)[0][0] == Channel.CALL_CENTRE


def test_appeals_arrive_in_order_within_the_year(appeals: list[YearAppeal]) -> None:
    """The year ends before the demo's day; the post and receptions rest at weekends, the web does not."""
    arrivals = [datetime.fromisoformat(appeal.body["received_at"]) for appeal in appeals]
    at_weekends = {
        Channel(appeal.body["channel"]) for appeal, at in zip(appeals, arrivals, strict=True) if at.isoweekday() > 5
    }

    assert arrivals == sorted(arrivals)
    assert min(arrivals).date() >= FIRST_DAY == date(2025, 11, 24)
    assert max(arrivals).date() <= LAST_DAY == date(2026, 11, 20)
    assert at_weekends == {Channel.WEB, Channel.CALL_CENTRE}


def test_receptions_are_where_the_service_holds_them(appeals: list[YearAppeal]) -> None:
    """Five districts and the centre have had receptions (domain: the article's list)."""
    told = {a.body["territory"] for a in appeals if a.body["channel"] == Channel.RECEPTION} - {None}

    assert told == {name["territory"] for place in places() if place.reception for name in place.names.values()}


def test_texts_are_distinct_and_filled(appeals: list[YearAppeal]) -> None:
    """No letter is a form letter, and none shows how it was made."""
    texts = [appeal.body["text"] for appeal in appeals]

    assert len(set(texts)) >= RECEIVED * 0.97
    for appeal in appeals:
        assert not UNFILLED.search(appeal.body["text"])
        assert not UNFILLED.search(appeal.body["complained_of"] or "")
        assert not UNFILLED.search(str(appeal.body["applicant"]["postal_address"]))


def test_there_are_hundreds_of_texts_by_hand() -> None:
    """At least 400 texts stand in the files, no two the same, each category in both languages."""
    templates = [phrase.template for phrase in all_phrases()]

    assert len(set(templates)) == len(templates) >= 400
    assert all(len(phrases(category, language)) >= 10 for category in Category for language in Language)


def test_matters_are_the_same_in_both_languages() -> None:
    """A matter that only one language knows would tell the language, or have no texts to take."""
    for category in Category:
        kazakh, russian = ({phrase.matter for phrase in phrases(category, language)} for language in Language)

        assert kazakh == russian


def test_texts_are_brief_and_long(appeals: list[YearAppeal]) -> None:
    """A clerk's summary has about 3 to 15 words, an angry letter a page."""
    lengths = sorted(len(appeal.body["text"].split()) for appeal in appeals)

    assert lengths[0] >= 3
    assert lengths[len(lengths) // 5] <= 15
    assert lengths[-1] > 200


def test_corruption_is_not_told_by_the_word_alone(appeals: list[YearAppeal]) -> None:
    """The year is an honest test: most reports do not name corruption, and some letters about other things do."""

    def naming(category: Category, *words: str) -> float:
        texts = [a.body["text"].casefold() for a in appeals if (a.truth is category)]
        return sum(any(word in text for word in words) for text in texts) / len(texts)

    assert naming(Category.CORRUPTION, "коррупц", "взят", "жемқор", "жемкор", "пара ") < 0.15
    assert naming(Category.AKIMAT_DECISIONS, "коррупц", "жемқор", "жемкор") > 0.02


def test_some_appeals_make_two_demands(appeals: list[YearAppeal]) -> None:
    """A second demand is of another category than the first."""
    doubled = [appeal for appeal in appeals if appeal.also]

    assert len(doubled) > 40
    assert all(appeal.also is not appeal.truth for appeal in doubled)


def test_no_number_can_be_a_persons(appeals: list[YearAppeal]) -> None:
    """Month 00: nobody was born then and no firm registered; the check digits are right all the same."""
    numbers = [(a.body["applicant"]["kind"], a.body["applicant"]["iin_bin"]) for a in appeals]
    given = [(kind, number) for kind, number in numbers if number]

    assert 0.6 < len(given) / RECEIVED < 0.85
    for kind, number in given:
        assert number[2:4] == "00"
        assert plausible_iin_bin(number)
        assert number[6 if kind == "natural" else 4] == ("0" if kind == "natural" else "4")


def test_contacts_lead_nowhere(appeals: list[YearAppeal]) -> None:
    """Example domains and one invented block of telephone numbers; an address that intake can tell apart."""
    contacts = [appeal.body["applicant"] for appeal in appeals]
    emails = [who["email"] for who in contacts if who["email"]]

    assert all(re.search(r"[@.]example(\.com|\.org)?$", email) for email in emails)
    assert len(set(emails)) == len(emails)
    assert all(re.fullmatch(r"\+7700000\d{4}", who["phone"]) for who in contacts if who["phone"])
    assert any(not (who["email"] or who["phone"] or who["postal_address"]) for who in contacts)


@pytest.mark.parametrize("kazakh", [True, False])
def test_typing_errors_leave_numbers_and_length(kazakh: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """A careless writer changes letters and commas, not the sum."""
    text = "Өтініш: 150 000 теңге сұрады, № 3-14/845, 12.03.2026 күні."
    typed = {mistyped(text, kazakh=kazakh, rng=Random(n)) for n in range(300)}  # noqa: S311 - typing errors, not secrets

    assert len(typed) > 20
    assert {re.sub(r"\D", "", one) for one in typed} == {re.sub(r"\D", "", text)}
    assert any("Отиниш" in one for one in typed) is kazakh


def test_the_comparison_sums_up_and_shows_the_difference() -> None:
    """What an operator decides is in the whole, and in no category."""
    counted = {**ARTICLE, Category.CORRUPTION: 1100, Category.LAND: 70}
    rows = {row.label: row for row in comparison(truth=ARTICLE, counted=counted, undecided=78)}

    assert rows["received"] == Row("received", 0, 1715, 1715, 1715)
    assert rows["within competence"].difference == -89
    assert rows["outside competence"] == Row("outside competence", 1, 526, 526, 537)
    assert rows["about local executive bodies"].difference == rows["land"].difference == 11
    assert rows["left to an operator"].difference == 78


def test_the_comparison_stands_without_counts() -> None:
    """A category that nobody counted is none, and there is no line for operators without tasks."""
    rows = comparison(truth={}, counted={})

    assert [row.article for row in rows] == [1715, 1189, 526, 325, 164, 59, 21, 23, 58, 201]
    assert {(row.truth, row.counted) for row in rows} == {(0, 0)}
