"""The directory answers by the day, the place and the category, and refuses what does not fit together."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from services.router.agency import Agency, Category, Contacts, Level, Transport
from services.router.directory import UNLISTED, Directory
from services.router.directory_check import DirectoryError
from services.router.directory_file import DEMO, parse_directory, read_directory
from services.router.lexicon import CORRUPTION
from services.router.naming import Names, Wording
from services.router.rules import read_rules
from services.router.territories import Gazetteer, Territory

ON = date(2026, 11, 23)
BEGINNING = date(2021, 7, 1)
DEMO_DIRECTORY = read_directory()
PLACES = [("oblast", None), ("karasai", "oblast"), ("talgar", "oblast")]
FILE = """\
version: "1"
categories:
  - {code: land, name: {kk: Жер, ru: Земля, en: Land}, local_executive: true}
territories:
  - {code: oblast, name: {kk: облыс, ru: область, en: oblast}}
agencies:
  - code: akimat
    name: {kk: Әкімдік, ru: Акимат, en: Akimat}
    level: oblast
    territories: [oblast]
    categories: [land]
    contacts: {address: Qonaev, phone: "+7 700 000 00 01"}
    transport: amqp
    valid_from: 2021-07-01
    source: a test
"""


def names(word: str) -> Names:
    return Names(kk=word, ru=word, en=word)


def agency(code: str = "akimat", **changes: object) -> Agency:
    facts: dict[str, object] = {
        "name": names(code),
        "level": Level.OBLAST,
        "valid_from": BEGINNING,
        "source": "a test",
        "contacts": Contacts(address="Qonaev", phone="+7 700 000 00 01"),
    }
    return Agency(code=code, **(facts | changes))  # type: ignore[arg-type]  # a builder takes any field


def directory(agencies: Sequence[Agency]) -> Directory:
    return Directory(
        version="1",
        territories=Gazetteer(Territory(code=code, name=names(code), within=within) for code, within in PLACES),
        categories=[Category(code=code, name=names(code), local_executive=True) for code in ("land", "education")],
        agencies=agencies,
    )


def codes(agencies: Sequence[Agency]) -> list[str]:
    return [found.code for found in agencies]


def test_the_most_local_agency_comes_first() -> None:
    """A district's own body is asked before the oblast's; elsewhere the oblast's answers alone."""
    listed = directory(
        [
            agency("oblast-land", categories=("land",), territories=("oblast",)),
            agency("karasai-land", categories=("land",), territories=("karasai",)),
        ]
    )

    assert codes(listed.candidates("land", "karasai", ON)) == ["karasai-land", "oblast-land"]
    assert codes(listed.candidates("land", "talgar", ON)) == ["oblast-land"]
    assert codes(listed.candidates("land", None, ON)) == ["oblast-land"]
    assert listed.candidates("education", "karasai", ON) == ()
    assert listed.candidates("unheard-of", "karasai", ON) == ()


def test_an_appeal_of_a_past_day_finds_the_body_of_that_day() -> None:
    """Records hold from their first to their last day, both included; a rename is a second record of the code."""
    end = date(2024, 12, 31)
    listed = directory(
        [
            agency(
                "land", name=names("new"), categories=("land",), territories=("oblast",), valid_from=date(2025, 1, 1)
            ),
            agency("land", name=names("old"), categories=("land",), territories=("oblast",), valid_to=end),
        ]
    )

    assert listed.candidates("land", None, BEGINNING - timedelta(days=1)) == ()
    assert [found.name.en for found in listed.candidates("land", None, end)] == ["old"]
    assert [found.name.en for found in listed.candidates("land", None, end + timedelta(days=1))] == ["new"]
    renamed = listed.agency("land", end + timedelta(days=1))
    assert renamed is not None
    assert renamed.name.en == "new"
    assert listed.agency("land", BEGINNING - timedelta(days=1)) is None
    assert listed.agency("unheard-of", ON) is None


