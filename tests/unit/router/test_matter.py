"""Under which category an appeal is counted."""

from dataclasses import replace

import pytest

from services.contracts.appeals import AppealKind
from services.router.matter import matter_of
from tests.small_rules import AT, appeal, rules

DIRECTORY = rules().directory
CANDIDATES = {
    "candidates": [
        {"category": "land", "addressee": "land-relations", "agencies": [{"agency": "land-relations", "barred": None}]},
        {"category": "education", "addressee": "akimat", "agencies": [{"agency": "education", "barred": "declined"}]},
    ]
}


@pytest.mark.parametrize(
    ("record", "agency", "was", "category"),
    [
        (CANDIDATES, None, None, "land"),
        (CANDIDATES, "land-relations", None, "land"),
        (CANDIDATES, "education", None, "education"),
        (CANDIDATES, "akimat", None, "education"),
        ({}, None, "land", "land"),
        ({}, "land-relations", "land", "land"),
        ({}, "education", "land", "education"),
        ({}, "education", None, "education"),
    ],
)
def test_a_matter_is_what_the_agency_was_thought_of_for(record, agency, was, category):
    """By the rules' candidates; where a person has chosen without any, by what the agency answers for."""
    about, chosen = replace(appeal("…"), category=was), DIRECTORY.agency(agency, AT.date()) if agency else None

    assert matter_of(about, record, chosen) == category


def test_an_agency_of_many_matters_tells_of_none():
    """Nobody has said which of them it is."""
    akimat = replace(DIRECTORY.agency("akimat", AT.date()), categories=("roads", "water"))

    assert matter_of(replace(appeal("…"), category="land"), {}, akimat) is None
    assert matter_of(replace(appeal("…"), category="water"), {}, akimat) == "water"


def test_a_complaint_keeps_its_matter_with_the_superior():
    """The akimat has it as the body above the education department."""
    about = replace(appeal("…"), category="education", kind=AppealKind.COMPLAINT)

    assert matter_of(about, {}, DIRECTORY.agency("akimat", AT.date())) == "education"
