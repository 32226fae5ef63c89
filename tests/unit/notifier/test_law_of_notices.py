"""What the law asks of notices' texts (R-INT-7, R-NOT-3)."""

from pathlib import Path

import pytest

import services.notifier
from services.contracts.appeals import Language
from services.contracts.notifications import Notice

TEMPLATES = Path(services.notifier.__file__).parent / "templates"


@pytest.mark.parametrize("notice", Notice)
def test_r_int_7_every_notice_has_a_text_in_both_languages(notice: Notice) -> None:
    """АППК art. 89(2): whatever is told is told in the language of the appeal."""
    texts = {(TEMPLATES / language / f"{notice}.txt").read_text("utf-8") for language in Language}

    assert len(texts) == 2


@pytest.mark.parametrize("language", Language)
def test_r_not_3_the_notice_of_a_referral_says_all_that_the_applicant_needs(language: Language) -> None:
    """Number and day, body with address and telephone, whole or part, the term and since when, and the complaint."""
    text = (TEMPLATES / language / f"{Notice.REFERRED}.txt").read_text("utf-8")

    shown = ("registration_number", "registered_on", "agency_name", "agency_contacts", "scope", "answer_due_on")
    assert [name for name in shown if name not in text] == []
    assert "76" in text  # the article that says since when
    assert f"{language}/complaint.txt" in text