def test_a_closed_agency_is_followed_to_whoever_stands_in_its_place() -> None:
    """Successors may have been closed too; a circle of successors, or none at all, leaves nobody."""
    listed = directory(
        [
            agency("first", valid_to=date(2022, 1, 1), successor="second"),
            agency("second", valid_to=date(2023, 1, 1), successor="third"),
            agency("third"),
            agency("round", valid_to=date(2022, 1, 1), successor="about"),
            agency("about", valid_to=date(2022, 1, 1), successor="round"),
            agency("gone", valid_to=date(2022, 1, 1)),
            agency("to-come", valid_from=date(2030, 1, 1), valid_to=date(2031, 1, 1), successor="third"),
        ]
    )
    heirs = {code: listed.in_place_of(code, ON) for code in ("first", "second", "third", "round", "gone", "to-come")}

    assert {code: heir.code for code, heir in heirs.items() if heir} == {
        "first": "third",
        "second": "third",
        "third": "third",
    }
    first = listed.in_place_of("first", date(2021, 12, 31))
    assert first is not None
    assert first.code == "first"


def test_subordination_runs_along_both_lines_and_through_closures() -> None:
    """A body is below another by reporting or by complaint, at any depth, also below one that was closed."""
    listed = directory(
        [
            agency("top"),
            agency("old-middle", parent="top", valid_to=date(2025, 1, 1), successor="middle"),
            agency("middle", parent="top"),
            agency("office", parent="old-middle"),
            agency("school", superior="office"),
            agency("aside", parent="top"),
        ]
    )

    assert listed.is_at_or_below("school", "top", ON)
    assert listed.is_at_or_below("school", "middle", ON)
    assert listed.is_at_or_below("school", "old-middle", ON)
    assert listed.is_at_or_below("middle", "old-middle", ON)
    assert listed.is_at_or_below("top", "top", ON)
    assert not listed.is_at_or_below("aside", "middle", ON)
    assert not listed.is_at_or_below("top", "school", ON)
    assert not listed.is_at_or_below("school", "unheard-of", ON)


def test_the_superior_is_who_stands_in_its_place_but_never_the_body_itself() -> None:
    """After a merger into the body complained of nobody is left above it, and a person decides."""
    closed = date(2025, 1, 1)
    listed = directory(
        [
            agency("ministry", valid_to=closed, successor="committee"),
            agency("committee"),
            agency("department", superior="ministry"),
            agency("authority", valid_to=closed, successor="office"),
            agency("office", superior="authority"),
        ]
    )
    above = listed.superior_of("department", ON)
    before = listed.superior_of("department", closed)

    assert above is not None
    assert above.code == "committee"
    assert before is not None
    assert before.code == "ministry"
    assert listed.superior_of("office", ON) is None
    assert listed.superior_of("ministry", ON) is None
    assert listed.superior_of(UNLISTED, ON) is None


def test_a_closed_agency_is_reached_as_on_its_last_day() -> None:
    """What it holds may be recalled; an agency that has changed its way is reached by the present one."""
    area = {"categories": ("land",), "territories": ("oblast",)}
    listed = directory(
        [
            agency("land", transport=Transport.AMQP, valid_to=ON - timedelta(10), **area),
            agency("land", transport=Transport.HTTP, valid_from=ON - timedelta(9), valid_to=ON, **area),
        ]
    )
    days = (ON - timedelta(10), ON, ON + timedelta(100))

    assert [listed.transport_of("land", day) for day in days] == [Transport.AMQP, Transport.HTTP, Transport.HTTP]
    assert listed.transport_of("unlisted", ON) is Transport.BY_HAND
    assert listed.queue_codes() == ("land",)


def test_agencies_with_a_queue_are_those_on_the_broker() -> None:
    """A closed agency's queue is still declared: referrals may wait in it."""
    broker = {"transport": Transport.AMQP, "categories": ("land",), "territories": ("oblast",)}
    listed = directory(
        [agency("old", valid_to=ON, **broker), agency("new", valid_from=ON + timedelta(1), **broker), agency("by-hand")]
    )
    by_hand = listed.agency("by-hand", ON)

    assert listed.queue_codes() == ("new", "old")
    assert [record.queue for record in listed.agencies] == ["referrals.old", "referrals.new", None]
    assert by_hand is not None
    assert by_hand.queue is None


