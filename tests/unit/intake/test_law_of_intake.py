"""What the law asks of the form and of notices (R-INT-4, 5, R-REF-5)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.outbox import Cause
from services.contracts.appeals import Ground, Language, Requirement
from services.contracts.notifications import Notice
from services.contracts.referrals import LocalName, ReferralChanged, ReferralState, Scope
from services.intake import notices
from services.intake.form import AppealForm, submission
from services.intake.ground_texts import GROUNDS, REQUIREMENTS

AT = datetime(2026, 11, 23, 7, tzinfo=UTC)


def warnings(**applicant: str) -> set[str]:
    body = {"kind": "application", "channel": "web", "language": "ru", "text": "т", "applicant": applicant}
    form = AppealForm.model_validate(body)
    given_ = submission(form, posting_system="t", tell_system=False, key="k", at=AT, cause=Cause(None))
    return {warning["code"] for warning in given_.warnings}


@pytest.mark.parametrize("texts", [REQUIREMENTS, GROUNDS], ids=["requirements", "grounds"])
def test_r_int_4_whatever_an_appeal_may_lack_or_end_on_has_words_in_three_languages(texts):
    """АППК arts. 63(2), 93(2): the applicant is told which requirement fails, and on which article it ends."""
    assert set(texts) == set(Requirement if texts is REQUIREMENTS else Ground)
    assert all(len({*words}) == len([*filter(None, words)]) == 3 for words in texts.values())


def test_r_int_5_a_missing_iin_is_no_defect():
    """Foreigners have none."""
    assert warnings(name="Тест", email="t@example.kz") == set()
    assert warnings(name="Тест", email="t@example.kz", iin_bin="123456789012") == {"check_digit_wrong"}


@given(st.sampled_from(sorted(notices.HANDED_OVER)), st.dates(date(2026, 1, 1), date(2030, 1, 1)))
def test_r_ref_5_the_end_of_a_term_is_told_with_the_body_that_has_it(state, due):
    """However a referral is first heard of, and whatever it follows: no later end in silence."""
    change = ReferralChanged(
        referral_id="01a215e6-3617-7180-bb34-3ce30a24d96e",
        appeal_id="01a215e6-3617-7180-bb34-3ce30a24d96f",
        agency="akimat",
        agency_name=LocalName(kk="Әкімдік", ru="Акимат"),
        scope=Scope.FULL,
        state=state,
        revision=2,
        changed_at=AT,
        answer_due_on=due,
        predecessor_id="01a215e6-3617-7180-bb34-3ce30a24d970",
    )
    (notice, variables), *_ = notices.of_change(change, Language.RUSSIAN, before=ReferralState.PROPOSED)

    assert (notice, variables["answer_due_on"], variables["agency_name"]) == (
        Notice.REFERRED,
        due.isoformat(),
        "Акимат",
    )
