"""What applicants see and are told when an appeal ends without an agency's answer, on both databases."""

from uuid import UUID

import pytest
from sqlalchemy import select

from services.chassis import clock, outbox, parked
from services.contracts.appeals import AppealAssessed, Assessment, Ground, Requirement
from services.contracts.envelope import Envelope
from services.contracts.referrals import ReferralState
from services.intake import store
from services.intake.page_texts import PAGE
from tests.integration.intake.parts import FORM, changed, form, post, tell, types_posted


async def notices(service) -> list[dict]:
    """Notices ordered so far, but for the coupon."""
    async with service.database.reading() as tx:
        rows = await tx.execute(select(outbox.outbox.c.body).order_by(outbox.outbox.c.seq))
    envelopes = [Envelope.model_validate_json(row.body) for row in rows]
    return [e.data for e in envelopes if e.type.endswith("applicant.notify.v1") and e.data["notice"] != "registered"]


def assessed(appeal_id, assessment, revision=1, **more) -> AppealAssessed:
    at = clock.now()
    return AppealAssessed(appeal_id=appeal_id, revision=revision, assessment=assessment, assessed_at=at, **more)


def words_of(row) -> str:
    """All that a row holds."""
    return " ".join(value.decode() if isinstance(value, bytes) else str(value) for value in row)


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


async def test_r_cmp_5_a_complaint_of_an_old_act_is_registered(api):
    """A missed term of filing is the considering body's to judge: no day is asked for, and none is warned of."""
    late = form(kind="complaint", complained_of="Акимат района", text="Обжалую решение акимата от 12.03.2019.")

    answer = await post(api, late)

    assert answer.status_code == 201
    assert answer.json()["warnings"] == []


CONFIRMED = {"name": "Сынақбаев Тест", "email": "test@example.kz", "contacts_confirmed": True}


@pytest.mark.parametrize(
    ("applicant", "told"),
    [
        pytest.param({}, 1, id="confirmed"),
        pytest.param({"contacts_confirmed": False}, 0, id="not confirmed"),
        pytest.param({"contacts_at_work": True}, 0, id="at the workplace"),
    ],
)
async def test_r_sec_5_a_sealed_appeal_is_spoken_of_neutrally_to_confirmed_contacts(api, service, applicant, told):
    """Nobody else hears of it, and the order says that the text may tell nothing."""
    appeal_id = (await post(api, form(applicant={**CONFIRMED, **applicant}))).json()["id"]
    await tell(service, assessed(appeal_id, Assessment.RETAINED, sealed=True))

    said = await notices(service)

    assert [notice["sensitive"] for notice in said] == [True] * told
    assert "оррупц" not in await page_of(api, appeal_id, "ru")


async def test_r_not_1_an_appeal_that_is_referred_whole_is_sealed_no_more(api, service):
    """A person has seen that it tells of no corruption: the notice of art. 65 goes out in full."""
    appeal_id = (await post(api, FORM)).json()["id"]
    await tell(service, assessed(appeal_id, Assessment.IN_REVIEW, sealed=True))
    await tell(service, changed(appeal_id, ReferralState.ISSUED, 2))

    (notice,) = await notices(service)

    assert (notice["notice"], notice["sensitive"]) == ("referred", False)


async def test_r_int_8_the_confirmation_of_contacts_is_kept_with_its_time(api, service):
    """АППК art. 66(4): a notice sent to them counts as proper."""
    appeal_id = (await post(api, form(applicant=CONFIRMED, received_at="2026-11-20T10:00:00+05:00"))).json()["id"]

    async with service.database.reading() as tx:
        (row,) = (await store.appeals(tx, {UUID(appeal_id)})).values()

    assert row.applicant["contacts_confirmed"] is True
    assert row.applicant["contacts_confirmed_at"] == "2026-11-20T10:00:00+05:00"


async def test_r_int_3_the_coupon_names_the_person_who_accepted_it(api, service):
    """Whoever sits at the reception stands on the coupon and in its e-mail, and again when it is asked for again."""
    body = form(accepted_by_name="Ахметова А. Б.", accepted_by_position="главный специалист")
    coupons = [(await post(api, body, key="once")).json() for _ in range(2)]

    async with service.database.reading() as tx:
        (row,) = (await tx.execute(select(outbox.outbox.c.body).where(outbox.outbox.c.type.contains("notify")))).all()
    mailed = Envelope.model_validate_json(row.body).data["variables"]["accepted_by"]

    assert [coupon["accepted_by"] for coupon in coupons] == [
        {"name": "Ахметова А. Б.", "position": "главный специалист"}
    ] * 2
    assert mailed == "Ахметова А. Б., главный специалист"


@pytest.mark.parametrize("name", [None, "Аноним", " не представился. "])
async def test_r_sim_2_an_anonymous_appeal_is_registered_and_said_to_be_one(api, service, name):
    """Acceptance cannot be refused: a missing name is a warning, and the router is told."""
    answer = await post(api, form(applicant={"name": name}))

    async with service.database.reading() as tx:
        row = (await tx.execute(select(outbox.outbox.c.body).where(outbox.outbox.c.type.contains("registered")))).one()
    told = Envelope.model_validate_json(row.body).data

    assert answer.status_code == 201
    assert "author_missing" in {warning["code"] for warning in answer.json()["warnings"]}
    assert told["anonymous"] is True
    assert told["applicant"]["name"]


async def test_r_sec_3_what_moves_to_the_protected_channel_leaves_its_number_and_no_word(api, service):
    """The page and the lists go on as before; text, author and what was said of them are gone from every table."""
    body = form(text="Канарейка поёт", applicant=CONFIRMED | {"iin_bin": "000101000109", "phone": "+77010009999"})
    coupon = (await post(api, body)).json()
    await tell(service, assessed(coupon["id"], Assessment.RETAINED, sealed=True))
    async with service.database.transaction() as tx:
        body = f'{{"appeal_id": "{coupon["id"]}", "answer": "Канарейка"'.encode()
        parcel = parked.Parcel("intake.referrals", None, None, None, None, None, {}, body, "not_json", "")
        await parked.park(tx, parcel, at=clock.now())
    returned = assessed(coupon["id"], Assessment.RETURNED, revision=2, reason="Канарейка", sealed=True)
    await tell(service, returned, assessed(coupon["id"], Assessment.PROTECTED, revision=3, sealed=True))
    late = changed(
        coupon["id"],
        ReferralState.DECLINED,
        3,
        reason="Канарейка",
        documents=[{"name": "Канарейка", "reference": "d-1"}],
    )
    await tell(service, late)

    left = []
    async with service.database.reading() as tx:
        for table in (*store.metadata.tables.values(), outbox.outbox, parked.parked):
            left += [words_of(row) for row in await tx.execute(select(table))]
    shown = (await api.get(f"/v1/appeals/{coupon['id']}")).json()

    for word in ("Канарейка", "Сынақбаев", "test@example.kz", "000101000109", "77010009999"):
        assert not [row for row in left if word in row], word
    assert (shown["registration_number"], shown["status"]) == (coupon["registration_number"], "retained")
    assert coupon["registration_number"] in await page_of(api, coupon["id"], "ru")
    assert (await types_posted(service))[-1] == "applicant.forget.v1"