@pytest.mark.parametrize(
    ("agencies", "wrong"),
    [
        pytest.param(
            [agency(parent="akimatt")], "agency akimat: there is no agency 'akimatt', only 'akimat'", id="parent"
        ),
        pytest.param([agency(superior="nobody-else")], "there is no agency 'nobody-else'", id="superior"),
        pytest.param([agency(valid_to=ON, successor="x")], "there is no agency 'x'", id="successor"),
        pytest.param(
            [agency(categories=("lend",), territories=("oblast",))],
            "there is no category 'lend', only 'land'",
            id="category",
        ),
        pytest.param(
            [agency(territories=("karasay",))], "there is no territory 'karasay', only 'karasai'", id="territory"
        ),
        pytest.param([agency(valid_to=date(2020, 1, 1))], "it ends before it begins", id="validity"),
        pytest.param(
            [agency(), agency("b", successor="akimat")], "agency b: it has a successor, but no last day", id="heir"
        ),
        pytest.param([agency(categories=("land",))], "it answers for a category, but nowhere", id="nowhere"),
        pytest.param(
            [agency(categories=("land",), territories=("oblast",), contacts=None)],
            "would have no contacts",
            id="contacts",
        ),
        pytest.param([agency(transport=Transport.AMQP)], "it is sent referrals, but answers for nothing", id="queue"),
        pytest.param([agency(known_as=Wording(ru=("*",)))], "agency akimat: not a word", id="wording"),
        pytest.param([agency(), agency()], "the code has two records for the same days", id="twice"),
        pytest.param(
            [agency(code, categories=("land",), territories=("karasai",)) for code in ("a", "b")],
            "agency b: a answers for land in karasai on the same days too",
            id="competence",
        ),
        pytest.param([agency("a", parent="b"), agency("b", superior="a")], "agency a: it is above itself", id="circle"),
    ],
)
def test_a_directory_that_does_not_fit_together_is_refused(agencies: Sequence[Agency], wrong: str) -> None:
    """Each contradiction is named with its agency, and with the likely word where one was mistyped."""
    with pytest.raises(DirectoryError, match=wrong.replace("(", "[(]")):
        directory(agencies)


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Who corrects the file sees every mistake in one run."""
    with pytest.raises(DirectoryError) as refused:
        directory([agency("a", parent="x"), agency("b", categories=("land",))])

    assert len(refused.value.problems) == 2


def test_the_same_competence_at_other_times_or_places_is_no_contradiction() -> None:
    """A predecessor and its successor, and two districts' bodies, may answer for the same category."""
    land = {"categories": ("land",)}
    listed = directory(
        [
            agency("old", territories=("karasai",), valid_to=ON, **land),
            agency("new", territories=("karasai",), valid_from=ON + timedelta(1), **land),
            agency("other", territories=("talgar",), **land),
        ]
    )

    assert codes(listed.candidates("land", "karasai", ON)) == ["old"]


def test_a_file_is_read() -> None:
    """What the file says is what the directory knows."""
    found = parse_directory(FILE, source="d.yaml").candidates("land", None, ON)

    assert codes(found) == ["akimat"]
    assert found[0].queue == "referrals.akimat"
    assert str(found[0].contacts) == "Qonaev, +7 700 000 00 01"
    assert found[0].name.local().kk == "Әкімдік"


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        pytest.param(
            "transport: amqp", "transprot: amqp", "d.yaml:7: agencies: akimat: transprot: Unexpected", id="field"
        ),
        pytest.param(
            "transport: amqp", "transport: pigeon", "d.yaml:7: agencies: akimat: transport: .*by-hand", id="value"
        ),
        pytest.param("valid_from: 2021-07-01", "valid_from: soon", "d.yaml:7: agencies: akimat: valid_from", id="date"),
        pytest.param(
            "code: akimat", "code: Akimat", "d.yaml:7: agencies: Akimat: code: String should match", id="code"
        ),
        pytest.param("    source: a test\n", "", "d.yaml:7: agencies: akimat: source: Field required", id="missing"),
        pytest.param("local_executive: true", "local_executive: perhaps", "d.yaml:3: categories: land", id="category"),
        pytest.param("[land]", "[lund]", "d.yaml:7: agencies: akimat: there is no category 'lund'", id="reference"),
        pytest.param(
            "level: oblast", "level: oblast\n    level: district", "'level' is given twice.*line 10", id="twice"
        ),
        pytest.param(
            "  - {code: oblast,", "  - {code: oblast, within: x,", "d.yaml: one territory is within no", id="tree"
        ),
        pytest.param("agencies:", "agents:", "d.yaml: there is no section 'agents'", id="section"),
        pytest.param("agencies:", "agents:", "agencies: a list of records is needed", id="no agencies"),
        pytest.param('version: "1"', "version: 1", "d.yaml: version: Input should be a valid string", id="version"),
        pytest.param('version: "1"', "version: [", "d.yaml: .*line", id="no YAML"),
        pytest.param(FILE, "- a list", "d.yaml: sections are needed", id="no sections"),
        pytest.param(FILE, "", "d.yaml: sections are needed", id="empty"),
    ],
)
def test_a_wrong_file_is_refused_with_the_line(old: str, new: str, wrong: str) -> None:
    """A mistake is told with the file, the line of its record and the record's code."""
    with pytest.raises(DirectoryError, match=wrong):
        parse_directory(FILE.replace(old, new), source="d.yaml")


