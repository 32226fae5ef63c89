"""What applicants see and are told when an appeal ends without an agency's answer, on both databases."""

import pytest
from sqlalchemy import select

from services.chassis import clock, outbox
from services.contracts.appeals import AppealAssessed, Assessment, Ground, Requirement
from services.contracts.envelope import Envelope
from services.intake.page_texts import PAGE
from tests.integration.intake.parts import FORM, form, post, tell


async def notices(service) -> list[dict]:
    """Notices ordered so far, but for the coupon."""
    async with service.database.reading() as tx:
        rows = await tx.execute(select(outbox.outbox.c.body).order_by(outbox.outbox.c.seq))
    envelopes = [Envelope.model_validate_json(row.body) for row in rows]
    return [e.data for e in envelopes if e.type.endswith("applicant.notify.v1") and e.data["notice"] != "registered"]


def assessed(appeal_id, assessment, revision=1, **more) -> AppealAssessed:
    at = clock.now()
    return AppealAssessed(appeal_id=appeal_id, revision=revision, assessment=assessment, assessed_at=at, **more)


async def page_of(api, appeal_id, language) -> str:
    shown = (await api.get(f"/v1/appeals/{appeal_id}")).json()
    answer = await api.get(shown["status_url"].partition("8081")[2], params={"lang": language})
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", ["kk", "ru"])
async def test_r_int_6_the_applicant_is_told_what_to_add_and_until_when(api, service, language):
    """In the appeal's language; the page tells it too, and the appeal stays open."""
    appeal_id = (await post(api, form(language=language))).json()["id"]
    lacking = (Requirement.POSTAL_ADDRESS, Requirement.SIGNATURE)
    await tell(
        service, assessed(appeal_id, Assessment.TO_FIX, lacking=lacking, fix_by="2026-12-04", reason="См. ст. 63")
    )

    (notice,) = await notices(service)
    shown, page = (await api.get(f"/v1/appeals/{appeal_id}")).json(), await page_of(api, appeal_id, language)

    assert (notice["notice"], notice["variables"]["fix_by"]) == ("to_fix", "2026-12-04")
    assert notice["variables"]["lacking"].count("\n- ") == 1
    assert (shown["status"], shown["state"]) == ("to_fix", "open")
    assert {"kk": "пошталық мекенжайы", "ru": "почтовый адрес"}[language] in page
    assert "04.12.2026" in page


@pytest.mark.parametrize(
    ("assessment", "ground"),
    [
        pytest.param("returned", Ground.REPEATED, id="R-RET-1 return"),
        pytest.param("terminated", Ground.COURT_ACT, id="R-TER-1 termination"),
        pytest.param("court_route", Ground.NO_SUPERIOR, id="R-CMP-4 court"),
    ],
)
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_an_end_is_told_with_its_ground_once_and_stands_on_the_page(api, service, assessment, ground, language):
    """A repeated message tells nothing twice; what has ended cannot be withdrawn."""
    appeal_id = (await post(api, FORM)).json()["id"]
    for _ in range(2):
        await tell(service, assessed(appeal_id, assessment, ground=ground, reason="Пояснение специалиста"))

    (notice,) = await notices(service)
    page = await page_of(api, appeal_id, language)
    withdrawal = await api.post(f"/v1/appeals/{appeal_id}/withdrawal")

    assert notice["notice"] == assessment
    assert "статьи" in notice["variables"]["ground"] or "стать" in notice["variables"]["ground"]
    assert PAGE[language][f"appeal.{assessment}"] in page
    assert "Пояснение специалиста" in page
    assert withdrawal.json()["code"] == "appeal_finished"


async def test_r_ret_3_what_is_filed_to_an_earlier_appeal_gets_no_answer(api, service):
    """АППК art. 64(8): the page shows it, no notice is sent."""
    appeal_id = (await post(api, FORM)).json()["id"]
    await tell(service, assessed(appeal_id, Assessment.FILED, ground=Ground.REPEATED_AFTER_RETURN))

    shown = (await api.get(f"/v1/appeals/{appeal_id}")).json()

    assert (shown["status"], shown["state"]) == ("filed", "closed")
    assert await notices(service) == []


async def test_r_int_1_whatever_is_posted_is_registered(api):
    """Acceptance cannot be refused: a form with every fault that is not one of its shape gets its coupon."""
    bare = form(applicant={"name": "Сынақбаев Тест", "iin_bin": "1"}, complained_of=None, text="?")

    answer = await post(api, bare)

    assert answer.status_code == 201
    assert {warning["code"] for warning in answer.json()["warnings"]} >= {"check_digit_wrong", "no_contacts"}