def test_the_demo_directory_is_shipped_with_the_service() -> None:
    """The three agencies of the first issue and four other bodies have queues."""
    assert DEMO.is_file()
    assert DEMO_DIRECTORY.queue_codes() == (
        "akimat",
        "courts",
        "education",
        "health",
        "land-relations",
        "police",
        "public-services",
    )


@pytest.mark.parametrize(
    ("category", "code"),
    [
        ("akimat_decision", "akimat"),
        ("construction_hcs", "akimat"),
        ("other_leb", "akimat"),
        ("education", "education"),
        ("land", "land-relations"),
        ("police", "police"),
        ("courts", "courts"),
        ("health", "health"),
        ("social_protection", "akimat"),
        ("central_services", "public-services"),
    ],
)
def test_the_demo_directory_sends_each_category_to_a_queue(category: str, code: str) -> None:
    """From every district the oblast's body answers."""
    for territory in DEMO_DIRECTORY.territories.territories:
        assert codes(DEMO_DIRECTORY.candidates(category, territory, ON)) == [code]


def test_the_demo_directory_leaves_the_rest_to_an_operator() -> None:
    """Every category has one agency; what has no queue is an operator's task."""
    answering = {category: DEMO_DIRECTORY.candidates(category, None, ON) for category in DEMO_DIRECTORY.categories}
    by_hand = {category for category, agencies in answering.items() if agencies[0].queue is None}

    assert all(len(agencies) == 1 for agencies in answering.values())
    assert by_hand == {"prosecutors", "revenue", "ecology", "labour", "finance", "consumer", "telecom"}


def test_the_demo_directory_knows_every_topic_of_the_lexicon() -> None:
    """A topic that no category names could never be referred."""
    assert set(DEMO_DIRECTORY.categories) == set(read_rules().lexicon.bodies) - {CORRUPTION}


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("Акимат Алматинской области", {"akimat"}),
        ("акимат", {"akimat"}),
        ("аким Карасайского района", {"akimat-karasai"}),
        ("Қарасай ауданының әкімі", {"akimat-karasai"}),
        ("аппарат акима города Конаев", {"akimat-konaev"}),
        ("Отдел образования Талгарского района", {"education-talgar"}),
        ("Іле ауданының жер қатынастары бөлімі", {"land-relations-ile"}),
        ("Управление образования акимата Алматинской области", {"akimat", "education"}),
        ("Департамент полиции Алматинской области", {"police"}),
        ("отдел полиции Илийского района", {"police-ile"}),
        ("школа № 5 города Каскелен", {UNLISTED}),
        ("школа отдела образования Карасайского района", {UNLISTED, "education-karasai"}),
        ("аким сельского округа Умтыл Карасайского района", {UNLISTED}),
        ("аким Умтылского сельского округа", {UNLISTED}),
        ("Тұзды ауылдық округі әкімінің аппараты", {UNLISTED}),
        ("ЦОН", {UNLISTED}),
        ("сосед", {UNLISTED}),
        ("инспектор Акимов", None),
        ("отдел образования", None),
        ("начальник отдела", None),
    ],
)
def test_the_body_complained_of_is_recognised(name: str, named: set[str] | None) -> None:
    """By what it is and where it is; a name without place is the oblast's body, and an unclear one nobody's."""
    assert DEMO_DIRECTORY.named_in(name, ON) == named
